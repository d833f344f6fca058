"""Exec commands: shows over the engine, clear, ping, copy, the log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from lab.engine import EngineError, Event, PingReply
from tests.unit.lab.ios_console import NOON, Console, engine_of, make_router

SETUP = """\
interface Ethernet0/0
 ip address 10.10.10.1 255.255.255.0
interface Ethernet0/1
 ip address 192.168.1.2 255.255.255.0
 standby 1 ip 192.168.1.1
router bgp 64512
 neighbor 10.10.10.2 remote-as 64513
"""


@pytest.fixture
async def console(tmp_path: Path) -> Console:
    router = make_router(tmp_path)
    await router.start()
    console = Console(router)
    await console.configure(SETUP)
    return console


SHOWS = [
    ("show version", "Version 15.7"),
    ("show ip interface brief", "Ethernet0/0"),
    ("show interfaces", "Ethernet0/1 is up"),
    ("show interfaces Ethernet0/0", "Ethernet0/0 is up"),
    ("show interfaces e 0/0", "Ethernet0/0 is up"),
    ("show bfd summary", "Total"),
    ("show ip bgp summary", "10.10.10.2"),
    ("show ip bgp neighbors", "BGP neighbor is 10.10.10.2"),
    ("show ip bgp neighbors 10.10.10.2", "BGP neighbor is 10.10.10.2"),
    ("show ip route", "10.10.10.0/24"),
    ("show ip route bgp", ""),
    ("show ip route connected", "10.10.10.0/24"),
    ("show standby", "Ethernet0/1 - Group 1"),
    ("show standby brief", "192.168.1.1"),
    ("show logging", "Configured from console"),
    ("show startup-config", "not present"),
    ("show vlans", "No Virtual LANs configured."),
    ("show inventory", 'NAME: "R1"'),
    ("write terminal", "hostname R1"),
]


@pytest.mark.parametrize(("line", "text"), SHOWS)
async def test_shows_are_wired_to_live_values(console: Console, line: str, text: str) -> None:
    shown = await console.say(line)
    assert text in shown
    assert shown.endswith("\n")
    assert console.router.unknown == []


@pytest.mark.parametrize("line", ["show bfd neighbors", "show bfd neighbors details"])
async def test_no_session_shows_nothing(console: Console, line: str) -> None:
    assert await console.say(line) == ""


async def test_one_interface_is_one_interface(console: Console) -> None:
    assert "Ethernet0/1" not in await console.say("show interfaces Ethernet0/0")
    assert await console.say("show interfaces Loopback7") == "% Invalid interface Loopback7\n"


async def test_show_clock(console: Console) -> None:
    assert await console.say("show clock") == "*12:00:00.250 UTC Mon Nov 23 2026\n"


CLEARS = [
    ("clear ip bgp *", (None, None)),
    ("clear ip bgp * soft", (None, "both")),
    ("clear ip bgp * soft in", (None, "in")),
    ("clear ip bgp 10.10.10.2", (IPv4Address("10.10.10.2"), None)),
    ("clea ip bg 10.10.10.2 so out", (IPv4Address("10.10.10.2"), "out")),
    ("clear ip bgp * in", (None, "in")),
    ("clear ip bgp 10.10.10.2 out", (IPv4Address("10.10.10.2"), "out")),
]


@pytest.mark.parametrize(("line", "asked"), CLEARS)
async def test_clear_reaches_the_engine(console: Console, line: str, asked: tuple[object, object]) -> None:
    assert await console.say(line) == ""
    assert engine_of(console.router).cleared == [asked]


async def test_clear_refuses_what_is_not_there(console: Console) -> None:
    assert await console.say("clear ip bgp 10.10.10.9") == '% BGP: Unknown neighbor - "10.10.10.9"\n'
    await console.configure("no router bgp 64512")
    assert await console.say("clear ip bgp *") == "% BGP not active\n"
    assert engine_of(console.router).cleared == []


HEAD = "Type escape sequence to abort.\nSending 5, 100-byte ICMP Echos to 10.10.10.2, timeout is 2 seconds:\n"


async def test_ping(console: Console) -> None:
    assert await console.say("ping 10.10.10.2") == f"{HEAD}.....\nSuccess rate is 0 percent (0/5)\n"
    engine_of(console.router).reachable.add(IPv4Address("10.10.10.2"))
    rate = "Success rate is 100 percent (5/5), round-trip min/avg/max = 1/1/1 ms\n"
    assert await console.say("ping 10.10.10.2") == f"{HEAD}!!!!!\n{rate}"
    text = await console.say("ping 10.10.10.2 repeat 72 size 200 timeout 1 source Ethernet0/1")
    assert text == (
        "Type escape sequence to abort.\nSending 72, 200-byte ICMP Echos to 10.10.10.2, timeout is 1 seconds:\n"
        f"Packet sent with a source address of 192.168.1.2 \n{'!' * 70}\n!!\n"
        "Success rate is 100 percent (72/72), round-trip min/avg/max = 1/1/1 ms\n"
    )
    assert "source address of 192.168.1.2" in await console.say("ping ip 10.10.10.2 source 192.168.1.2 repeat 1")
    assert (await console.say("ping 10.10.10.2 source 10.9.9.9")).startswith("% Invalid source")


async def test_ping_stops_at_the_escape_sequence(console: Console) -> None:
    async def echoes(*_asked: object) -> AsyncIterator[PingReply]:
        for sequence in range(5):
            if sequence == 2:
                console.session.aborted = True
            yield PingReply(sequence, 1.0)

    console.router.engine.ping = echoes  # type: ignore[method-assign]
    assert "Success rate is 100 percent (3/3)" in await console.say("ping 10.10.10.2")
    assert "(3/3)" in await console.say("ping 10.10.10.2")  # what was typed before does not count


async def test_copy_asks_for_the_name(console: Console, tmp_path: Path) -> None:
    assert (await console.reply("copy run start")).prompt == "Destination filename [startup-config]? "
    assert await console.say("") == "Building configuration...\n[OK]\n"
    assert (tmp_path / "startup" / "R1.cfg").exists()
    await console.say("copy running-config startup-config")
    assert (await console.say("other")).startswith("%Error opening nvram:other")


async def test_events_reach_the_log_and_monitors(console: Console) -> None:
    other = Console(console.router)
    await other.say("terminal monitor")
    event = Event(NOON, "bgp_up", {"neighbor": "10.10.10.2"})
    engine_of(console.router).emit(event)
    line = "*Nov 23 12:00:00.250: %BGP-5-ADJCHANGE: neighbor 10.10.10.2 Up "
    assert other.logged == [line]
    assert console.logged == []
    assert line in await console.say("show logging")
    other.session.close()
    engine_of(console.router).emit(event)
    assert other.logged == [line]


async def test_an_engine_that_cannot_answer(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail() -> list[object]:
        raise EngineError("bfdd is gone")

    monkeypatch.setattr(console.router.engine, "bfd_sessions", fail)
    assert await console.say("show bfd neighbors") == "% The state could not be read; the lab's log says why\n"


async def test_sessions_take_the_lowest_free_line(console: Console) -> None:
    second, third = Console(console.router, origin="127.0.0.1"), Console(console.router, origin="127.0.0.1")
    assert [second.session.line_name(), third.session.line_name()] == ["vty1 (127.0.0.1)", "vty2 (127.0.0.1)"]
    second.session.close()
    assert Console(console.router, origin="127.0.0.1").session.number == 1
