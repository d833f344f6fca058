# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a cycle passed, failed, or measured nothing at all.

A cycle passes only where everything that is expected was seen. It is void where what was measured says
nothing: no probe, a cut that was healed too early or not at all, an outage that began before the cut, a
figure so uncertain by a stalled prober or an unknown clock that it falls on neither side of its limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .cause import Cause
from .scenario import (
    ALL_TRAFFIC,
    ANY,
    BFD_MODE,
    BFD_ONLY,
    FAILOVER,
    HOLD_TIMER,
    NO_CHANGE,
    AclCut,
    Expect,
    InterfaceCut,
    Scenario,
)
from .windows import Measured, Probe

DRILL, NOBODY = "drill", "nobody"


@dataclass(frozen=True)
class CutRecord:
    """How the cut was made and healed, on the controller's clock; a time that is not known is None.

    It began after `at` and worked at `active_at`. From `restoring_at` on it may have been gone, at
    `restored_at` it was, seen by `verified`. `restored_by` is drill, revert_timer, bounded_command or nobody.
    """

    kind: str
    description: str
    at: float | None = None
    active_at: float | None = None
    restoring_at: float | None = None
    restored_at: float | None = None
    restored_by: str = NOBODY
    verified: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a cycle came to, as far as it was seen."""

    scenario: Scenario
    mode: str
    cut: CutRecord
    probes: tuple[Probe, ...]
    outage: Measured | None
    failback: Measured | None
    cause: Cause
    moved_at: float | None
    back_at: float | None
    differences: tuple[str, ...]
    failures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The verdict: `failures` say what is wrong, those of a void cycle begin with "void: "."""

    passed: bool
    void: bool
    failures: tuple[str, ...]
    warnings: tuple[str, ...]


def expected_of(scenario: Scenario, mode: str) -> Expect:
    """Return what is expected of a cycle: without BFD the hold timer is the cause, and its outage has no limit."""
    expect = scenario.expect
    if mode == BFD_MODE:
        return expect
    if isinstance(scenario.cut, AclCut) and scenario.cut.only == BFD_ONLY:
        return replace(expect, outcome=NO_CHANGE, cause=ANY, max_outage_ms=None)
    cause = ANY if ANY in (expect.cause, expect.outcome) else HOLD_TIMER
    return replace(expect, cause=cause, max_outage_ms=None)


def judge_cycle(seen: Outcome) -> Verdict:
    """Return the verdict about a cycle."""
    expect = expected_of(seen.scenario, seen.mode)
    void = tuple(_void(seen, expect))
    failures = (*seen.failures, *_failures(seen, expect), *(f"void: {item}" for item in void))
    return Verdict(not failures, bool(void), failures, tuple(_warnings(seen)))


def _void(seen: Outcome, expect: Expect) -> Iterator[str]:
    """Yield what makes the measurement worthless."""
    cut = seen.cut
    if cut.at is None:
        yield "the cut was not made"
        return
    if cut.restored_at is None or not cut.verified or cut.restored_by == NOBODY:
        yield "the cut was not seen to be healed"
    elif cut.restored_by != DRILL and not seen.scenario.management_cut:
        yield f"the cut was healed before its time, by {cut.restored_by}"
    if not seen.probes or seen.outage is None:
        yield "no probe brought a result"
        return
    yield from (text for probe in seen.probes for text in _probe_void(probe, seen))
    limits = (
        ("outage", seen.outage, expect.max_outage_ms),
        ("fail-back", seen.failback, expect.max_failback_ms),
    )
    for name, measured, limit in limits:
        if measured and limit is not None and measured.stalled and measured.least_ms <= limit < measured.most_ms:
            yield f"the prober itself stalled: {name} {_figure(measured)} cannot be told from its limit of {limit} ms"


def _probe_void(probe: Probe, seen: Outcome) -> Iterator[str]:
    """Yield what makes one direction's probe worthless."""
    cut, slack_s = seen.cut, probe.clock.uncertainty_s
    assert cut.at is not None
    if probe.received == 0:
        yield f"{probe.direction}: no probe was answered at all"
        return
    if 2 * slack_s >= (cut.restoring_at or cut.at + 1.0) - cut.at:
        yield f"{probe.direction}: the clock of its host is too uncertain to tell cut from fail-back"
        return
    if probe.started_at + slack_s > cut.at:
        yield f"{probe.direction}: the probe did not run before the cut"
    until = seen.back_at or cut.restored_at
    if until is not None and probe.ended_at - slack_s < until:
        yield f"{probe.direction}: the probe ended before the fail-back"
    for run in probe.runs:
        began = probe.started_at if run.from_at is None else run.from_at
        if began + run.begun_s + slack_s < cut.at and (run.to_at is None or run.to_at - slack_s > cut.at):
            yield f"{probe.direction}: the loss began before the cut"


def _failures(seen: Outcome, expect: Expect) -> Iterator[str]:
    """Yield what is not as expected."""
    yield from _outcome_failures(seen, expect)
    yield from _cause_failures(seen, expect)
    if seen.outage:
        yield from _over("outage", seen.outage, expect.max_outage_ms)
    if seen.failback:
        yield from _over("loss at fail-back", seen.failback, expect.max_failback_ms)
    elif expect.max_failback_ms is not None:
        yield "whether probes were lost at fail-back is not known"
    if seen.back_at is None:
        yield "the network was not seen to come back to what it was"
    yield from (f"not as before: {item}" for item in seen.differences)


def _outcome_failures(seen: Outcome, expect: Expect) -> Iterator[str]:
    if expect.outcome != FAILOVER:
        return
    if seen.moved_at is None:
        yield "the traffic was not seen to take the other way"
    outage, healing = seen.outage, seen.cut.restoring_at
    if outage and _drops_all(seen.scenario) and outage.lost == 0:
        yield "no probe was lost: the cut did not touch the way of the probes"
    if outage and outage.lost and healing is not None and not _ended_before(outage, healing, seen.probes):
        yield "the outage lasted until the cut was healed: nothing shows that the failover ended it"


def _drops_all(scenario: Scenario) -> bool:
    cut = scenario.cut
    return isinstance(cut, InterfaceCut) or (isinstance(cut, AclCut) and cut.only == ALL_TRAFFIC)


def _ended_before(outage: Measured, healing: float, probes: Sequence[Probe]) -> bool:
    slack_s = max(probe.clock.uncertainty_s for probe in probes)
    return outage.to_at is not None and outage.to_at + slack_s < healing


def _cause_failures(seen: Outcome, expect: Expect) -> Iterator[str]:
    wanted = NO_CHANGE if expect.outcome == NO_CHANGE else expect.cause
    if wanted == ANY or (expect.outcome == ANY and wanted != NO_CHANGE):
        return
    if seen.cause.kind != wanted:
        yield f"cause: expected {wanted}, seen {seen.cause.kind} ({seen.cause.explanation})"
    elif not seen.cause.proven:
        yield f"cause: {wanted} is {seen.cause.explanation}"


def _over(name: str, measured: Measured, limit: int | None) -> Iterator[str]:
    """Yield a failure where a figure is above its limit, or may be."""
    if limit is None or measured.most_ms <= limit:
        return
    verb = "is above" if measured.least_ms > limit else "cannot be told from"
    yield f"{name} {_figure(measured)} {verb} the limit of {limit} ms"


def _figure(measured: Measured) -> str:
    return f"{measured.outage_ms:g} ms ± {measured.uncertainty_ms:g}"


def _warnings(seen: Outcome) -> Iterator[str]:
    """Yield what is worth knowing and decides nothing."""
    for probe in seen.probes:
        if probe.stalls:
            longest_ms = 1000 * max(end - start for start, end in probe.stalls)
            yield f"{probe.direction}: the prober stalled {len(probe.stalls)} times, at most for {longest_ms:.0f} ms"
        if probe.truncated:
            yield f"{probe.direction}: more losses or stalls than the result holds, the shorter ones are left out"
        early = [run for run in probe.runs if seen.cut.at is not None and (run.to_at or 0.0) < seen.cut.at]
        if early:
            yield f"{probe.direction}: {sum(run.count for run in early)} probes were lost before the cut"
    if seen.outage and seen.outage.stalled:
        yield f"the prober stalled with the outage, which widens it to {_figure(seen.outage)}"
