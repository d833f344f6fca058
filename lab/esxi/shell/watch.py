"""Which files a command of the shell changed: redirects and sed leave no other trace."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

# What is watched of the RAM disk: the rest is of no consequence for the host.
_WATCHED = "etc"

State = Mapping[str, tuple[int, int, int]]


@dataclass(frozen=True)
class FileWatch:
    """The files of /etc and of the datastores; `volumes` maps places below the root to folders."""

    root: Path
    volumes: Mapping[str, Path]

    def look(self) -> State:
        """Return inode, size and time of every file by its path inside the root."""
        places = [(f"/{_WATCHED}", self.root / _WATCHED)]
        places += [(f"/{place}", folder) for place, folder in self.volumes.items() if folder.is_dir()]
        return dict(found for place, folder in places for found in _look(place, folder))


def _look(place: str, folder: Path) -> Iterator[tuple[str, tuple[int, int, int]]]:
    for at, _, names in os.walk(folder):
        for name in names:
            try:
                stat = os.lstat(os.path.join(at, name))
            except FileNotFoundError:
                continue
            inside = os.path.relpath(os.path.join(at, name), folder)
            yield f"{place}/{inside}", (stat.st_ino, stat.st_size, stat.st_mtime_ns)


def changed_files(before: State, after: State) -> Iterator[tuple[str, str]]:
    """Yield what was done to which file: write or remove."""
    for path in sorted({*before, *after}):
        if path not in after:
            yield "remove", path
        elif before.get(path) != after[path]:
            yield "write", path
