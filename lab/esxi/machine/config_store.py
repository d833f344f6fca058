"""What a host is configured to be and keeps over boots: one JSON file, one section for each part.

It counts as kept at once. A host writes its configuration to the boot device once an hour and at a
clean shutdown; how much an unclean reset really loses of what came in by the API is unverified.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class ConfigStore:
    """The sections of one host; while `writable` says no, changes last until the next boot only."""

    def __init__(self, path: Path, writable: Callable[[], bool] = lambda: True) -> None:
        """Read what an earlier run left at `path`."""
        self._path = path
        self._writable = writable
        self._sections: dict[str, Any] = {}
        self.reload()

    def reload(self) -> None:
        """Forget what could not be kept, as a boot does."""
        self._sections = json.loads(self._path.read_text(encoding="utf-8")) if self._path.exists() else {}

    def section(self, name: str) -> Section:
        """Return the place of one part."""
        return Section(self, name)

    def get(self, name: str) -> dict[str, Any]:
        """Return a section's values, empty where nothing was ever written."""
        return dict(self._sections.get(name, {}))

    def put(self, name: str, values: Mapping[str, Any]) -> None:
        """Replace a section's values."""
        self._sections[name] = dict(values)
        if self._writable():
            self._write()

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_suffix(".tmp")
        temporary.touch(mode=0o600)
        temporary.write_text(json.dumps(self._sections, indent=1, sort_keys=True), encoding="utf-8")
        os.replace(temporary, self._path)


@dataclass(frozen=True)
class Section:
    """One part's values in the store, JSON only."""

    store: ConfigStore
    name: str

    def read(self) -> dict[str, Any]:
        """Return the values, empty where nothing was ever written."""
        return self.store.get(self.name)

    def write(self, values: Mapping[str, Any]) -> None:
        """Replace the values."""
        self.store.put(self.name, values)
