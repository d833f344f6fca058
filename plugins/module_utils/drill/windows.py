# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the probes saw in a window of time, on the controller's clock, with how wrong it can be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .clocks import Clock

# Of a host whose clock was not read: its times cannot be placed against the cut.
UNKNOWN = Clock(0.0, float("inf"))
DEFAULT_INTERVAL_MS = 10
# How well a host's clock has to be known to say that nothing was lost before a time.
QUIET_WITHIN_S = 0.5


@dataclass(frozen=True)
class Run:
    """One run of lost probes on the controller's clock; None where it is open on that side."""

    from_at: float | None
    to_at: float | None
    count: int
    outage_ms: float
    uncertainty_ms: float

    @property
    def begun_s(self) -> float:
        """Return how long after `from_at` the loss may have begun: the first lost probe was sent that much later."""
        return 0.0 if self.from_at is None else self.uncertainty_ms / 1000


@dataclass(frozen=True)
class Probe:
    """One direction's result, its times on the controller's clock within `clock.uncertainty_s`."""

    direction: str
    interval_ms: float
    started_at: float
    ended_at: float
    runs: tuple[Run, ...]
    stalls: tuple[tuple[float, float], ...]
    clock: Clock
    truncated: bool
    received: int


@dataclass(frozen=True)
class Measured:
    """The longest outage within a window, and how many probes were lost in all.

    The true outage lies within `uncertainty_ms` of `outage_ms`. `stalled` says that the prober itself stood
    still for so long that it decides the uncertainty; `open` that the outage began before or lasted
    beyond what was measured.
    """

    outage_ms: float
    uncertainty_ms: float
    lost: int
    from_at: float | None = None
    to_at: float | None = None
    stalled: bool = False
    open: bool = False

    @property
    def most_ms(self) -> float:
        """Return the longest that the outage can have been."""
        return self.outage_ms + self.uncertainty_ms

    @property
    def least_ms(self) -> float:
        """Return the shortest that the outage can have been."""
        return max(0.0, self.outage_ms - self.uncertainty_ms)


def read_probe(result: Mapping[str, Any], clocks: Mapping[str, Clock]) -> Probe:
    """Return a probe's result on the controller's clock.

    Its host is `host`, or the first word of its direction; one without a measured clock is UNKNOWN.
    """
    direction = str(result.get("direction") or "")
    clock = clocks.get(str(result.get("host") or direction.split(" ")[0]), UNKNOWN)
    step_s = abs(float(result.get("clock_step_ms") or 0.0)) / 1000
    clock = Clock(clock.offset_s, clock.uncertainty_s + step_s)
    interval_ms = float(result.get("interval_ms") or DEFAULT_INTERVAL_MS)
    return Probe(
        direction=direction,
        interval_ms=interval_ms,
        started_at=clock.to_controller(float(result.get("started_at") or 0.0)),
        ended_at=clock.to_controller(float(result.get("ended_at") or 0.0)),
        runs=tuple(_run(item, clock, interval_ms) for item in result.get("losses") or ()),
        stalls=tuple(_stall(item, clock) for item in result.get("stalls") or ()),
        clock=clock,
        truncated=bool(result.get("truncated")),
        received=int(result.get("received") or 0),
    )


def _run(item: Mapping[str, Any], clock: Clock, interval_ms: float) -> Run:
    ends = [None if item.get(name) is None else clock.to_controller(float(item[name])) for name in ("from_at", "to_at")]
    uncertainty = item.get("uncertainty_ms")
    return Run(
        from_at=ends[0],
        to_at=ends[1],
        count=int(item["count"]),
        outage_ms=float(item["outage_ms"]),
        uncertainty_ms=interval_ms if uncertainty is None else float(uncertainty),
    )


def _stall(item: Mapping[str, Any], clock: Clock) -> tuple[float, float]:
    start = clock.to_controller(float(item["at"]))
    return start, start + float(item["length_ms"]) / 1000


def measure(probe: Probe, from_at: float, to_at: float) -> Measured:
    """Return what one direction lost within a window.

    A run belongs to every window that it may have begun in. A stall of the prober that touches a run may be
    a part of the outage that nobody saw.
    """
    runs = [run for run in probe.runs if _begins_within(run, probe, from_at, to_at)]
    longest = max(runs, key=lambda run: run.outage_ms + run.uncertainty_ms, default=None)
    if longest is None:
        return Measured(0.0, probe.interval_ms, 0)
    lengths = [end - start for start, end in probe.stalls if _touches(longest, start, end, probe.interval_ms)]
    own_ms = max(longest.uncertainty_ms, 1000 * sum(lengths) + probe.interval_ms)
    return Measured(
        outage_ms=longest.outage_ms,
        uncertainty_ms=round(own_ms, 3),
        lost=sum(run.count for run in runs),
        from_at=longest.from_at,
        to_at=longest.to_at,
        stalled=bool(lengths),
        open=longest.from_at is None or longest.to_at is None,
    )


def _begins_within(run: Run, probe: Probe, from_at: float, to_at: float) -> bool:
    start, slack_s = probe.started_at if run.from_at is None else run.from_at, probe.clock.uncertainty_s
    return from_at - slack_s - run.begun_s <= start < to_at + slack_s


def _touches(run: Run, start: float, end: float, interval_ms: float) -> bool:
    """Return whether a stall borders on the run; within the run it adds nothing."""
    slack_s = 2 * interval_ms / 1000
    borders = [border for border in (run.from_at, run.to_at) if border is not None]
    return any(start - slack_s <= border <= end + slack_s for border in borders)


def measure_all(probes: Sequence[Probe], from_at: float, to_at: float) -> Measured | None:
    """Return the worst that the directions lost within a window, None without a probe.

    Each probe goes both ways, so each sees every outage, and one whose prober did not stall sees it better. What
    a stalled one saw for longer than that counts as well. An outage is hidden from all only where all of them stalled
    at the same time.
    """
    known = [measure(probe, from_at, to_at) for probe in probes]
    if not known:
        return None
    clear = [item for item in known if not item.stalled]
    seen_ms = max((item.most_ms for item in clear), default=0.0)
    clear += [item for item in known if item.stalled and (not clear or item.least_ms > seen_ms)]
    worst = max(clear, key=lambda item: (item.outage_ms, item.uncertainty_ms))
    hidden_ms = max(_hidden_ms(probes, from_at, to_at), default=0.0)
    most_ms = max([hidden_ms, *(item.most_ms for item in clear)])
    return Measured(
        outage_ms=worst.outage_ms,
        uncertainty_ms=round(most_ms - worst.outage_ms, 3),
        lost=sum(item.lost for item in known),
        from_at=worst.from_at,
        to_at=worst.to_at,
        stalled=worst.stalled or most_ms == hidden_ms,
        open=any(item.open for item in clear),
    )


def _hidden_ms(probes: Sequence[Probe], from_at: float, to_at: float) -> Iterator[float]:
    """Yield how long all probers stood still together, for each such time in the window."""
    common = list(probes[0].stalls)
    for probe in probes[1:]:
        pairs = ((one, other) for one in common for other in probe.stalls)
        overlaps = ((max(one[0], other[0]), min(one[1], other[1])) for one, other in pairs)
        common = [(start, end) for start, end in overlaps if start < end]
    interval_ms = max(probe.interval_ms for probe in probes)
    for start, end in common:
        if end >= from_at and start < to_at:
            yield 1000 * (end - start) + interval_ms


def is_quiet(probes: Sequence[Probe], until: float) -> bool:
    """Return whether no probe was lost before a time, by hosts' clocks that are known well enough to say so."""
    return bool(probes) and all(_was_quiet(probe, until) for probe in probes)


def _was_quiet(probe: Probe, until: float) -> bool:
    slack_s = probe.clock.uncertainty_s
    late_s = slack_s + probe.interval_ms / 1000
    known = slack_s <= QUIET_WITHIN_S and probe.started_at < until
    return known and all(run.from_at is not None and run.from_at + late_s >= until for run in probe.runs)
