"""Follow growing log files without polling, by inotify(7)."""

from __future__ import annotations

import asyncio
import ctypes
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

_IN_MODIFY = 0x2
_libc = ctypes.CDLL(None, use_errno=True)


class LogTail:
    """Calls back with every new whole line of some files, which must exist."""

    def __init__(self, paths: Sequence[Path], callback: Callable[[str], None]) -> None:
        """Start at the end of each file; the loop must run."""
        self._callback = callback
        self._files: list[BinaryIO] = [path.open("rb") for path in paths]
        self._rests = [b""] * len(paths)
        for file in self._files:
            file.seek(0, os.SEEK_END)
        self._watch = _open_watch(paths)
        asyncio.get_running_loop().add_reader(self._watch, self._read)

    def close(self) -> None:
        """Stop following."""
        asyncio.get_running_loop().remove_reader(self._watch)
        os.close(self._watch)
        for file in self._files:
            file.close()

    def _read(self) -> None:
        os.read(self._watch, 65536)  # which file it was does not matter: look into all
        for index, file in enumerate(self._files):
            *lines, self._rests[index] = (self._rests[index] + file.read()).split(b"\n")
            for line in lines:
                self._callback(line.decode(errors="replace"))


def _open_watch(paths: Sequence[Path]) -> int:
    watch = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if watch < 0:
        raise OSError(ctypes.get_errno(), "inotify_init1 failed")
    for path in paths:
        if _libc.inotify_add_watch(watch, os.fsencode(path), _IN_MODIFY) < 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error), str(path))
    return int(watch)
