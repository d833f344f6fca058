# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every parser of IOS show output needs: clean lines, durations, pager and refusals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from ..errors import DeviceError

UNITS_S = {"y": 31536000, "w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}

_PAGER = re.compile(r"-{2,3} ?\(?more\)? ?-{2,3}[\x08 ]*", re.IGNORECASE)
# How IOS writes its pager prompt and wipes it out again; where a terminal lost the wiping, nine blanks are left.
_PAGER_LINE = re.compile(r"^ ?--More-- ?(?:\x08+ *\x08+|\r *\r| {0,8})", re.MULTILINE)
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_REFUSED = re.compile(
    r"^[ \t]*(% ?(?:Invalid input detected|Invalid command|Incomplete command|Ambiguous command"
    r"|Unknown command|Unrecognized command|Unavailable command|Command not supported)[^\r\n]*)",
    re.IGNORECASE | re.MULTILINE,
)
_CLOCK = re.compile(r"(\d+):(\d{1,2}):(\d{1,2})(?:\.\d+)?")
_PARTS = re.compile(r"(\d+)([ywdhms])")


def refusal(text: str) -> str | None:
    """Return the line by which the device says that it does not know the command, None where it answered."""
    found = _REFUSED.search(text)
    return found.group(1).strip() if found else None


def strip_pager(text: str) -> str:
    """Return a text without pager prompts, its indentation kept."""
    return _PAGER_LINE.sub("", text)


def clean_lines(text: str) -> list[str]:
    """Return the lines without pager prompts, control characters and surrounding or repeated blanks."""
    plain = _PAGER.sub("", _ESCAPE.sub("", text.expandtabs())).replace("\x08", "").replace("\r", "")
    return [" ".join(line.split()) for line in plain.splitlines()]


def unread(command: str, line: str) -> DeviceError:
    """Return the error for a row of a table that is not understood: it must not pass for one that is not there."""
    return DeviceError(f"`{command}`: the line {line!r} could not be read; nothing is concluded from half a table.")


def read_duration_s(text: str | None) -> int | None:
    """Return the seconds of "00:09:02", "1d02h", "5w1d" or "1y10w"; None for "never" and the unknown."""
    if not text:
        return None
    clock = _CLOCK.fullmatch(text)
    if clock:
        hours, minutes, seconds = (int(part) for part in clock.groups())
        return hours * 3600 + minutes * 60 + seconds
    parts = _PARTS.findall(text)
    if not parts or "".join(count + unit for count, unit in parts) != text:
        return None
    return sum(int(count) * UNITS_S[unit] for count, unit in parts)


def matched(pattern: re.Pattern[str], text: str) -> str | None:
    """Return what the first group of the pattern finds in the text, None without a match."""
    found = pattern.search(text)
    return found.group(1) if found else None


def matched_int(pattern: re.Pattern[str], text: str) -> int | None:
    """Return what the first group of the pattern finds in the text as a number."""
    found = matched(pattern, text)
    return None if found is None else int(found)


def split_blocks(lines: list[str], starts: Callable[[str], bool]) -> list[list[str]]:
    """Return one list of lines for every line that starts a block; what stands before the first is dropped."""
    blocks: list[list[str]] = []
    for line in lines:
        if starts(line):
            blocks.append([])
        if blocks:
            blocks[-1].append(line)
    return blocks


def plain_values(values: Iterable[Any]) -> list[dict[str, Any]]:
    """Return frozen values as dicts of plain types, as Ansible and YAML want them."""
    return [
        {name: list(item) if isinstance(item, tuple) else item for name, item in asdict(value).items()}
        for value in values
    ]
