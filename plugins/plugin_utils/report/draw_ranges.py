# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw what was predicted beside what was measured."""

from __future__ import annotations

from dataclasses import dataclass

from .canvas import LETTER, Form, Panel, draw
from .formats import format_ms
from .ranges import Bar, Ranges
from .svg import Label

TITLE_ROW, BAR_ROW, NAME_ROW = 30, 46, 16
DISTANCE = 9


def draw_ranges(ranges: Ranges, form: Form, label: Label) -> str:
    """Return the picture of all bars."""
    row = BAR_ROW + (NAME_ROW if form.names_above else 0)
    height = sum(TITLE_ROW + row * len(group.bars) for group in ranges.groups)
    return draw(form, (height,), label, lambda panels: _paint(panels[0], ranges))


def _paint(panel: Panel, ranges: Ranges) -> None:
    panel.milliseconds(ranges.low, ranges.high)
    top = 0
    for group in ranges.groups:
        panel.name(top + 16, group.title, bold=True, over=True)
        top += TITLE_ROW
        panel.level(top)
        for bar in group.bars:
            top += _paint_bar(panel, ranges, bar, top)


def _paint_bar(panel: Panel, ranges: Ranges, bar: Bar, top: int) -> int:
    """Paint one mode and return its height."""
    limit = "" if bar.limit is None else f"limit {format_ms(bar.limit)}"
    name = 0
    if panel.form.names_above:
        name = NAME_ROW
        panel.name(top + 11, ", ".join(filter(None, (bar.title, limit))))
    else:
        panel.name(top + 14, bar.title)
        panel.name(top + 31, limit, "muted")
    if bar.limit is not None:
        panel.upright(bar.limit, (top + name + 3, top + name + BAR_ROW - 3), "cut", dashed=True)
    _paint_predicted(panel, ranges, bar, top + name + 8)
    _paint_measured(panel, ranges, bar, top + name + 26)
    return BAR_ROW + name


def _paint_predicted(panel: Panel, ranges: Ranges, bar: Bar, top: int) -> None:
    if bar.predicted is None:
        return
    low, high = (ranges.clipped(value) for value in bar.predicted)
    panel.hatched((low, high), (top, top + 10), "predicted")
    _write(panel, top + 5, Beside((low, high), f"predicted {bar.predicted_text}", "muted"))


def _paint_measured(panel: Panel, ranges: Ranges, bar: Bar, top: int) -> None:
    """Paint the range of the cycles, a dot for each, and the median."""
    if not bar.outages or bar.median is None:
        panel.text(ranges.low, top + 5, "not measured", "muted", 5)
        return
    colour = "bfd" if bar.is_bfd else "timers"
    outages = [ranges.clipped(value) for value in bar.outages]
    ends = (min(outages), max(outages))
    panel.bars([ends], (top + 3, top + 7), colour)
    for value in outages:
        panel.mark(value, top + 5, "dot", colour)
    panel.upright(ranges.clipped(bar.median), (top - 3, top + 13), "ink")
    _write(panel, top + 5, Beside(ends, bar.median_text, "ink", bar.limit, bold=True))


@dataclass(frozen=True)
class Beside:
    """A text beside a bar; it keeps off the limit, if there is one."""

    ends: tuple[float, float]
    text: str
    colour: str
    limit: float | None = None
    bold: bool = False


def _write(panel: Panel, y: float, beside: Beside) -> None:
    """Write to the right of a bar, or to its left where there is more room than before the limit or the edge."""
    left, right = beside.ends
    room = panel.room(right)
    if beside.limit is not None and beside.limit > right:
        room -= panel.room(beside.limit)
    needed = LETTER * len(beside.text) + 2 * DISTANCE
    to_the_right = room > min(needed, panel.width - panel.room(left))
    x, distance = (right, DISTANCE) if to_the_right else (left, -DISTANCE)
    panel.text(x, y, beside.text, beside.colour, distance, beside.bold)
