"""Durations as IOS prints them in its shows.

Source: up/down columns of `show ip bgp summary` and `show ip route` on IOS 15
(ntc-templates, tests/cisco_ios: "19:03:41", "5d08h", "38w4d", "1y10w").
"""

from __future__ import annotations

MINUTE_S = 60
HOUR_S = 60 * MINUTE_S
DAY_S = 24 * HOUR_S
WEEK_S = 7 * DAY_S
YEAR_S = 52 * WEEK_S


def render_duration(seconds: float) -> str:
    """Return `seconds` as "00:12:01", "1d02h", "3w4d" or "1y10w"."""
    whole = max(0, int(seconds))
    if whole < DAY_S:
        return f"{whole // HOUR_S:02}:{whole % HOUR_S // MINUTE_S:02}:{whole % MINUTE_S:02}"
    if whole < WEEK_S:
        return f"{whole // DAY_S}d{whole % DAY_S // HOUR_S:02}h"
    if whole < YEAR_S:
        return f"{whole // WEEK_S}w{whole % WEEK_S // DAY_S}d"
    return f"{whole // YEAR_S}y{whole % YEAR_S // WEEK_S}w"


def render_duration_or_never(seconds: float | None) -> str:
    """Return the duration, "never" for None."""
    return "never" if seconds is None else render_duration(seconds)
