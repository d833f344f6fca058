"""Hosts for the tests of the shell: one whose tools are called directly, one that is reached over SSH."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import asyncssh

from lab.esxi.journal import Journal
from lab.esxi.machine.host import Host, Place
from lab.esxi.machine.power import Surroundings
from lab.esxi.machine.timing import Scheduler, StrictClock, Timing
from lab.esxi.profiles.profile import load_profile
from lab.esxi.rules import RuleBroken, rule
from lab.esxi.shell.result import Caller, Result
from lab.esxi.shell.ssh import ShellServer, SshPlace
from lab.esxi.shell.tools import Tools
from lab.esxi.shell.vms_port import ShellVm, VmQuestion

PASSWORD = "opens sesame"
QUICK = Timing(scale=1 / 400)  # a reboot takes about 0.3 s

MOOD = rule(
    "test.shell_vm", "A VM of the shell's tests refuses.", source="own", fault="InvalidPowerState", message="no"
)


class LaterScheduler:
    """Keeps what is to be done later, until a test lets the time pass."""

    def __init__(self) -> None:
        self.waiting: list[tuple[float, Callable[[], object]]] = []

    def call_later(self, delay: float, callback: Callable[[], object], /) -> None:
        self.waiting.append((delay, callback))


@dataclass
class FakeVms:
    """VMs that note down what was asked of them; `refuses` holds actions that break a rule."""

    vms: list[ShellVm] = field(default_factory=list)
    asked: list[tuple[object, ...]] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)

    def list(self) -> Sequence[ShellVm]:
        return tuple(self.vms)

    def act(self, vmid: int, action: str) -> None:
        if action in self.refuses:
            raise RuleBroken(MOOD.id)
        self.asked.append((action, vmid))

    def kill(self, vmid: int, how: str) -> None:
        self.asked.append(("kill", vmid, how))

    def register(self, file: Path, name: str | None) -> int:
        self.asked.append(("register", file.name, name))
        return 7

    def answer(self, vmid: int, question: str, choice: int) -> None:
        self.asked.append(("answer", vmid, question, choice))

    def create_snapshot(self, vmid: int, name: str, memory: bool) -> None:
        self.asked.append(("snapshot", vmid, name, memory))

    def remove_snapshots(self, vmid: int) -> None:
        self.asked.append(("remove", vmid))


def a_vm(folder: Path, **changed: object) -> ShellVm:
    """Return a VM that is off, with a VMX file."""
    path = folder / "win10.vmx"
    path.write_text('memSize = "4096"\n', encoding="utf-8")
    vm = ShellVm(
        vmid=1,
        name="win10",
        file="[datastore1] win10/win10.vmx",
        guest_id="windows9_64",
        version="vmx-19",
        annotation="",
        uuid="564d1234-aaaa-bbbb-cccc-0123456789ab",
        power="off",
        world_id=0,
        path=path,
    )
    return replace(vm, **changed)


def a_question() -> VmQuestion:
    return VmQuestion("msg.uuid.altered", "Did you move it or copy it?", ("Cancel", "I Moved It", "I Copied It"))


def make_host(folder: Path, profile: str, scheduler: Scheduler) -> Host:
    """Return a host that is up."""
    now = StrictClock()
    around = Surroundings(now, scheduler, Journal(now), QUICK)
    host = Host(load_profile(profile), Place(folder / "host", {"root": PASSWORD}), around)
    host.start()
    return host


@dataclass
class ToolHost:
    """A host whose tools are called without a shell."""

    host: Host
    tools: Tools
    vms: FakeVms
    scheduler: LaterScheduler

    def run(self, line: str, *more: str) -> Result:
        """Run a line of words, with words that hold spaces after it."""
        name, *arguments = line.split()
        return self.tools.run(Caller(), name, (*arguments, *more))

    def shown(self, line: str, *more: str) -> str:
        """Run a line that must do well and return what it prints."""
        result = self.run(line, *more)
        assert (result.status, result.stderr) == (0, "")
        return result.stdout


def tool_host(folder: Path, profile: str = "seed-8.0u3") -> ToolHost:
    """Return a host with its tools."""
    scheduler = LaterScheduler()
    host = make_host(folder, profile, scheduler)
    vms = FakeVms()
    return ToolHost(host, Tools(host, vms), vms, scheduler)


@dataclass
class SshHost:
    """A host that is reached over SSH."""

    host: Host
    server: ShellServer
    folder: Path
    key: Path

    @asynccontextmanager
    async def login(self) -> AsyncIterator[asyncssh.SSHClientConnection]:
        """Log in as root by key."""
        async with asyncssh.connect(
            "127.0.0.21",
            self.server.port,
            username="root",
            client_keys=[str(self.key)],
            known_hosts=None,
            preferred_auth="publickey",
        ) as connection:
            yield connection

    async def run(self, line: str) -> asyncssh.SSHCompletedProcess:
        """Run one line on a connection of its own."""
        async with self.login() as connection:
            return await connection.run(line)

    async def until(self, condition: Callable[[], bool], seconds: float = 20) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.01)


@asynccontextmanager
async def ssh_host(folder: Path, profile: str = "seed-8.0u3") -> AsyncIterator[SshHost]:
    """Run a host with its SSH server; nothing of it is left afterwards."""
    key = folder / "key"
    for path in (key, folder / "host_key"):
        made = asyncssh.generate_private_key("ssh-ed25519")
        path.write_bytes(made.export_private_key())
        path.chmod(0o600)
        Path(f"{path}.pub").write_bytes(made.export_public_key())
    host = make_host(folder, profile, asyncio.get_running_loop())
    host.services.set_policy("TSM-SSH", "on")
    host.services.start("TSM-SSH")
    place = SshPlace("127.0.0.21", 0, folder / "host_key", Path(f"{key}.pub"))
    server = ShellServer(host, place, FakeVms())
    try:
        yield SshHost(host, server, folder, key)
    finally:
        await server.close()
        host.stop()
