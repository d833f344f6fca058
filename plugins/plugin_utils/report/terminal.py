# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A drill as a table for the terminal: plain text, at most 100 columns wide but for the path of the report."""

from __future__ import annotations

import textwrap

from .formats import format_moment, format_ratio, format_s
from .headline import build_headline
from .model import Drill, ModeResult, ScenarioResult
from .tables import OUTCOME_COLUMNS, outcome_cells

WIDTH = 100
COLUMNS = ("", *OUTCOME_COLUMNS)
Row = tuple[str, ...]


def render_terminal(drill: Drill, title: str, path: str) -> str:
    """Return the lines for the end of a play."""
    headline = build_headline(drill)
    warnings = tuple(dict.fromkeys(text for cycle in drill.cycles for text in cycle.warnings))
    lines = [
        *_wrap(f"{title}: {headline.words.upper()}"),
        *_wrap(headline.sentence),
        _when(drill),
        "",
        *_table(drill),
        *_list("failures", drill.failures),
        *_list("warnings", warnings),
        f"report: {path}",
    ]
    return "\n".join(lines) + "\n"


def _when(drill: Drill) -> str:
    if drill.started_at is None or drill.ended_at is None:
        return _cycles(drill)
    took = format_s(drill.ended_at - drill.started_at)
    return f"{format_moment(drill.started_at)}, {_cycles(drill)} in {took}"


def _cycles(drill: Drill) -> str:
    return "1 cycle" if len(drill.cycles) == 1 else f"{len(drill.cycles)} cycles"


def _table(drill: Drill) -> list[str]:
    """Return the scenarios below each other, all columns as wide as their widest cell."""
    every = [COLUMNS, *(_row(mode) for scenario in drill.scenarios for mode in scenario.modes)]
    widths = [max(len(row[at]) for row in every) for at in range(len(COLUMNS))]
    lines = []
    for scenario in drill.scenarios:
        lines += [*_wrap(f"{scenario.title}: {scenario.verdict}"), _line(COLUMNS, widths)]
        lines += [_line(_row(mode), widths) for mode in scenario.modes]
        lines += [*_ratio(scenario), ""]
    return lines


def _row(mode: ModeResult) -> Row:
    return (mode.title, *outcome_cells(mode))


def _line(row: Row, widths: list[int]) -> str:
    """Return a row, its first and last cell at the left of their columns and the numbers at the right."""
    last = len(row) - 1
    cells = (
        cell.ljust(width) if at in (0, last) else cell.rjust(width) for at, (cell, width) in enumerate(zip(row, widths))
    )
    return "  " + "  ".join(cells).rstrip()


def _ratio(scenario: ScenarioResult) -> list[str]:
    return [] if scenario.ratio is None else [f"  ratio of the medians: {format_ratio(scenario.ratio)}"]


def _list(title: str, texts: tuple[str, ...]) -> list[str]:
    if not texts:
        return []
    return [f"{title}:", *(line for text in texts for line in _wrap(text, "  - ")), ""]


def _wrap(text: str, bullet: str = "") -> list[str]:
    """Return a text in lines that fit, without what would steer the terminal."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return textwrap.wrap(plain, WIDTH, initial_indent=bullet, subsequent_indent=" " * len(bullet)) or [bullet.rstrip()]
