# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers and times as people read them."""

from __future__ import annotations

from datetime import datetime, timezone

NOTHING = "-"


def format_ms(value: float | None) -> str:
    """Return a duration given in milliseconds with three digits that matter."""
    if value is None:
        return NOTHING
    number, unit = _scaled(value)
    return f"{number} {unit}"


def format_range_ms(low: float | None, high: float | None) -> str:
    """Return a range of durations, with the unit once where both have the same."""
    if low is None or high is None:
        return format_ms(high if low is None else low)
    first, last = _scaled(low), _scaled(high)
    if first == last:
        return format_ms(low)
    return f"{first[0]} to {format_ms(high)}" if first[1] == last[1] else f"{format_ms(low)} to {format_ms(high)}"


def format_s(value: float | None) -> str:
    """Return a duration given in seconds; from two minutes on in minutes and seconds."""
    if value is None or value < 120:
        return format_ms(None if value is None else value * 1000)
    minutes, seconds = divmod(round(value), 60)
    return f"{minutes} min {seconds} s"


def format_offset(seconds: float) -> str:
    """Return a time before or after the cut."""
    return f"{seconds:+.3f} s"


def format_ratio(value: float | None) -> str:
    """Return how many times as long."""
    if value is None:
        return NOTHING
    return f"{value:.0f} times" if value >= 10 else f"{value:.1f} times"


def format_count(value: float | None) -> str:
    """Return a count; a median of counts may have a half."""
    return NOTHING if value is None else f"{value:g}"


def format_moment(at: float | None) -> str:
    """Return a date and time of the day in UTC."""
    return NOTHING if at is None else f"{datetime.fromtimestamp(at, timezone.utc):%Y-%m-%d %H:%M:%S} UTC"


def format_clock(at: float | None) -> str:
    """Return a time of the day in UTC with milliseconds."""
    if at is None:
        return NOTHING
    moment = datetime.fromtimestamp(round(at * 1000) / 1000, timezone.utc)
    return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03}"


def _scaled(value: float) -> tuple[str, str]:
    """Return a number of milliseconds in ms below one second, else in s."""
    if abs(value) < 999.5:
        return f"{value:.0f}" if abs(value) >= 9.95 or value == int(value) else f"{value:.1f}", "ms"
    return f"{value / 1000:.2f}" if abs(value) < 9995 else f"{value / 1000:.1f}", "s"
