# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures of a report, each in the forms that a page needs, with their captions."""

from __future__ import annotations

from dataclasses import dataclass

from . import canvas
from .draw_ranges import draw_ranges
from .draw_timeline import draw_timeline
from .formats import format_ms, format_offset
from .model import Cycle, Drill
from .ranges import Ranges, build_ranges
from .svg import Label
from .timeline import Timeline, build_timeline


@dataclass(frozen=True)
class Picture:
    """A picture: the SVG for a wide and for a narrow page, and what stands below it."""

    title: str
    caption: str
    wide: str
    narrow: str


def missing_library() -> str:
    """Return why no picture can be drawn, empty where they can."""
    return canvas.MISSING


def ranges_picture(drill: Drill) -> Picture | None:
    """Return the picture of predictions beside measurements, None where nothing was measured."""
    ranges = build_ranges(drill)
    if ranges is None:
        return None
    title = "Predicted and measured outages"
    wide, narrow = (
        draw_ranges(ranges, form, Label(f"ranges-{form.name}", title, _told_ranges(ranges))) for form in canvas.FORMS
    )
    caption = (
        "Hatched: predicted from the routers' timers before the cut. Solid: measured, a dot for each cycle, a tick at"
        " the median. The scale is logarithmic: each line is ten times the one before."
    )
    return Picture(title, caption, wide, narrow)


def timeline_picture(cycle: Cycle, mode: str, key: str) -> Picture | None:
    """Return the timeline of a cycle, None where nothing was cut."""
    timeline = build_timeline(cycle, mode)
    if timeline is None:
        return None
    title = f"Timeline of cycle {cycle.number}"
    wide, narrow = (
        draw_timeline(timeline, form, Label(f"{key}-{form.name}", title, _told_timeline(timeline, cycle)))
        for form in canvas.FORMS
    )
    caption = (
        "Above the whole cycle, below its shaded part enlarged. Bars are times without answers, strokes and marks are"
        " lines of the routers' logs; seconds count from the cut."
    )
    return Picture(title, caption, wide, narrow)


def _told_ranges(ranges: Ranges) -> str:
    """Return the picture in words."""
    return " ".join(
        f"{group.title}, {bar.title}: predicted {bar.predicted_text}, measured {bar.median_text}."
        for group in ranges.groups
        for bar in group.bars
    )


def _told_timeline(timeline: Timeline, cycle: Cycle) -> str:
    """Return the timeline in words; the tables below it have every event."""
    lost = [
        f"{lane.title}: {span.text}, from {format_offset(span.start)}."
        for lane in timeline.lanes
        for span in lane.spans
    ]
    return " ".join([f"The traffic stood still for {format_ms(cycle.outage_ms)}.", *lost])
