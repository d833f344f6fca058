# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`show clock`, and the lines of the configuration that say in which zone clock and log are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone

from .show_text import clean_lines

UTC = "UTC"
SUMMER_TIME_MIN = 60
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_CLOCK = re.compile(
    r"(?P<mark>[*.]?) ?(?P<hour>\d{1,2}):(?P<minute>\d\d):(?P<second>\d\d)(?:\.(?P<fraction>\d{1,6}))? "
    r"(?P<zone>\S+) (?:[A-Z][a-z]{2},? )?(?P<month>[A-Z][a-z]{2}) (?P<day>\d{1,2}) (?P<year>\d{4})$"
)
_ZONE = re.compile(r"clock timezone (\S+) ([+-]?\d+)(?: (\d+))?$")
_SUMMER = re.compile(r"clock summer-time (\S+) (?:recurring|date)\b(.*)$")
_SUMMER_OFFSET = re.compile(r" \d{1,2}:\d\d (\d{1,4})$")  # behind the hour at which it ends
_LOG_STAMP = re.compile(r"service timestamps log(?P<words>.*)$")


@dataclass(frozen=True)
class RouterClock:
    """One reading of a router's clock, in the router's own zone.

    `local_s` are the seconds since 1970 as if that zone were UTC. `mark` is "*" where the time is not
    authoritative, "." where it was once and its servers are gone.
    """

    local_s: float
    zone: str
    resolution_ms: int = 1
    mark: str = ""


@dataclass(frozen=True)
class ClockSettings:
    """How a configuration sets clock and log: minutes east of UTC by zone name, and the form of the log's stamps.

    `log_stamps` is "datetime", "uptime" or "none".
    """

    zones_min: Mapping[str, int] = field(default_factory=lambda: {UTC: 0})
    log_stamps: str = "datetime"
    log_localtime: bool = False


def parse_clock(text: str) -> RouterClock | None:
    """Return the clock that `show clock` prints, None where there is none."""
    for line in clean_lines(text):
        found = _CLOCK.match(line)
        if found and found.group("month") in MONTHS:
            return _clock(found)
    return None


def _clock(found: re.Match[str]) -> RouterClock | None:
    month = MONTHS.index(found.group("month")) + 1
    numbers = [int(found.group(name)) for name in ("year", "day", "hour", "minute", "second")]
    local_s = local_seconds(numbers[0], month, numbers[1], numbers[2] * 3600 + numbers[3] * 60 + numbers[4])
    if local_s is None:
        return None
    fraction = found.group("fraction") or ""
    return RouterClock(
        local_s=local_s + (float(f"0.{fraction}") if fraction else 0.0),
        zone=found.group("zone"),
        resolution_ms=resolution_ms(fraction),
        mark=found.group("mark"),
    )


def local_seconds(year: int, month: int, day: int, second_of_day: float) -> float | None:
    """Return the seconds since 1970 of a date and time as if it were UTC, None for a day that does not exist."""
    try:
        midnight = datetime(year, month, day, tzinfo=timezone.utc)
    except ValueError:
        return None
    return midnight.timestamp() + second_of_day if 0 <= second_of_day < 86461 else None


def resolution_ms(fraction: str) -> int:
    """Return how fine a printed time is, by the digits behind its point."""
    return (1000, 100, 10)[len(fraction)] if len(fraction) < 3 else 1


def read_clock_settings(lines: Iterable[str]) -> ClockSettings:
    """Return what the global lines of a running-config say about clock and log.

    Without a `clock timezone` IOS shows UTC. A configuration without `service timestamps log` stamps
    nothing; `service timestamps log` alone means uptime.
    """
    zones_min, summer = {UTC: 0}, []
    stamps, local = "none", False
    base_min = 0
    for line in lines:
        zone, season, stamp = _ZONE.match(line), _SUMMER.match(line), _LOG_STAMP.match(line)
        if zone:
            hours, minutes = int(zone.group(2)), int(zone.group(3) or 0)
            base_min = hours * 60 + (minutes if not zone.group(2).startswith("-") else -minutes)
            zones_min[zone.group(1)] = base_min
        elif season:
            offset = _SUMMER_OFFSET.search(season.group(2))
            summer.append((season.group(1), int(offset.group(1)) if offset else SUMMER_TIME_MIN))
        elif stamp:
            words = stamp.group("words").split()
            stamps, local = ("datetime" if "datetime" in words else "uptime"), "localtime" in words
    zones_min.update({name: base_min + added for name, added in summer})
    return ClockSettings(zones_min, stamps, local)
