"""SSH into the lab's hosts: real shells of who started the lab, inside a host's network namespace."""

from __future__ import annotations

import contextlib
import os
import pwd
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import asyncssh

from lab.terminal import Command, run_on_terminal, run_piped

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SHELL = "/bin/sh"
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
    words = ["ip", "netns", "exec", host, *_shell_command(process.command)]
    command = Command(words, _environment(sent, terminal), home_directory())
    try:
        status = await (run_piped if terminal is None else run_on_terminal)(process, command)
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
