# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was predicted beside what was measured, in milliseconds; nothing is drawn here."""

from __future__ import annotations

from dataclasses import dataclass

from .formats import format_ms, format_range_ms
from .model import BFD, Drill, ModeResult, ScenarioResult

# What the axis has at least, so that it has marks.
SHORTEST_MS, LONGEST_MS = 100.0, 1500.0


@dataclass(frozen=True)
class Bar:
    """One scenario in one mode: the predicted range, each cycle's outage, their median and the limit."""

    mode: str
    title: str
    predicted: tuple[float, float] | None
    predicted_text: str
    outages: tuple[float, ...]
    median: float | None
    median_text: str
    limit: float | None

    @property
    def is_bfd(self) -> bool:
        """Say whether BFD was running."""
        return self.mode == BFD


@dataclass(frozen=True)
class Group:
    """The bars of a scenario."""

    title: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Ranges:
    """All bars and the bounds of their axis, which is logarithmic."""

    groups: tuple[Group, ...]
    low: float
    high: float

    def clipped(self, value: float) -> float:
        """Return a value that the axis has: nothing lost is at its left end."""
        return min(max(value, self.low * 1.1), self.high)


def build_ranges(drill: Drill) -> Ranges | None:
    """Return the bars of a drill, None where nothing was measured."""
    groups = tuple(Group(item.title, tuple(_bar(mode, item) for mode in item.modes)) for item in drill.scenarios)
    values = [value for group in groups for bar in group.bars for value in _values(bar)]
    if not any(bar.outages for group in groups for bar in group.bars):
        return None
    above = [value for value in values if value > 0] or [SHORTEST_MS]
    return Ranges(groups, min(above) * 0.6, max(max(above) * 1.6, LONGEST_MS))


def _bar(mode: ModeResult, scenario: ScenarioResult) -> Bar:
    low, high = mode.predicted.outage_min_ms, mode.predicted.outage_max_ms
    limit = scenario.expect.get("max_outage_ms") if mode.mode == BFD else None
    return Bar(
        mode=mode.mode,
        title=mode.title,
        predicted=None if low is None or high is None else (low, high),
        predicted_text=format_range_ms(low, high),
        outages=tuple(cycle.outage_ms for cycle in mode.valid if cycle.outage_ms is not None),
        median=mode.outage.median,
        median_text=format_ms(mode.outage.median),
        limit=float(limit) if isinstance(limit, (int, float)) else None,
    )


def _values(bar: Bar) -> tuple[float, ...]:
    limit = () if bar.limit is None else (bar.limit,)
    return (*(bar.predicted or ()), *bar.outages, *limit)
