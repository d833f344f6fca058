"""`show interfaces` and `show ip interface brief` of the lab."""

from __future__ import annotations

from dataclasses import fields, replace
from ipaddress import IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any

import pytest

from lab.engine import InterfaceState
from lab.ios.show_interfaces import render_interfaces, render_ip_interface_brief
from lab.ios.show_names import render_prefix, short_name
from lab.ios.store import Interface, RouterConfig

SHOWS = Path(__file__).parent / "shows"

E0 = InterfaceState("Ethernet0/0", "aabb.cc00.0100", True, True, 1500, 274, 59, 17822, 6766)
E1 = InterfaceState("Ethernet0/1", "aabb.cc00.0110", False, False)
E2 = InterfaceState("Ethernet0/2", "aabb.cc00.0120", True, False)
E10 = InterfaceState("Ethernet1/0", "aabb.cc00.0101", True, True)
LO = InterfaceState("Loopback0", "", True, True, 1514)
STATES = [LO, E10, E2, E1, E0]
CONFIG = RouterConfig(
    "R1",
    interfaces={
        "Ethernet0/0": Interface("Ethernet0/0", "to R3", IPv4Interface("10.10.10.1/24")),
        "Ethernet0/1": Interface("Ethernet0/1", None, IPv4Interface("192.168.1.2/24"), shutdown=True),
        "Ethernet0/2": Interface("Ethernet0/2"),
        "Loopback0": Interface("Loopback0", None, IPv4Interface("1.1.1.1/32")),
    },
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("interfaces", render_interfaces(CONFIG, STATES)),
        ("interfaces_one", render_interfaces(CONFIG, STATES, "Ethernet0/2")),
        ("ip_interface_brief", render_ip_interface_brief(CONFIG, STATES)),
    ],
)
def test_text(name: str, text: str) -> None:
    assert text + "\n" == (SHOWS / f"{name}.txt").read_text()


SHOWN: dict[str, tuple[Any, str]] = {
    "name": ("Ethernet3/3", "Ethernet3/3 is up"),
    "mac": ("aabb.cc00.0900", "address is aabb.cc00.0900 (bia aabb.cc00.0900)"),
    "admin_up": (False, "Ethernet0/0 is administratively down, line protocol is down"),
    "carrier": (False, "Ethernet0/0 is down, line protocol is down"),
    "mtu": (9000, "MTU 9000 bytes"),
    "input_packets": (1, "     1 packets input, 17822 bytes"),
    "output_packets": (2, "     2 packets output, 6766 bytes"),
    "input_bytes": (3, "     274 packets input, 3 bytes"),
    "output_bytes": (4, "     59 packets output, 4 bytes"),
}


def test_every_field_is_shown() -> None:
    assert {field.name for field in fields(InterfaceState)} == set(SHOWN)


@pytest.mark.parametrize("name", SHOWN)
def test_field_changes_the_text(name: str) -> None:
    value, snippet = SHOWN[name]
    assert snippet not in render_interfaces(CONFIG, [E0])
    assert snippet in render_interfaces(CONFIG, [replace(E0, **{name: value})])


@pytest.mark.parametrize(
    ("admin_up", "carrier", "end"),
    [
        (True, True, "YES manual up                    up      "),
        (True, False, "YES manual down                  down    "),
        (False, True, "YES manual administratively down down    "),
    ],
)
def test_brief_follows_the_line(admin_up: bool, carrier: bool, end: str) -> None:
    state = replace(E0, admin_up=admin_up, carrier=carrier)
    row = render_ip_interface_brief(CONFIG, [state]).splitlines()[-1]
    assert row == f"Ethernet0/0                10.10.10.1      {end}"


@pytest.mark.parametrize(
    ("name", "short"),
    [("Ethernet0/0", "Et0/0"), ("GigabitEthernet1/0/3", "Gi1/0/3"), ("Loopback12", "Lo12"), ("odd", "odd")],
)
def test_short_name(name: str, short: str) -> None:
    assert short_name(name) == short


@pytest.mark.parametrize(
    ("prefix", "shown"),
    [
        ("10.0.0.0/8", "10.0.0.0"),
        ("127.0.0.0/8", "127.0.0.0"),
        ("128.0.0.0/16", "128.0.0.0"),
        ("191.255.0.0/16", "191.255.0.0"),
        ("192.0.0.0/24", "192.0.0.0"),
        ("192.168.0.0/16", "192.168.0.0/16"),
        ("10.10.10.0/24", "10.10.10.0/24"),
        ("0.0.0.0/0", "0.0.0.0"),
    ],
)
def test_classful_networks_drop_their_length(prefix: str, shown: str) -> None:
    assert render_prefix(IPv4Network(prefix)) == shown
