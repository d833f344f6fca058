"""How a tool in the zone asks the simulator: by a folder of its own, and a pipe that names the folder.

busybox speaks no unix sockets, so it is named pipes; only who may enter the host's root reaches them.
The zone is not trusted: whatever it made of a folder, no link in it is followed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shlex
from collections.abc import Callable
from pathlib import Path

from lab.esxi.shell.result import Result

_LOG = logging.getLogger(__name__)
_PIPE = "calls"
_CHUNK = 65536
_MOST_ARGUMENTS = 1 << 20

# What a call says: user, folder, tool, arguments.
Answer = Callable[[str, str, str, tuple[str, ...]], Result]


class CallPipe:
    """The pipe of one root; `answer` is called in the event loop for each call."""

    def __init__(self, folder: Path, answer: Answer) -> None:
        """Make the pipe and listen to it."""
        self._answer = answer
        os.mkfifo(folder / _PIPE, 0o600)
        self._folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        # Open for writing too, so that it never ends.
        self._pipe = os.open(folder / _PIPE, os.O_RDWR | os.O_NONBLOCK)
        self._rest = b""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._pipe, self._read)

    def close(self) -> None:
        """Listen no more."""
        self._loop.remove_reader(self._pipe)
        os.close(self._pipe)
        os.close(self._folder)

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            *calls, self._rest = (self._rest + os.read(self._pipe, _CHUNK)).split(b"\n")
            for call in filter(bytes.isdigit, calls):
                self._serve(call.decode())

    def _serve(self, name: str) -> None:
        try:
            call = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=self._folder)
        except OSError:
            return
        try:
            user, folder, tool, *arguments = _read_arguments(call)
            result = self._answer(user, folder, tool, tuple(arguments))
            _write_answer(call, result)
        except (OSError, ValueError) as exc:
            _LOG.warning("a call of the shell cannot be answered: %s", exc)
        finally:
            os.close(call)


def _read_arguments(call: int) -> list[str]:
    with os.fdopen(os.open("argv", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=call), "rb") as file:
        words = file.read(_MOST_ARGUMENTS).split(b"\0")[:-1]
    return [os.fsdecode(word) for word in words]


def _write_answer(call: int, result: Result) -> None:
    """Leave the answer as a script, and wake the caller."""
    made = os.open("answer", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=call)
    with os.fdopen(made, "wb") as file:
        file.write(os.fsencode(render_answer(result)))
    done = os.open("done", os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW, dir_fd=call)
    os.write(done, b"\n")
    os.close(done)


def render_answer(result: Result) -> str:
    """Return the script that clears the call away, prints a result and ends with its status."""
    shown = f"printf %s {shlex.quote(result.stdout)}\n" if result.stdout else ""
    complained = f"printf %s {shlex.quote(result.stderr)} >&2\n" if result.stderr else ""
    return f'rm -r "$d"\n{shown}{complained}exit {result.status}\n'
