"""Files of the host by SFTP and SCP: everything is looked up inside the host's root."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, TypeVar

import asyncssh

from lab.esxi.shell.paths import RootTree

_T = TypeVar("_T")


@dataclass(frozen=True)
class FileAccess:
    """What a session may see; `writes` is told user and path before each change, and may raise an OSError."""

    tree: RootTree
    user: str
    writes: Callable[[str, str], None]


class HostFiles(asyncssh.SFTPServer):
    """One session. asyncssh does each operation on what map_path returns, which this class makes safe."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], access: FileAccess) -> None:
        super().__init__(channel)
        self._access = access
        self._held = ExitStack()
        self._follow = True

    def exit(self) -> None:
        """End with a status, without which scp takes the transfer for failed."""
        self.channel.exit(0)

    def map_path(self, path: bytes) -> bytes:
        """Return a path that is good until the operation is over."""
        return os.fsencode(self._held.enter_context(self._access.tree.reach(os.fsdecode(path), self._follow)))

    def _do(self, operation: Callable[..., _T], *arguments: Any, follow: bool = True) -> _T:
        self._follow = follow
        with self._held:
            return operation(*arguments)

    def _change(self, path: bytes, operation: Callable[..., _T], *arguments: Any, follow: bool = True) -> _T:
        self._access.writes(self._access.user, os.fsdecode(path))
        return self._do(operation, *arguments, follow=follow)

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Any:
        """Open a file."""
        changes = pflags & (asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC)
        if changes:
            return self._change(path, super().open, path, pflags, attrs)
        return self._do(super().open, path, pflags, attrs)

    def open56(self, path: bytes, desired_access: int, flags: int, attrs: asyncssh.SFTPAttrs) -> Any:
        """Refuse the open of later protocol versions, which are not offered."""
        raise asyncssh.SFTPOpUnsupported("only version 3 of the protocol is known")

    def stat(self, path: bytes) -> Any:
        """Return a file's attributes, through links."""
        return self._do(super().stat, path)

    def lstat(self, path: bytes) -> Any:
        """Return a file's own attributes."""
        return self._do(super().lstat, path, follow=False)

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> Any:
        """Change a file's attributes, through links."""
        return self._change(path, super().setstat, path, attrs)

    def lsetstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> Any:
        """Change a file's own attributes."""
        return self._change(path, super().lsetstat, path, attrs, follow=False)

    def statvfs(self, path: bytes) -> Any:
        """Return what is known of the file system."""
        return self._do(super().statvfs, path)

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """Yield the files of a folder."""
        with self._access.tree.reach(os.fsdecode(path)) as found:
            names = sorted(os.fsencode(name) for name in os.listdir(found))
        for name in (b".", b"..", *names):
            yield asyncssh.SFTPName(name, attrs=asyncssh.SFTPAttrs.from_local(self.lstat(path + b"/" + name)))

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> Any:
        """Make a folder."""
        return self._change(path, super().mkdir, path, attrs, follow=False)

    def rmdir(self, path: bytes) -> Any:
        """Remove an empty folder."""
        return self._change(path, super().rmdir, path, follow=False)

    def remove(self, path: bytes) -> Any:
        """Remove a file."""
        return self._change(path, super().remove, path, follow=False)

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        """Move a file to where none is."""
        self._access.writes(self._access.user, os.fsdecode(oldpath))
        return self._change(newpath, super().rename, oldpath, newpath, follow=False)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
        """Move a file over whatever is there."""
        self._access.writes(self._access.user, os.fsdecode(oldpath))
        return self._change(newpath, super().posix_rename, oldpath, newpath, follow=False)

    def link(self, oldpath: bytes, newpath: bytes) -> Any:
        """Give a file a second name."""
        return self._change(newpath, super().link, oldpath, newpath, follow=False)

    def symlink(self, oldpath: bytes, newpath: bytes) -> Any:
        """Make a link; what it leads to is a matter of the host's root."""
        return self._change(newpath, self._make_link, oldpath, newpath, follow=False)

    def _make_link(self, target: bytes, path: bytes) -> None:
        os.symlink(target, self.map_path(path))

    def readlink(self, path: bytes) -> Any:
        """Return what a link says."""
        return self._do(self._read_link, path, follow=False)

    def _read_link(self, path: bytes) -> bytes:
        return os.readlink(self.map_path(path))

    def realpath(self, path: bytes) -> bytes:
        """Return the path that a path leads to, as the host knows it."""
        return os.fsencode(self._access.tree.resolve(os.fsdecode(path)))
