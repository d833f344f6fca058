"""What a guest keeps on its disk: its system, drivers, settings and files."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

# Folders that Windows has from the start.
_FOLDERS = ("C:\\", "C:\\Windows", "C:\\Windows\\System32", "C:\\Windows\\Temp", "C:\\Users", "C:\\ProgramData")


@dataclass
class GuestFile:
    """One file; `path` as it was first written, `modified` in seconds since 1970."""

    path: str
    content: bytes = b""
    modified: float = 0.0


@dataclass
class GuestDisk:
    """The content of a system disk; `system` is "", windows or other.

    `driver` is a value of the outcome table, `disabled` holds "vendor:device" of devices that were turned off,
    `standby_minutes` is 0 where the guest never sleeps, `tasks` are scheduled tasks by name.
    """

    system: str = ""
    driver: str = "none"
    driver_version: str = ""
    disabled: set[str] = field(default_factory=set)
    standby_minutes: int = 30
    hibernates: bool = True
    tasks: dict[str, str] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=lambda: {_key(path): path for path in _FOLDERS})
    files: dict[str, GuestFile] = field(default_factory=dict)

    @property
    def prevents_trouble(self) -> bool:
        """Tell whether the guest never sleeps and takes its devices down before it ends."""
        takes_down = any("disable-pnpdevice" in command.lower() for command in self.tasks.values())
        return self.standby_minutes == 0 and not self.hibernates and takes_down

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON."""
        files = [
            {"path": f.path, "content": base64.b64encode(f.content).decode("ascii"), "modified": f.modified}
            for f in self.files.values()
        ]
        plain = {name: getattr(self, name) for name in _PLAIN}
        return {**plain, "disabled": sorted(self.disabled), "folders": list(self.folders.values()), "files": files}

    @classmethod
    def of_json(cls, kept: dict[str, Any]) -> GuestDisk:
        """Return what `to_json` wrote, an empty disk where nothing is."""
        if not kept.get("system"):
            return cls()
        disk = cls(**{name: kept[name] for name in _PLAIN})
        disk.disabled = set(kept["disabled"])
        disk.folders = {_key(path): path for path in kept["folders"]}
        for each in kept["files"]:
            disk.put(GuestFile(each["path"], base64.b64decode(each["content"]), each["modified"]))
        return disk

    # --- files: names differ by letters, not by their case ------------------------------------------------------------

    def find(self, path: str) -> GuestFile | None:
        """Return a file."""
        return self.files.get(_key(path))

    def has_folder(self, path: str) -> bool:
        """Tell whether a folder is there."""
        return _key(path) in self.folders

    def put(self, file: GuestFile) -> None:
        """Write a file; its folder is there."""
        self.files[_key(file.path)] = file

    def make_folder(self, path: str) -> None:
        """Make a folder and those above it."""
        for each in (path, *parents_of(path)):
            self.folders.setdefault(_key(each), each.rstrip("\\/") if len(each) > 3 else each)

    def below(self, path: str) -> tuple[str, ...]:
        """Return the keys of the files and folders inside a folder."""
        start = _key(path).rstrip("\\") + "\\"
        return tuple(key for key in (*self.folders, *self.files) if key.startswith(start) and key != start)

    def drop(self, key_or_path: str) -> None:
        """Remove a file or a folder."""
        key = _key(key_or_path)
        self.files.pop(key, None)
        self.folders.pop(key, None)


_PLAIN = ("system", "driver", "driver_version", "standby_minutes", "hibernates", "tasks")


def _key(path: str) -> str:
    low = path.replace("/", "\\").lower()
    return low.rstrip("\\") if len(low) > 3 else low


def parent_of(path: str) -> str:
    """Return the folder of a path."""
    folder = path.replace("/", "\\").rstrip("\\").rpartition("\\")[0]
    return folder + "\\" if len(folder) == 2 else folder


def parents_of(path: str) -> tuple[str, ...]:
    """Return the folders above a path, the nearest first."""
    found, folder = [], parent_of(path)
    while len(folder) > 3:
        found.append(folder)
        folder = parent_of(folder)
    return tuple(found)
