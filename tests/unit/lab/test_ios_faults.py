"""Faults that are ordered of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.ios.faults import Fault
from tests.unit.lab.ios_console import Console, make_router, wait_until


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(make_router(tmp_path))


async def test_refuse_answers_the_line_and_fires_once(console: Console) -> None:
    console.router.faults.set(Fault("refuse", after_line=2, text="No room"))
    await console.say("show clock", "configure terminal")
    assert await console.say("interface Ethernet0/0") == ""
    assert await console.say("description x") == "% No room\n"
    assert console.router.config.interfaces["Ethernet0/0"].description is None
    assert await console.say("description x") == ""
    assert console.router.config.interfaces["Ethernet0/0"].description == "x"


@pytest.mark.parametrize("kind", ["hang", "drop"])
async def test_hang_and_drop_do_not_do_the_line(console: Console, kind: str) -> None:
    console.router.faults.set(Fault(kind, after_line=1))
    await console.say("configure terminal", "! a comment", "", "do show clock")
    reply = await console.reply("hostname R9")
    assert (reply.hang, reply.drop) == (kind == "hang", kind == "drop")
    assert (reply.text, reply.prompt, console.router.config.hostname) == ("", "", "R1")
    assert console.router.faults.fault is None


async def test_slow_stays_until_it_is_cleared(console: Console) -> None:
    console.router.faults.set(Fault("slow", after_line=2, seconds=0.5))
    await console.say("configure terminal")
    delays = [(await console.reply(line)).delay_s for line in ("hostname A", "hostname B", "hostname C", "end")]
    assert delays == [0.0, 0.5, 0.5, 0.0]
    assert console.router.config.hostname == "C"
    console.router.faults.clear()
    await console.say("configure terminal")
    assert (await console.reply("hostname D")).delay_s == 0.0


async def test_line_zero_is_the_next_line_of_any_kind(console: Console) -> None:
    console.router.faults.set(Fault("hang", after_line=0))
    assert (await console.reply("show clock")).hang


async def test_an_isolated_router_takes_its_change_back_by_itself(tmp_path: Path) -> None:
    router = make_router(tmp_path, revert_minute_s=0.05)
    console = Console(router)
    await console.configure("archive\npath flash:fastpath")
    router.faults.set(Fault("isolate", after_line=1, seconds=60))
    await console.say("configure terminal revert timer 2")
    reply = await console.reply("hostname R9")
    assert (reply.drop, reply.text, router.config.hostname, router.faults.isolated) == (True, "", "R9", True)
    console.session.close()
    await wait_until(lambda: router.config.hostname == "R1")
    assert router.faults.isolated
    router.faults.clear()
    assert not router.faults.isolated


async def test_another_fault_ends_the_isolation(console: Console) -> None:
    console.router.faults.set(Fault("isolate", seconds=60))
    console.router.faults.set(Fault("refuse", after_line=1))
    assert not console.router.faults.isolated
    assert await console.say("configure terminal", "hostname R9") == "% Configuration refused\n"


def test_faults_are_checked() -> None:
    with pytest.raises(
        ValueError, match="fault 'burn' is not known; known: hang, drop, refuse, slow, refuse-login, isolate"
    ):
        Fault("burn")
    with pytest.raises(ValueError, match="negative"):
        Fault("slow", seconds=-1)
