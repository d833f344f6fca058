"""What programs of a guest act on, and what comes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from lab.esxi.machine.guest import Guest
from lab.esxi.machine.guest_files import GuestFiles


class NotSimulated(Exception):
    """A guest could do this; the scripted one cannot."""


@dataclass(frozen=True)
class Program:
    """What is to be started."""

    path: str
    arguments: str = ""


@dataclass(frozen=True)
class Ran:
    """How a program ended, and what it printed."""

    code: int = 0
    output: str = ""


@dataclass(frozen=True)
class PnpEntity:
    """One device as Windows shows it."""

    name: str
    instance: str
    ids: str  # vendor:device
    code: int


class Windows(Protocol):
    """What programs act on."""

    guest: Guest
    files: GuestFiles

    def entities(self) -> tuple[PnpEntity, ...]:
        """Return the devices of the device manager."""
        ...


def switch_device(windows: Windows, instance: str, enabled: bool) -> Ran:
    """Disable or enable the device with an instance id."""
    found = next((each for each in windows.entities() if each.instance.lower() == instance.lower()), None)
    if found is None:
        return Ran(1, f"Device instance {instance} was not found.\r\n")
    disabled = windows.guest.disk.disabled
    if enabled:
        disabled.discard(found.ids)
    else:
        disabled.add(found.ids)
    windows.guest.save()
    return Ran()
