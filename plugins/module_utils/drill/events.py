# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened during a cycle, on one time axis: the controller's clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..ios.log_messages import OTHER, LogFact, read_message
from ..ios.show_logging import LogSettings, parse_log_settings, parse_logging
from .clocks import RouterTime

DRILL, PROBE = "drill", "probe"


@dataclass(frozen=True)
class Event:
    """One event: when, at whom (a router, "drill" or "probe"), what kind, and the words for people.

    The true time lies within `uncertainty_s` of `at`. `fact` is what a router's message says.
    """

    at: float
    source: str
    kind: str
    text: str
    uncertainty_s: float = 0.0
    fact: LogFact = field(default=LogFact(OTHER), compare=False)

    @property
    def earliest(self) -> float:
        """Return when it happened at the earliest."""
        return self.at - self.uncertainty_s

    @property
    def latest(self) -> float:
        """Return when it happened at the latest."""
        return self.at + self.uncertainty_s

    def as_dict(self) -> dict[str, Any]:
        """Return the form of the cycle's result."""
        uncertainty_ms = round(self.uncertainty_s * 1000, 3)
        return {
            "at": round(self.at, 6),
            "router": self.source,
            "kind": self.kind,
            "text": self.text,
            "uncertainty_ms": uncertainty_ms,
        }


@dataclass(frozen=True)
class RouterLog:
    """The messages of one router that could be placed, how many could not, and what its buffer keeps."""

    router: str
    events: tuple[Event, ...] = ()
    unplaced: int = 0
    settings: LogSettings | None = None


def note(at: float, source: str, kind: str, text: str) -> Event:
    """Return an event of the drill or the probe, whose time is known."""
    return Event(at, source, kind, text)


def read_router_log(router: str, text: str, time: RouterTime | None, near: float) -> RouterLog:
    """Return a router's log on the controller's clock, as of `near`; without a known clock nothing is placed."""
    records = parse_logging(text)
    events = []
    for record in records:
        placed = time.place(record, near) if time else None
        if placed:
            fact = read_message(record)
            events.append(Event(placed[0], router, fact.kind, record.line, placed[1], fact))
    return RouterLog(router, tuple(events), len(records) - len(events), parse_log_settings(text))


def events_within(events: Iterable[Event], from_at: float, to_at: float) -> tuple[Event, ...]:
    """Return the events that may have happened within a window, in order of time."""
    return tuple(sorted((item for item in events if item.latest >= from_at and item.earliest <= to_at), key=_time))


def _time(event: Event) -> float:
    return event.at
