# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`show standby brief` as values, one per interface and group."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .names import interface_name, read_address
from .show_text import clean_lines, unread

LOCAL = "local"
UNKNOWN = "unknown"

_INTERFACE_ALONE = re.compile(r"^[A-Za-z][A-Za-z-]*[\d./:]*\d$")
_ROW_START = re.compile(r"^[A-Za-z][A-Za-z-]*[\d./:]*\d \d+ \d+ \S")
_GROUP_START = re.compile(r"^\d+ \d+ ")
_ROW = re.compile(
    r"^(?P<interface>[A-Za-z][\w./:-]*) (?P<group>\d+) (?P<priority>\d+) (?:(?P<preempt>P) )?"
    r"(?P<state>Init|Initial|Learn|Listen|Speak|Standby|Active|Disabled)\b ?(?P<rest>.*)$"
)


@dataclass(frozen=True)
class HsrpGroup:
    """One HSRP group; the routers are an address, "local" (this one) or "unknown"."""

    interface: str
    group: int
    priority: int
    preempt: bool
    state: str
    active_router: str
    standby_router: str
    virtual_ip: str | None


def parse_standby_brief(text: str) -> tuple[HsrpGroup, ...]:
    """Return the groups in the order in which the device prints them; DeviceError on a row that is not understood."""
    lines = _rejoin(clean_lines(text))
    rows = [_ROW.match(line) for line in lines]
    for line, row in zip(lines, rows):
        if row is None and _ROW_START.match(line):
            raise unread("show standby brief", line)
    return tuple(_group(row) for row in rows if row)


def _rejoin(lines: Sequence[str]) -> list[str]:
    """Put rows that the device broke behind a long interface name or address back into one line."""
    joined: list[str] = []
    for line in lines:
        before = joined[-1] if joined else ""
        row = _ROW.match(before)
        rest = _routers(row.group("rest")) if row else []
        cut = _INTERFACE_ALONE.match(before) and _GROUP_START.match(line)
        if cut or (row and len(rest) < 3 and _routers(line)):
            joined[-1] += " " + line
        else:
            joined.append(line)
    return joined


def _routers(text: str) -> list[str]:
    """Return the leading words that are an address, "local" or "unknown"."""
    words: list[str] = []
    for word in text.split():
        name = read_address(word) or word.lower()
        if name not in (LOCAL, UNKNOWN) and not read_address(word):
            break
        words.append(name)
    return words


def _group(row: re.Match[str]) -> HsrpGroup:
    """Return the group of one row."""
    active, standby, virtual_ip = (_routers(row.group("rest")) + [UNKNOWN] * 3)[:3]
    return HsrpGroup(
        interface=interface_name(row.group("interface")),
        group=int(row.group("group")),
        priority=int(row.group("priority")),
        preempt=row.group("preempt") is not None,
        state=row.group("state"),
        active_router=active,
        standby_router=standby,
        virtual_ip=read_address(virtual_ip),
    )
