# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory of one detached process: only its user's, never through a link, written atomically.

Its lock is the process' sign of life: the kernel gives it up with the process, however that ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import stat
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import FastpathError, Refused

# What nobody has touched for so long, and no process holds, was left by one that was killed.
ABANDONED_AFTER_S = 3600
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Shelf:
    """Where the places of one kind are: beside each other, named by user and network namespace."""

    kind: str
    root: str

    @property
    def prefix(self) -> str:
        """Return how the names begin; hosts that share files, as containers may, differ in their network."""
        return f"{self._of_user}{_network()}-"

    @property
    def _of_user(self) -> str:
        return f"fastpath-{self.kind}-{os.geteuid()}-"

    def names(self) -> list[str]:
        """Return the names that are taken."""
        return sorted(entry[len(self.prefix) :] for entry in os.listdir(self.root) if entry.startswith(self.prefix))

    def path(self, name: str) -> str:
        """Return the directory of a name."""
        return os.path.join(self.root, self.prefix + name)

    def sweep(self) -> None:
        """Remove what killed processes of this user have left, whatever their network was."""
        for entry in os.listdir(self.root):
            if entry.startswith(self._of_user):
                _sweep(os.path.join(self.root, entry))


def shelf(kind: str) -> Shelf:
    """Return the shelf of a kind below the directory for temporary files."""
    return Shelf(kind, tempfile.gettempdir())


def _network() -> int:
    try:
        return os.stat("/proc/self/ns/net").st_ino
    except OSError:
        return 0


class Place:
    """An open directory. Files are opened relative to it, so that nobody can put another in its place."""

    def __init__(self, path: str) -> None:
        """Open the directory; Refused where it is not this user's own."""
        self.path = path
        try:
            self.fd = os.open(path, _DIRECTORY)
        except NotADirectoryError as exc:  # a link, too: O_NOFOLLOW
            raise Refused(f"{path}: is not a directory. Somebody else made it; have it removed.") from exc
        except PermissionError as exc:
            raise Refused(f"{path}: belongs to another user. Have it removed.") from exc
        found = os.fstat(self.fd)
        if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
            os.close(self.fd)
            seen = f"belongs to user {found.st_uid} with mode {stat.S_IMODE(found.st_mode):04o}"
            raise Refused(f"{path}: {seen}; allowed: user {os.geteuid()}, mode 0700. Have it removed.")

    def lock(self) -> bool:
        """Take the lock; False while a process has it."""
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def write(self, name: str, content: Mapping[str, Any]) -> None:
        """Put a file in the place of its former self, whole."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        new = f".{name}"
        file = os.open(new, flags, 0o600, dir_fd=self.fd)
        try:
            text = memoryview(json.dumps(content).encode())
            while text:
                text = text[os.write(file, text) :]
        finally:
            os.close(file)
        os.rename(new, name, src_dir_fd=self.fd, dst_dir_fd=self.fd)

    def read(self, name: str) -> dict[str, Any] | None:
        """Return what a file holds, None where there is none."""
        try:
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self.fd)
        except FileNotFoundError:
            return None
        with os.fdopen(file, encoding="utf-8") as opened:
            content: dict[str, Any] = json.load(opened)
        return content

    def open_output(self, name: str) -> int:
        """Open a new file for what a command prints."""
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(name, flags, 0o600, dir_fd=self.fd)

    def move(self, path: str) -> None:
        """Take the final name at once; Refused where somebody else has taken it meanwhile."""
        try:
            os.rename(self.path, path)
        except OSError as exc:
            raise Refused(f"{path}: another start was faster ({exc.strerror}). Try again.") from exc
        self.path = path

    def remove(self) -> None:
        """Remove the directory with all that is in it."""
        for name in os.listdir(self.fd):
            os.unlink(name, dir_fd=self.fd)
        with contextlib.suppress(FileNotFoundError):
            os.rmdir(self.path)

    def close(self) -> None:
        """Close the directory, and give up the lock where nobody shares it."""
        os.close(self.fd)


def create_place(path: str) -> Place:
    """Make a directory, locked, under a name that is not final yet: who finds the final one finds it complete."""
    new = f"{path}.{os.getpid()}"
    os.mkdir(new, 0o700)
    place = Place(new)
    if not place.lock():
        raise FastpathError(f"{new}: is locked by another process although it is new.")
    return place


def find_place(path: str) -> Place | None:
    """Open a directory, None where there is none."""
    try:
        return Place(path)
    except FileNotFoundError:
        return None


def _sweep(path: str) -> None:
    try:
        place = Place(path)
    except (OSError, Refused):
        return
    try:
        if time.time() - os.fstat(place.fd).st_mtime > ABANDONED_AFTER_S and place.lock():
            place.remove()
    finally:
        place.close()
