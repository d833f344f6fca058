# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one thing that a drill says: its verdict, and the outage with BFD beside the one without."""

from __future__ import annotations

from dataclasses import dataclass

from .formats import format_ms, format_ratio
from .model import BFD, Drill, ModeResult, ScenarioResult

VERDICTS = {
    "passed": "Passed",
    "failed": "Failed",
    "void": "Void",
    "empty": "Empty",
}


@dataclass(frozen=True)
class Length:
    """An outage to compare: its share of the longest one, 0 to 1."""

    title: str
    text: str
    share: float
    is_bfd: bool


@dataclass(frozen=True)
class Headline:
    """The verdict, the number that matters, a sentence about it, and the lengths to compare."""

    verdict: str
    number: str
    sentence: str
    lengths: tuple[Length, ...]
    instead: str = ""

    @property
    def words(self) -> str:
        """Return the verdict in words."""
        return VERDICTS[self.verdict]


def build_headline(drill: Drill) -> Headline:
    """Return the headline of a drill."""
    verdict = _verdict(drill)
    scenario = _telling(drill)
    if scenario is None:
        return Headline(verdict, "", "No outage was measured.", ())
    modes = [mode for mode in scenario.modes if mode.outage.median is not None]
    longest = max(mode.outage.median or 0.0 for mode in modes)
    lengths = tuple(_length(mode, longest) for mode in modes)
    main = next((mode for mode in modes if mode.mode == BFD), modes[0])
    compared = len(modes) > 1 and scenario.ratio is not None
    return Headline(
        verdict=verdict,
        number=format_ms(main.outage.median),
        sentence=_compared(scenario, main) if compared else _alone(main),
        lengths=lengths if compared else (),
        instead=_other(scenario, main)[1] if compared else "",
    )


def _verdict(drill: Drill) -> str:
    if not drill.cycles:
        return "failed" if drill.failures else "empty"
    if all(cycle.void for cycle in drill.cycles):
        return "void"
    return "passed" if drill.passed else "failed"


def _telling(drill: Drill) -> ScenarioResult | None:
    """Return the first scenario that compares, else the first that measured anything."""
    measured = [item for item in drill.scenarios if any(mode.outage.median is not None for mode in item.modes)]
    return next((item for item in measured if item.ratio is not None), measured[0] if measured else None)


def _length(mode: ModeResult, longest: float) -> Length:
    median = mode.outage.median or 0.0
    return Length(mode.title, format_ms(median), median / longest if longest else 0.0, mode.mode == BFD)


def _compared(scenario: ScenarioResult, main: ModeResult) -> str:
    """Say how much BFD is worth."""
    other, text = _other(scenario, main)
    return (
        f"The traffic stood still for {format_ms(main.outage.median)} {main.title} ({_of(main)}) and for"
        f" {text} {other.title} ({_of(other)}): {format_ratio(scenario.ratio)} as long."
    )


def _other(scenario: ScenarioResult, main: ModeResult) -> tuple[ModeResult, str]:
    """Return the mode to compare with, and its outage."""
    other = next(mode for mode in scenario.modes if mode is not main and mode.outage.median is not None)
    return other, format_ms(other.outage.median)


def _alone(main: ModeResult) -> str:
    return f"The traffic stood still for {format_ms(main.outage.median)} {main.title} ({_of(main)})."


def _of(mode: ModeResult) -> str:
    """Say from how many cycles a number comes."""
    count = len(mode.valid)
    return "one cycle" if count == 1 else f"median of {count} cycles"
