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
        """Return readings of every clock that the drill takes times from."""

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
class Prepared:
    """A cut that may be made, and what has to be seen, each as the sentences that say what is missing.

    `back` compares with the first look. `stable` is None where nothing is changed before the cut, `moved` where no
    failover is expected; without `must_move` a failover is waited for, and none is a warning.
    """

    disturbance: Disturbance
    back: Callable[[Infos, Infos], tuple[str, ...]]
    stable: Check | None = None
    moved: Check | None = None
    must_move: bool = True


@dataclass(frozen=True)
class Parts:
    """Everything outside: `pause` raises Interrupted when the drill shall end, `sleep` never does.

    `prepare` gets the first look, and raises what speaks against cutting here and now.
    """

    network: Network
    probes: Probes
    prepare: Callable[[Infos], Prepared]
    clock: Callable[[], float]
    pause: Callable[[float], None]
    sleep: Callable[[float], None]
    progress: Callable[[str], None]


@dataclass(frozen=True)
class Limits:
    """How long the cycle waits, in seconds."""

    answers_s: int = 10
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
    before_cut: Infos = field(default_factory=dict)
    during: Infos = field(default_factory=dict)
    after: Infos = field(default_factory=dict)
    clocks: Mapping[str, Any] = field(default_factory=dict)
    clocks_after: Mapping[str, Any] = field(default_factory=dict)
    probes: Sequence[Mapping[str, Any]] = ()
    logs: Mapping[str, str] = field(default_factory=dict)
    prepared_at: float | None = None
    cut_at: float | None = None
    active_at: float | None = None
    restoring_at: float | None = None
    moved_at: float | None = None
    back_at: float | None = None
    looked_at: float | None = None
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


def run_cycle(parts: Parts, limits: Limits) -> Record:
    """Run one cycle and return what it saw.

    FastpathError where it ended before anything was disturbed; from then on failures are part of the record.
    """
    look = _Look(parts, limits, Record(parts.clock()))
    try:
        cycle = _Cycle(parts, limits, look.record, look.look_and_probe())
        parts.pause(0)  # who wanted it to end while nothing paused gets no cut
        cycle.disturb()
        cycle.look_again()
    finally:
        look.clear_probes()
    look.record.ended_at = parts.clock()
    return look.record


@dataclass(frozen=True)
class _Look:
    """What a cycle does without disturbing anything: look, probe, wait, and note each phase."""

    parts: Parts
    limits: Limits
    record: Record

    def look_and_probe(self) -> Prepared:
        """Do all that comes before the cut; what goes wrong here ends the cycle."""
        with _phase(self.parts, self.record, "snapshot_before", "what the routers show before"):
            self.record.before = self.parts.network.observe()
        with _phase(self.parts, self.record, "preflight", "whether the cut may be made"):
            prepared = self.parts.prepare(self.record.before)
        with _phase(self.parts, self.record, "clocks", "the clocks of routers and hosts"):
            self.record.clocks = self.parts.network.clocks()
        with _phase(self.parts, self.record, "probe_on", "probes start"):
            self.parts.probes.start()
        with _phase(self.parts, self.record, "probe_answers", "until the probes are answered"):
            _look_until(self.parts, _nothing, lambda _: self.parts.probes.missing(), ("probe", self.limits.answers_s))
        return prepared

    def clear_probes(self) -> None:
        """Leave nothing of the probes behind."""
        try:
            self.parts.probes.clear()
        except FastpathError as exc:
            self.record.warnings.append(f"the probes are not cleared away; they end by themselves: {exc}")


@dataclass(frozen=True)
class _Cycle:
    """The part of a cycle that disturbs the network, and what follows it."""

    parts: Parts
    limits: Limits
    record: Record
    prepared: Prepared

    def disturb(self) -> None:
        """Cut, see the traffic move, and restore, whatever happens in between."""
        self.record.prepared_at = self.parts.clock()
        try:
            self._attempt(self._cut_and_hold)
        finally:
            with _phase(self.parts, self.record, "restore", "everything is restored"):
                self.record.restoring_at = self.parts.clock()
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

    def _cut_and_hold(self) -> None:
        with _phase(self.parts, self.record, "prepare", "the healer is armed"):
            self.prepared.disturbance.prepare()
            if self.prepared.stable is not None:
                what = "without BFD, until all is stable"
                self.record.before_cut = self._wait(what, self.prepared.stable, self.limits.stable_s)
        self.parts.pause(0)
        with _phase(self.parts, self.record, "cut", "the cut"):
            self.record.cut_at = self.parts.clock()
            self.prepared.disturbance.cut()
            self.record.active_at = self.parts.clock()
        with _phase(self.parts, self.record, "failover", "until the traffic takes the other way"):
            self._wait_for_failover()
        with _phase(self.parts, self.record, "hold", f"the cut stays for {self.limits.hold_s:g} s"):
            self.parts.pause(self.limits.hold_s)

    def _wait_for_failover(self) -> None:
        """Wait until traffic has moved; where it need not, only as long as it may take."""
        if self.prepared.moved is None:
            return
        try:
            self.record.during = self._wait("failover", self._moved_and_answered, self.limits.move_s)
            self.record.moved_at = self.parts.clock()
        except Late as exc:
            if self.prepared.must_move:
                raise
            self.record.warnings.append(str(exc))

    def _moved_and_answered(self, infos: Infos) -> tuple[str, ...]:
        assert self.prepared.moved is not None
        return self.prepared.moved(infos) or self.parts.probes.missing()

    def _wait_until_back(self) -> None:
        with _phase(self.parts, self.record, "failback", "until all is as before"):
            before = self.record.before
            self._wait("fail-back", lambda infos: self.prepared.back(before, infos), self.limits.back_s)
            self.record.back_at = self.parts.clock()
            self.parts.pause(self.limits.settle_s)

    def _collect(self) -> None:
        with _phase(self.parts, self.record, "probe_off", "probes end"):
            self.record.probes = self.parts.probes.collect()

    def _last_look(self) -> None:
        with _phase(self.parts, self.record, "snapshot_after", "what the routers show after"):
            self.record.after = self.parts.network.observe()
            self.record.looked_at = self.parts.clock()
            self.record.logs = self.parts.network.logs()
            self.record.clocks_after = self.parts.network.clocks()

    def _wait(self, what: str, check: Check, timeout_s: int) -> Infos:
        return _look_until(self.parts, self.parts.network.observe, check, (what, timeout_s))

    def _heal(self) -> Healed:
        """Restore until nothing is left, at least until the healer must have done it."""
        disturbance, tries = self.prepared.disturbance, 0
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


class Late(FastpathError):
    """Something was not seen in time."""


@contextmanager
def _phase(parts: Parts, record: Record, name: str, text: str) -> Iterator[None]:
    """Tell that a phase begins, and note how long it took, also where it fails."""
    started = parts.clock()
    parts.progress(f"{started - record.started_at:6.1f} s  {name}: {text}")
    try:
        yield
    finally:
        record.phases.append(Phase(name, started, round(parts.clock() - started, 3)))


def _look_until(parts: Parts, observe: Callable[[], Infos], check: Check, wait: tuple[str, int]) -> Infos:
    """Look until nothing is missing, and return the last look; Late where that takes longer than told, in seconds."""
    what, timeout_s = wait
    looked = wait_for_state(
        observe,
        check,
        Bound(timeout_s, LOOK_INTERVAL_S),
        clock=parts.clock,
        sleep=parts.pause,
        progress=lambda line: parts.progress(f"  {what}: {line}"),
    )
    if looked.failures:
        raise Late(f"{what}: {late_message(looked)}")
    return looked.info


def _nothing() -> Infos:
    return {}


def _failure_of(call: Callable[[], None]) -> str:
    """Return what failed, a defect too: no error of one try may end the tries to restore."""
    try:
        call()
    except FastpathError as exc:
        return str(exc)
    except Exception as exc:
        return repr(exc)
    return ""


def _leftovers(disturbance: Disturbance) -> tuple[str, ...]:
    """Return what is not undone; what cannot be seen counts as not undone."""
    try:
        return disturbance.leftovers()
    except FastpathError as exc:
        return (str(exc),)
    except Exception as exc:
        return (repr(exc),)
