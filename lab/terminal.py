"""Run a command for one SSH channel: on pipes, or on a terminal of its own."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import struct
import termios
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

_CHUNK = 65536
_RETRY_S = 0.02
_END_OF_INPUT = b"\x04"
# A lab that was started under nohup(1) ignores hang-ups, and its children would inherit that.
_HEEDS_HANG_UP = ("env", "--default-signal=HUP")

Channel = asyncssh.SSHServerProcess[bytes]


@dataclass(frozen=True)
class Command:
    """What to run; environment and folder are the caller's own where none is given."""

    words: Sequence[str]
    environment: Mapping[str, str] | None = None
    folder: Path | str | None = None


async def run_piped(channel: Channel, command: Command) -> int:
    """Run without a terminal; what the command leaves behind with outputs of its own goes on, as under sshd."""
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        *_HEEDS_HANG_UP,
        *command.words,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        start_new_session=True,
        **_surroundings(command),
    )
    # No end of output before the exit status: a multiplexing ssh client would take it for a lost one.
    await channel.redirect(stdin=child.stdin, stdout=child.stdout, stderr=child.stderr, send_eof=False)
    status = await _wait(channel, child)
    await channel.stdout.drain()
    await channel.stderr.drain()
    return status


async def run_on_terminal(channel: Channel, command: Command, idle_s: float = 0) -> int:
    """Run on a terminal whose size follows the client's; after `idle_s` without a key it ends, 0 for never."""
    ours, theirs = os.openpty()
    os.set_blocking(ours, False)  # the loop may tell of a byte that was read already
    _resize(ours, channel.get_terminal_size())
    child = await asyncio.create_subprocess_exec(
        "setsid", "--ctty", "--wait", *_HEEDS_HANG_UP, *command.words,
        stdin=theirs, stdout=theirs, stderr=theirs, **_surroundings(command),
    )  # fmt: skip
    os.close(theirs)
    typing = asyncio.ensure_future(_type(channel, ours, idle_s))
    shown = asyncio.ensure_future(_show(channel, ours))
    typing.add_done_callback(lambda task: _hang_up(child, task))
    try:
        status = await _wait(channel, child)
        await shown
        return status
    finally:
        typing.cancel()
        shown.cancel()
        os.close(ours)


def _surroundings(command: Command) -> dict[str, Any]:
    return {"env": command.environment, "cwd": command.folder}


def _hang_up(child: asyncio.subprocess.Process, typing: asyncio.Future[bool]) -> None:
    """End a terminal at which nobody typed for too long."""
    if not typing.cancelled() and typing.exception() is None and typing.result():
        _kill_group(child)


async def _type(channel: Channel, terminal: int, idle_s: float) -> bool:
    """Pass on what the client types, and how large its window is; return True when it has typed too long ago."""
    while True:
        try:
            keys = await asyncio.wait_for(channel.stdin.read(_CHUNK), idle_s or None)
        except asyncssh.TerminalSizeChanged as change:
            _resize(terminal, (change.width, change.height, change.pixwidth, change.pixheight))
            continue
        except asyncssh.BreakReceived:
            continue
        except asyncio.TimeoutError:
            channel.stdout.write(b"timed out waiting for input: auto-logout\r\n")
            return True
        await _put(terminal, keys or _END_OF_INPUT)
        if not keys:
            return False


async def _put(terminal: int, keys: bytes) -> None:
    while keys:
        try:
            keys = keys[os.write(terminal, keys) :]
        except BlockingIOError:  # nobody reads what was typed before
            await asyncio.sleep(_RETRY_S)


async def _show(channel: Channel, terminal: int) -> None:
    """Pass on what the terminal shows, until nobody has it open any more."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(terminal, readable.set)
    try:
        while True:
            await readable.wait()
            readable.clear()
            with contextlib.suppress(BlockingIOError):
                channel.stdout.write(os.read(terminal, _CHUNK))
            await channel.stdout.drain()
    except OSError:  # EIO: the other side is closed
        return
    finally:
        loop.remove_reader(terminal)


def _resize(terminal: int, size: tuple[int, int, int, int]) -> None:
    width, height, pixel_width, pixel_height = size
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, pixel_width, pixel_height))


async def _wait(channel: Channel, child: asyncio.subprocess.Process) -> int:
    """Wait for the child, and hang up on it where the client goes first."""
    ended = asyncio.ensure_future(child.wait())
    left = asyncio.ensure_future(channel.channel.wait_closed())
    await asyncio.wait({ended, left}, return_when=asyncio.FIRST_COMPLETED)
    left.cancel()
    if not ended.done():
        _kill_group(child)
    return await ended


def _kill_group(child: asyncio.subprocess.Process) -> None:
    try:
        os.killpg(child.pid, signal.SIGHUP)
    except ProcessLookupError:  # no group of its own yet, or gone
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGHUP)
