# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`show logging` as values: the messages with the router's own time, and what the buffer keeps.

A stamp is a date with or without year, fraction and zone, the uptime, or missing; a sequence number
and a host name may stand before it (`service timestamps`, `service sequence-numbers`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from .show_clock import MONTHS, local_seconds, resolution_ms
from .show_text import clean_lines

LEVELS = ("emergencies", "alerts", "critical", "errors", "warnings", "notifications", "informational", "debugging")

_PREFIX = r"(?:<\d+> ?)?(?P<prefix>(?:(?:\d+|[A-Za-z][\w.-]*): ?)*)"
_DATED = re.compile(
    _PREFIX + rf"(?P<mark>[*.]?)(?P<month>{'|'.join(MONTHS)}) (?P<day>\d{{1,2}})(?: (?P<year>\d{{4}}))? "
    r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:\.(?P<fraction>\d{1,6}))?(?: (?P<late_year>\d{4}))?"
    r"(?: (?P<zone>[\w+-][\w+:-]*?))?: ?(?P<message>.*)"
)
_UPTIME = re.compile(
    r"(?:<\d+> ?)?(?P<prefix>(?:\d+: )?)[*.]?(?P<uptime>\d+:\d\d:\d\d(?:\.\d+)?|(?:\d+[ywdhm])+): (?P<message>%.*)"
)
_BARE = re.compile(r"(?:<\d+> ?)?(?P<prefix>(?:\d+: )?)(?P<message>%[A-Z][A-Z0-9_-]*-[0-7]-[A-Z0-9_]+: ?.*)")
_MESSAGE = re.compile(r"%(?P<facility>[A-Z][A-Z0-9_-]*?)-(?P<severity>[0-7])-(?P<mnemonic>[A-Z0-9_]+): ?(?P<text>.*)")
_UNREAD_STAMP = re.compile(r".*?\d.*?: ?(?P<message>%[A-Z][A-Z0-9_-]*-[0-7]-[A-Z0-9_]+: ?.*)")
_SEQUENCE = re.compile(r"(?<![\w.-])(\d+): ?$")
_PROMPT = re.compile(r"[\w.-]+(?:\([\w.-]+\))?[#>]")

_ENABLED = re.compile(r"Syslog logging: (enabled|disabled)")
_DROPPED = re.compile(r"(\d+) messages? dropped")
_LIMITED = re.compile(r"(\d+) messages? rate-limited")
_BUFFER = re.compile(r"Buffer logging: ?(?:level (?P<level>\w+), ?(?P<logged>\d+) messages? logged|(?P<off>disabled))")
_SIZE = re.compile(r"Log Buffer \((\d+) bytes\)")


@dataclass(frozen=True)
class LogRecord:
    """One message with its stamp as the router prints it; None where it prints nothing.

    `facility`, `severity` and `mnemonic` are None for debug output. `second_of_day` is in the zone that
    `zone` names, or that the configuration sets. `uptime` is a stamp that names no time of day.
    """

    text: str
    facility: str | None = None
    severity: int | None = None
    mnemonic: str | None = None
    sequence: int | None = None
    month: int | None = None
    day: int | None = None
    second_of_day: float | None = None
    resolution_ms: int | None = None
    year: int | None = None
    zone: str | None = None
    mark: str = ""
    uptime: str | None = None

    @property
    def line(self) -> str:
        """Return the message as the router prints it behind its stamp."""
        return f"%{self.facility}-{self.severity}-{self.mnemonic}: {self.text}" if self.facility else self.text


@dataclass(frozen=True)
class LogSettings:
    """What the log buffer keeps: its level is None where it is off."""

    enabled: bool
    level: str | None = None
    logged: int | None = None
    dropped: int = 0
    rate_limited: int = 0
    buffer_bytes: int | None = None

    def keeps(self, severity: int) -> bool:
        """Return whether messages of that severity reach the buffer."""
        return self.enabled and self.level in LEVELS and severity <= LEVELS.index(self.level)


def parse_logging(text: str) -> tuple[LogRecord, ...]:
    """Return the messages in the order in which the device prints them.

    Lines without a stamp belong to the message before them; what the buffer cut off at its start is left out.
    A message behind a stamp of another form is one of its own, without a time: it must not speak for another.
    """
    texts: list[list[str]] = []
    heads: list[LogRecord] = []
    for line in clean_lines(text):
        record = _record(line) or (_unread(line) if texts else None)
        if record:
            heads.append(record)
            texts.append([record.text])
        elif texts and line and not _PROMPT.match(line):
            texts[-1].append(line)
    return tuple(replace(head, text=" ".join(lines)) for head, lines in zip(heads, texts))


def _record(line: str) -> LogRecord | None:
    """Return the message that begins with this line, None where none does."""
    dated = _DATED.fullmatch(line)
    if dated:
        return _dated(dated)
    found = _UPTIME.fullmatch(line) or _BARE.fullmatch(line)
    if not found:
        return None
    stamp = LogRecord("", sequence=_sequence(found), uptime=found.groupdict().get("uptime"))
    return _message(found.group("message"), stamp)


def _unread(line: str) -> LogRecord | None:
    """Return the message behind a stamp that is not understood, None for a line that holds none."""
    found = _UNREAD_STAMP.fullmatch(line)
    return _message(found.group("message"), LogRecord("")) if found else None


def _dated(found: re.Match[str]) -> LogRecord:
    hour, minute, second = (int(found.group(name)) for name in ("hour", "minute", "second"))
    fraction = found.group("fraction") or ""
    year = found.group("year") or found.group("late_year")
    stamp = LogRecord(
        "",
        sequence=_sequence(found),
        month=MONTHS.index(found.group("month")) + 1,
        day=int(found.group("day")),
        second_of_day=round(hour * 3600 + minute * 60 + second + (float(f"0.{fraction}") if fraction else 0), 6),
        resolution_ms=resolution_ms(fraction),
        year=int(year) if year else None,
        zone=found.group("zone"),
        mark=found.group("mark"),
    )
    return _message(found.group("message"), stamp)


def _message(message: str, stamp: LogRecord) -> LogRecord:
    """Return the record of a stamp with its message."""
    found = _MESSAGE.fullmatch(message)
    if not found:
        return replace(stamp, text=message)
    severity = int(found.group("severity"))
    facility, mnemonic = found.group("facility"), found.group("mnemonic")
    return replace(stamp, text=found.group("text"), facility=facility, severity=severity, mnemonic=mnemonic)


def _sequence(found: re.Match[str]) -> int | None:
    number = _SEQUENCE.search(found.group("prefix"))
    return int(number.group(1)) if number else None


def parse_log_settings(text: str) -> LogSettings | None:
    """Return what the head of `show logging` says of the buffer, None where the head is missing."""
    lines = clean_lines(text)
    whole = " ".join(lines)
    enabled, buffer = _ENABLED.search(whole), _BUFFER.search(whole)
    if not enabled:
        return None
    size = _SIZE.search(whole)
    return LogSettings(
        enabled=enabled.group(1) == "enabled",
        level=buffer.group("level") if buffer else None,
        logged=int(buffer.group("logged")) if buffer and buffer.group("logged") else None,
        dropped=_count(_DROPPED, whole),
        rate_limited=_count(_LIMITED, whole),
        buffer_bytes=int(size.group(1)) if size else None,
    )


def _count(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.search(text)
    return int(found.group(1)) if found else 0


def record_seconds(record: LogRecord, near_s: float) -> float | None:
    """Return a record's time as seconds since 1970 in its own zone, None where its stamp names no time of day.

    A stamp without a year is taken for the one that is nearest to `near_s`, a reading of the same clock.
    """
    if record.month is None or record.day is None or record.second_of_day is None:
        return None
    if record.year is not None:
        return local_seconds(record.year, record.month, record.day, record.second_of_day)
    year = _year_of(near_s)
    times = [local_seconds(year + step, record.month, record.day, record.second_of_day) for step in (-1, 0, 1)]
    known = [time for time in times if time is not None]
    return min(known, key=lambda time: abs(time - near_s)) if known else None


def _year_of(seconds: float) -> int:
    """Return the year of a time, by the mean length of years: a neighbor of the true one at worst."""
    return int(1970 + seconds // 31556952)
