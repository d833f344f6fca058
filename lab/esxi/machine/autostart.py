"""Which VMs start with the host and stop with it, in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from lab.esxi.machine.config_store import Section
from lab.esxi.machine.events import Events
from lab.esxi.machine.timing import Scheduler, Timing
from lab.esxi.machine.vm_store import STOP_ACTIONS, VmStore
from lab.esxi.rules import RuleBroken, rule

START_ACTIONS = ("none", "powerOn")
SYSTEM_DEFAULT = "systemDefault"
HEARTBEATS = ("yes", "no", SYSTEM_DEFAULT)

UNKNOWN_VM = rule(
    "autostart.unknown_vm",
    "Only a registered VM can be given a place.",
    source="A",
    fault="InvalidArgument",
    message="There is no VM {vm}.",
    unverified="fault and text",
)
BAD_VALUE = rule(
    "autostart.bad_value",
    "Actions are of the known ones; an order is -1 or above 0; a delay of a VM is -1 or more, of the host 0 or more.",
    source="A",
    fault="InvalidArgument",
    message="Autostart: {name} {value} is not allowed; allowed: {allowed}.",
    unverified="the text",
)


@dataclass(frozen=True)
class AutoStartDefaults:
    """What counts for every VM that says nothing else."""

    enabled: bool = False
    start_delay: int = 120
    stop_delay: int = 120
    wait_for_heartbeat: bool = False
    stop_action: str = "powerOff"


@dataclass(frozen=True)
class AutoStartEntry:
    """One VM's place; -1 and "systemDefault" leave a value to the defaults."""

    vm: str
    start_order: int = -1
    start_delay: int = -1
    wait_for_heartbeat: str = SYSTEM_DEFAULT
    start_action: str = "none"
    stop_delay: int = -1
    stop_action: str = SYSTEM_DEFAULT


@dataclass(frozen=True)
class Reach:
    """What autostart acts on."""

    events: Events
    scheduler: Scheduler
    timing: Timing
    vms: Callable[[], VmStore]


class AutoStart:
    """The autostart of one host, kept over boots."""

    def __init__(self, saved: Section, around: Reach) -> None:
        """Take where it is kept."""
        self._saved = saved
        self._around = around
        self._run = 0
        self.boot()

    def boot(self) -> None:
        """Take what is kept; what an earlier boot had still to start is forgotten."""
        kept = self._saved.read()
        self._run += 1
        self.defaults = AutoStartDefaults(**kept.get("defaults", {}))
        self.entries = tuple(AutoStartEntry(**entry) for entry in kept.get("entries", ()))

    def reconfigure(self, defaults: AutoStartDefaults | None, entries: Sequence[AutoStartEntry] = ()) -> None:
        """Set the defaults if there are new ones, and replace the entries of the VMs that are named."""
        _check_defaults(defaults or self.defaults)
        for entry in entries:
            UNKNOWN_VM.refuse_if(not self._around.vms().knows(entry.vm), vm=entry.vm)
            _check_entry(entry)
        self.defaults = defaults or self.defaults
        named = {entry.vm: entry for entry in entries}
        kept = [named.pop(entry.vm, entry) for entry in self.entries]
        self._keep([*kept, *named.values()])

    def forget(self, vm: str) -> None:
        """Drop the entry of a VM that is no longer registered."""
        self._keep([entry for entry in self.entries if entry.vm != vm])

    def _keep(self, entries: Sequence[AutoStartEntry]) -> None:
        self.entries = tuple(entries)
        self._saved.write({"defaults": asdict(self.defaults), "entries": [asdict(entry) for entry in self.entries]})

    @property
    def to_start(self) -> tuple[AutoStartEntry, ...]:
        """Return the entries that a boot starts, in order; those without an order come last."""
        started = [entry for entry in self.entries if entry.start_action == "powerOn"] if self.defaults.enabled else []
        return tuple(sorted(started, key=lambda entry: entry.start_order if entry.start_order > 0 else 2**31))

    def power_on(self) -> None:
        """Start the VMs one after the other, each after the delay of the one before it."""
        wait = 0.0
        for entry in self.to_start:
            self._around.scheduler.call_later(self._around.timing.scaled(wait), self._starter(entry.vm))
            wait += self.defaults.start_delay if entry.start_delay < 0 else entry.start_delay

    def _starter(self, vm: str) -> Callable[[], None]:
        run = self._run

        def start() -> None:
            if run == self._run and self._around.vms().knows(vm):
                self._start(vm)

        return start

    def _start(self, vm: str) -> None:
        try:
            self._around.vms().power_on(vm)
        except RuleBroken as broken:
            self._around.events.post("VmFailedToPowerOnEvent", f"Autostart failed: {broken}", vm=vm)

    def power_off(self) -> None:
        """Stop the VMs in the reverse order, each by its own action; a host that goes down waits for none."""
        self.halt()
        for entry in reversed(self.to_start):
            if self._around.vms().knows(entry.vm):
                self._stop(entry)

    def halt(self) -> None:
        """Start nothing more: the host goes down."""
        self._run += 1

    def _stop(self, entry: AutoStartEntry) -> None:
        action = self.defaults.stop_action if entry.stop_action == SYSTEM_DEFAULT else entry.stop_action
        try:
            self._around.vms().stop(entry.vm, action)
        except RuleBroken as broken:
            self._around.events.post("VmFailedToPowerOffEvent", f"Autostop failed: {broken}", vm=entry.vm)


def _check(name: str, value: object, right: bool, allowed: str) -> None:
    BAD_VALUE.refuse_if(not right, name=name, value=value, allowed=allowed)


def _check_defaults(defaults: AutoStartDefaults) -> None:
    _check("stop action", defaults.stop_action, defaults.stop_action in STOP_ACTIONS, ", ".join(STOP_ACTIONS))
    for name, delay in (("start delay", defaults.start_delay), ("stop delay", defaults.stop_delay)):
        _check(name, delay, delay >= 0, "0 or more")


def _check_entry(entry: AutoStartEntry) -> None:
    stops = (*STOP_ACTIONS, SYSTEM_DEFAULT)
    _check("start order", entry.start_order, entry.start_order == -1 or entry.start_order > 0, "-1 or above 0")
    _check("start action", entry.start_action, entry.start_action in START_ACTIONS, ", ".join(START_ACTIONS))
    _check("stop action", entry.stop_action, entry.stop_action in stops, ", ".join(stops))
    _check("heartbeat", entry.wait_for_heartbeat, entry.wait_for_heartbeat in HEARTBEATS, ", ".join(HEARTBEATS))
    for name, delay in (("start delay", entry.start_delay), ("stop delay", entry.stop_delay)):
        _check(name, delay, delay >= -1, "-1 or more")
