"""The configuration archive: numbered copies of the running-config in flash.

Shape of the names: captures of IOS XE ("flash:archive-Feb-15-15-56-38.517-1",
"bootflash:/Backup/backup-May--4-13-16-19.360-0"). That the numbers go on from the newest file after a
reload, and start anew where the path changes, is unverified on a device.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone

from lab.ios.flash import FILE_SYSTEM, Flash
from lab.ios.store import Archive

HOSTNAME = "$h"  # in a path: the name of the router
_STAMP = r"-[A-Z][a-z]{2}-[-\d]\d-\d\d-\d\d-\d\d\.\d{3}-(\d+)"


@dataclass(frozen=True)
class Archived:
    """One archived configuration."""

    number: int
    url: str


class ConfigArchive:
    """The archived configurations of one router."""

    def __init__(self, flash: Flash, hostname: Callable[[], str]) -> None:
        """Keep them in `flash`; `hostname` tells what stands for $h in a path."""
        self.flash = flash
        self._hostname = hostname

    def prefix(self, archive: Archive) -> str:
        """Return what the URLs begin with."""
        return (archive.path or "").replace(HOSTNAME, self._hostname())

    def saved(self, archive: Archive) -> list[Archived]:
        """Return what is saved at the path, the oldest first."""
        prefix = self.prefix(archive)
        pattern = re.compile(re.escape(file_name(prefix)) + _STAMP)
        matches = [match for name in self.flash.names() if (match := pattern.fullmatch(name))]
        start = prefix[: len(prefix) - len(file_name(prefix))]
        return sorted((Archived(int(match[1]), start + match[0]) for match in matches), key=lambda saved: saved.number)

    def next_number(self, archive: Archive) -> int:
        """Return the number of the next file."""
        return max((saved.number for saved in self.saved(archive)), default=-1) + 1

    def save(self, archive: Archive, text: str, at: float) -> str:
        """Save a configuration, give up the oldest beyond the maximum, and return the new URL."""
        url = f"{self.prefix(archive)}-{_stamp(at)}-{self.next_number(archive)}"
        self.flash.write(file_name(url), text)
        for old in self.saved(archive)[: -archive.maximum]:
            self.flash.delete(file_name(old.url))
        return url

    def read(self, url: str) -> str | None:
        """Return a file of the flash, None where there is none."""
        return self.flash.read(file_name(url))


def file_name(url: str) -> str:
    """Return the name behind "flash:" or "flash:/"."""
    return url[len(FILE_SYSTEM) :].removeprefix("/")


def _stamp(at: float) -> str:
    """Return "May--4-13-16-19.360" (UTC)."""
    moment = datetime.fromtimestamp(at, timezone.utc)
    day = str(moment.day).rjust(2, "-")
    return f"{moment:%b}-{day}-{moment:%H-%M-%S}.{moment.microsecond // 1000:03}"


class ArchivePeriod:
    """Archives the running-config every so many minutes; a minute lasts as long as the router's timers say."""

    def __init__(self, minute_s: float, save: Callable[[], object]) -> None:
        """Call `save` each time."""
        self._minute_s, self._save = minute_s, save
        self._minutes: int | None = None
        self._timer: asyncio.TimerHandle | None = None

    def follow(self, minutes: int | None) -> None:
        """Start anew where the period has changed; None ends it."""
        if minutes != self._minutes:
            self._minutes = minutes
            self._arm()

    def left_min(self) -> int:
        """Return the minutes until the next time."""
        if self._timer is None:
            return 0
        return max(0, round((self._timer.when() - asyncio.get_running_loop().time()) / self._minute_s))

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if self._minutes is not None:
            self._timer = asyncio.get_running_loop().call_later(self._minutes * self._minute_s, self._expire)

    def _expire(self) -> None:
        self._save()
        self._arm()
