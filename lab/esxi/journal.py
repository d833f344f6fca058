"""The journal: every mutating call, shell write and reboot, in the order in which they happened."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Union

Detail = Union[str, int, float, bool, None]

KINDS = ("call", "shell", "file", "boot", "fault", "state")
KEPT_ENTRIES = 10_000
_SECRET = re.compile(r"passw|secret|token|credential", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """One thing that was done: who did what to which object, and how it ended (empty: well).

    kind: call (SOAP), shell (command), file (write into a file), boot (start, shutdown, reboot),
    fault (ordered by a test), state (the host changed something by itself).
    """

    number: int
    time: str
    kind: str
    actor: str
    action: str
    target: str = ""
    outcome: str = ""
    details: Mapping[str, Detail] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"journal: kind {self.kind!r} is not known; known: {', '.join(KINDS)}")
        if secret := next(filter(_SECRET.search, self.details), None):
            raise ValueError(f"journal: detail {secret!r} looks like a secret; secrets are never written down")


class Journal:
    """Entries in memory, the oldest forgotten, and each as a line of JSON in a file if there is one."""

    def __init__(self, now: Callable[[], datetime], path: Path | None = None) -> None:
        """Begin empty; `path` is appended to and its earlier lines stay."""
        self._now = now
        self._path = path
        self._entries: deque[Entry] = deque(maxlen=KEPT_ENTRIES)
        self._listeners: list[Callable[[Entry], None]] = []
        self._count = 0

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return what was recorded since the start, oldest first."""
        return tuple(self._entries)

    def record(
        self, kind: str, actor: str, action: str, target: str = "", outcome: str = "", **details: Detail
    ) -> Entry:
        """Add one entry and tell the listeners."""
        entry = Entry(self._count + 1, self._now().isoformat(), kind, actor, action, target, outcome, details)
        self._count += 1
        self._entries.append(entry)
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(entry)) + "\n")
        for listener in self._listeners:
            listener(entry)
        return entry

    def subscribe(self, listener: Callable[[Entry], None]) -> None:
        """Call `listener` with every later entry."""
        self._listeners.append(listener)
