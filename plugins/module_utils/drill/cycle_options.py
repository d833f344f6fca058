# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of failover_drill, and their values once they are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from ..errors import Finding, InvalidInput
from ..ios.platforms import Range
from ..ios.rollback import REVERT_MINUTES
from .cycle import Limits
from .scenario import BFD_MODE, MODES, Expect

PLANNED, RUN = "planned", "run"
FORWARD, BACKWARD = "source_to_target", "target_to_source"
DIRECTIONS = (FORWARD, BACKWARD)
METHODS = ("auto", "icmp", "udp")
LONGEST_PROBE_S = 3600

_END: dict[str, Any] = {
    "type": "dict",
    "required": True,
    "options": {"address": {"type": "str", "required": True}, "host": {"type": "str"}},
}

SETTINGS: dict[str, Any] = {
    "routers": {"type": "list", "elements": "str", "required": True},
    "source": _END,
    "target": _END,
    "directions": {"type": "list", "elements": "str", "choices": list(DIRECTIONS), "default": list(DIRECTIONS)},
    "interval_ms": {"type": "int", "default": 10},
    "probe_method": {"type": "str", "choices": list(METHODS), "default": "auto"},
    "probe_port": {"type": "int", "default": 39390},
    "max_outage_ms": {"type": "int", "default": 1000},
    "max_failback_ms": {"type": "int", "default": 50},
    "hold_s": {"type": "float", "default": 3},
    "revert_min": {"type": "int", "default": 5},
    "cut_limit_s": {"type": "int", "default": 60},
    "timeout": {"type": "int", "default": 60},
    "failback_timeout": {"type": "int", "default": 120},
}

DRILL_ARGUMENT_SPEC: dict[str, Any] = {
    "state": {"type": "str", "choices": [PLANNED, RUN], "default": PLANNED},
    "confirm": {"type": "bool", "default": False},
    "scenarios": {"type": "list", "elements": "dict", "required": True},
    "modes": {"type": "list", "elements": "str", "choices": list(MODES), "default": [BFD_MODE]},
    "repeats": {"type": "int", "default": 1},
    "baseline_repeats": {"type": "int", "default": 1},
    "number": {"type": "int", "default": 1},
    "attempts": {"type": "int", "default": 2},
    "settings": {"type": "dict", "required": True, "options": SETTINGS},
}


@dataclass(frozen=True)
class ProbeEnd:
    """One end of the probes: its address, and the host of the inventory that has it, None where none is managed."""

    address: str
    host: str | None = None

    @property
    def label(self) -> str:
        """Return the end for people."""
        return self.host or self.address


@dataclass(frozen=True)
class DrillSettings:
    """What all cycles of a drill have in common; times carry their unit, `timeout` and `failback_timeout` seconds."""

    routers: tuple[str, ...]
    source: ProbeEnd
    target: ProbeEnd
    directions: tuple[str, ...] = DIRECTIONS
    interval_ms: int = 10
    probe_method: str = "auto"
    probe_port: int = 39390
    max_outage_ms: int = 1000
    max_failback_ms: int = 50
    hold_s: float = 3
    revert_min: int = 5
    cut_limit_s: int = 60
    timeout: int = 60
    failback_timeout: int = 120

    def __post_init__(self) -> None:
        """Refuse everything that is wrong, at once; ranges of the probe are the probe's own."""
        findings = [*_ranges(vars(self)), *self._end_findings()]
        if not self.routers:
            findings.append(Finding("settings routers", [], "a list of routers", "Name those that the drill looks at."))
        if not self.directions:
            findings.append(Finding("settings directions", [], ", ".join(DIRECTIONS), "Name one of them or both."))
        if findings:
            raise InvalidInput(findings)

    def _end_findings(self) -> Iterator[Finding]:
        for name, end in (("source", self.source), ("target", self.target)):
            try:
                IPv4Address(end.address)
            except AddressValueError:
                yield Finding(f"settings {name} address", end.address, "an IPv4 address", "State it.")
        for direction in self.directions:
            sender = self.ends[direction][0]
            if sender.host is None:
                remedy = f"Name the host that has {sender.address}, or leave the direction {direction} out."
                yield Finding(f"settings host of {sender.address}", None, "a host of the inventory", remedy)

    @property
    def ends(self) -> dict[str, tuple[ProbeEnd, ProbeEnd]]:
        """Return who sends and who answers, by direction."""
        return {FORWARD: (self.source, self.target), BACKWARD: (self.target, self.source)}

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return the hosts that send probes."""
        senders = [self.ends[name][0].host for name in self.directions]
        return tuple(dict.fromkeys(host for host in senders if host is not None))

    @property
    def expect(self) -> Expect:
        """Return what a scenario expects that says nothing about it."""
        return Expect(max_outage_ms=self.max_outage_ms, max_failback_ms=self.max_failback_ms)

    def limits(self, hold_s: float) -> Limits:
        """Return how long a cycle waits."""
        return Limits(move_s=self.timeout, hold_s=hold_s, back_s=self.failback_timeout)

    def longest_s(self, hold_s: float) -> float:
        """Return how many seconds a cycle can take from its first line on a router to the restore."""
        limits = self.limits(hold_s)
        return limits.stable_s + limits.move_s + hold_s

    def duration_s(self, hold_s: float) -> int:
        """Return after how many seconds a probe ends by itself: later than the longest cycle."""
        limits = self.limits(hold_s)
        healed_s = max(self.longest_s(hold_s), self.revert_min * 60, self.cut_limit_s)
        return min(LONGEST_PROBE_S, int(limits.answers_s + healed_s + limits.back_s) + 60)


_RANGES = {
    "revert_min": REVERT_MINUTES,
    "cut_limit_s": Range(5, 3600, "s"),
    "timeout": Range(1, 3600, "s"),
    "failback_timeout": Range(1, 3600, "s"),
    "max_outage_ms": Range(0, 600_000, "ms"),
    "max_failback_ms": Range(0, 600_000, "ms"),
}


def _ranges(values: Mapping[str, Any]) -> list[Finding]:
    return [
        Finding(f"settings {name}", values[name], str(allowed), "State a number in this range.")
        for name, allowed in _RANGES.items()
        if values[name] not in allowed
    ]


def read_settings(data: Mapping[str, Any]) -> DrillSettings:
    """Return the settings of validated options; InvalidInput with everything that is wrong."""
    values = {name: value for name, value in data.items() if value is not None}
    for name in ("source", "target"):
        values[name] = ProbeEnd(values[name]["address"], values[name].get("host"))
    for name in ("routers", "directions"):
        values[name] = tuple(values[name])
    return DrillSettings(**values)
