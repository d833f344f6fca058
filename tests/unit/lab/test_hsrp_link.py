from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

import pytest

from lab.engine import HsrpState
from lab.hsrp.declared import group_settings, usable
from lab.hsrp.group import GroupSettings, Peer
from lab.hsrp.machine import GroupMachine
from lab.hsrp.observed import observe
from lab.hsrp.packet import Opcode, Packet, State
from lab.hsrp.port import gratuitous_arp
from lab.hsrp.virtual_link import create_line, delete_line, link_name, virtual_mac
from lab.ios.store import HsrpGroup, Interface
from lab.network.netns import netns_opener

VIP = IPv4Address("192.168.1.1")
OWN = IPv4Address("192.168.1.2")
OTHER = Peer(IPv4Address("192.168.1.3"), 10)


def test_the_virtual_mac_ends_with_the_group() -> None:
    assert virtual_mac(1).hex(":") == "00:00:0c:07:ac:01"
    assert virtual_mac(255).hex(":") == "00:00:0c:07:ac:ff"


def test_link_names_are_unique_and_short() -> None:
    names = {link_name(parent, group) for parent in ("e1", "e11", "e1023") for group in (0, 1, 11, 255)}
    assert len(names) == 12
    assert max(map(len, names)) <= 15
    with pytest.raises(ValueError, match="hsrp255-verylong: longer than the 15 characters"):
        link_name("verylong", 255)


def test_lines_for_ip() -> None:
    expected = "link add link e1 name hsrp10-e1 address 00:00:0c:07:ac:0a type macvlan mode bridge"
    assert create_line("e1", 10) == expected
    assert delete_line("e1", 10) == "link delete dev hsrp10-e1"


def test_the_gratuitous_arp_byte_for_byte() -> None:
    """A broadcast ARP response with the virtual MAC in both headers (RFC 2281, 5.6 I)."""
    assert gratuitous_arp(virtual_mac(1), VIP).hex() == (
        "ffffffffffff00000c07ac010806" + "0001080006040002" + "00000c07ac01c0a80101" + "ffffffffffffc0a80101"
    )


def test_an_error_inside_a_namespace_reaches_the_caller(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        netns_opener(tmp_path / "missing")(lambda: 1)


@pytest.mark.parametrize(
    ("address", "shutdown", "virtual_ip", "can_run"),
    [
        ("192.168.1.2/24", False, VIP, True),
        ("192.168.1.2/24", False, None, False),
        ("192.168.1.2/24", True, VIP, False),
        (None, False, VIP, False),
        ("10.0.0.2/24", False, VIP, False),
        ("192.168.1.1/24", False, VIP, False),
    ],
)
def test_when_a_group_can_run(
    address: str | None, shutdown: bool, virtual_ip: IPv4Address | None, can_run: bool
) -> None:
    parsed = IPv4Interface(address) if address else None
    interface = Interface("Ethernet0/1", address=parsed, shutdown=shutdown, hsrp={1: HsrpGroup(1, virtual_ip)})
    assert usable(interface, 1) is can_run


def test_a_group_that_learns_its_address_can_run() -> None:
    group = HsrpGroup(1, learns_ip=True)
    interface = Interface("Ethernet0/1", address=IPv4Interface("192.168.1.2/24"), hsrp={1: group})
    assert usable(interface, 1)
    interface.shutdown = True
    assert not usable(interface, 1)


def test_what_a_group_without_standby_ip_shows() -> None:
    seen = observe("Ethernet0/1", GroupMachine(GroupSettings(1, OWN), 5.0), 6.0, HsrpGroup(1, priority=50).enabled)
    assert (seen.state, seen.state_changes, seen.virtual_ip) == ("Disabled", 0, None)


def test_settings_hold_every_field_of_the_group() -> None:
    group = HsrpGroup(7, VIP, priority=90, preempt=True, preempt_delay_min_s=30, hello_ms=1000, hold_ms=3000)
    interface = Interface("Ethernet0/1", address=IPv4Interface("192.168.1.2/24"), hsrp={7: group})
    assert group_settings(interface, group) == GroupSettings(7, OWN, VIP, 90, True, 30, 1000, 3000)
    assert group_settings(Interface("Ethernet0/1"), group).own_address == IPv4Address("0.0.0.0")


def _standby_machine() -> GroupMachine:
    machine = GroupMachine(GroupSettings(1, OWN, VIP), 0.0)
    machine.enable(0.0)
    machine.poll(10.0)
    hello = Packet(Opcode.HELLO, State.ACTIVE, 3, 10, OTHER.priority, 1, VIP)
    machine.receive(hello, OTHER.address, 19.0)
    machine.poll(20.0)
    return machine


def test_what_a_standby_router_shows() -> None:
    assert observe("Ethernet0/1", _standby_machine(), 21.0) == HsrpState(
        interface="Ethernet0/1",
        group=1,
        state="Standby",
        virtual_ip=VIP,
        virtual_mac="0000.0c07.ac01",
        priority=100,
        preempt=False,
        active_router=OTHER.address,
        standby_router=OWN,
        active_is_local=False,
        standby_is_local=True,
        hello_ms=3000,
        hold_ms=10000,
        state_changes=4,
        state_for_s=1.0,
        next_hello_s=2.0,
        active_priority=10,
        standby_priority=100,
        active_expires_s=8.0,
        standby_expires_s=None,
    )


def test_a_standby_router_shows_the_timers_that_it_learned() -> None:
    machine = _standby_machine()
    machine.receive(Packet(Opcode.HELLO, State.ACTIVE, 1, 3, 200, 1, VIP), OTHER.address, 20.5)
    seen = observe("Ethernet0/1", machine, 21.0)
    assert (seen.hello_ms, seen.hold_ms) == (1000, 3000)
    assert (machine.settings.hello_ms, machine.settings.hold_ms) == (3000, 10000)


def test_what_an_active_router_shows() -> None:
    machine = _standby_machine()
    machine.poll(29.0)
    hello = Packet(Opcode.HELLO, State.STANDBY, 3, 10, OTHER.priority, 1, VIP)
    machine.receive(hello, OTHER.address, 30.0)
    seen = observe("Ethernet0/1", machine, 31.0)
    assert (seen.state, seen.active_router, seen.active_is_local, seen.active_priority) == ("Active", OWN, True, 100)
    assert (seen.standby_router, seen.standby_is_local, seen.standby_priority) == (OTHER.address, False, 10)
    assert (seen.active_expires_s, seen.standby_expires_s, seen.state_changes) == (None, 9.0, 5)


def test_what_a_group_without_line_shows() -> None:
    seen = observe("Ethernet0/1", GroupMachine(GroupSettings(1, OWN, VIP), 5.0), 6.0)
    assert (seen.state, seen.active_router, seen.standby_router, seen.next_hello_s) == ("Init", None, None, 0.0)
