"""HSRP on the wire: two speakers, a bridge and a host in network namespaces of this test's own."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

import pytest
import pytest_asyncio

from lab.engine import Event
from lab.hsrp.speaker import HsrpSpeaker
from lab.ios.store import BfdInterval, HsrpGroup, Interface, RouterConfig
from lab.network.netns import netns_opener

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces of one's own need root")

VIRTUAL_MAC = "00:00:0c:07:ac:01"
VIRTUAL_IP = "192.168.1.1"
ETHERNET = "Ethernet0/1"


@dataclass
class Lan:
    """A bridge with R1 (.2), R2 (.3) and PC1 (.10) on it; every name is prefixed, so runs do not meet."""

    prefix: str

    def namespace(self, node: str) -> str:
        return f"{self.prefix}-{node}"

    def ip(self, node: str, *arguments: str) -> str:
        return _run("ip", "-n", self.namespace(node), *arguments)

    def inside(self, node: str, *command: str) -> str:
        return _run("ip", "netns", "exec", self.namespace(node), *command)

    def cable(self, node: str, up: bool) -> None:
        """Cut a node off the bridge silently: its own carrier stays."""
        state = "3" if up else "0"
        _run("bridge", "-n", self.namespace("sw"), "link", "set", "dev", f"to-{node}", "state", state)

    def arp_of_gateway(self) -> str:
        self.ip("pc1", "neigh", "flush", "all")
        self.inside("pc1", "ping", "-c", "1", "-W", "1", VIRTUAL_IP)
        return self.ip("pc1", "neigh", "show", VIRTUAL_IP)

    def virtual_link_is_up(self, node: str) -> bool:
        return "UP" in self.ip(node, "-br", "link", "show", "hsrp1-e1").split()[3]

    def mac(self, node: str) -> str:
        return self.ip(node, "-br", "link", "show", "e1").split()[2]

    def port_of_virtual_mac(self) -> str:
        """Return the bridge port on which the switch knows the virtual MAC."""
        for line in _run("bridge", "-n", self.namespace("sw"), "fdb", "show", "br", "lan").splitlines():
            if line.startswith(VIRTUAL_MAC):
                return line.split()[2]
        return ""


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _build(lan: Lan) -> None:
    for node in ("sw", "r1", "r2", "pc1"):
        _run("ip", "netns", "add", lan.namespace(node))
        lan.ip(node, "link", "set", "lo", "up")
    lan.ip("sw", "link", "add", "lan", "type", "bridge", "stp_state", "0", "mcast_snooping", "0", "forward_delay", "0")
    lan.ip("sw", "link", "set", "lan", "up")
    for node, address in (("r1", "192.168.1.2/24"), ("r2", "192.168.1.3/24"), ("pc1", "192.168.1.10/24")):
        peer = ("peer", "name", f"to-{node}", "netns", lan.namespace("sw"))
        lan.ip(node, "link", "add", "e1", "type", "veth", *peer)
        lan.ip("sw", "link", "set", f"to-{node}", "master", "lan", "up")
        lan.ip(node, "addr", "add", address, "dev", "e1")
        lan.ip(node, "link", "set", "e1", "up")


@pytest.fixture
def lan() -> Iterator[Lan]:
    made = Lan(f"fph{uuid.uuid4().hex[:6]}")
    try:
        _build(made)
        yield made
    finally:
        for node in ("sw", "r1", "r2", "pc1"):
            subprocess.run(["ip", "netns", "delete", made.namespace(node)], check=False, capture_output=True)


def _config(address: str, **group: object) -> RouterConfig:
    declared = HsrpGroup(1, IPv4Address(VIRTUAL_IP), hello_ms=200, hold_ms=700, **group)  # type: ignore[arg-type]
    interface = Interface(ETHERNET, address=IPv4Interface(f"{address}/24"), hsrp={1: declared})
    return RouterConfig("R", interfaces={ETHERNET: interface})


@dataclass
class Routers:
    lan: Lan
    r1: HsrpSpeaker
    r2: HsrpSpeaker

    def states(self) -> tuple[str, str]:
        return self.r1.states()[0].state, self.r2.states()[0].state

    async def settle(self, *wanted: str, within_s: float = 10.0) -> None:
        await _until(lambda: self.states() == wanted, within_s, self.states)


async def _until(holds: Callable[[], bool], within_s: float, seen: Callable[[], object]) -> None:
    deadline = asyncio.get_running_loop().time() + within_s
    while not holds():
        assert asyncio.get_running_loop().time() < deadline, f"last seen: {seen()}"
        await asyncio.sleep(0.02)


def _run_ip_in(lan: Lan, node: str) -> Callable[[Sequence[str]], Awaitable[None]]:
    async def run_ip(lines: Sequence[str]) -> None:
        command = ("ip", "-n", lan.namespace(node), "-batch", "-")
        process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
        await process.communicate("\n".join(lines).encode())
        assert process.returncode == 0, lines

    return run_ip


@pytest_asyncio.fixture
async def routers(lan: Lan) -> AsyncIterator[Routers]:
    speakers = [
        HsrpSpeaker(netns_opener(Path("/run/netns") / lan.namespace(node)), _run_ip_in(lan, node))
        for node in ("r1", "r2")
    ]
    try:
        yield Routers(lan, *speakers)
    finally:
        for speaker in speakers:
            await speaker.close()


async def _start(routers: Routers, **r1_group: object) -> None:
    await routers.r1.configure(_config("192.168.1.2", **r1_group))
    await routers.r2.configure(_config("192.168.1.3", priority=10, preempt=True))
    await routers.settle("Active", "Standby")


async def test_one_is_active_and_hosts_see_the_virtual_mac_only(routers: Routers) -> None:
    await _start(routers)
    lan = routers.lan
    assert VIRTUAL_MAC in lan.arp_of_gateway()
    assert lan.port_of_virtual_mac() == "to-r1"
    assert [lan.virtual_link_is_up(node) for node in ("r1", "r2")] == [True, False]
    lan.inside("pc1", "ping", "-c", "1", "-W", "1", "192.168.1.2")
    assert lan.mac("r1") in lan.ip("pc1", "neigh", "show", "192.168.1.2")


async def test_a_crash_fails_over_and_a_router_that_returns_does_not_steal(routers: Routers) -> None:
    await _start(routers)
    lan = routers.lan
    lan.cable("r1", up=False)
    await routers.r1.configure(_config_without_groups())  # whatever it says in its last moment goes nowhere
    await _until(lambda: routers.r2.states()[0].state == "Active", 3, routers.r2.states)
    assert VIRTUAL_MAC in lan.arp_of_gateway()
    assert lan.port_of_virtual_mac() == "to-r2"
    lan.cable("r1", up=True)
    await routers.r1.configure(_config("192.168.1.2"))
    await routers.settle("Standby", "Active")
    assert VIRTUAL_MAC in lan.arp_of_gateway()


async def test_preempt_takes_over_after_its_delay(routers: Routers) -> None:
    await routers.r2.configure(_config("192.168.1.3", priority=10))
    await _until(lambda: routers.r2.states()[0].state == "Active", 10, routers.r2.states)
    changes = _record(routers.r1)
    await routers.r1.configure(_config("192.168.1.2", preempt=True, preempt_delay_min_s=3))
    began = asyncio.get_running_loop().time()
    await routers.settle("Active", "Standby")
    assert asyncio.get_running_loop().time() - began >= 3
    assert changes[-1].fields == {"interface": ETHERNET, "group": "1", "old": "Standby", "new": "Active"}
    assert VIRTUAL_MAC in routers.lan.arp_of_gateway()
    assert routers.lan.port_of_virtual_mac() == "to-r1"


async def test_two_active_routers_heal(routers: Routers) -> None:
    await _start(routers)
    lan = routers.lan
    lan.cable("r1", up=False)
    await routers.settle("Active", "Active", within_s=3)
    lan.cable("r1", up=True)
    await routers.settle("Active", "Standby")
    assert lan.port_of_virtual_mac() == "to-r1"
    assert VIRTUAL_MAC in lan.arp_of_gateway()


async def test_a_shutdown_resigns_and_the_standby_takes_over_at_once(routers: Routers) -> None:
    await _start(routers)
    shut = _config("192.168.1.2")
    shut.interfaces[ETHERNET].shutdown = True
    await routers.r1.retire(shut)
    await routers.settle("Init", "Active", within_s=0.5)
    assert routers.lan.port_of_virtual_mac() == "to-r2"


async def test_an_interface_that_was_down_hears_and_speaks_again(routers: Routers) -> None:
    await _start(routers)
    lan = routers.lan
    shut = _config("192.168.1.2")
    shut.interfaces[ETHERNET].shutdown = True
    await routers.r1.retire(shut)
    lan.ip("r1", "link", "set", "e1", "down")
    await routers.r1.configure(shut)
    lan.ip("r1", "link", "set", "e1", "up")
    await routers.r1.configure(_config("192.168.1.2", preempt=True))
    await routers.settle("Active", "Standby")
    assert lan.port_of_virtual_mac() == "to-r1"
    assert VIRTUAL_MAC in lan.arp_of_gateway()


async def test_another_address_and_a_second_group(routers: Routers) -> None:
    await _start(routers)
    lan = routers.lan
    config = _config("192.168.1.4")
    config.interfaces[ETHERNET].hsrp[2] = HsrpGroup(2, IPv4Address("192.168.1.200"), hello_ms=200, hold_ms=700)
    await routers.r1.retire(config)
    lan.ip("r1", "addr", "flush", "dev", "e1")
    lan.ip("r1", "addr", "add", "192.168.1.4/24", "dev", "e1")
    await routers.r1.configure(config)
    await _until(lambda: [state.state for state in routers.r1.states()] == ["Standby", "Active"], 10, routers.r1.states)
    assert routers.r2.states()[0].standby_router == IPv4Address("192.168.1.4")
    lan.inside("pc1", "ping", "-c", "1", "-W", "1", "192.168.1.200")
    assert "00:00:0c:07:ac:02" in lan.ip("pc1", "neigh", "show", "192.168.1.200")
    assert VIRTUAL_MAC in lan.arp_of_gateway()


async def test_bfd_down_replaces_the_hold_time(routers: Routers) -> None:
    slow = {"hello_ms": 3000, "hold_ms": 10000}
    config = _config("192.168.1.3", priority=10)
    config.interfaces[ETHERNET].bfd = BfdInterval(100, 100, 3)
    await routers.r1.configure(_config("192.168.1.2"))
    await routers.r2.configure(config)
    await routers.settle("Active", "Standby")
    neighbor = ETHERNET, IPv4Address("192.168.1.2")
    assert routers.r2.peers() == {neighbor}
    assert routers.r1.peers() == frozenset()
    for name, value in slow.items():
        setattr(config.interfaces[ETHERNET].hsrp[1], name, value)
    await routers.r2.configure(config)
    routers.r2.bfd_state(*neighbor, up=False)
    assert routers.r2.states()[0].state == "Standby"
    routers.lan.cable("r1", up=False)
    routers.r2.bfd_state(*neighbor, up=True)
    routers.r2.bfd_state(*neighbor, up=False)
    assert routers.r2.states()[0].state == "Active"
    assert routers.r2.peers() == frozenset()


async def test_a_bfd_session_that_was_taken_away_says_nothing_about_its_neighbor(routers: Routers) -> None:
    watching = _config("192.168.1.3", priority=10)
    watching.interfaces[ETHERNET].bfd = BfdInterval(100, 100, 3)
    await routers.r1.configure(_config("192.168.1.2"))
    await routers.r2.configure(watching)
    await routers.settle("Active", "Standby")
    neighbor = ETHERNET, IPv4Address("192.168.1.2")
    routers.r2.bfd_state(*neighbor, up=True)
    await routers.r2.configure(_config("192.168.1.3", priority=10))
    assert routers.r2.peers() == frozenset()
    await routers.r2.configure(watching)
    assert routers.r2.peers() == {neighbor}
    routers.r2.bfd_state(*neighbor, up=False)  # the new session, which was not up yet
    assert routers.r2.states()[0].state == "Standby"


async def test_packets_are_as_the_rfc_says(routers: Routers) -> None:
    await _start(routers)
    capture = netns_opener(Path("/run/netns") / routers.lan.namespace("pc1"))(
        lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
    )
    capture.setblocking(False)
    with capture:
        frames = [await asyncio.wait_for(asyncio.get_running_loop().sock_recv(capture, 2000), 2) for _frame in range(6)]
    own, virtual = bytes.fromhex(routers.lan.mac("r2").replace(":", "")), bytes.fromhex(VIRTUAL_MAC.replace(":", ""))
    assert {frame[6:12] for frame in frames} == {own, virtual}
    for frame in frames:
        assert frame[:6].hex(":") == "01:00:5e:00:00:02"
        assert frame[22] == 1  # TTL
        from_active = frame[6:12] == virtual
        assert IPv4Address(frame[26:30]) == IPv4Address("192.168.1.2" if from_active else "192.168.1.3")
        state, priority = ("10", "64") if from_active else ("08", "0a")
        assert (
            frame[34:].hex() == f"07c107c1001c{frame[40:42].hex()}0000{state}0000{priority}0100636973636f000000c0a80101"
        )


async def test_changes_at_run_time_take_effect_and_leave_nothing_behind(routers: Routers) -> None:
    await _start(routers)
    lan = routers.lan
    for speaker, address in ((routers.r1, "192.168.1.2"), (routers.r2, "192.168.1.3")):
        config = _config(address, priority=10 if speaker is routers.r2 else 100)
        config.interfaces[ETHERNET].hsrp[1].virtual_ip = IPv4Address("192.168.1.77")
        await speaker.configure(config)
    assert routers.states() == ("Active", "Standby")
    lan.inside("pc1", "ping", "-c", "1", "-W", "1", "192.168.1.77")
    assert VIRTUAL_MAC in lan.ip("pc1", "neigh", "show", "192.168.1.77")
    changes = _record(routers.r1)
    await routers.r1.configure(_config_without_groups())
    assert [(event.fields["old"], event.fields["new"]) for event in changes] == [("Active", "Disabled")]
    assert routers.r1.states() == []
    assert "hsrp" not in lan.ip("r1", "link", "show")
    await _until(lambda: routers.r2.states()[0].state == "Active", 0.5, routers.r2.states)


async def test_the_virtual_ip_is_learnt_where_it_is_not_configured(routers: Routers) -> None:
    learner = _config("192.168.1.3", priority=10)
    learner.interfaces[ETHERNET].hsrp[1].virtual_ip = None
    await routers.r2.configure(learner)
    assert routers.r2.states()[0].state == "Disabled"
    learner.interfaces[ETHERNET].hsrp[1].learns_ip = True
    await routers.r2.configure(learner)
    assert routers.r2.states()[0].state == "Learn"
    await routers.r1.configure(_config("192.168.1.2"))
    await routers.settle("Active", "Standby")
    routers.lan.cable("r1", up=False)
    await routers.settle("Active", "Active", within_s=3)
    assert VIRTUAL_MAC in routers.lan.arp_of_gateway()
    assert routers.lan.port_of_virtual_mac() == "to-r2"


def _config_without_groups() -> RouterConfig:
    config = _config("192.168.1.2")
    config.interfaces[ETHERNET].hsrp.clear()
    return config


def _record(speaker: HsrpSpeaker) -> list[Event]:
    events: list[Event] = []
    speaker.subscribe(events.append)
    return events
