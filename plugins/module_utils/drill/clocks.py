# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other hosts' times on the controller's clock, with how wrong that can be.

A time is asked for and answered between two looks at the controller's own clock. So the offset lies in an
interval; its middle is the offset, half its width the uncertainty. Every reading narrows the interval.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..ios.show_clock import UTC, ClockSettings, RouterClock
from ..ios.show_logging import LogRecord, record_seconds


@dataclass(frozen=True)
class Reading:
    """One reading of a remote clock: the controller's time before and after, and what it showed.

    `resolution_ms` is the unit that the remote time is cut to.
    """

    sent_at: float
    received_at: float
    remote_s: float
    resolution_ms: float = 1.0

    def __post_init__(self) -> None:
        """Refuse an answer that came before its question."""
        if self.received_at < self.sent_at:
            raise ValueError(
                f"answered at {self.received_at}, asked at {self.sent_at}: the controller's clock went back"
            )

    @property
    def interval(self) -> tuple[float, float]:
        """Return the least and the largest offset that fit."""
        return self.remote_s - self.received_at, self.remote_s + self.resolution_ms / 1000 - self.sent_at


@dataclass(frozen=True)
class Clock:
    """How far a remote clock is ahead of the controller's, give or take the uncertainty."""

    offset_s: float
    uncertainty_s: float

    def to_controller(self, remote_s: float) -> float:
        """Return a remote time on the controller's clock."""
        return remote_s - self.offset_s

    def as_dict(self) -> dict[str, float]:
        """Return the form of the cycle's result."""
        return {"offset_ms": round(self.offset_s * 1000, 3), "uncertainty_ms": round(self.uncertainty_s * 1000, 3)}


def read_clock(readings: Sequence[Reading]) -> Clock:
    """Return the offset that fits all readings.

    Readings that contradict each other (the clock was set, or runs wild) leave everything between them open.
    """
    if not readings:
        raise ValueError("a clock needs one reading at least")
    intervals = [reading.interval for reading in readings]
    low, high = max(low for low, _ in intervals), min(high for _, high in intervals)
    if low > high:
        low, high = min(low for low, _ in intervals), max(high for _, high in intervals)
    return _between(low, high)


def join_clocks(clocks: Iterable[Clock]) -> Clock:
    """Return a clock that holds for all the time between several measurements: drift and steps widen it."""
    known = list(clocks)
    low = min(clock.offset_s - clock.uncertainty_s for clock in known)
    high = max(clock.offset_s + clock.uncertainty_s for clock in known)
    return _between(low, high)


def _between(low: float, high: float) -> Clock:
    return Clock((low + high) / 2, (high - low) / 2)


@dataclass(frozen=True)
class RouterTime:
    """A router's clock in its own zone, and how its log is stamped.

    `clock` is the offset of what `show clock` prints, the zone included.
    """

    clock: Clock
    zone: str
    settings: ClockSettings

    @property
    def zone_s(self) -> float | None:
        """Return by how much the zone of `show clock` is ahead of UTC, None where the configuration does not say it."""
        minutes = self.settings.zones_min.get(self.zone)
        return None if minutes is None else minutes * 60.0

    @property
    def utc(self) -> Clock:
        """Return the router's clock in UTC; without a known zone as it is printed."""
        return Clock(self.clock.offset_s - (self.zone_s or 0.0), self.clock.uncertainty_s)

    def place(self, record: LogRecord, near: float) -> tuple[float, float] | None:
        """Return a message's time on the controller's clock and its uncertainty in seconds.

        None where the stamp names no time of day, or one in a zone that is not known. `near` is a time of
        the controller, by which a stamp without a year is completed.
        """
        clock = self._clock_of(record)
        if clock is None:
            return None
        seconds = record_seconds(record, near + clock.offset_s)
        if seconds is None:
            return None
        half_s = (record.resolution_ms or 1) / 2000
        return clock.to_controller(seconds + half_s), clock.uncertainty_s + half_s

    def _clock_of(self, record: LogRecord) -> Clock | None:
        """Return the clock in the zone in which a message is stamped."""
        zone = record.zone or (self.zone if self.settings.log_localtime else UTC)
        if zone == self.zone:
            return self.clock
        minutes = self.settings.zones_min.get(zone)
        if minutes is None or self.zone_s is None:
            return None
        return Clock(self.clock.offset_s - self.zone_s + minutes * 60, self.clock.uncertainty_s)


def read_router_time(readings: Sequence[tuple[float, RouterClock, float]], settings: ClockSettings) -> RouterTime:
    """Return a router's clock from readings of (sent_at, what `show clock` printed, received_at)."""
    clock = read_clock([Reading(sent, received, seen.local_s, seen.resolution_ms) for sent, seen, received in readings])
    return RouterTime(clock, readings[-1][1].zone, settings)


def join_router_times(times: Iterable[RouterTime]) -> RouterTime:
    """Return a router's clock for all the time between several measurements; the zone is that of the last one."""
    known = list(times)
    return RouterTime(join_clocks(time.clock for time in known), known[-1].zone, known[-1].settings)
