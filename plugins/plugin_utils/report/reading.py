# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a drill's result, the dict of docs/drill-report.md, into values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...module_utils.errors import Finding, InvalidInput
from .model import (
    Cause,
    CauseEnd,
    Clock,
    Cut,
    Cycle,
    Drill,
    Event,
    Loss,
    ModeResult,
    Phase,
    Prediction,
    Probe,
    ScenarioResult,
    Spread,
)
from .part import REMEDY, Part

SCHEMA = 1


def read_drill(data: Mapping[str, Any]) -> Drill:
    """Return the drill, or raise InvalidInput where a value has another type than the schema says."""
    if data.get("schema") != SCHEMA:
        raise InvalidInput([Finding("drill.schema", data.get("schema"), str(SCHEMA), REMEDY)])
    part = Part(data)
    configuration = part.part("configuration")
    return Drill(
        version=part.text("collection_version"),
        started_at=part.number("started_at"),
        ended_at=part.number("ended_at"),
        passed=part.flag("passed"),
        failures=part.texts("failures"),
        settings=dict(part.part("settings").data),
        scenarios=tuple(_scenario(item) for item in part.parts("scenarios")),
        configuration=tuple((str(router), configuration.texts(router)) for router in configuration.data),
    )


def _scenario(part: Part) -> ScenarioResult:
    name = part.text("name")
    return ScenarioResult(
        name=name,
        title=part.text("title") or name.replace("_", " "),
        expect=dict(part.part("expect").data),
        modes=tuple(_mode(item) for item in part.parts("modes")),
        ratio=part.number("ratio"),
    )


def _mode(part: Part) -> ModeResult:
    return ModeResult(
        mode=part.text("mode"),
        predicted=_prediction(part.part("predicted")),
        outage=_spread(part.part("outage_ms")),
        failback=_spread(part.part("failback_outage_ms")),
        lost=_spread(part.part("lost")),
        passed=part.flag("passed"),
        cycles=tuple(_cycle(item) for item in part.parts("cycles")),
    )


def _spread(part: Part) -> Spread:
    return Spread(part.number("min"), part.number("median"), part.number("max"))


def _prediction(part: Part) -> Prediction:
    return Prediction(
        outage_min_ms=part.number("outage_min_ms"),
        outage_max_ms=part.number("outage_max_ms"),
        detection_ms=part.number("detection_ms"),
        explanation=part.text("explanation"),
    )


def _cycle(part: Part) -> Cycle:
    return Cycle(
        number=part.count("number") or 0,
        passed=part.flag("passed"),
        void=part.flag("void"),
        failures=part.texts("failures"),
        warnings=part.texts("warnings"),
        cut=_cut(part.part("cut")),
        probes=tuple(_probe(item) for item in part.parts("probes")),
        outage_ms=part.number("outage_ms"),
        outage_uncertainty_ms=part.number("outage_uncertainty_ms"),
        lost=part.count("lost"),
        failback_outage_ms=part.number("failback_outage_ms"),
        failback_lost=part.count("failback_lost"),
        predicted=_prediction(part.part("predicted")),
        cause=_cause(part.part("cause")),
        events=_events(part.parts("events")),
        clocks=tuple(_clock(name, item) for name, item in part.named_parts("clocks")),
        differences=part.part("snapshot").texts("differences"),
        phases=tuple(_phase(item) for item in part.parts("phases")),
    )


def _cut(part: Part) -> Cut:
    return Cut(
        kind=part.text("kind"),
        description=part.text("description"),
        at=part.number("at"),
        restoring_at=part.number("restoring_at"),
        restored_at=part.number("restored_at"),
        restored_by=part.text("restored_by"),
        verified=part.flag("verified"),
    )


def _probe(part: Part) -> Probe:
    rtt = part.part("rtt_ms")
    return Probe(
        direction=part.text("direction"),
        method=part.text("method"),
        interval_ms=part.number("interval_ms"),
        sent=part.count("sent"),
        lost=part.count("lost"),
        duplicates=part.count("duplicates"),
        reordered=part.count("reordered"),
        stalls=part.length("stalls"),
        outage_ms=part.number("outage_ms"),
        rtt_p50_ms=rtt.number("p50"),
        rtt_p99_ms=rtt.number("p99"),
        losses=_losses(part),
    )


def _losses(probe: Part) -> tuple[Loss, ...]:
    """Return the runs of lost probes; one that is open begins or ends with the probe itself."""
    found = []
    for part in probe.parts("losses"):
        start, end = part.number("from_at"), part.number("to_at")
        is_open = start is None or end is None
        start = probe.number("started_at") if start is None else start
        end = probe.number("ended_at") if end is None else end
        if start is not None and end is not None:
            outage_ms = part.number("outage_ms")
            length_ms = (end - start) * 1000 if outage_ms is None else outage_ms
            found.append(Loss(start, end, part.count("count") or 0, length_ms, is_open))
    return tuple(found)


def _cause(part: Part) -> Cause:
    return Cause(
        proven=part.flag("proven"),
        kind=part.text("kind") or "unknown",
        ends=tuple(_end(item) for item in part.parts("ends")),
        explanation=part.text("explanation"),
    )


def _end(part: Part) -> CauseEnd:
    return CauseEnd(
        router=part.text("router"),
        neighbor=part.text("neighbor"),
        interface=part.text("interface"),
        how=part.text("how"),
        at=part.number("at"),
        evidence=part.texts("evidence"),
    )


def _events(parts: tuple[Part, ...]) -> tuple[Event, ...]:
    """Return the events in the order of time; one that cannot be placed has no place on a timeline."""
    events = [
        Event(at, part.text("router"), part.text("kind"), part.text("text"), part.number("uncertainty_ms"))
        for at, part in ((part.number("at"), part) for part in parts)
        if at is not None
    ]
    return tuple(sorted(events, key=lambda event: event.at))


def _clock(owner: str, part: Part) -> Clock:
    return Clock(owner, part.number("offset_ms"), part.number("uncertainty_ms"))


def _phase(part: Part) -> Phase:
    return Phase(part.text("name"), part.number("at"), part.number("took_s"))
