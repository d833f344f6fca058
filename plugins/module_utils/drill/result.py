# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of one cycle: everything that was seen, judged, in plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..ios.derive import Models
from ..ios.redaction import redact
from ..ios.show_clock import ClockSettings
from .cause import Cause, judge_cause
from .clocks import Clock, RouterTime, read_clock, read_router_time
from .detour import loss_of
from .events import DRILL, Event, RouterLog, events_within, note, read_router_log
from .evidence import Seen, Window
from .predict import Prediction
from .scenario import End, InterfaceCut, Scenario
from .sessions import DrillSession, Infos
from .snapshot import compare_snapshots
from .verdict import CutRecord, Outcome, judge_cycle
from .windows import Measured, Probe, is_quiet, measure_all, read_probe

MOST_EVENTS = 500
# What a router logged this long before the cycle is of no interest.
LOG_BEFORE_S = 5.0
EVERY_ROUTER = ""


@dataclass(frozen=True)
class CycleFacts:
    """All that a cycle saw, on the controller's clock.

    `before_cut` is the snapshot after BFD was taken away, where that was done; `during` one made while the
    cut lasted. `clocks` maps a router to readings (sent_at, RouterClock, received_at) and a host to
    Readings. `read_at` says when a router's snapshot after was read, "" stands for every router.
    """

    scenario: Scenario
    mode: str
    number: int
    models: Models
    sessions: Sequence[DrillSession]
    prediction: Prediction
    cut: CutRecord
    started_at: float
    ended_at: float
    source: str = ""
    target: str = ""
    before: Infos = field(default_factory=dict)
    before_cut: Infos = field(default_factory=dict)
    during: Infos = field(default_factory=dict)
    after: Infos = field(default_factory=dict)
    read_at: Mapping[str, float] = field(default_factory=dict)
    logs: Mapping[str, str] = field(default_factory=dict)
    clocks: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    clock_settings: Mapping[str, ClockSettings] = field(default_factory=dict)
    probes: Sequence[Mapping[str, Any]] = ()
    moved_at: float | None = None
    back_at: float | None = None
    phases: Sequence[Mapping[str, Any]] = ()
    failures: Sequence[str] = ()
    warnings: Sequence[str] = ()


def cycle_result(facts: CycleFacts) -> dict[str, Any]:
    """Return the cycle as the report's schema has it."""
    times = _router_times(facts)
    hosts = {name: read_clock(found) for name, found in facts.clocks.items() if found and name not in times}
    probes = tuple(read_probe(item, hosts) for item in facts.probes)
    logs = {name: read_router_log(name, text, times.get(name), facts.ended_at) for name, text in facts.logs.items()}
    outage, failback = _measured(facts, probes)
    cause = _cause(facts, logs, probes, outage)
    differences = compare_snapshots(facts.before, facts.after)
    verdict = judge_cycle(
        Outcome(
            scenario=facts.scenario,
            mode=facts.mode,
            cut=facts.cut,
            probes=probes,
            outage=outage,
            failback=failback,
            cause=cause,
            moved_at=facts.moved_at,
            back_at=facts.back_at,
            differences=differences,
            failures=tuple(facts.failures),
        )
    )
    return {
        "scenario": facts.scenario.name,
        "title": facts.scenario.title,
        "mode": facts.mode,
        "number": facts.number,
        "started_at": facts.started_at,
        "ended_at": facts.ended_at,
        "passed": verdict.passed,
        "void": verdict.void,
        "failures": [redact(line) for line in verdict.failures],
        "warnings": [redact(line) for line in (*facts.warnings, *verdict.warnings, *_log_warnings(facts, logs))],
        "cut": _cut(facts.cut),
        "source": facts.source,
        "target": facts.target,
        "probes": [dict(item) for item in facts.probes],
        **_figures(outage, failback),
        "predicted": facts.prediction.as_dict(),
        "cause": cause.as_dict(),
        "events": [item.as_dict() for item in _events(facts, logs, outage)],
        "clocks": {name: clock.as_dict() for name, clock in (*_utc(times), *hosts.items())},
        "snapshot": {"before": dict(facts.before), "after": dict(facts.after), "differences": list(differences)},
        "phases": [dict(item) for item in facts.phases],
    }


def _router_times(facts: CycleFacts) -> dict[str, RouterTime]:
    """Return the clocks of the routers that could be read."""
    routers = {*facts.models, *facts.logs}
    found = {name: readings for name, readings in facts.clocks.items() if name in routers and readings}
    settings = facts.clock_settings
    return {name: read_router_time(list(rows), settings.get(name, ClockSettings())) for name, rows in found.items()}


def _utc(times: Mapping[str, RouterTime]) -> Iterator[tuple[str, Clock]]:
    return ((name, time.utc) for name, time in times.items())


def _measured(facts: CycleFacts, probes: Sequence[Probe]) -> tuple[Measured | None, Measured | None]:
    """Return the outage between cut and healing, and the one at fail-back; None where there was no such time."""
    cut = facts.cut
    if cut.at is None:
        return None, None
    healing = cut.restoring_at if cut.restoring_at is not None else facts.ended_at
    failback = measure_all(probes, healing, facts.ended_at) if cut.restoring_at is not None else None
    return measure_all(probes, cut.at, healing), failback


def _cause(facts: CycleFacts, logs: Mapping[str, RouterLog], probes: Sequence[Probe], outage: Measured | None) -> Cause:
    if facts.cut.at is None:
        return Cause(False, "unknown", (), "not proven: nothing was cut")
    window = Window(
        cut_from=facts.cut.at,
        healed_from=facts.cut.restoring_at if facts.cut.restoring_at is not None else facts.ended_at,
        quiet=is_quiet(probes, facts.cut.at),
    )
    every = facts.read_at.get(EVERY_ROUTER, facts.ended_at)
    seen = Seen(
        before=facts.before_cut or facts.before,
        after=facts.after,
        logs=logs,
        read_at={router: facts.read_at.get(router, every) for router in facts.after},
        during=facts.during,
    )
    longest_ms = outage.most_ms if outage and outage.lost and not outage.open else None
    return judge_cause(facts.sessions, seen, window, exempt=_exempt(facts), longest_ms=longest_ms)


def _exempt(facts: CycleFacts) -> tuple[End, ...]:
    """Return the ends that the cut takes down itself: those it shuts, and those of a dead router."""
    if isinstance(facts.scenario.cut, InterfaceCut):
        return facts.scenario.ends_at(facts.scenario.cut.at)
    dead = loss_of(facts.scenario, facts.models).routers
    return tuple(end for end in facts.scenario.ends if end.router in dead)


def _cut(cut: CutRecord) -> dict[str, Any]:
    return {**vars(cut), "description": redact(cut.description)}


def _figures(outage: Measured | None, failback: Measured | None) -> dict[str, Any]:
    return {
        "outage_ms": outage.outage_ms if outage else None,
        "outage_uncertainty_ms": outage.uncertainty_ms if outage else None,
        "lost": outage.lost if outage else None,
        "failback_outage_ms": failback.outage_ms if failback else None,
        "failback_uncertainty_ms": failback.uncertainty_ms if failback else None,
        "failback_lost": failback.lost if failback else None,
    }


def _events(facts: CycleFacts, logs: Mapping[str, RouterLog], outage: Measured | None) -> Sequence[Event]:
    """Return what happened, in order of time; debug output is left out."""
    found = [event for log in logs.values() for event in log.events if event.text.startswith("%")]
    within = events_within(found, facts.started_at - LOG_BEFORE_S, facts.ended_at)
    own = [*_drill_events(facts), *_probe_events(outage)]
    shown = [Event(item.at, item.source, item.kind, redact(item.text), item.uncertainty_s) for item in within]
    return sorted([*shown[-MOST_EVENTS:], *own], key=lambda item: item.at)


def _drill_events(facts: CycleFacts) -> Iterator[Event]:
    cut = facts.cut
    marks = (
        (cut.at, "cut", redact(cut.description)),
        (facts.moved_at, "moved", "the traffic takes the other way"),
        (cut.restoring_at, "restoring", "the cut is taken back"),
        (cut.restored_at, "restored", f"the cut is gone, by {cut.restored_by}"),
        (facts.back_at, "back", "everything is as before"),
    )
    return (note(at, DRILL, kind, text) for at, kind, text in marks if at is not None)


def _probe_events(outage: Measured | None) -> Iterator[Event]:
    if outage and outage.from_at is not None:
        yield note(outage.from_at, "probe", "outage_from", "the first lost probe was sent")
    if outage and outage.to_at is not None:
        yield note(outage.to_at, "probe", "outage_to", "the first probe that was answered again was sent")


def _log_warnings(facts: CycleFacts, logs: Mapping[str, RouterLog]) -> Iterator[str]:
    """Yield why a router's log says less than it could."""
    for router in facts.scenario.routers:
        log = logs.get(router)
        if log is None:
            yield f"{router}: its log was not read"
        elif log.unplaced:
            yield f"{router}: {log.unplaced} messages of its log have no time that can be placed"
