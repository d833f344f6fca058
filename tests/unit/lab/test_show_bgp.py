"""`show ip bgp …` of the lab: whole texts as files, and each live value traced to its place."""

from __future__ import annotations

from dataclasses import fields, replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import pytest

from lab.engine import BfdSession, BgpNeighborState, BgpPath, BgpTable
from lab.ios.show_bgp import render_bgp_neighbors, render_bgp_summary, render_bgp_table
from lab.ios.store import Bgp, BgpNeighbor, RouterConfig

SHOWS = Path(__file__).parent / "shows"
R3, R2 = IPv4Address("10.10.10.2"), IPv4Address("192.168.1.3")

LOCAL = BgpPath(
    prefix=IPv4Network("10.10.10.0/24"),
    next_hop=IPv4Address("0.0.0.0"),
    metric=0,
    local_preference=None,
    weight=32768,
    as_path="",
    origin="i",
    valid=True,
    best=True,
    internal=False,
)
EXTERNAL = replace(LOCAL, prefix=IPv4Network("192.168.2.0/24"), next_hop=R3, weight=0, as_path="64513")
INTERNAL = replace(EXTERNAL, next_hop=R2, metric=10, local_preference=100, best=False, internal=True)
PATHS = (
    EXTERNAL,
    INTERNAL,
    LOCAL,
    replace(EXTERNAL, prefix=IPv4Network("10.104.128.208/29"), metric=4000000000, as_path="64513 65000", origin="?"),
    replace(INTERNAL, prefix=IPv4Network("10.104.128.208/29"), valid=False),
    replace(EXTERNAL, prefix=IPv4Network("172.16.0.0/16"), metric=None, origin="e"),
    replace(EXTERNAL, prefix=IPv4Network("192.168.2.128/25")),
    replace(EXTERNAL, prefix=IPv4Network("0.0.0.0/0")),
)

UP = BgpNeighborState(
    address=R3,
    remote_as=64513,
    local_as=64512,
    state="Established",
    remote_router_id=IPv4Address("192.168.2.2"),
    state_for_s=79443.0,
    hold_time_s=15,
    keepalive_s=5,
    configured_hold_time_s=15,
    configured_keepalive_s=5,
    messages_received=1001,
    messages_sent=1002,
    opens_sent=1,
    opens_received=2,
    notifications_sent=3,
    notifications_received=4,
    updates_sent=5,
    updates_received=6,
    keepalives_sent=992,
    keepalives_received=988,
    refreshes_sent=7,
    refreshes_received=8,
    prefixes_received=2,
    prefixes_sent=3,
    connections_established=2,
    connections_dropped=1,
    last_reset_for_s=79500.0,
    last_reset_reason="BFD adjacency down",
    local_address=IPv4Address("10.10.10.1"),
    local_port=179,
    remote_port=41000,
    last_read_s=2.4,
    last_write_s=1.0,
)
LOST = BgpNeighborState(
    address=R2,
    remote_as=64512,
    local_as=64512,
    state="Active",
    state_for_s=75.0,
    messages_received=20,
    messages_sent=21,
    connections_established=1,
    connections_dropped=1,
    last_reset_for_s=75.0,
    last_reset_reason="Peer closed the session",
)
SHUT = BgpNeighborState(IPv4Address("10.10.20.2"), 4200000000, 64512, "Idle (Admin)")
NEVER = BgpNeighborState(IPv4Address("10.10.9.2"), 64514, 64512, "Idle")
TABLE = BgpTable(IPv4Address("192.168.1.2"), 64512, 17, PATHS, (LOST, SHUT, UP, NEVER))


def config(**of_r3: Any) -> RouterConfig:
    """Return R1's configuration; the arguments change its neighbor R3."""
    r3 = BgpNeighbor(R3, 64513, **{"description": "to R3", "fall_over_bfd": True, **of_r3})
    r2 = BgpNeighbor(R2, 64512, fall_over_bfd=True, next_hop_self=True)
    return RouterConfig("R1", bgp=Bgp(64512, keepalive_s=5, hold_s=15, neighbors={R3: r3, R2: r2}))


def session(neighbor: IPv4Address, state: str) -> BfdSession:
    local = IPv4Address("10.10.10.1")
    return BfdSession(neighbor, local, "Ethernet0/0", 1, 1, state, "Up", True, 1000, 1000, 100, 3, 1000, 1000, 100, 3)


def neighbors(state: BgpNeighborState, bfd: str = "Up", **of_r3: Any) -> str:
    return render_bgp_neighbors(config(**of_r3), replace(TABLE, neighbors=(state,)), [session(R3, bfd)])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("bgp_table", render_bgp_table(TABLE)),
        ("bgp_summary", render_bgp_summary(TABLE)),
        ("bgp_summary_no_neighbors", render_bgp_summary(replace(TABLE, neighbors=(), router_id=None))),
        ("bgp_neighbors", render_bgp_neighbors(config(route_map_out="ATTACH_MED"), TABLE, [session(R3, "Up")])),
        ("bgp_neighbors_one", render_bgp_neighbors(config(), TABLE, [], R3)),
    ],
)
def test_text(name: str, text: str) -> None:
    assert text + "\n" == (SHOWS / f"{name}.txt").read_text()


def test_without_a_process() -> None:
    bare = RouterConfig("R1")
    texts = {render_bgp_table(None), render_bgp_summary(None), render_bgp_neighbors(bare, None, [])}
    assert texts == {"% BGP not active"}


def test_nothing_to_show() -> None:
    empty = BgpTable(None, 64512, 1)
    assert render_bgp_table(empty) == ""
    assert render_bgp_neighbors(config(), empty, []) == ""


def test_unknown_neighbor() -> None:
    text = render_bgp_neighbors(config(), TABLE, [], IPv4Address("10.1.1.1"))
    assert text == "% No such neighbor or address family"


PATH_FIELDS: dict[str, tuple[Any, str]] = {
    "prefix": (IPv4Network("10.10.10.128/25"), " *>  10.10.10.128/25  0.0.0.0 "),
    "next_hop": (IPv4Address("10.9.9.9"), "10.10.10.0/24    10.9.9.9  "),
    "metric": (77, "0.0.0.0                 77         32768 i"),
    "local_preference": (200, "0    200  32768 i"),
    "weight": (5, "0             5 i"),
    "as_path": ("64513 64512", "32768 64513 64512 i"),
    "origin": ("?", "32768 ?"),
    "valid": (False, "  >  10.10.10.0/24"),
    "best": (False, " *   10.10.10.0/24"),
    "internal": (True, " *>i 10.10.10.0/24"),
}


def test_every_path_field_is_shown() -> None:
    assert {field.name for field in fields(BgpPath)} == set(PATH_FIELDS)


@pytest.mark.parametrize("name", PATH_FIELDS)
def test_path_field_changes_the_table(name: str) -> None:
    value, snippet = PATH_FIELDS[name]
    assert snippet not in render_bgp_table(replace(TABLE, paths=(LOCAL,)))
    assert snippet in render_bgp_table(replace(TABLE, paths=(replace(LOCAL, **{name: value}),)))


@pytest.mark.parametrize(
    ("field", "value", "line"),
    [
        ("router_id", IPv4Address("1.2.3.4"), "BGP router identifier 1.2.3.4, local AS number 64512"),
        ("local_as", 65000, "BGP router identifier 192.168.1.2, local AS number 65000"),
        ("version", 99, "BGP table version is 99, main routing table version 99"),
    ],
)
def test_summary_header_is_live(field: str, value: Any, line: str) -> None:
    assert line in render_bgp_summary(replace(TABLE, **{field: value})).splitlines()


@pytest.mark.parametrize(
    ("changed", "row"),
    [
        (UP, "10.10.10.2      4        64513    1001    1002       17    0    0 22:04:03        2"),
        (replace(UP, in_queue=3, out_queue=4), "10.10.10.2      4        64513    1001    1002       17    3    4 2"),
        (
            replace(UP, state_for_s=26 * 3600),
            "10.10.10.2      4        64513    1001    1002       17    0    0 1d02h ",
        ),
        (replace(UP, prefixes_received=558720), "1002       17    0    0 22:04:03   558720"),
        (LOST, "192.168.1.3     4        64512      20      21        1    0    0 00:01:15 Active"),
        (SHUT, "10.10.20.2      4   4200000000       0       0        1    0    0 never    Idle (Admin)"),
    ],
)
def test_summary_row(changed: BgpNeighborState, row: str) -> None:
    assert row in render_bgp_summary(replace(TABLE, neighbors=(changed,)))


NEIGHBOR_FIELDS: dict[str, tuple[Any, str]] = {
    "address": (IPv4Address("10.9.9.9"), "BGP neighbor is 10.9.9.9,"),
    "remote_as": (65001, "remote AS 65001, external link"),
    "local_as": (64513, "internal link"),
    "state": ("OpenConfirm", "BGP state = OpenConfirm, down for 22:04:03"),
    "remote_router_id": (IPv4Address("9.9.9.9"), "remote router ID 9.9.9.9"),
    "state_for_s": (9.0, "up for 00:00:09"),
    "hold_time_s": (12, "hold time is 12, keepalive interval is 5 seconds"),
    "keepalive_s": (4, "hold time is 15, keepalive interval is 4 seconds"),
    "configured_hold_time_s": (30, "Configured hold time is 30, keepalive interval is 5 seconds"),
    "configured_keepalive_s": (10, "Configured hold time is 15, keepalive interval is 10 seconds"),
    "messages_received": (5001, "Total:               1002       5001"),
    "messages_sent": (5002, "Total:               5002       1001"),
    "opens_sent": (11, "Opens:                 11          2"),
    "opens_received": (12, "Opens:                  1         12"),
    "notifications_sent": (13, "Notifications:         13          4"),
    "notifications_received": (14, "Notifications:          3         14"),
    "updates_sent": (15, "Updates:               15          6"),
    "updates_received": (16, "Updates:                5         16"),
    "keepalives_sent": (17, "Keepalives:            17        988"),
    "keepalives_received": (18, "Keepalives:           992         18"),
    "refreshes_sent": (19, "Route Refresh:         19          8"),
    "refreshes_received": (20, "Route Refresh:          7         20"),
    "in_queue": (21, "InQ depth is 21"),
    "out_queue": (22, "OutQ depth is 22"),
    "prefixes_received": (23, "Prefixes Current:               3         23"),
    "prefixes_sent": (24, "Prefixes Current:              24          2"),
    "connections_established": (25, "Connections established 25; dropped 1"),
    "connections_dropped": (26, "Connections established 2; dropped 26"),
    "last_reset_for_s": (None, "Last reset never"),
    "last_reset_reason": ("Admin. shutdown", ", due to Admin. shutdown"),
    "local_address": (IPv4Address("10.10.10.7"), "Local host: 10.10.10.7, Local port: 179"),
    "local_port": (40000, "Local host: 10.10.10.1, Local port: 40000"),
    "remote_port": (179, "Foreign host: 10.10.10.2, Foreign port: 179"),
    "last_read_s": (14.0, "Last read 00:00:14, last write 00:00:01"),
    "last_write_s": (3.0, "Last read 00:00:02, last write 00:00:03"),
}


def test_every_neighbor_field_is_shown() -> None:
    assert {field.name for field in fields(BgpNeighborState)} == set(NEIGHBOR_FIELDS)


@pytest.mark.parametrize("name", NEIGHBOR_FIELDS)
def test_neighbor_field_changes_the_text(name: str) -> None:
    value, snippet = NEIGHBOR_FIELDS[name]
    assert snippet not in neighbors(UP)
    assert snippet in neighbors(replace(UP, **{name: value}))


def test_timers_as_captured() -> None:
    lines = [line.strip() for line in neighbors(UP).splitlines() if "hold time" in line]
    assert lines == [
        "Last read 00:00:02, last write 00:00:01, hold time is 15, keepalive interval is 5 seconds",
        "Configured hold time is 15, keepalive interval is 5 seconds",
    ]
    lost = replace(UP, state="Active", hold_time_s=0, keepalive_s=0)
    assert [line for line in neighbors(lost).splitlines() if "hold time" in line] == [f"  {lines[1]}"]


def test_default_timers_are_not_listed_as_configured() -> None:
    assert "Configured" not in neighbors(replace(UP, configured_hold_time_s=180, configured_keepalive_s=60))


@pytest.mark.parametrize("bfd", ["Up", "Down", "AdminDown"])
def test_bfd_line_follows_the_session(bfd: str) -> None:
    word = "Up" if bfd == "Up" else "Down"
    assert (
        "\n Fall over configured for session\n"
        f" BFD is configured. BFD peer is {word}. Using BFD to detect fast fallover (single-hop).\n"
    ) in neighbors(UP, bfd)


def test_bfd_line_without_a_session_of_this_neighbor() -> None:
    table = replace(TABLE, neighbors=(UP,))
    assert "BFD peer is Down." in render_bgp_neighbors(config(), table, [session(R2, "Up")])


def test_no_bfd_line_without_fall_over() -> None:
    assert "BFD is" not in neighbors(UP, fall_over_bfd=False)


@pytest.mark.parametrize(
    ("of_r3", "line"),
    [
        ({"description": "core"}, " Description: core"),
        ({"next_hop_self": True}, "  NEXT_HOP is always this router for eBGP paths"),
        ({"route_map_in": "A"}, "  Route map for incoming advertisements is A"),
        ({"route_map_in": "A"}, "  Inbound path policy configured"),
        ({"route_map_out": "B"}, "  Route map for outgoing advertisements is B"),
        ({"route_map_out": "B"}, "  Outbound path policy configured"),
    ],
)
def test_configured_lines(of_r3: dict[str, Any], line: str) -> None:
    assert line not in neighbors(UP).splitlines()
    assert line in neighbors(UP, **of_r3).splitlines()


def test_log_neighbor_changes_line() -> None:
    silent = config()
    assert silent.bgp is not None
    silent.bgp.log_neighbor_changes = False
    assert "Do log neighbor state changes" in render_bgp_neighbors(config(), TABLE, [], R3)
    assert "Do log neighbor state changes" not in render_bgp_neighbors(silent, TABLE, [], R3)


def test_neighbor_table_version() -> None:
    text = render_bgp_neighbors(config(), replace(TABLE, version=99), [])
    assert "  BGP table version 99, neighbor version 99/0" in text.splitlines()
    assert text.splitlines().count("  BGP table version 99, neighbor version 1/99") == 3
