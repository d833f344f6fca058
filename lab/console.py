"""An interactive IOS prompt of a router, over its SSH server."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import termios
import tty
from collections.abc import Iterator

import asyncssh

from lab.credentials import read_credentials
from lab.directory import LabDirectory
from lab.errors import LabError
from lab.record import LabRecord

_CHUNK = 4096


def open_console(directory: LabDirectory, record: LabRecord, router: str) -> int:
    """Connect this terminal to a router until one side ends; return the exit status."""
    try:
        with _raw_terminal():
            return asyncio.run(_converse(directory, record, router))
    except (OSError, asyncssh.Error) as exc:
        raise LabError(f"{router} at {record.addresses[router]} port {record.port}: {exc}") from exc


async def _converse(directory: LabDirectory, record: LabRecord, router: str) -> int:
    username = read_credentials(directory).username
    os.environ.setdefault("LOGNAME", username)  # asyncssh wants one, and not every user has a passwd entry
    connection = await asyncssh.connect(
        record.addresses[router],
        record.port,
        username=username,
        client_keys=[str(directory.user_key)],
        known_hosts=str(directory.known_hosts),
        config=None,
        agent_path=None,
    )
    async with connection:
        size = shutil.get_terminal_size()
        process = await connection.create_process(
            term_type=os.environ.get("TERM", "vt100"), term_size=(size.columns, size.lines), encoding=None
        )
        _follow_size(process)
        await _forward(process)
    return process.exit_status or 0


def _follow_size(process: asyncssh.SSHClientProcess[bytes]) -> None:
    def tell() -> None:
        size = shutil.get_terminal_size()
        process.change_terminal_size(size.columns, size.lines)

    asyncio.get_running_loop().add_signal_handler(signal.SIGWINCH, tell)


async def _forward(process: asyncssh.SSHClientProcess[bytes]) -> None:
    """Pass keys there and text back until the router hangs up."""
    loop = asyncio.get_running_loop()
    typed = sys.stdin.fileno()

    def send() -> None:
        keys = os.read(typed, _CHUNK)
        if keys:
            process.stdin.write(keys)
        else:
            loop.remove_reader(typed)
            process.stdin.write_eof()

    with contextlib.suppress(PermissionError):  # a plain file is no source of events
        loop.add_reader(typed, send)
    while text := await process.stdout.read(_CHUNK):
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    loop.remove_reader(typed)


@contextlib.contextmanager
def _raw_terminal() -> Iterator[None]:
    """Hand every key on as it is typed, and put the terminal back afterwards."""
    if not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    tty.setraw(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
