"""What the host asks of its VMs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

STOP_ACTIONS = ("none", "powerOff", "guestShutdown", "suspend")


class VmStore(Protocol):
    """The VMs of one host; `key` is the number that `vim-cmd vmsvc/getallvms` shows, as text."""

    @property
    def running(self) -> tuple[str, ...]:
        """Return the names of the VMs that are powered on, suspended ones not."""
        ...

    def knows(self, key: str) -> bool:
        """Tell whether a VM is registered."""
        ...

    def user_of(self, address: str) -> str | None:
        """Return the name of the running VM that has the PCI device, None if no VM has."""
        ...

    def power_on(self, key: str) -> None:
        """Power a VM on; raises RuleBroken as by any other way."""
        ...

    def stop(self, key: str, action: str) -> None:
        """Do one of STOP_ACTIONS to a VM, as far as it gets at once; one that is off stays so."""
        ...

    def halt(self) -> None:
        """Turn every VM off at once: the host has gone down under them."""
        ...

    def boot(self) -> None:
        """Read the registered VMs anew: RAM disk, bus and datastores are there, the API is not yet up."""
        ...

    def export(self) -> Mapping[str, Any]:
        """Return the state of all VMs, JSON only."""
        ...


class NoVms:
    """A host without VMs."""

    running: tuple[str, ...] = ()

    def knows(self, key: str) -> bool:
        """Know none."""
        return False

    def user_of(self, address: str) -> str | None:
        """Leave every device alone."""
        return None

    def power_on(self, key: str) -> None:
        """Refuse, as nothing is registered."""
        raise KeyError(key)

    def stop(self, key: str, action: str) -> None:
        """Refuse, as nothing is registered."""
        raise KeyError(key)

    def halt(self) -> None:
        """Have nothing to turn off."""

    def boot(self) -> None:
        """Have nothing to read."""

    def export(self) -> Mapping[str, Any]:
        """Return nothing."""
        return {}
