# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put what happened in a cycle on one axis whose zero is the cut. Times are seconds; nothing is drawn here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ...module_utils.ios.log_messages import is_hold_time_expired
from .formats import format_ms
from .model import BFD, DRILL, PROBE, Cycle, Event, Loss, ModeResult, Probe

# What an event's kind looks like: its words, its shape. Shapes tell the kinds apart without colour. Kinds without a
# shape say nothing about the cut: they stand in the table of events only.
KINDS = {
    "bfd_down": ("BFD down", "down"),
    "bfd_up": ("BFD up", "up"),
    "bfd_created": ("BFD session created", ""),
    "bfd_destroyed": ("BFD session removed", ""),
    "bgp_down": ("BGP down", "square"),
    "bgp_up": ("BGP up", "hollow square"),
    "bgp_reset": ("BGP reset", ""),
    "notification_sent": ("BGP notification sent", "dot"),
    "notification_received": ("BGP notification received", "dot"),
    "hsrp": ("HSRP", "diamond"),
    "line_down": ("interface down", "cross"),
    "line_up": ("interface up", "plus"),
    "configured": ("configured", ""),
    "outage_from": ("first lost probe", ""),
    "outage_to": ("answers again", ""),
    "other": ("", ""),
}
MARGIN = 0.12
_MNEMONIC = re.compile(r"%([A-Z0-9_]+-\d-[A-Z0-9_]+)")


@dataclass(frozen=True)
class Span:
    """A time without answers."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Mark:
    """An event at its time."""

    at: float
    text: str
    shape: str


@dataclass(frozen=True)
class Lane:
    """A line of the timeline: what a direction lost, or what a router logged."""

    title: str
    spans: tuple[Span, ...] = ()
    marks: tuple[Mark, ...] = ()

    @property
    def is_probe(self) -> bool:
        """Say whether the lane is a direction of the probe."""
        return "->" in self.title


@dataclass(frozen=True)
class Timeline:
    """A cycle on one axis: all of it, and the part around the cut that is worth enlarging."""

    mode: str
    lanes: tuple[Lane, ...]
    restored: float | None
    predicted: tuple[float, float] | None
    whole: tuple[float, float]
    enlarged: tuple[float, float]

    @property
    def is_bfd(self) -> bool:
        """Say whether BFD was running."""
        return self.mode == BFD


def choose_cycle(mode: ModeResult) -> Cycle | None:
    """Return the cycle that stands for a mode: the first that failed, else the one nearest to the median."""
    failed = [cycle for cycle in mode.cycles if cycle.verdict == "failed"]
    if failed:
        return failed[0]
    median = mode.outage.median or 0.0
    valid = mode.valid or mode.cycles
    return min(valid, key=lambda cycle: abs((cycle.outage_ms or 0.0) - median), default=None)


def build_timeline(cycle: Cycle, mode: str) -> Timeline | None:
    """Return the timeline of a cycle, None where nothing was cut."""
    start = cycle.cut.at
    if start is None:
        return None
    lanes = (*_probe_lanes(cycle, start), *_router_lanes(cycle, start))
    healed = cycle.cut.restored_at if cycle.cut.restoring_at is None else cycle.cut.restoring_at
    restored = None if healed is None else healed - start
    predicted = _predicted(cycle)
    return Timeline(mode, lanes, restored, predicted, _whole(lanes, restored), _enlarged(lanes, predicted, restored))


def corrected_losses(cycle: Cycle, probe: Probe) -> tuple[Loss, ...]:
    """Return the losses of a probe on the controller's clock."""
    ahead = next((clock.offset_ms or 0.0 for clock in cycle.clocks if clock.owner == probe.sender), 0.0) / 1000
    return tuple(replace(loss, from_at=loss.from_at - ahead, to_at=loss.to_at - ahead) for loss in probe.losses)


def describe_event(event: Event) -> str:
    """Return an event's kind in words, or the mnemonic of a log line that is of no known kind."""
    if is_hold_time_expired(event.text):
        return "hold time expired"
    known = KINDS.get(event.kind, (event.kind.replace("_", " "), ""))[0]
    mnemonic = _MNEMONIC.search(event.text)
    return known or (mnemonic.group(1) if mnemonic else "log")


def main_span(spans: Sequence[Span]) -> Span:
    """Return the outage among the runs of lost probes: the first that is not short beside the longest."""
    longest = max(span.end - span.start for span in spans)
    return next(span for span in spans if span.end - span.start >= longest / 2)


def _probe_lanes(cycle: Cycle, start: float) -> list[Lane]:
    lanes = []
    for probe in cycle.probes:
        losses = corrected_losses(cycle, probe)
        spans = (Span(loss.from_at - start, loss.to_at - start, _lost(loss)) for loss in losses)
        lanes.append(Lane(probe.direction, spans=tuple(spans)))
    return lanes


def _lost(loss: Loss) -> str:
    return f"{loss.count} lost, {'at least ' if loss.open else ''}{format_ms(loss.outage_ms)}"


def _router_lanes(cycle: Cycle, start: float) -> list[Lane]:
    """Return a lane for each router that logged something, in the order of their names."""
    routers = sorted({event.router for event in cycle.events} - {DRILL, PROBE, ""})
    return [
        Lane(router, marks=tuple(_marks((event for event in cycle.events if event.router == router), start)))
        for router in routers
    ]


def _marks(events: Iterable[Event], start: float) -> Iterator[Mark]:
    """Yield the marks of the events that have a shape."""
    for event in events:
        shape = KINDS.get(event.kind, ("", "dot"))[1]
        if shape:
            yield Mark(event.at - start, describe_event(event), shape)


def _predicted(cycle: Cycle) -> tuple[float, float] | None:
    low, high = cycle.predicted.outage_min_ms, cycle.predicted.outage_max_ms
    return None if low is None or high is None or high <= 0 else (low / 1000, high / 1000)


def _whole(lanes: tuple[Lane, ...], restored: float | None) -> tuple[float, float]:
    """Return the bounds of all that is shown."""
    times = [0.0, 1.0, restored or 0.0]
    times += [time for lane in lanes for span in lane.spans for time in (span.start, span.end)]
    times += [mark.at for lane in lanes for mark in lane.marks]
    return _with_margin(min(times), max(times), 0.04)


def _enlarged(
    lanes: tuple[Lane, ...], predicted: tuple[float, float] | None, restored: float | None
) -> tuple[float, float]:
    """Return the bounds of what the cut caused: the outage, and the time in which it was predicted to end."""
    last = restored if restored is not None else float("inf")
    caused = [[span for span in lane.spans if span.end >= 0 and span.start < last] for lane in lanes]
    ends = [main_span(spans).end for spans in caused if spans]
    ends += [predicted[1]] if predicted else []
    return _with_margin(0.0, max([*ends, 0.2]), MARGIN)


def _with_margin(low: float, high: float, share: float) -> tuple[float, float]:
    room = (high - low) * share
    return low - room, high + room
