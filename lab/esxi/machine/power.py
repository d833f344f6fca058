"""The phases of a host's power: on its way down, off, booting, up; each takes its time and excludes the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from lab.esxi.journal import Journal
from lab.esxi.machine.mishaps import Mishaps
from lab.esxi.machine.timing import Scheduler, Timing
from lab.esxi.rules import rule

NEEDS_MAINTENANCE = rule(
    "power.needs_maintenance",
    "Without force a host is rebooted or shut down in maintenance mode only.",
    source="A",
    fault="InvalidState",
    message="The host is not in maintenance mode.",
    unverified="the text, and that esxcli refuses the same",
)
ON_ITS_WAY = rule(
    "power.on_its_way_down",
    "A host that is going down takes no second order.",
    source="U",
    fault="InvalidState",
    message="The host is going down already.",
    unverified="fault and text",
)
IS_OFF = rule(
    "power.is_off",
    "A host whose kernel does not run is neither rebooted, shut down nor reset.",
    source="own",
    fault="InvalidState",
    message="The host is off.",
)
NOT_DOWN = rule(
    "power.not_down",
    "Only a host that is down is powered on.",
    source="own",
    message="The host is {state}.",
)


class Machine(Protocol):
    """What power drives."""

    def go_down(self, clean: bool) -> None:
        """Stop everything; a clean end asks the VMs and saves what is to be kept."""
        ...

    def come_up(self) -> None:
        """Boot: make everything anew from what was kept."""
        ...

    def save(self) -> None:
        """Write the state archive, as the host does by itself once in a while."""
        ...

    def autostart(self) -> None:
        """Start the VMs that start with the host."""
        ...

    def doors_changed(self) -> None:
        """Tell who listens that the API or SSH may have begun or ceased to answer."""
        ...


@dataclass(frozen=True)
class Surroundings:
    """What a host lives in; `now` strictly increases, `scheduler` is an asyncio loop or a test's own."""

    now: Callable[[], datetime]
    scheduler: Scheduler
    journal: Journal
    timing: Timing = field(default_factory=Timing)


class Power:
    """The power of one host; `state` is up, shutting_down, rebooting or down."""

    def __init__(self, around: Surroundings, mishaps: Mishaps, in_maintenance: Callable[[], bool]) -> None:
        """Begin switched off."""
        self._around = around
        self._mishaps = mishaps
        self._in_maintenance = in_maintenance
        self._run = 0  # counts boots and ends: what was scheduled before the last one is void
        self._running = False  # the kernel: from a boot to the end of everything
        self._leaving = False
        self.state = "down"
        self.boot_time = around.now()
        self.api_up = False
        self.ssh_up = False

    def drive(self, machine: Machine) -> None:
        """Take the machine to drive; called once before everything else."""
        self._machine = machine

    def check_order(self, force: bool) -> None:
        """Refuse a reboot or a shutdown that a host would refuse at once."""
        IS_OFF.refuse_if(not self._running)
        ON_ITS_WAY.refuse_if(self._leaving)
        NEEDS_MAINTENANCE.refuse_if(not force and not self._in_maintenance())

    def reboot(self, force: bool = False, actor: str = "") -> None:
        """Go down in an orderly way and come back."""
        self.check_order(force)
        self._leave("reboot", "rebooting", actor)

    def shutdown(self, force: bool = False, actor: str = "") -> None:
        """Go down in an orderly way and stay down."""
        self.check_order(force)
        self._leave("shutdown", "shutting_down", actor)

    def reset(self, actor: str = "") -> None:
        """Lose power at once and come back: nothing is saved, nobody is asked."""
        IS_OFF.refuse_if(not self._running)
        self._record("reset", actor)
        self.state = "rebooting"
        self._go_down(clean=False)

    def power_on(self, actor: str = "") -> None:
        """Boot a host that is down."""
        NOT_DOWN.refuse_if(self.state != "down", state=self.state)
        self._record("power_on", actor)
        self.state = "rebooting"
        self._later(self._around.timing.scaled(self._around.timing.off_s), self._boot)

    def start(self) -> None:
        """Boot without taking any time."""
        NOT_DOWN.refuse_if(self.state != "down", state=self.state)
        self._begin()
        self._open(api=True, ssh=True)

    def stop(self) -> None:
        """End in an orderly way without taking any time; a host that is off stays off."""
        self.state = "shutting_down" if self._running else "down"
        if self._running:
            self._go_down(clean=True)
        self._run += 1

    def _leave(self, order: str, state: str, actor: str) -> None:
        self._record(order, actor)
        self._leaving, self.state = True, state
        self._later(self._around.timing.scaled(self._around.timing.shutdown_s), lambda: self._go_down(clean=True))

    def _go_down(self, clean: bool) -> None:
        self._run += 1
        self._running = self._leaving = False
        self.api_up = self.ssh_up = False
        self._machine.go_down(clean)
        self._machine.doors_changed()
        if self.state == "rebooting" and self._mishaps.meet("never_back") is None:
            self._later(self._around.timing.scaled(self._around.timing.off_s), self._boot)
        else:
            self.state = "down"
            self._record("down")

    def _boot(self) -> None:
        self._begin()
        timing = self._around.timing
        api_s, ssh_s = timing.scaled(timing.api_s), timing.scaled(timing.ssh_s)
        if (mishap := self._mishaps.meet("ssh_before_api")) is not None:
            api_s = ssh_s + mishap.seconds
        if (mishap := self._mishaps.meet("api_before_ssh")) is not None:
            ssh_s = api_s + mishap.seconds
        self._later(api_s, lambda: self._open(api=True))
        self._later(ssh_s, lambda: self._open(ssh=True))

    def _begin(self) -> None:
        self._run += 1
        self._running = True
        if self._mishaps.meet("same_boot_time") is None:
            self.boot_time = self._around.now()
        self._machine.come_up()
        self._record("boot")
        self._save_later()

    def _open(self, api: bool = False, ssh: bool = False) -> None:
        self.api_up, self.ssh_up = self.api_up or api, self.ssh_up or ssh
        if api and not self._leaving:
            self.state = "up"
            self._record("up")
            self._machine.autostart()
        self._machine.doors_changed()

    def _save_later(self) -> None:
        def save() -> None:
            self._machine.save()
            self._save_later()

        self._later(self._around.timing.backup_every_s, save)

    def _later(self, seconds: float, work: Callable[[], None]) -> None:
        """Do something after a while, unless the host has gone down or come up meanwhile."""
        run = self._run

        def do() -> None:
            if run == self._run:
                work()

        self._around.scheduler.call_later(seconds, do)

    def _record(self, action: str, actor: str = "") -> None:
        self._around.journal.record("boot", actor or "host", action)
