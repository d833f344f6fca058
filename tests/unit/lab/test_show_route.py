"""`show ip route` of the lab: whole texts as files, and each live value traced to its place."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import pytest

from lab.engine import Route
from lab.ios.show_route import CODES, render_routes

SHOWS = Path(__file__).parent / "shows"


def connected(prefix: str, own: str, interface: str) -> list[Route]:
    link = Route(IPv4Network(prefix), "connected", 0, 0, None, interface)
    return [link, replace(link, prefix=IPv4Network(own), protocol="local")]


def bgp(prefix: str, next_hop: str, distance: int = 20, metric: int = 0, age_s: float = 79443) -> Route:
    internal = distance == 200
    return Route(IPv4Network(prefix), "bgp", distance, metric, IPv4Address(next_hop), "Ethernet0/0", age_s, internal)


SEED_R1 = [
    bgp("192.168.2.0/24", "10.10.10.2"),
    bgp("10.10.20.0/24", "192.168.1.3", 200),
    *connected("10.10.10.0/24", "10.10.10.1/32", "Ethernet0/0"),
    *connected("192.168.1.0/24", "192.168.1.2/32", "Ethernet0/1"),
]
MANY = [
    *SEED_R1,
    Route(IPv4Network("0.0.0.0/0"), "static", 1, 0, IPv4Address("10.10.10.9"), "Ethernet0/0"),
    bgp("172.16.1.0/24", "10.10.10.2", metric=10),
    bgp("172.16.1.0/24", "10.10.10.3", metric=10),
    bgp("172.16.2.0/24", "10.10.10.2", age_s=8 * 86400),
    bgp("172.16.0.0/12", "10.10.10.2", age_s=30 * 3600),
    *connected("1.1.1.1/32", "1.1.1.1/32", "Loopback0")[:1],
    Route(IPv4Network("9.0.0.0/8"), "static", 1, 0, None, "Null0"),
]


@pytest.mark.parametrize(
    ("name", "routes", "protocol"),
    [
        ("route_all", MANY, None),
        ("route_bgp", SEED_R1, "bgp"),
        ("route_connected", SEED_R1, "connected"),
        ("route_empty", [], None),
    ],
)
def test_text(name: str, routes: list[Route], protocol: str | None) -> None:
    assert render_routes(routes, protocol) + "\n" == (SHOWS / f"{name}.txt").read_text()


def test_bgp_routes_as_captured_on_r1() -> None:
    text = render_routes(SEED_R1, "bgp").removeprefix(CODES)
    assert [re.sub(r" +", " ", line).strip() for line in text.splitlines() if line] == [
        "Gateway of last resort is not set",
        "10.0.0.0/8 is variably subnetted, 3 subnets, 2 masks",
        "B 10.10.20.0/24 [200/0] via 192.168.1.3, 22:04:03",
        "B 192.168.2.0/24 [20/0] via 10.10.10.2, 22:04:03",
    ]


BASE = bgp("10.10.20.0/24", "192.168.1.3", 200)
SHOWN: dict[str, tuple[Any, str]] = {
    "prefix": (IPv4Network("10.10.21.0/24"), "10.10.21.0 [200/0]"),
    "protocol": ("static", "S        10.10.20.0 [200/0] via 192.168.1.3"),
    "distance": (20, "[20/0]"),
    "metric": (10, "[200/10]"),
    "next_hop": (None, "10.10.20.0 is directly connected, Ethernet0/0"),
    "age_s": (3.0, "via 192.168.1.3, 00:00:03"),
}
# IOS names the interface of directly connected routes only, and tells internal ones by their distance.
NOT_SHOWN = {"interface", "bgp_internal"}


def test_every_field_is_decided_on() -> None:
    assert {field.name for field in fields(Route)} == set(SHOWN) | NOT_SHOWN


@pytest.mark.parametrize("name", SHOWN)
def test_field_changes_the_text(name: str) -> None:
    value, snippet = SHOWN[name]
    assert snippet not in render_routes([BASE])
    assert snippet in render_routes([replace(BASE, **{name: value})])


def test_interface_of_a_connected_route() -> None:
    text = render_routes(connected("10.1.1.0/24", "10.1.1.1/32", "Ethernet0/3"))
    assert "C        10.1.1.0/24 is directly connected, Ethernet0/3" in text.splitlines()
    assert "L        10.1.1.1/32 is directly connected, Ethernet0/3" in text.splitlines()


def test_one_mask_leaves_the_length_to_the_heading() -> None:
    lines = render_routes([BASE, bgp("10.10.30.0/24", "192.168.1.3")]).splitlines()
    assert lines[-3:] == [
        "      10.0.0.0/24 is subnetted, 2 subnets",
        "B        10.10.20.0 [200/0] via 192.168.1.3, 22:04:03",
        "B        10.10.30.0 [20/0] via 192.168.1.3, 22:04:03",
    ]
