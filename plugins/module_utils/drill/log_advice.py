# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a router's log will be able to prove anything, told before the cut."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..ios.fleet_finding import FleetFinding, warning
from ..ios.running_config import RunningConfig
from ..ios.show_clock import ClockSettings, read_clock_settings
from ..ios.show_logging import LEVELS

_OFF = "no logging buffered"
_BUFFERED = re.compile(r"logging buffered(?: \d+)? (?P<level>[a-z]+|[0-7])$")
_STAMPS = "service timestamps log datetime msec"
_BFD_LEVEL = LEVELS.index("informational")  # of BFDFSM-6-BFD_SESS_DOWN


def global_lines(config: RunningConfig) -> list[str]:
    """Return the lines of the running-config that stand in no block and that the model does not know."""
    return [line for path, line in config.foreign if not path]


def clock_settings(config: RunningConfig) -> ClockSettings:
    """Return how the running-config sets clock and log."""
    return read_clock_settings(global_lines(config))


def log_findings(router: str, config: RunningConfig) -> Iterator[FleetFinding]:
    """Yield what keeps the router's log from proving why a session went down."""
    stamps = clock_settings(config).log_stamps
    lines = global_lines(config)
    if stamps != "datetime":
        remedy = "Its messages cannot be placed in time, so they prove nothing."
        yield warning("log_stamps", f"{router} service timestamps log", stamps, _STAMPS, remedy)
    elif not _has_milliseconds(lines):
        remedy = "A message is placed to the second only."
        yield warning("log_stamps", f"{router} service timestamps log", "datetime without msec", _STAMPS, remedy)
    level = buffer_level(lines)
    if level is not None and level < _BFD_LEVEL:
        seen = "off" if level < 0 else LEVELS[level]
        remedy = "What BFD reports does not reach the buffer."
        yield warning("log_level", f"{router} logging buffered", seen, "informational, debugging", remedy)


def _has_milliseconds(lines: Sequence[str]) -> bool:
    return any(line.startswith("service timestamps log") and " msec" in line for line in lines)


def buffer_level(lines: Sequence[str]) -> int | None:
    """Return the number of the buffer's level, -1 where it is off, None where the platform's default holds."""
    for line in lines:
        found = _BUFFERED.match(line)
        if line == _OFF:
            return -1
        if found:
            level = found.group("level")
            return int(level) if level.isdigit() else LEVELS.index(level) if level in LEVELS else None
    return None
