# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw a cycle's timeline: all of it in a strip, and below it, enlarged, what the cut caused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .canvas import LETTER, Form, Panel, draw
from .formats import format_offset, format_range_ms
from .svg import Label
from .timeline import Lane, Mark, Timeline, main_span

HEAD = 22
MOST_ROOM = 260
STRIP_ROW, PROBE_ROW, EVENT_ROW = 18, 28, 19
NAME_ROW = 17
MOST_EVENTS = 7  # of a router; a timeline is no log


def draw_timeline(timeline: Timeline, form: Form, label: Label) -> str:
    """Return the picture of a timeline."""
    form = _with_room(form, timeline)
    rows = [_height(lane, timeline, form) for lane in timeline.lanes]
    heights = (HEAD + len(rows) * _strip_row(form), HEAD + sum(rows))

    def paint(panels: Sequence[Panel]) -> None:
        _paint_strip(panels[0], timeline)
        _paint_enlarged(panels[1], timeline, rows)

    return draw(form, heights, label, paint)


def _with_room(form: Form, timeline: Timeline) -> Form:
    """Return the form with room for the longest name, as far as that leaves room for the drawing."""
    longest = max((len(lane.title) for lane in timeline.lanes), default=0)
    wanted = min(MOST_ROOM, round(longest * LETTER * 1.15) + 12)
    return form if form.names_above else replace(form, left=max(form.left, wanted))


def _colour(timeline: Timeline) -> str:
    return "bfd" if timeline.is_bfd else "timers"


def _strip_row(form: Form) -> int:
    return STRIP_ROW + (NAME_ROW if form.names_above else 0)


def _paint_strip(panel: Panel, timeline: Timeline) -> None:
    """Paint the whole cycle: what was lost, when something was logged, cut and restore."""
    row = _strip_row(panel.form)
    bottom = HEAD + row * len(timeline.lanes)
    panel.seconds(*timeline.whole)
    panel.bars([timeline.enlarged], (HEAD - 4, bottom), "shade")
    for at, lane in enumerate(timeline.lanes):
        middle = HEAD + row * (at + 1) - STRIP_ROW / 2
        panel.name(middle - (NAME_ROW if panel.form.names_above else 0), lane.title, "muted")
        panel.level(middle)
        panel.bars(((span.start, span.end) for span in lane.spans), (middle - 5, middle + 5), _colour(timeline))
        for mark in lane.marks:
            panel.upright(mark.at, (middle - 6, middle + 6), "ink")
    rows = [row] * len(timeline.lanes)
    _paint_moment(panel, 0.0, Moment("cut", "cut"), rows)
    if timeline.restored is not None:
        _paint_moment(panel, timeline.restored, Moment("restored", "restore", dashed=True), rows)


@dataclass(frozen=True)
class Moment:
    """What the drill did."""

    text: str
    colour: str
    dashed: bool = False


def _paint_moment(panel: Panel, at: float, moment: Moment, rows: list[int]) -> None:
    """Paint a moment through all lanes, but not through names that stand in them."""
    panel.text(at, 8, moment.text, moment.colour, _side(panel, at, moment.text), bold=True)
    panel.upright(at, (2, HEAD), moment.colour, moment.dashed)
    name = NAME_ROW if panel.form.names_above else 0
    bottom = HEAD
    for row in rows:
        bottom += row
        panel.upright(at, (bottom - row + name, bottom), moment.colour, moment.dashed)


def _side(panel: Panel, x: float, text: str, distance: int = 5) -> int:
    """Return on which side of a value its text has room."""
    fits = panel.room(x) > LETTER * len(text) + distance
    return distance if fits or panel.share(x) < 0.5 else -distance


def _shown(lane: Lane, timeline: Timeline) -> tuple[Mark, ...]:
    """Return the events of a lane that the cut may have caused."""
    low, high = timeline.enlarged
    last = high if timeline.restored is None else min(high, timeline.restored)
    return tuple(mark for mark in lane.marks if low <= mark.at <= last)


def _height(lane: Lane, timeline: Timeline, form: Form) -> int:
    name = NAME_ROW if form.names_above else 0
    if lane.is_probe:
        return PROBE_ROW + name
    events = len(_shown(lane, timeline))
    return EVENT_ROW * (min(events, MOST_EVENTS) + (events > MOST_EVENTS) or 1) + 10 + name


def _paint_enlarged(panel: Panel, timeline: Timeline, rows: list[int]) -> None:
    """Paint what the cut caused, with the predicted end of the outage behind it."""
    bottom = HEAD + sum(rows)
    panel.seconds(*timeline.enlarged)
    if timeline.predicted:
        low, high = timeline.predicted
        text = f"predicted end {format_range_ms(low * 1000, high * 1000)}"
        panel.bars([(low, high)], (HEAD - 4, bottom), "shade")
        before = panel.room(0) - panel.room(high) > LETTER * (len(text) + len("  cut  "))
        panel.text(high, 8, text, "muted", -1 if before else 1)
    top = HEAD
    for lane, height in zip(timeline.lanes, rows):
        panel.level(top)
        _paint_lane(panel, timeline, lane, top)
        top += height
    _paint_moment(panel, 0.0, Moment("cut", "cut"), rows)


def _paint_lane(panel: Panel, timeline: Timeline, lane: Lane, top: int) -> None:
    """Paint one direction's losses, or one router's events below each other."""
    above = panel.form.names_above
    panel.name(top + (11 if above else 14), lane.title, bold=True)
    top += NAME_ROW if above else 0
    if lane.is_probe:
        _paint_losses(panel, timeline, lane, top)
    else:
        _paint_events(panel, timeline, lane, top)


def _paint_losses(panel: Panel, timeline: Timeline, lane: Lane, top: int) -> None:
    low, high = timeline.enlarged
    inside = [span for span in lane.spans if span.end >= low and span.start <= high]
    ends = ((max(span.start, low), min(span.end, high)) for span in inside)
    panel.bars(ends, (top + 7, top + 21), _colour(timeline))
    if not inside:
        panel.text(low, top + 14, "nothing lost", "muted", 5)
        return
    main = main_span(inside)
    end = min(main.end, high)
    fits = panel.room(end) > LETTER * len(main.text)
    panel.text(end, top + 14, main.text, "ink" if fits else "surface", 6 if fits else -6, bold=True)


def _paint_events(panel: Panel, timeline: Timeline, lane: Lane, top: int) -> None:
    events = _shown(lane, timeline)
    for at, mark in enumerate(events[:MOST_EVENTS]):
        middle = top + 14 + EVENT_ROW * at
        text = f"{mark.text} {format_offset(mark.at)}"
        panel.mark(mark.at, middle, mark.shape, "ink")
        panel.text(mark.at, middle, text, beside=_side(panel, mark.at, text, 9))
    left = len(events) - MOST_EVENTS
    if left > 0:
        panel.text(timeline.enlarged[0], top + 14 + EVENT_ROW * MOST_EVENTS, f"and {left} more", "muted", 5)
    elif not events:
        panel.text(timeline.enlarged[0], top + 14, "nothing logged in this time", "muted", 5)
