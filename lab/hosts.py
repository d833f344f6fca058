"""SSH into the lab's hosts: real shells of who started the lab, inside a host's network namespace."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pwd
import signal
import socket
import struct
import termios
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import asyncssh

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SHELL = "/bin/sh"
_CHUNK = 65536
_END_OF_INPUT = b"\x04"
_LOGIN_SHELLS = ("/bin/bash", _SHELL)
_PASSED_ON = ("LANG", "LC_*")


@dataclass(frozen=True)
class HostPlace:
    """One host: its name, which is its namespace too, and who may come in."""

    name: str
    username: str
    host_key: Path
    authorized_keys: Path


class _HostServer(asyncssh.SSHServer):
    """One connection: keys only, and only those of the lab's own user."""

    def __init__(self, place: HostPlace) -> None:
        self._place = place
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Keep the connection."""
        self._connection = conn

    def begin_auth(self, username: str) -> bool:
        """Ask everybody for a key, and know those of the lab's own user."""
        if self._connection is not None and username == self._place.username:
            self._connection.set_authorized_keys(str(self._place.authorized_keys))
        return True


class _HostFiles(asyncssh.SFTPServer):
    """Files of the host, which are the machine's own."""

    def exit(self) -> None:
        """End with a status, without which scp takes the transfer for failed."""
        self.channel.exit(0)


async def serve_host(place: HostPlace, listener: socket.socket) -> asyncssh.SSHAcceptor:
    """Serve commands, shells and sftp of a host on a listening socket."""
    return await asyncssh.listen(
        sock=listener,
        server_factory=lambda: _HostServer(place),
        server_host_keys=[str(place.host_key)],
        password_auth=False,
        kbdint_auth=False,
        process_factory=lambda process: _serve_process(place.name, process),
        sftp_factory=_HostFiles,
        encoding=None,
        agent_forwarding=False,
        x11_forwarding=False,
    )


def home_directory() -> str:
    """Return the home of who started the lab, "/" where there is none."""
    home = os.environ.get("HOME", "")
    if not home:
        with contextlib.suppress(KeyError):
            home = pwd.getpwuid(os.geteuid()).pw_dir
    return home if os.path.isdir(home) else "/"


def _environment(sent: Mapping[str, str], terminal: str | None) -> dict[str, str]:
    """Return what a fresh login would have, and what the client sent along."""
    own = {"PATH": _PATH, "HOME": home_directory(), "SHELL": _SHELL, "USER": "root", "LOGNAME": "root"}
    passed = {key: value for key, value in sent.items() if any(fnmatchcase(key, wanted) for wanted in _PASSED_ON)}
    return {**own, **passed, **({"TERM": terminal} if terminal else {})}


async def _serve_process(host: str, process: asyncssh.SSHServerProcess[bytes]) -> None:
    """Run a command or a login shell for one channel, and hand back its exit status."""
    terminal = process.get_terminal_type()
    sent = {_text(key): _text(value) for key, value in process.env.items()}
    command = ["ip", "netns", "exec", host, *_shell_command(process.command)]
    environment = _environment(sent, terminal)
    try:
        if terminal is None:
            status = await _run_piped(process, command, environment)
        else:
            status = await _run_on_terminal(process, command, environment)
    except OSError as exc:
        process.stderr.write(f"{host}: {exc}\n".encode())
        status = 127
    process.exit(status if status >= 0 else 128 - status)
    await process.wait_closed()


def _text(value: str | bytes) -> str:
    return value.decode(errors="surrogateescape") if isinstance(value, bytes) else value


def _shell_command(command: str | None) -> list[str]:
    if command is not None:
        return [_SHELL, "-c", command]
    return [next(shell for shell in _LOGIN_SHELLS if os.path.exists(shell)), "-l"]


async def _run_piped(
    channel: asyncssh.SSHServerProcess[bytes], command: list[str], environment: Mapping[str, str]
) -> int:
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        *command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, cwd=home_directory(), start_new_session=True
    )
    # No end of output before the exit status: a multiplexing ssh client would take it for a lost one.
    await channel.redirect(stdin=child.stdin, stdout=child.stdout, stderr=child.stderr, send_eof=False)
    status = await _wait(channel, child)
    await channel.stdout.drain()
    await channel.stderr.drain()
    return status


async def _run_on_terminal(
    channel: asyncssh.SSHServerProcess[bytes], command: list[str], environment: Mapping[str, str]
) -> int:
    """Run on a terminal of its own, whose size follows the client's."""
    ours, theirs = os.openpty()
    _resize(ours, channel.get_terminal_size())
    child = await asyncio.create_subprocess_exec(
        "setsid", "--ctty", "--wait", *command,
        stdin=theirs, stdout=theirs, stderr=theirs, env=environment, cwd=home_directory(),
    )  # fmt: skip
    os.close(theirs)
    typing = asyncio.ensure_future(_type(channel, ours))
    shown = asyncio.ensure_future(_show(channel, ours))
    try:
        status = await _wait(channel, child)
        await shown
        return status
    finally:
        typing.cancel()
        shown.cancel()
        os.close(ours)


async def _type(channel: asyncssh.SSHServerProcess[bytes], terminal: int) -> None:
    """Pass on what the client types, and how large its window is."""
    while True:
        try:
            keys = await channel.stdin.read(_CHUNK)
        except asyncssh.TerminalSizeChanged as change:
            _resize(terminal, (change.width, change.height, change.pixwidth, change.pixheight))
            continue
        except asyncssh.BreakReceived:
            continue
        os.write(terminal, keys or _END_OF_INPUT)
        if not keys:
            return


async def _show(channel: asyncssh.SSHServerProcess[bytes], terminal: int) -> None:
    """Pass on what the terminal shows, until nobody has it open any more."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(terminal, readable.set)
    try:
        while True:
            await readable.wait()
            readable.clear()
            channel.stdout.write(os.read(terminal, _CHUNK))
            await channel.stdout.drain()
    except OSError:  # EIO: the other side is closed
        return
    finally:
        loop.remove_reader(terminal)


def _resize(terminal: int, size: tuple[int, int, int, int]) -> None:
    width, height, pixel_width, pixel_height = size
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, pixel_width, pixel_height))


async def _wait(channel: asyncssh.SSHServerProcess[bytes], child: asyncio.subprocess.Process) -> int:
    """Wait for the child, and end it where the client goes first."""
    ended = asyncio.ensure_future(child.wait())
    left = asyncio.ensure_future(channel.channel.wait_closed())
    await asyncio.wait({ended, left}, return_when=asyncio.FIRST_COMPLETED)
    left.cancel()
    if not ended.done():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGHUP)
    return await ended
