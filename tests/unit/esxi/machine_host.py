"""A simulated host for tests, with a time that stands still until a test moves it."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cache
from itertools import count
from pathlib import Path

from lab.esxi.journal import Journal
from lab.esxi.machine.host import Host, HostListener, Place
from lab.esxi.machine.power import Surroundings
from lab.esxi.machine.timing import StrictClock, Timing
from lab.esxi.profiles.profile import Profile, load_profile

PASSWORDS = {"root": "opens sesame"}
BEGIN = datetime(2026, 1, 1, tzinfo=timezone.utc)
# No backup comes by itself unless a test asks for it.
TIMING = Timing(backup_every_s=10**9)


class ManualScheduler:
    """Calls what is due when a test lets the time pass, in order; `time` is in seconds since BEGIN."""

    def __init__(self) -> None:
        self.time = 0.0
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()

    def call_later(self, delay: float, callback: Callable[[], object], /) -> None:
        heapq.heappush(self._due, (self.time + delay, next(self._numbers), callback))

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass."""
        end = self.time + seconds
        while self._due and self._due[0][0] <= end:
            self.time, _, callback = heapq.heappop(self._due)
            callback()
        self.time = end

    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=self.time)


@dataclass
class FakeVms:
    """VMs by their keys; `on` are those that run, `uses` which device which of them has."""

    registered: set[str] = field(default_factory=set)
    on: list[str] = field(default_factory=list)
    uses: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[object, ...]] = field(default_factory=list)

    @property
    def running(self) -> tuple[str, ...]:
        return tuple(self.on)

    def knows(self, key: str) -> bool:
        return key in self.registered

    def user_of(self, address: str) -> str | None:
        return self.uses.get(address)

    def power_on(self, key: str) -> None:
        self.asked.append(("on", key))
        self.on.append(key)

    def stop(self, key: str, action: str) -> None:
        self.asked.append((action, key))
        if key in self.on and action != "none":
            self.on.remove(key)

    def halt(self) -> None:
        self.asked.append(("halt",))
        self.on.clear()

    def boot(self) -> None:
        self.asked.append(("boot",))

    def export(self) -> dict[str, object]:
        return {key: {"on": key in self.on} for key in sorted(self.registered)}


class Told(HostListener):
    """Notes down what a host tells."""

    def __init__(self) -> None:
        self.all: list[object] = []

    def on_down(self, clean: bool) -> None:
        self.all.append("clean end" if clean else "unclean end")

    def on_boot(self) -> None:
        self.all.append("boot")

    def on_doors(self, doors: frozenset[str]) -> None:
        self.all.append(sorted(doors))


@dataclass
class TestHost:
    """A host with what a test holds it by."""

    __test__ = False

    host: Host
    scheduler: ManualScheduler
    vms: FakeVms
    told: Told

    def reboot(self, clean: bool = True) -> None:
        """Reboot and wait until the host is up again."""
        if clean:
            self.host.power.reboot(force=True)
        else:
            self.host.power.reset()
        self.scheduler.advance(1000)


@cache
def described_by(profile: str) -> Profile:
    """Return a profile of the lab, read once."""
    return load_profile(profile)


def built_host(folder: Path, profile: str | Profile = "seed-8.0u3", timing: Timing = TIMING) -> TestHost:
    """Return a host that is switched off; a second one in the same folder is the same host later."""
    scheduler = ManualScheduler()
    now = StrictClock(scheduler.now)
    described = described_by(profile) if isinstance(profile, str) else profile
    host = Host(described, Place(folder, PASSWORDS), Surroundings(now, scheduler, Journal(now), timing))
    made = TestHost(host, scheduler, FakeVms(), Told())
    host.adopt_vms(made.vms)
    host.subscribe(made.told)
    return made


def make_host(folder: Path, profile: str | Profile = "seed-8.0u3", timing: Timing = TIMING) -> TestHost:
    """Return a host that is up."""
    made = built_host(folder, profile, timing)
    made.host.start()
    return made
