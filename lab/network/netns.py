"""Run a function inside another network namespace; sockets opened there keep it."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

T = TypeVar("T")
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class NetnsOpener(Protocol):
    """Something that calls a short function inside one network namespace and returns its result."""

    def __call__(self, function: Callable[[], T], /) -> T:
        """Call the function there."""


def netns_opener(path: Path) -> NetnsOpener:
    """Return an opener for the namespace at `path`, such as /run/netns/r1.

    Each call takes a thread of its own: setns(2) moves one thread only, and that thread ends at once.
    """

    def call(function: Callable[[], T], /) -> T:
        results: list[T] = []
        errors: list[BaseException] = []

        def run() -> None:
            try:
                _enter(path)
                results.append(function())
            except BaseException as exc:  # handed to the caller, in whose thread it belongs
                errors.append(exc)

        thread = threading.Thread(target=run, name=f"netns {path.name}")
        thread.start()
        thread.join()
        if errors:
            raise errors[0]
        return results[0]

    return call


def _enter(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _libc.setns(descriptor, _CLONE_NEWNET):
            number = ctypes.get_errno()
            raise OSError(number, f"setns: {os.strerror(number)}", str(path))
    finally:
        os.close(descriptor)
