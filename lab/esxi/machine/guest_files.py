"""Files of a guest as VMware Tools read and write them: Windows paths, no links, no permissions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from lab.esxi.machine.guest import Guest
from lab.esxi.machine.guest_disk import GuestFile, parent_of
from lab.esxi.rules import rule

TEMPORARY = "C:\\Windows\\Temp"

NO_FILE = rule(
    "guest.file_missing",
    "A file or folder of the guest that is read, moved or removed is there.",
    source="A",
    fault="FileNotFound",
    message="File {file} was not found",
)
EXISTS = rule(
    "guest.file_exists",
    "Without the order to do so nothing in the guest is written over.",
    source="A",
    fault="FileAlreadyExists",
    message="Cannot complete the operation because the file or folder {file} already exists",
)
NOT_EMPTY = rule(
    "guest.folder_not_empty",
    "A folder of the guest that holds something is removed only with what it holds.",
    source="A",
    fault="DirectoryNotEmpty",
    message="The folder {file} is not empty.",
    unverified="the text",
)


class GuestFiles:
    """The files of one guest; who calls has checked the login."""

    def __init__(self, guest: Guest, now: Callable[[], datetime]) -> None:
        self._guest = guest
        self._now = now
        self._made = 0

    def read(self, path: str) -> bytes:
        """Return a file's content."""
        return self.find(path).content

    def find(self, path: str) -> GuestFile:
        """Return a file."""
        found = self._guest.disk.find(path)
        NO_FILE.refuse_if(found is None, file=path)
        return found or GuestFile(path)

    def is_folder(self, path: str) -> bool:
        """Tell whether a folder is there."""
        return self._guest.disk.has_folder(path)

    def check_write(self, path: str, overwrite: bool) -> None:
        """Refuse to write where no folder is, or over a file without the order to."""
        self._need_folder(parent_of(path))
        EXISTS.refuse_if(not overwrite and self._guest.disk.find(path) is not None, file=path)

    def write(self, path: str, content: bytes, overwrite: bool) -> None:
        """Write a file into a folder that is there."""
        self.check_write(path, overwrite)
        self._guest.disk.put(GuestFile(path, content, self._now().timestamp()))
        self._guest.save()

    def make_folder(self, path: str, parents: bool) -> None:
        """Make a folder, and those above it if asked."""
        disk = self._guest.disk
        EXISTS.refuse_if(disk.has_folder(path) or disk.find(path) is not None, file=path)
        if not parents:
            self._need_folder(parent_of(path))
        disk.make_folder(path)
        self._guest.save()

    def make_temporary(self, prefix: str, suffix: str, folder: str, is_folder: bool) -> str:
        """Make an empty file or folder with a new name and return its path."""
        self._made += 1
        path = f"{folder or TEMPORARY}\\{prefix}vmware{self._made:03d}{suffix}"
        if is_folder:
            self.make_folder(path, parents=False)
        else:
            self.write(path, b"", overwrite=False)
        return path

    def remove_file(self, path: str) -> None:
        """Remove a file."""
        self.find(path)
        self._guest.disk.drop(path)
        self._guest.save()

    def remove_folder(self, path: str, recursive: bool) -> None:
        """Remove a folder, with what it holds if asked."""
        self._need_folder(path)
        inside = self._guest.disk.below(path)
        NOT_EMPTY.refuse_if(bool(inside) and not recursive, file=path)
        for key in (*inside, path):
            self._guest.disk.drop(key)
        self._guest.save()

    def move_file(self, old: str, new: str, overwrite: bool) -> None:
        """Give a file another path."""
        content = self.read(old)
        self.write(new, content, overwrite)
        self._guest.disk.drop(old)
        self._guest.save()

    def listed(self, path: str) -> tuple[tuple[str, GuestFile | None], ...]:
        """Return what lies right in a folder as (path, file or None for a folder), or the one file of this path."""
        disk = self._guest.disk
        if (file := disk.find(path)) is not None:
            return ((file.path, file),)
        self._need_folder(path)
        keys = [key for key in disk.below(path) if parent_of(key) == path.lower().rstrip("\\") or len(path) <= 3]
        right = [key for key in keys if "\\" not in key[len(path.rstrip("\\")) + 1 :]]
        return tuple((disk.folders.get(key) or disk.files[key].path, disk.files.get(key)) for key in sorted(right))

    def _need_folder(self, path: str) -> None:
        NO_FILE.refuse_if(not self._guest.disk.has_folder(path), file=path)
