"""The host's SSH server: open while the host answers by SSH, cut by its reboots.

As on ESXi, a password is asked for by keyboard-interactive only, and keys are those of
/etc/ssh/keys-USER/authorized_keys. Root's home is `/`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from lab.errors import LabError
from lab.esxi.machine.host import Host, HostListener
from lab.esxi.rules import RuleBroken
from lab.esxi.shell.files import FileAccess, HostFiles
from lab.esxi.shell.image import VOLUMES, Volume
from lab.esxi.shell.result import Caller, Result
from lab.esxi.shell.root import RootPlan, ShellRoot
from lab.esxi.shell.tools import Tools
from lab.esxi.shell.vms_port import ShellVms
from lab.esxi.shell.watch import FileWatch, changed_files
from lab.terminal import Command, run_on_terminal, run_piped

IDLE_OPTION = "UserVars.ESXiShellInteractiveTimeOut"
_LOG = logging.getLogger(__name__)
_PATH = "/bin:/sbin"


@dataclass(frozen=True)
class SshPlace:
    """Where the server listens, and by which key it is known; `authorized_keys` open it as root too."""

    address: str
    port: int
    host_key: Path
    authorized_keys: Path | None = None


@dataclass
class ShellHooks:
    """Where a test disturbs: each may answer in place of the host, or raise an OSError for a write."""

    before_command: Callable[[str], Result | None] = lambda _line: None
    before_tool: Callable[[str, tuple[str, ...]], Result | None] = lambda _tool, _arguments: None
    before_write: Callable[[str], None] = lambda _path: None


class ShellServer(HostListener):
    """The SSH side of one host. Made in a running event loop."""

    def __init__(self, host: Host, place: SshPlace, vms: ShellVms) -> None:
        """Follow the host from now on."""
        self.hooks = ShellHooks()
        self.tools = Tools(host, vms)
        self.port = place.port
        self._host = host
        self._place = place
        plan = RootPlan(
            name=host.identity.name,
            root=host.ramdisk.root,
            tools=self.tools.names,
            volumes=self._volumes,
            answer=self._answer,
        )
        self._root = ShellRoot(plan)
        self._listener: socket.socket | None = None
        self._acceptor: asyncio.Task[asyncssh.SSHAcceptor] | None = None
        self._connections: set[asyncssh.SSHServerConnection] = set()
        host.subscribe(self)
        self.on_doors(host.doors)

    def _volumes(self) -> list[Volume]:
        return [Volume(each.name, each.uuid, each.folder) for each in self._host.datastores.all if each.accessible]

    # --- the host's life ---

    def on_doors(self, doors: frozenset[str]) -> None:
        """Listen if and only if the host answers by SSH; who is logged in stays, unless nobody reaches the host."""
        if "ssh" in doors:
            self._listen()
            return
        self._stop_listening()
        if "management" in self._host.lost:
            self._cut()

    def on_down(self, clean: bool) -> None:
        """Cut every connection and end whatever ran."""
        self._stop_listening()
        self._cut()
        self._root.drop()

    def on_boot(self) -> None:
        """Begin with the root that the boot made."""
        self._root.drop()

    def _cut(self) -> None:
        for connection in tuple(self._connections):
            connection.abort()

    def _listen(self) -> None:
        if self._listener is not None:
            return
        try:
            self._listener = socket.create_server((self._place.address, self.port), backlog=64)
        except OSError as exc:
            raise LabError(f"SSH of {self._host.identity.name}: {self._place.address}:{self.port}: {exc}") from exc
        self.port = self._listener.getsockname()[1]
        self._acceptor = asyncio.ensure_future(self._serve(self._listener))

    def _stop_listening(self) -> None:
        acceptor, listener = self._acceptor, self._listener
        self._acceptor = self._listener = None
        if acceptor is not None and acceptor.done():
            acceptor.result().close()
        elif acceptor is not None:
            acceptor.cancel()
        if listener is not None:
            listener.close()

    async def close(self) -> None:
        """End everything and wait until it is gone."""
        self.on_down(clean=True)
        await self._root.close()

    # --- SSH ---

    async def _serve(self, listener: socket.socket) -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            sock=listener,
            server_factory=lambda: _Login(self._host, self._place, self._connections),
            server_host_keys=[str(self._place.host_key)],
            password_auth=False,
            process_factory=self._run,
            sftp_factory=self._open_files,
            sftp_version=3,
            allow_scp=True,
            encoding=None,
            agent_forwarding=False,
            x11_forwarding=False,
        )

    def _open_files(self, channel: asyncssh.SSHServerChannel[bytes]) -> HostFiles:
        user = channel.get_extra_info("username")
        return HostFiles(channel, FileAccess(self._root.tree(), user, self._before_write))

    def _before_write(self, user: str, path: str) -> None:
        self.hooks.before_write(path)
        self._host.around.journal.record("file", user, "write", path)

    async def _run(self, channel: asyncssh.SSHServerProcess[bytes]) -> None:
        """Serve one channel."""
        done = self.hooks.before_command(channel.command or "")
        if done is not None:
            channel.stdout.write(done.stdout.encode())
            channel.stderr.write(done.stderr.encode())
            status = done.status
        else:
            status = await self._run_inside(channel)
        channel.exit(status if status >= 0 else 128 - status)
        await channel.wait_closed()

    async def _run_inside(self, channel: asyncssh.SSHServerProcess[bytes]) -> int:
        terminal = channel.get_terminal_type()
        environment = self._environment(channel.get_extra_info("username"), terminal)
        shell = ["/bin/sh", *(["-c", channel.command] if channel.command is not None else ["-l"])]
        try:
            command = (await self._root.zone()).command(environment, shell)
            with self._noting_writes(environment["USER"]):
                if terminal is None:
                    return await run_piped(channel, Command(command))
                return await run_on_terminal(channel, Command(command), float(self._host.options.number(IDLE_OPTION)))
        except (LabError, OSError) as exc:
            _LOG.warning("%s: %s", self._host.identity.name, exc)
            channel.stderr.write(f"{exc}\n".encode())
            return 126

    @contextlib.contextmanager
    def _noting_writes(self, user: str) -> Iterator[None]:
        """Note down which files were changed meanwhile; of commands that run at once each notes them all."""
        tree = self._root.tree()
        volumes = {place: folder for place, folder in tree.shown.items() if place.startswith(VOLUMES)}
        watch = FileWatch(tree.root, volumes)
        before = watch.look()
        yield
        if self._host.power.ssh_up:
            for action, path in changed_files(before, watch.look()):
                self._host.around.journal.record("file", user, action, path)

    def _environment(self, user: str, terminal: str | None) -> dict[str, str]:
        own = {"PATH": _PATH, "HOME": "/", "SHELL": "/bin/sh", "USER": user, "LOGNAME": user}
        name = self._host.identity.name
        return {**own, **({"TERM": terminal, "PS1": f"[{user}@{name}:\\w] "} if terminal else {})}

    def _answer(self, user: str, folder: str, tool: str, arguments: tuple[str, ...]) -> Result:
        disturbed = self.hooks.before_tool(tool, arguments)
        if disturbed is not None:
            return disturbed
        return self.tools.run(Caller(user, folder), tool, arguments)


class _Login(asyncssh.SSHServer):
    """Who may come in on one connection."""

    def __init__(self, host: Host, place: SshPlace, connections: set[asyncssh.SSHServerConnection]) -> None:
        self._host = host
        self._place = place
        self._connections = connections
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Keep the connection."""
        self._connection = conn
        self._connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self._connection is not None:
            self._connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        """Ask everybody for a key or a password, and know the keys of this user."""
        keys = self._keys(username)
        if self._connection is not None and keys:
            with contextlib.suppress(ValueError):
                self._connection.set_authorized_keys(asyncssh.import_authorized_keys(keys))
        return True

    def _keys(self, user: str) -> str:
        try:
            self._host.lockdown.check_login(user, "ssh")
        except RuleBroken:
            return ""
        extra = self._place.authorized_keys
        lab = extra.read_text(encoding="utf-8") if extra is not None and user == "root" and extra.exists() else ""
        return f"{self._host.ramdisk.read(f'etc/ssh/keys-{user}/authorized_keys')}\n{lab}"

    def kbdint_auth_supported(self) -> bool:
        """Offer keyboard-interactive."""
        return True

    def get_kbdint_challenge(
        self, username: str, lang: str, submethods: str
    ) -> tuple[str, str, str, list[tuple[str, bool]]]:
        """Ask for the password."""
        return "", "", "", [("Password: ", False)]

    def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> bool:
        """Check the password by the host's rules."""
        try:
            self._host.users.authenticate(username, responses[0] if responses else "", "ssh")
        except RuleBroken:
            return False
        return True
