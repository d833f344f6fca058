# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One cycle of a failover drill: measure, cut, see the traffic move, restore, see it come back, look again.

The order stands here, and that what was cut is restored whatever happens. How a router is reached, what a cut
consists of, and when traffic counts as moved are arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..errors import FastpathError
from ..ios.wait import Bound, late_message, wait_for_state

DRILL, NOBODY = "drill", "nobody"
# Between tries to restore, and what an armed healer may take longer than it promises.
RETRY_S = 2.0
HEALER_SLACK_S = 5.0
LOOK_INTERVAL_S = 1

Infos = Mapping[str, Mapping[str, Any]]
Check = Callable[[Infos], tuple[str, ...]]


class Interrupted(FastpathError):
    """Somebody wants the drill to end; what was cut is restored first."""


class Network(Protocol):
    """What the cycle sees of the routers; a router that does not answer is missing from a mapping."""

    def observe(self) -> Infos:
        """Return what every router shows of BFD, BGP, routes and HSRP."""

    def clocks(self) -> Mapping[str, Any]:
        """Return the offset of every clock that the drill reads times from."""

    def logs(self) -> Mapping[str, str]:
        """Return the log of every router."""


class Probes(Protocol):
    """The probes between both hosts, in all directions of the drill."""

    def start(self) -> None:
        """Start them, responders first."""

    def missing(self) -> tuple[str, ...]:
        """Return a sentence for each direction in which answers do not come steadily just now."""

    def collect(self) -> Sequence[Mapping[str, Any]]:
        """Stop them and return a result for each direction."""

    def clear(self) -> None:
        """Remove everything that is left of them; nothing left is fine."""


class Disturbance(Protocol):
    """What is done to the network, baseline and cut, and how it is undone."""

    @property
    def healer(self) -> str:
        """Return what undoes it when nobody else does."""

    @property
    def heals_at(self) -> float | None:
        """Return when the healer will be done, None where nothing was changed that it would have to undo."""

    def prepare(self) -> None:
        """Arm the healer, and change what the cycle needs before its cut."""

    def cut(self) -> None:
        """Take the traffic away."""

    def restore(self) -> None:
        """Undo all of it; twice is fine."""

    def leftovers(self) -> tuple[str, ...]:
        """Return a sentence for each part that is not undone."""


@dataclass(frozen=True)
class Parts:
    """Everything outside: `pause` raises Interrupted when the drill shall end, `sleep` never does."""

    network: Network
    probes: Probes
    disturbance: Disturbance
    clock: Callable[[], float]
    pause: Callable[[float], None]
    sleep: Callable[[float], None]
    progress: Callable[[str], None]


@dataclass(frozen=True)
class Checks:
    """What has to be seen, each as the sentences that say what is missing.

    `preflight` raises what is wrong with cutting here and now, `moved` is None where no failover is expected.
    """

    preflight: Callable[[Infos], None]
    back: Callable[[Infos, Infos], tuple[str, ...]]
    stable: Check | None = None
    moved: Check | None = None
    must_move: bool = True


@dataclass(frozen=True)
class Limits:
    """How long the cycle waits, in seconds."""

    answers_s: int = 15
    stable_s: int = 90
    move_s: int = 60
    hold_s: float = 3.0
    back_s: int = 120
    settle_s: float = 1.0


@dataclass(frozen=True)
class Phase:
    """One phase: when it began, and how long it took."""

    name: str
    at: float
    took_s: float


@dataclass(frozen=True)
class Healed:
    """How the disturbance ended; `by` is the drill, the healer or nobody, `left` what is not undone."""

    at: float | None
    by: str
    left: tuple[str, ...] = ()
    tries: int = 0


@dataclass
class Record:
    """What a cycle saw, in the order in which it saw it; times are the controller's."""

    started_at: float
    before: Infos = field(default_factory=dict)
    after: Infos = field(default_factory=dict)
    clocks: Mapping[str, Any] = field(default_factory=dict)
    probes: Sequence[Mapping[str, Any]] = ()
    logs: Mapping[str, str] = field(default_factory=dict)
    prepared_at: float | None = None
    cut_at: float | None = None
    moved_at: float | None = None
    back_at: float | None = None
    healed: Healed = Healed(None, NOBODY)
    ended_at: float | None = None
    interrupted: bool = False
    failures: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    phases: list[Phase] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Return whether nothing of the disturbance is left, as far as the drill could see."""
        return self.prepared_at is None or not self.healed.left


def run_cycle(parts: Parts, checks: Checks, limits: Limits) -> Record:
    """Run one cycle and return what it saw.

    FastpathError where it ended before anything was disturbed; from then on failures are part of the record.
    """
    cycle = _Cycle(parts, checks, limits, Record(parts.clock()))
    try:
        cycle.look_and_probe()
        cycle.disturb()
        cycle.look_again()
    finally:
        cycle.clear_probes()
    cycle.record.ended_at = parts.clock()
    return cycle.record


@dataclass(frozen=True)
class _Cycle:
    """One cycle under way."""

    parts: Parts
    checks: Checks
    limits: Limits
    record: Record

    def look_and_probe(self) -> None:
        """Do all that disturbs nothing; what goes wrong here ends the cycle."""
        with self._phase("snapshot_before", "what the routers show before"):
            self.record.before = self.parts.network.observe()
        with self._phase("preflight", "whether the cut may be made"):
            self.checks.preflight(self.record.before)
        with self._phase("clocks", "the clocks of routers and hosts"):
            self.record.clocks = self.parts.network.clocks()
        with self._phase("probe_on", "probes start"):
            self.parts.probes.start()
        with self._phase("probe_answers", "until the probes are answered"):
            self._wait_for_answers()

    def disturb(self) -> None:
        """Cut, see the traffic move, and restore, whatever happens in between."""
        self.record.prepared_at = self.parts.clock()
        try:
            self._attempt(self._cut_and_hold)
        finally:
            with self._phase("restore", "everything is restored"):
                self.record.healed = self._heal()
        if self.record.healed.left:
            self.record.failures.append("not restored: " + "; ".join(self.record.healed.left))

    def look_again(self) -> None:
        """See the traffic come back, collect the probes and look at the routers once more."""
        if self.record.interrupted:
            return
        self._attempt(self._wait_until_back)
        self._attempt(self._collect)
        self._attempt(self._last_look)

    def clear_probes(self) -> None:
        """Leave nothing of the probes behind."""
        try:
            self.parts.probes.clear()
        except FastpathError as exc:
            self.record.warnings.append(f"the probes are not cleared away; they end by themselves: {exc}")

    def _cut_and_hold(self) -> None:
        with self._phase("prepare", "the healer is armed"):
            self.parts.disturbance.prepare()
            if self.checks.stable is not None:
                self._wait("without BFD, until all is stable", self.checks.stable, self.limits.stable_s)
        with self._phase("cut", "the cut"):
            self.record.cut_at = self.parts.clock()
            self.parts.disturbance.cut()
        with self._phase("failover", "until the traffic takes the other way"):
            self._wait_for_failover()
        with self._phase("hold", f"the cut stays for {self.limits.hold_s:g} s"):
            self.parts.pause(self.limits.hold_s)

    def _wait_for_failover(self) -> None:
        """Wait until traffic has moved; where it need not, only as long as it may take."""
        if self.checks.moved is None:
            return
        try:
            self._wait("failover", self._moved_and_answered, self.limits.move_s)
            self.record.moved_at = self.parts.clock()
        except Late as exc:
            if self.checks.must_move:
                raise
            self.record.warnings.append(str(exc))

    def _moved_and_answered(self, infos: Infos) -> tuple[str, ...]:
        assert self.checks.moved is not None
        return self.checks.moved(infos) or self.parts.probes.missing()

    def _wait_until_back(self) -> None:
        with self._phase("failback", "until all is as before"):
            before = self.record.before
            self._wait("fail-back", lambda infos: self.checks.back(before, infos), self.limits.back_s)
            self.record.back_at = self.parts.clock()
            self.parts.pause(self.limits.settle_s)

    def _collect(self) -> None:
        with self._phase("probe_off", "probes end"):
            self.record.probes = self.parts.probes.collect()

    def _last_look(self) -> None:
        with self._phase("snapshot_after", "what the routers show after"):
            self.record.after = self.parts.network.observe()
            self.record.logs = self.parts.network.logs()

    def _wait_for_answers(self) -> None:
        self._look_until(lambda: {}, lambda _: self.parts.probes.missing(), "probe", self.limits.answers_s)

    def _wait(self, what: str, check: Check, timeout_s: int) -> None:
        self._look_until(self.parts.network.observe, check, what, timeout_s)

    def _look_until(self, observe: Callable[[], Infos], check: Check, what: str, timeout_s: int) -> None:
        looked = wait_for_state(
            observe,
            check,
            Bound(timeout_s, LOOK_INTERVAL_S),
            clock=self.parts.clock,
            sleep=self.parts.pause,
            progress=lambda line: self.parts.progress(f"  {what}: {line}"),
        )
        if looked.failures:
            raise Late(f"{what}: {late_message(looked)}")

    def _heal(self) -> Healed:
        """Restore until nothing is left, at least until the healer must have done it."""
        disturbance, tries = self.parts.disturbance, 0
        while True:
            tries += 1
            refused = _failure_of(disturbance.restore)
            left = _leftovers(disturbance)
            now, due = self.parts.clock(), disturbance.heals_at
            if not left:
                by_itself = refused or (due is not None and now >= due)
                return Healed(now, disturbance.healer if by_itself else DRILL, (), tries)
            if due is None or now >= due + HEALER_SLACK_S:
                return Healed(None, NOBODY, left, tries)
            self.parts.progress(f"  restore: {left[0]}; again in {RETRY_S:g} s")
            self.parts.sleep(RETRY_S)

    def _attempt(self, part: Callable[[], None]) -> None:
        """Run a part; what fails in it becomes part of the record."""
        try:
            part()
        except Interrupted as exc:
            self.record.interrupted = True
            self.record.failures.append(str(exc))
        except FastpathError as exc:
            self.record.failures.append(str(exc))

    @contextmanager
    def _phase(self, name: str, text: str) -> Iterator[None]:
        """Tell that a phase begins, and note how long it took, also where it fails."""
        started = self.parts.clock()
        self.parts.progress(f"{started - self.record.started_at:6.1f} s  {name}: {text}")
        try:
            yield
        finally:
            self.record.phases.append(Phase(name, started, round(self.parts.clock() - started, 3)))


class Late(FastpathError):
    """Something was not seen in time."""


def _failure_of(call: Callable[[], None]) -> str:
    try:
        call()
    except FastpathError as exc:
        return str(exc)
    return ""


def _leftovers(disturbance: Disturbance) -> tuple[str, ...]:
    """Return what is not undone; what cannot be seen counts as not undone."""
    try:
        return disturbance.leftovers()
    except FastpathError as exc:
        return (str(exc),)
