"""The host's time: a clock that never shows the same instant twice, what calls back later, and how long things last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol


class Scheduler(Protocol):
    """What calls functions later; an asyncio loop is one."""

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Any:
        """Call `callback` after `delay` seconds."""
        ...


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)


class StrictClock:
    """The time of day in UTC, at least a microsecond later at every look."""

    def __init__(self, source: Callable[[], datetime] = _utc_now) -> None:
        """Take the time from `source`, which may stand still or step back."""
        self._source = source
        self._last = datetime.min.replace(tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        """Return the time."""
        self._last = max(self._last + timedelta(microseconds=1), self._source())
        return self._last


@dataclass(frozen=True)
class Timing:
    """How many seconds things last on a host, each multiplied by `scale`; but for the backup all are guesses.

    shutdown_s: from the order to the end of every connection. off_s: until the kernel runs again.
    api_s, ssh_s: from there until hostd and the SSH server answer.
    """

    scale: float = 1.0
    shutdown_s: float = 20.0
    off_s: float = 90.0
    api_s: float = 30.0
    ssh_s: float = 20.0
    backup_every_s: float = 3600.0  # not scaled: a backup that comes by itself must not disturb a test

    def __post_init__(self) -> None:
        for each in fields(self):
            if getattr(self, each.name) < 0:
                raise ValueError(f"timing: {each.name} {getattr(self, each.name)} is not allowed; allowed: 0 or more")

    def scaled(self, seconds: float) -> float:
        """Return how long something lasts here that lasts `seconds` on a host."""
        return seconds * self.scale
