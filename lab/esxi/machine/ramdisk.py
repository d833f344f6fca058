"""The RAM disk that /etc of a host lives on, and the state archive that brings some of it back.

At boot the RAM disk is made anew from the release's own files and the archive. The archive takes
only files that shipped with a hidden marker (`.#name` beside the file, its sticky bit set), and only
while they are still the files that the boot put there: writing in place keeps the marker, a file
that was moved over it or removed has none. It is written by auto-backup.sh and by a clean
shutdown; what is younger is lost with an unclean one.
Sources: William Lam, "How to persist configuration changes in ESXi" (2011); Broadcom KB 342062 and
KB 313072. That a file moved over a marked one drops out is unverified on a host.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MARKED_MODE = 0o1644
PLAIN_MODE = 0o644


@dataclass(frozen=True)
class ShippedFile:
    """A file of the release: `path` as "etc/vmware/passthru.map"."""

    path: str
    text: str
    marked: bool = False

    def __post_init__(self) -> None:
        if self.path.startswith("/") or ".." in Path(self.path).parts:
            raise ValueError(f"{self.path!r} is not allowed; allowed: a path below the root, without a leading slash")


@dataclass
class RamDisk:
    """The folder `root` of a host that is up, and its archive, a file that outlives boots."""

    root: Path
    archive: Path
    shipped: tuple[ShippedFile, ...]
    _inodes: dict[str, int] = field(default_factory=dict)

    def rebuild(self) -> None:
        """Make the RAM disk anew, as a boot does; whatever else lay there is gone."""
        if self.root.exists():
            shutil.rmtree(self.root)
        saved = self.saved()
        for file in self.shipped:
            text = saved.get(file.path, file.text) if file.marked else file.text
            self._put(file, text)
        self._inodes = {file.path: self._inode(file.path) for file in self.shipped if file.marked}

    def _put(self, file: ShippedFile, text: str) -> None:
        path = self.root / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        path.chmod(MARKED_MODE if file.marked else PLAIN_MODE)
        if file.marked:
            path.with_name(f".#{path.name}").touch(mode=PLAIN_MODE)

    def _inode(self, path: str) -> int:
        """Return a file's inode, 0 where it is not there or a link stands anywhere on the way to it."""
        found = self.root / path
        linked = os.path.realpath(found) != os.path.join(os.path.realpath(self.root), path)
        return found.lstat().st_ino if found.is_file() and not linked else 0

    def _is_marked(self, path: str) -> bool:
        """Tell whether a file has the sticky bit; one that was made anew may have the inode of the former one."""
        return bool((self.root / path).lstat().st_mode & stat.S_ISVTX)

    def read(self, path: str) -> str:
        """Return a file's text, "" where it is not there; a link is not followed."""
        if not self._inode(path):
            return ""
        return (self.root / path).read_bytes().decode("utf-8", "surrogateescape")

    def kept(self) -> tuple[str, ...]:
        """Return the files that a backup would take now."""
        return tuple(path for path, inode in self._inodes.items() if self._is_kept(path, inode))

    def _is_kept(self, path: str, inode: int) -> bool:
        return bool(inode) and self._inode(path) == inode and self._is_marked(path)

    def back_up(self) -> tuple[str, ...]:
        """Write the archive and return what it holds; a file that is not kept falls back to the release's."""
        texts = {path: self.read(path) for path in self.kept()}
        self.archive.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.archive.with_suffix(".tmp")
        temporary.write_text(json.dumps(texts, indent=1), encoding="utf-8")
        os.replace(temporary, self.archive)
        return tuple(texts)

    def saved(self) -> Mapping[str, str]:
        """Return what the archive holds."""
        if not self.archive.exists():
            return {}
        saved: dict[str, str] = json.loads(self.archive.read_text(encoding="utf-8"))
        return saved
