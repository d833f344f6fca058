# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BFD on IOS: the interval of an interface and the slow timer of the router."""

from __future__ import annotations

import re

from .config_tree import Node
from .model import BFD_SLOW_TIMERS_MS, BfdInterval, Model

_SLOW_TIMERS = re.compile(r"bfd slow-timers(?: (\d+))?$")
INTERVAL = re.compile(r"bfd interval (\d+) min_rx (\d+) multiplier (\d+)$")


def parse_slow_timers(roots: list[Node]) -> tuple[int, list[Node]]:
    """Return the slow timer in ms and the nodes that are something else."""
    found = [match for match in (_SLOW_TIMERS.match(node.line) for node in roots) if match]
    rest = [node for node in roots if not _SLOW_TIMERS.match(node.line)]
    return int(found[-1].group(1) or BFD_SLOW_TIMERS_MS) if found else BFD_SLOW_TIMERS_MS, rest


def render_slow_timers(slow_timers_ms: int) -> list[str]:
    """Return the line that the running-config shows, none for the default."""
    return [] if slow_timers_ms == BFD_SLOW_TIMERS_MS else [f"bfd slow-timers {slow_timers_ms}"]


def render_interval(interval: BfdInterval) -> str:
    """Return the interface's line."""
    return f"bfd interval {interval.interval_ms} min_rx {interval.min_rx_ms} multiplier {interval.multiplier}"


def plan_slow_timers(have: Model, target: Model) -> list[str]:
    """Return the command that changes the slow timer, if any."""
    if have.bfd_slow_timers_ms == target.bfd_slow_timers_ms:
        return []
    wanted = render_slow_timers(target.bfd_slow_timers_ms)
    return wanted or [f"no bfd slow-timers {have.bfd_slow_timers_ms}"]
