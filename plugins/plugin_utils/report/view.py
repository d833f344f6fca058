# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands on the page, in its order; the templates only lay it out."""

from __future__ import annotations

from dataclasses import dataclass

from . import figures, tables
from .figures import Picture
from .formats import format_moment, format_ms, format_offset, format_range_ms, format_s
from .headline import Headline, build_headline
from .model import CauseEnd, Cycle, Drill, ModeResult, ScenarioResult
from .settings import flatten
from .tables import Table
from .timeline import choose_cycle

# What a scenario expects, by its key and value; numbers are limits.
EXPECTED = {
    ("outcome", "failover"): "the traffic takes another path",
    ("outcome", "none"): "the traffic keeps its path",
    ("cause", "bfd"): "BFD is the cause",
    ("cause", "hold_timer"): "the hold timer is the cause",
}
LIMITS = {"max_outage_ms": "outage at most {}", "max_failback_ms": "fail-back at most {}"}
RESTORED_BY = {
    "drill": "the drill",
    "revert_timer": "the routers' revert timer",
    "bounded_command": "the cut's own end",
}
# How BFD told an end.
HOW = {"none": "no word from BFD", "signalled": "told by its neighbor", "admin": "switched off"}


@dataclass(frozen=True)
class EndView:
    """How one end learnt of the cut, and the lines that prove it."""

    router: str
    told: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class CycleView:
    """All that is known of a cycle."""

    number: int
    verdict: str
    summary: str
    failures: tuple[str, ...]
    warnings: tuple[str, ...]
    cut: str
    explanation: str
    proven: bool
    cause: str
    ends: tuple[EndView, ...]
    differences: tuple[str, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class ModeView:
    """A mode of a scenario: its cycles, and one of them at length."""

    title: str
    mode: str
    verdict: str
    predicted: str
    explanation: str
    picture: Picture | None
    chosen: CycleView | None
    why: str
    table: Table
    cycles: tuple[CycleView, ...]


@dataclass(frozen=True)
class ScenarioView:
    """A scenario."""

    title: str
    verdict: str
    cut: str
    expected: str
    modes: tuple[ModeView, ...]


@dataclass(frozen=True)
class PageView:
    """The page."""

    title: str
    when: str
    headline: Headline
    failures: tuple[str, ...]
    warnings: tuple[str, ...]
    summary: Table
    picture: Picture | None
    scenarios: tuple[ScenarioView, ...]
    settings: Table
    configuration: tuple[tuple[str, tuple[str, ...]], ...]
    version: str


def build_view(drill: Drill, title: str, pictures: bool) -> PageView:
    """Return the page of a drill, with or without pictures."""
    return PageView(
        title=title,
        when=_when(drill),
        headline=build_headline(drill),
        failures=drill.failures,
        warnings=tuple(dict.fromkeys(text for cycle in drill.cycles for text in cycle.warnings)),
        summary=tables.summary_table(drill),
        picture=figures.ranges_picture(drill) if pictures else None,
        scenarios=tuple(_scenario(item, f"s{at}", pictures) for at, item in enumerate(drill.scenarios)),
        settings=tables.pairs_table("Settings", tuple(flatten(drill.settings))),
        configuration=drill.configuration,
        version=drill.version,
    )


def _when(drill: Drill) -> str:
    if drill.started_at is None:
        return ""
    took = "" if drill.ended_at is None else f", {format_s(drill.ended_at - drill.started_at)}"
    return f"{format_moment(drill.started_at)}{took}"


def _scenario(scenario: ScenarioResult, key: str, pictures: bool) -> ScenarioView:
    cuts = [cycle.cut.description for mode in scenario.modes for cycle in mode.cycles if cycle.cut.description]
    return ScenarioView(
        title=scenario.title,
        verdict=scenario.verdict,
        cut=cuts[0] if cuts else "",
        expected=_expected(scenario),
        modes=tuple(_mode(mode, f"{key}m{at}", pictures) for at, mode in enumerate(scenario.modes)),
    )


def _expected(scenario: ScenarioResult) -> str:
    """Return what was expected, in words."""
    words = [EXPECTED.get((name, str(value)), "") for name, value in scenario.expect.items()]
    limits = [(text, scenario.expect.get(name)) for name, text in LIMITS.items()]
    words += [text.format(format_ms(limit)) for text, limit in limits if isinstance(limit, (int, float))]
    return ", ".join(filter(None, words))


def _mode(mode: ModeResult, key: str, pictures: bool) -> ModeView:
    chosen = choose_cycle(mode)
    drawn = figures.timeline_picture(chosen, mode.mode, key) if pictures and chosen else None
    return ModeView(
        title=mode.title,
        mode=mode.mode,
        verdict=mode.verdict,
        predicted=format_range_ms(mode.predicted.outage_min_ms, mode.predicted.outage_max_ms),
        explanation=mode.predicted.explanation,
        picture=drawn,
        chosen=_cycle(chosen) if chosen else None,
        why=_why(mode, chosen) if chosen else "",
        table=tables.cycles_table(mode),
        cycles=tuple(_cycle(cycle) for cycle in mode.cycles),
    )


def _why(mode: ModeResult, chosen: Cycle) -> str:
    """Say which cycle is shown at length."""
    if len(mode.cycles) == 1:
        return "The only cycle"
    reasons = {"failed": "the first that failed", "passed": "the one nearest to the median"}
    return f"Cycle {chosen.number} of {len(mode.cycles)}, {reasons.get(chosen.verdict, 'the first')}"


def _cycle(cycle: Cycle) -> CycleView:
    every = (
        tables.events_table(cycle),
        tables.losses_table(cycle),
        tables.probes_table(cycle),
        tables.clocks_table(cycle),
        tables.phases_table(cycle),
    )
    return CycleView(
        number=cycle.number,
        verdict=cycle.verdict,
        summary=f"outage {format_ms(cycle.outage_ms)}, fail-back {format_ms(cycle.failback_outage_ms)}",
        failures=cycle.failures,
        warnings=cycle.warnings,
        cut=_cut(cycle),
        explanation=cycle.cause.explanation,
        proven=cycle.cause.proven,
        cause=tables.cause_words(cycle),
        ends=tuple(EndView(end.router, _told(end, cycle.cut.at), end.evidence) for end in cycle.cause.ends),
        differences=cycle.differences,
        tables=tuple(table for table in every if table.rows),
    )


def _told(end: CauseEnd, cut: float | None) -> str:
    """Say how and when an end noticed."""
    when = "" if end.at is None or cut is None else f" {format_offset(end.at - cut)}"
    where = f", {end.interface} to {end.neighbor}" if end.interface and end.neighbor else ""
    return f"{HOW.get(end.how, end.how)}{when}{where}"


def _cut(cycle: Cycle) -> str:
    """Say what became of the cut."""
    cut = cycle.cut
    if cut.at is None:
        return "Nothing was cut."
    if cut.restored_at is None:
        return "The cut was not restored."
    checked = "verified" if cut.verified else "not verified"
    by = RESTORED_BY.get(cut.restored_by, cut.restored_by)
    return f"Restored {format_s(cut.restored_at - cut.at)} after the cut by {by}, {checked}."
