"""What one VM needs to know of the others on its host."""

from __future__ import annotations

from typing import Protocol


class VmPeers(Protocol):
    """The other VMs of the host."""

    def user_of(self, address: str) -> str | None:
        """Return the name of the running VM that has a PCI device."""
        ...

    @property
    def reserved_mib(self) -> int:
        """Return the memory that running VMs have reserved."""
        ...

    def next_world(self) -> int:
        """Return the id of a new process."""
        ...

    def power_changed(self) -> None:
        """Hear that a VM's power or guest has changed."""
        ...
