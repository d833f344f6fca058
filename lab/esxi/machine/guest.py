"""The guest of a VM: a scripted system that installs itself, boots, sleeps, reboots and shuts down.

A disk without a system and a CD drive with an image make an installation, at whose end Windows runs with VMware
Tools (a VM of another guest id gets a system that only knows the power operations). A VM with neither runs with
nothing in it. What the guest keeps lies on its first disk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from lab.esxi.machine.guest_disk import GuestDisk
from lab.esxi.machine.timing import Scheduler, Timing
from lab.esxi.machine.vm_disks import is_disk, read_content, write_content
from lab.esxi.rules import rule

NO_TOOLS = rule(
    "guest.no_tools",
    "What VMware Tools do is refused while they do not run.",
    source="A",
    fault="ToolsUnavailable",
    message="Cannot complete operation because VMware Tools is not running in this virtual machine.",
)


@dataclass(frozen=True)
class GuestSettings:
    """How guests behave: their one account, and how many seconds each step lasts; the seconds are guesses."""

    password: str = field(repr=False)
    user: str = "Administrator"
    install_s: float = 900.0
    boot_s: float = 40.0
    shutdown_s: float = 10.0


class GuestHome(Protocol):
    """What a guest needs of its VM."""

    def system_disk(self) -> Path | None:
        """Return the first disk."""
        ...

    def has_media(self) -> bool:
        """Tell whether a CD drive holds an image that is there."""
        ...

    def is_windows(self) -> bool:
        """Tell whether the VM is meant for Windows."""
        ...

    def guest_changed(self) -> None:
        """Hear that the guest is in another state."""
        ...

    def guest_event(self, event: str) -> None:
        """Hear of guest_reboot or sleep: what an outcome depends on."""
        ...

    def guest_ended(self) -> None:
        """Hear that the guest has shut down: the VM turns itself off."""
        ...


@dataclass(frozen=True)
class GuestPace:
    """The time that a guest lives in."""

    scheduler: Scheduler
    timing: Timing
    settings: GuestSettings


class Guest:
    """One guest; `state` is off, empty, installing, booting, running, standby or ending."""

    def __init__(self, home: GuestHome, pace: GuestPace) -> None:
        """Begin switched off."""
        self._home = home
        self._pace = pace
        self._run = 0  # what was scheduled before the last change of power is void
        self.state = "off"
        self.disk = GuestDisk()

    @property
    def settings(self) -> GuestSettings:
        """Return how guests behave here."""
        return self._pace.settings

    @property
    def tools_running(self) -> bool:
        """Tell whether VMware Tools run."""
        return self.state == "running"

    @property
    def tools_installed(self) -> bool:
        """Tell whether the disk has a system: Tools come with it."""
        return bool(self.look().system)

    @property
    def locks_media(self) -> bool:
        """Tell whether the guest is reading its CD."""
        return self.state == "installing"

    def look(self) -> GuestDisk:
        """Return what lies on the disk; read anew while the guest does not run."""
        if self.state in ("off", "empty"):
            self.disk = self._read()
        return self.disk

    def _read(self) -> GuestDisk:
        path = self._home.system_disk()
        return GuestDisk.of_json(read_content(path)) if path is not None and is_disk(path) else GuestDisk()

    def save(self) -> None:
        """Write to the disk what the guest keeps."""
        path = self._home.system_disk()
        if path is not None and is_disk(path):
            write_content(path, self.disk.to_json())

    def check_tools(self) -> None:
        """Refuse unless Tools run."""
        NO_TOOLS.refuse_if(not self.tools_running)

    # --- the VM's power -----------------------------------------------------------------------------------------------

    def powered_on(self) -> None:
        """Boot from disk, else from a CD, else from nothing."""
        self.disk = self._read()
        if self.disk.system:
            self._boot()
        elif self._home.has_media() and self._home.system_disk() is not None:
            self._enter("installing")
            self._later(self.settings.install_s, self._installed)
        else:
            self._enter("empty")

    def resumed(self) -> None:
        """Go on where the VM was suspended; a guest that was booting then has booted."""
        self.disk = self._read()
        self._enter("running" if self.disk.system else "empty")

    def powered_off(self) -> None:
        """Lose power."""
        self._enter("off")

    # --- what it does by itself or when Tools are asked ---------------------------------------------------------------

    def shut_down(self) -> None:
        """End in an orderly way and turn the VM off."""
        self.check_tools()
        self._enter("ending")
        self._later(self.settings.shutdown_s, self._home.guest_ended)

    def reboot(self) -> None:
        """End and boot again."""
        self.check_tools()
        self._enter("ending")
        self._later(self.settings.shutdown_s, self._booted_again)

    def sleep(self) -> None:
        """Sleep; the VM stays on."""
        self.check_tools()
        self._enter("standby")
        self._home.guest_event("sleep")

    def wake(self) -> None:
        """Wake up."""
        if self.state == "standby":
            self._enter("running")

    def installed_already(self, system: str) -> None:
        """Put a system on the disk without an installation, as a profile's VM has it from the start."""
        self.disk = GuestDisk(system=system)
        self.save()

    def _installed(self) -> None:
        self.disk = GuestDisk(system="windows" if self._home.is_windows() else "other")
        self.save()
        self._boot()

    def _booted_again(self) -> None:
        self._home.guest_event("guest_reboot")
        self._boot()

    def _boot(self) -> None:
        self._enter("booting")
        self._later(self.settings.boot_s, lambda: self._enter("running"))

    def _enter(self, state: str) -> None:
        self._run += 1
        self.state = state
        self._home.guest_changed()

    def _later(self, seconds: float, work: Callable[[], None]) -> None:
        run = self._run

        def do() -> None:
            if run == self._run:
                work()

        self._pace.scheduler.call_later(self._pace.timing.scaled(seconds), do)
