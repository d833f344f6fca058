"""Maintenance mode: entered when no VM runs any more, left on order; it outlives boots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab.esxi.machine.config_store import Section
from lab.esxi.machine.events import Events
from lab.esxi.machine.timing import Scheduler
from lab.esxi.rules import RuleBroken, rule

ALREADY_IN = rule(
    "maintenance.enter_twice",
    "A host that is in maintenance mode, or about to be, does not enter it.",
    source="A",
    fault="InvalidState",
    message="The host is already in maintenance mode or entering it.",
    unverified="the text",
)
NOT_IN = rule(
    "maintenance.exit_outside",
    "A host that is not in maintenance mode cannot leave it.",
    source="A",
    fault="InvalidState",
    message="The host is not in maintenance mode.",
    unverified="the text",
)
VMS_RUN = rule(
    "maintenance.vms_running",
    "A host where VMs run does not get into maintenance mode: nothing moves them away.",
    source="A",
    fault="Timedout",
    message="The host cannot enter maintenance mode while these run: {vms}.",
    unverified="the text",
)
NO_POWER_ON = rule(
    "maintenance.power_on",
    "No VM is powered on in maintenance mode, nor while the host enters it.",
    source="A",
    fault="InvalidState",
    message="The host is in maintenance mode.",
    unverified="the text",
)


@dataclass
class Entering:
    """A host that waits for its VMs to end; who asked learns by `done` or `failed`."""

    done: Callable[[], object]
    failed: Callable[[RuleBroken], object]
    mode: Maintenance

    def cancel(self) -> None:
        """Stay as the host is."""
        self.mode.give_up(self)


class Maintenance:
    """The mode of one host; `running` names the VMs that are on."""

    def __init__(
        self, saved: Section, events: Events, scheduler: Scheduler, running: Callable[[], tuple[str, ...]]
    ) -> None:
        """Take where the mode is kept, where its changes are told, and what tells which VMs run."""
        self._saved = saved
        self._events = events
        self._scheduler = scheduler
        self._running = running
        self._waiting: Entering | None = None
        self.boot()

    def boot(self) -> None:
        """Take what is kept; who waited waits no more."""
        self.active: bool = self._saved.read().get("active", False)
        self._waiting = None

    def halt(self) -> None:
        """Wait no more: the VMs end because the host does."""
        self._waiting = None

    @property
    def entering(self) -> bool:
        """Tell whether the host waits for its VMs."""
        return self._waiting is not None

    def enter(self) -> None:
        """Enter at once, or refuse while VMs run."""
        ALREADY_IN.refuse_if(self.active or self.entering)
        vms = self._running()
        VMS_RUN.refuse_if(bool(vms), vms=", ".join(vms))
        self._set(True)

    def request(self, timeout_s: float, done: Callable[[], object], failed: Callable[[RuleBroken], object]) -> Entering:
        """Enter as soon as no VM runs, for at most `timeout_s`, 0 for without end."""
        ALREADY_IN.refuse_if(self.active or self.entering)
        waiting = self._waiting = Entering(done, failed, self)
        self._events.post("EnteringMaintenanceModeEvent", "The host has started to enter maintenance mode")
        if timeout_s > 0:
            self._scheduler.call_later(timeout_s, lambda: self._time_out(waiting))
        self.reconsider()
        return waiting

    def reconsider(self) -> None:
        """Look again whether the VMs have ended; called after every change of a VM's power."""
        waiting = self._waiting
        if waiting is not None and not self._running():
            self._waiting = None
            self._set(True)
            waiting.done()

    def give_up(self, waiting: Entering) -> None:
        """Wait no more."""
        if self._waiting is waiting:
            self._waiting = None
            self._events.post("CanceledHostOperationEvent", "The host does not enter maintenance mode any more")

    def exit(self) -> None:
        """Leave maintenance mode."""
        NOT_IN.refuse_if(not self.active)
        self._set(False)

    def check_power_on(self) -> None:
        """Refuse where no VM may be powered on."""
        NO_POWER_ON.refuse_if(self.active or self.entering)

    def _time_out(self, waiting: Entering) -> None:
        if self._waiting is waiting:
            self._waiting = None
            waiting.failed(RuleBroken(VMS_RUN.id, vms=", ".join(self._running())))

    def _set(self, active: bool) -> None:
        self.active = active
        self._saved.write({"active": active})
        if active:
            self._events.post("EnteredMaintenanceModeEvent", "The host has entered maintenance mode")
        else:
            self._events.post("ExitMaintenanceModeEvent", "The host has left maintenance mode")
