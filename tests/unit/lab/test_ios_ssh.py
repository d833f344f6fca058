"""The command line over real SSH, with a NullEngine behind it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh
import pytest

from lab.engine import Event, PingReply
from lab.ios.faults import Fault
from lab.ios.router import Router
from lab.ios.ssh import serve_ios
from tests.unit.lab.ios_console import NOON, engine_of, make_router, wait_until

PASSWORD, SECRET, USER = "login password", "enable secret", "fastpath"
BOUND_S = 10


class Served:
    """A router on a port of its own, and how to reach it."""

    def __init__(self, router: Router, port: int, key: asyncssh.SSHKey) -> None:
        self.router, self.port, self.key = router, port, key

    def connect(self, **options: object) -> object:
        arguments: dict[str, object] = {"username": USER, "password": PASSWORD, "client_keys": None, "agent_path": None}
        arguments.update(options)
        return asyncssh.connect("127.0.0.1", self.port, known_hosts=None, config=None, **arguments)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    router, key = make_router(tmp_path), asyncssh.generate_private_key("ssh-ed25519")
    await router.start()
    authorized = tmp_path / "authorized_keys"
    authorized.write_bytes(key.export_public_key())
    with socket.create_server(("127.0.0.1", 0)) as sock:
        server = await serve_ios(
            router,
            sock,
            host_key=asyncssh.generate_private_key("ssh-ed25519"),
            username=USER,
            password=PASSWORD,
            enable_secret=SECRET,
            authorized_keys=authorized,
        )
        yield Served(router, sock.getsockname()[1], key)
        server.close()
        await server.wait_closed()


class Screen:
    """A terminal of a client: what was typed goes in, what was shown is waited for."""

    def __init__(self, process: asyncssh.SSHClientProcess[str]) -> None:
        self._process = process

    async def wait(self, text: str) -> str:
        return await asyncio.wait_for(self._process.stdout.readuntil(text), BOUND_S)

    async def type(self, keys: str, until: str) -> str:
        self._process.stdin.write(keys)
        return await self.wait(until)

    async def ended(self) -> str:
        return await asyncio.wait_for(self._process.stdout.read(), BOUND_S)


async def open_screen(connection: asyncssh.SSHClientConnection, size: tuple[int, int] = (80, 24)) -> Screen:
    return Screen(await connection.create_process(term_type="vt100", term_size=size, stderr=asyncssh.STDOUT))


async def test_a_session_from_login_to_exit(served: Served) -> None:
    async with served.connect() as connection:
        screen = await open_screen(connection)
        assert await screen.wait("R1>") == "\r\nR1>"
        assert await screen.type("enable\r", "Password: ") == "enable\r\nPassword: "
        assert await screen.type(f"{SECRET}\r", "R1#") == "\r\nR1#"
        assert await screen.type("configure terminal\r", "(config)#") == (
            "configure terminal\r\nEnter configuration commands, one per line.  End with CNTL/Z.\r\nR1(config)#"
        )
        assert await screen.type("hostname R9\r", "#") == "hostname R9\r\nR9(config)#"
        assert await screen.type("\x1a", "#") == "^Z\r\nR9#"
        assert await screen.type("show privelege\r", "R9#") == (
            "show privelege\r\n" + " " * 12 + "^\r\n% Invalid input detected at '^' marker.\r\n\r\nR9#"
        )
        assert await screen.type("exit\r", "exit\r\n") == "exit\r\n"
        assert await screen.ended() == ""
    assert served.router.sessions == []


async def test_one_command_without_a_terminal(served: Served) -> None:
    async with served.connect() as connection:
        result = await asyncio.wait_for(connection.run("show clock"), BOUND_S)
    assert result.stdout == "*12:00:00.250 UTC Mon Nov 23 2026\n"
    assert result.exit_status == 0


async def test_a_command_line_that_fails_ends_the_channel(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    served.router.clock = lambda: float("nan")
    async with served.connect() as connection:
        result = await asyncio.wait_for(connection.run("show clock"), BOUND_S)
    assert result.exit_status == 1
    assert "R1: the command line failed" in caplog.text


async def test_lines_from_a_pipe(served: Served) -> None:
    async with served.connect() as connection:
        process = await connection.create_process()
        process.stdin.write("show privilege\nexit\n")
        process.stdin.write_eof()
        assert "Current privilege level is 1\n" in (await asyncio.wait_for(process.stdout.read(), BOUND_S))


async def test_keys_and_keyboard_interactive(served: Served) -> None:
    async with served.connect(password=None, client_keys=[served.key]):
        pass
    async with served.connect(preferred_auth="keyboard-interactive"):
        pass


@pytest.mark.parametrize("options", [{"password": "wrong"}, {"username": "nobody"}, {"preferred_auth": "publickey"}])
async def test_who_may_not_log_in(served: Served, options: dict[str, object]) -> None:
    stranger = asyncssh.generate_private_key("ssh-ed25519")
    with pytest.raises(asyncssh.PermissionDenied):
        await served.connect(**{"client_keys": [stranger], **options})


async def test_a_fault_refuses_everybody(served: Served) -> None:
    served.router.faults.set(Fault("refuse-login"))
    with pytest.raises(asyncssh.PermissionDenied):
        await served.connect(client_keys=[served.key])
    served.router.faults.clear()
    async with served.connect(client_keys=[served.key]):
        pass


async def test_bytes_of_another_character_set_do_not_end_the_session(served: Served) -> None:
    async with served.connect() as connection:
        process = await connection.create_process(term_type="vt100", encoding=None)
        process.stdin.write(b"caf\xe9\rshow clock\r")
        await asyncio.wait_for(process.stdout.readuntil(b"*12:00:00.250 UTC"), BOUND_S)


async def test_the_escape_sequence_overtakes_what_was_typed(served: Served) -> None:
    async with served.connect() as connection:
        screen = await open_screen(connection)
        await screen.wait("R1>")
        engine_of(served.router).ping = _endless  # type: ignore[method-assign]
        await screen.type("ping 10.9.9.9 repeat 1000000\r", "1000000\r\n")
        assert "Success rate is 0 percent" in await screen.type("\x1e", "R1>")


async def _endless(*_asked: object) -> AsyncIterator[PingReply]:
    while True:
        await asyncio.sleep(0.01)
        yield PingReply(0, None)


async def test_paging(served: Served) -> None:
    async with served.connect() as connection:
        screen = await open_screen(connection, size=(80, 5))
        await screen.wait("R1>")
        first = await screen.type("show version\r", " --More-- ")
        assert first.count("\r\n") == 1 + 4
        assert (await screen.type("\r", " --More-- ")).count("\r\n") == 1
        assert "uptime" not in await screen.type("q", "R1>")
        await screen.type("terminal length 0\r", "R1>")
        assert "uptime" in await screen.type("show version\r", "R1>")


async def test_help_and_tab(served: Served) -> None:
    async with served.connect() as connection:
        screen = await open_screen(connection)
        await screen.wait("R1>")
        assert await screen.type("show bfd ?", "R1>show bfd ") == (
            "show bfd ?\r\n  neighbors\r\n  summary\r\n\r\nR1>show bfd "
        )
        assert await screen.type("su\t\r", "R1>") != ""
        assert served.router.unknown == []


async def test_monitor_redraws_the_line(served: Served) -> None:
    async with served.connect() as connection:
        screen = await open_screen(connection)
        await screen.wait("R1>")
        await screen.type("terminal monitor\r", "R1>")
        await screen.type("show cl", "show cl")
        engine_of(served.router).emit(Event(NOON, "line_up", {"interface": "Ethernet0/0"}))
        text = await screen.wait("R1>show cl")
        assert "\r\n*Nov 23 12:00:00.250: %LINEPROTO-5-UPDOWN: Line protocol on Interface Ethernet0/0" in text


async def privileged(connection: asyncssh.SSHClientConnection) -> Screen:
    screen = await open_screen(connection)
    await screen.wait("R1>")
    await screen.type("enable\r", "Password: ")
    await screen.type(f"{SECRET}\r", "R1#")
    await screen.type("configure terminal\r", "(config)#")
    return screen


async def test_a_router_that_drops_the_connection(served: Served) -> None:
    served.router.faults.set(Fault("drop"))
    connection = await served.connect()
    screen = await privileged(connection)
    with pytest.raises((asyncio.IncompleteReadError, asyncssh.Error, ConnectionError)):
        await screen.type("hostname R9\r", "R9(config)#")
    await asyncio.wait_for(connection.wait_closed(), BOUND_S)
    assert served.router.config.hostname == "R1"
    assert served.router.sessions == []


async def test_a_router_that_hangs(served: Served) -> None:
    served.router.faults.set(Fault("hang"))
    async with served.connect() as connection:
        screen = await privileged(connection)
        assert await screen.type("hostname R9\r", "hostname R9\r\n") == "hostname R9\r\n"
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(screen.type("\r", "#"), 0.3)
    async with served.connect() as connection:
        result = await asyncio.wait_for(connection.run("show privilege"), BOUND_S)
        assert result.exit_status == 0


async def test_a_slow_router_answers_late(served: Served) -> None:
    served.router.faults.set(Fault("slow", seconds=0.05))
    async with served.connect() as connection:
        screen = await privileged(connection)
        assert await screen.type("hostname R9\r", "R9(config)#") == "hostname R9\r\nR9(config)#"


async def refused(served: Served) -> bool:
    """Tell whether nobody can connect."""
    try:
        async with served.connect():
            return False
    except (asyncssh.Error, OSError):
        return True


async def test_an_isolated_router_cuts_everybody_off_and_heals(served: Served) -> None:
    first, second = await served.connect(), await served.connect()
    screen = await privileged(first)
    served.router.faults.set(Fault("isolate", seconds=0.5))
    for connection in (first, second):
        await asyncio.wait_for(connection.wait_closed(), BOUND_S)
    with pytest.raises((asyncio.IncompleteReadError, asyncssh.Error, ConnectionError)):
        await screen.wait("#")
    assert served.router.sessions == []
    assert await refused(served)
    deadline = asyncio.get_running_loop().time() + BOUND_S
    while await refused(served):
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.02)
    await wait_until(lambda: served.router.faults.connections == set())


async def test_a_line_that_isolates_the_router_is_done(served: Served) -> None:
    served.router.faults.set(Fault("isolate", after_line=2, seconds=60))
    connection = await served.connect()
    screen = await privileged(connection)
    assert await screen.type("interface Ethernet0/0\r", "(config-if)#")
    with pytest.raises((asyncio.IncompleteReadError, asyncssh.Error, ConnectionError)):
        await screen.type("shutdown\r", "(config-if)#")
    await asyncio.wait_for(connection.wait_closed(), BOUND_S)
    assert served.router.config.interfaces["Ethernet0/0"].shutdown
    assert await refused(served)
    served.router.faults.clear()
    assert not await refused(served)


async def test_a_banner_greets(served: Served) -> None:
    served.router.config.banner_motd = "Lab of the house"
    async with served.connect() as connection:
        screen = await open_screen(connection)
        assert await screen.wait("R1>") == "\r\nLab of the house\r\nR1>"
