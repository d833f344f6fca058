"""FRR's JSON and logs, captured on the lab's R1 while the link to R3 was cut, become the engine's values."""

from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any

import pytest

from lab.engine import Event, Route
from lab.frr.events import EventParser
from lab.frr.local_view import LocalView, RouterPlace
from lab.frr.neighborhood import Neighborhood, Presence
from lab.frr.observe import parse_uptime, read_bfd_sessions, read_bgp_table, read_established, read_routes, with_reset
from lab.frr.reasons import RESETS, reset_reason
from lab.frr.resets import Reset, Resets
from lab.ios.store import BfdInterval, Bgp, BgpNeighbor, Interface, RouterConfig

CAPTURES = Path(__file__).with_name("frr_captures")
R3, R2 = IPv4Address("10.10.10.2"), IPv4Address("192.168.1.3")
STAMP = "2026/03/29 07:36:15.391000"
AT = 1774769775.391


def capture(name: str) -> Any:
    return json.loads((CAPTURES / f"{name}.json").read_text())


def r1() -> RouterConfig:
    config = RouterConfig("R1")
    for name, address in (("Ethernet0/0", "10.10.10.1/24"), ("Ethernet0/1", "192.168.1.2/24")):
        config.interfaces[name] = Interface(name, address=IPv4Interface(address), bfd=BfdInterval(100, 100, 3))
    config.bgp = Bgp(64512, keepalive_s=5, hold_s=15)
    config.bgp.neighbors[R3] = BgpNeighbor(R3, 64513, fall_over_bfd=True)
    config.bgp.neighbors[R2] = BgpNeighbor(R2, 64512, fall_over_bfd=True, keepalive_s=3, hold_s=9)
    return config


def test_bfd_sessions() -> None:
    sessions = read_bfd_sessions(capture("bfd_peers"), capture("bfd_counters"), r1())
    down, up = {session.neighbor: session for session in sessions}[R3], sessions[1]
    assert (down.state, down.remote_state, down.diagnostic) == ("Down", "Down", 2)
    assert (up.state, up.remote_state, up.interface, up.local) == (
        "Up",
        "Up",
        "Ethernet0/1",
        IPv4Address("192.168.1.2"),
    )
    assert (up.echo, up.echo_interval_ms, up.tx_interval_ms, up.multiplier) == (True, 100, 1000, 3)
    assert (up.remote_echo_interval_ms, up.remote_rx_interval_ms, up.state_for_s) == (100, 1000, 34.0)
    assert up.rx_packets > 0
    assert up.echo_rx_packets > 0


def test_a_session_whose_interface_bfdd_does_not_know_yet_is_placed_by_its_subnet() -> None:
    peer = {key: value for key, value in capture("bfd_peers")[0].items() if key != "interface"}
    assert [s.interface for s in read_bfd_sessions([peer], [], r1())] == ["Ethernet0/0"]
    assert read_bfd_sessions([{**peer, "peer": "8.8.8.8"}], [], r1()) == []


def test_the_bgp_table() -> None:
    config = r1()
    assert config.bgp is not None
    table = read_bgp_table(capture("bgp_table"), capture("bgp_summary"), capture("bgp_neighbors"), config.bgp)
    assert (table.router_id, table.local_as) == (IPv4Address("192.168.1.2"), 64512)
    down, up = table.neighbors
    assert (down.state, down.last_reset_reason) == ("Connect", None)
    assert (down.hold_time_s, down.configured_hold_time_s) == (0, 15)
    assert (up.state, up.hold_time_s, up.keepalive_s) == ("Established", 15, 5)
    assert (up.configured_hold_time_s, up.configured_keepalive_s) == (9, 3)
    assert (up.remote_router_id, up.last_reset_reason) == (R2, None)
    assert up.prefixes_received > 0
    path = next(path for path in table.paths if path.prefix == IPv4Network("192.168.2.0/24") and path.best)
    assert (path.next_hop, path.metric, path.local_preference, path.as_path) == (R2, 10, 100, "64513")
    assert (path.internal, path.origin, path.valid) == (True, "i", True)
    local = next(path for path in table.paths if path.prefix == IPv4Network("10.10.10.0/24") and path.best)
    assert (local.next_hop, local.weight, local.as_path, local.internal) == (IPv4Address(0), 32768, "", False)


def bgp_down(at: float, neighbor: IPv4Address, reason: str) -> Event:
    return Event(at, "bgp_down", {"neighbor": str(neighbor), "reason": reason})


def test_the_last_reset_is_the_one_that_was_logged() -> None:
    """Not FRR's, which is of its last connection: "Waiting for peer OPEN" after a collision."""
    config, resets = r1(), Resets()
    assert config.bgp is not None
    resets.note(bgp_down(AT - 60, R3, "BFD adjacency down"))
    resets.note(bgp_down(AT - 5, R3, "User reset"))
    resets.note(Event(AT - 4, "bgp_up", {"neighbor": str(R3)}))
    shown = capture("bgp_neighbors")
    shown[str(R3)].update(lastResetDueTo="Waiting for peer OPEN", connectionsDropped=0, lastResetTimerMsecs=1000)
    table = read_bgp_table(capture("bgp_table"), capture("bgp_summary"), shown, config.bgp)
    down, up = (with_reset(neighbor, resets.of(neighbor.address), AT) for neighbor in table.neighbors)
    assert (down.last_reset_reason, down.last_reset_for_s) == ("User reset", pytest.approx(5))
    assert (up.last_reset_reason, up.last_reset_for_s) == (None, None)


def test_with_a_neighbor_goes_the_memory_of_its_resets() -> None:
    resets = Resets()
    resets.note(bgp_down(1.0, R3, "User reset"))
    resets.note(bgp_down(1.0, R2, "User reset"))
    resets.keep([R3])
    assert (resets.of(R3), resets.of(R2)) == (Reset(1.0, "User reset"), None)
    resets.note(bgp_down(2.0, R3, "Neighbor deleted"))
    assert resets.of(R3) is None


@pytest.mark.parametrize(
    "said", ["Waiting for NHT", "Waiting for peer OPEN", "Socket Error", "words of a later FRR", ""]
)
def test_words_of_frr_do_not_reach_the_user(said: str) -> None:
    assert reset_reason(said, None) in ("Interface flap", "Peer closed the session")


def test_every_reason_of_bgpd_is_mapped() -> None:
    bgpd = Path("/usr/lib/frr/bgpd")
    if not bgpd.exists():
        pytest.skip("no FRR here")
    image = bgpd.read_bytes()
    start = image.index(b"\0Cluster ID changed\0")
    words = image[start : image.index(b"\0BGP_Start\0", start)].decode().strip("\0").split("\0")
    assert len(words) > 20
    assert set(words) <= set(RESETS)


def test_a_neighbor_that_is_shut_down_or_unknown_to_frr() -> None:
    config = r1()
    assert config.bgp is not None
    config.bgp.neighbors[R3].shutdown = True
    table = read_bgp_table({}, {}, {}, config.bgp)
    assert [neighbor.state for neighbor in table.neighbors] == ["Idle (Admin)", "Idle"]
    assert (table.router_id, table.neighbors[1].state_for_s) == (None, None)


def test_established_neighbors() -> None:
    assert read_established(capture("bgp_neighbors")) == {R2}
    assert read_established({"warning": "Default BGP instance not found"}) == frozenset()


def test_routes_have_local_ones_and_no_virtual_addresses() -> None:
    routes = read_routes(capture("routes"), r1())
    seen = {(str(route.prefix), route.protocol, route.interface) for route in routes}
    assert ("10.10.10.1/32", "local", "Ethernet0/0") in seen
    assert ("192.168.1.0/24", "connected", "Ethernet0/1") in seen
    assert not [route for route in routes if str(route.prefix) == "192.168.1.1/32"]
    bgp = next(route for route in routes if str(route.prefix) == "192.168.2.0/24")
    expected = Route(bgp.prefix, "bgp", 200, 10, R2, "Ethernet0/1", bgp.age_s, bgp_internal=True)
    assert bgp == expected


@pytest.mark.parametrize(
    ("text", "seconds"), [("00:01:02", 62), ("1d02h03m", 93780), ("01w2d03h", 788400), ("00:00:00", 0)]
)
def test_uptimes(text: str, seconds: float) -> None:
    assert parse_uptime(text) == seconds


@pytest.mark.parametrize(
    ("lines", "events"),
    [
        (
            ["BGP: [N9HHH-F8H1M] %ADJCHANGE: neighbor 10.10.10.2(R3) in vrf default Up"],
            [("bgp_up", {"neighbor": "10.10.10.2"})],
        ),
        (
            [
                "BGP: [HZN6M-XRM1G] %NOTIFICATION: sent to neighbor 10.10.10.2 6/10 (Cease/BFD Down) 0 bytes ",
                "BGP: [PXVXG-TFNNT] %ADJCHANGE: neighbor 10.10.10.2(R3) in vrf default Down BGP Notification send",
            ],
            [("bgp_down", {"neighbor": "10.10.10.2", "reason": "BFD adjacency down"})],
        ),
        (
            [
                "BGP: [HZN6M-XRM1G] %NOTIFICATION: sent to neighbor 10.10.10.2 4/0 (Hold Timer Expired) 0 bytes ",
                "BGP: [PXVXG-TFNNT] %ADJCHANGE: neighbor 10.10.10.2(R3) in vrf default Down BGP Notification send",
            ],
            [
                ("bgp_notification_sent", {"neighbor": "10.10.10.2", "code": "4", "subcode": "0"}),
                ("bgp_down", {"neighbor": "10.10.10.2", "reason": "BGP Notification sent"}),
            ],
        ),
        (
            [
                "BGP: [H] %NOTIFICATION(Hard Reset): received from neighbor 10.10.10.2 6/4 (Cease/Reset) 0 bytes",
                "BGP: [P] %ADJCHANGE: neighbor 10.10.10.2(R3) in vrf default Down BGP Notification received",
            ],
            [
                ("bgp_notification_received", {"neighbor": "10.10.10.2", "code": "6", "subcode": "4"}),
                ("bgp_down", {"neighbor": "10.10.10.2", "reason": "BGP Notification received"}),
            ],
        ),
        (
            ["BGP: [H] %NOTIFICATION: sent to neighbor 10.10.10.2 6/7 (Cease/Connection Collision) 0 bytes"],
            [],
        ),
        (
            ["BGP: [P] %ADJCHANGE: neighbor 10.10.10.2(Unknown) in vrf default Down Interface down"],
            [("bgp_down", {"neighbor": "10.10.10.2", "reason": "Interface flap"})],
        ),
        (
            [
                "BFD: [S] state-change: [mhop:no peer:10.10.10.2 local:10.10.10.1 vrf:default ifname:e0]"
                " up -> down reason:echo-failed"
            ],
            [
                (
                    "bfd_down",
                    {"neighbor": "10.10.10.2", "interface": "Ethernet0/0", "reason": "echo function failed"},
                )
            ],
        ),
        (
            ["BFD: [J] state-change: [mhop:no peer:10.10.10.2 local:10.10.10.1 vrf:default ifname:e0] init -> up"],
            [("bfd_up", {"neighbor": "10.10.10.2", "interface": "Ethernet0/0"})],
        ),
        (["BFD: [J] state-change: [mhop:no peer:10.10.10.2 local:x vrf:default ifname:e0] down -> init"], []),
        (["BGP: [YZN21-6KS42][EC 33554465] 10.10.10.2 [FSM] Ignoring event BGP_Start in state Connect"], []),
    ],
)
def test_log_lines_become_events(lines: list[str], events: list[tuple[str, dict[str, str]]]) -> None:
    parser = EventParser()
    seen = [parser.parse(f"{STAMP} {line}") for line in lines]
    assert [(event.kind, event.fields) for event in seen if event is not None] == events
    assert all(event.at == pytest.approx(AT) for event in seen if event is not None)


def test_a_line_without_fractions_of_a_second_is_not_ours() -> None:
    assert EventParser().parse("2026/03/29 07:36:15 BGP: %ADJCHANGE: neighbor 1.2.3.4 in vrf default Up") is None


def test_both_ends_show_the_same_small_discriminators() -> None:
    lab = Neighborhood()
    r1_view = LocalView(RouterPlace("R1", {"Ethernet0/0": "n13", "Ethernet0/1": "lan1"}, Path()), lab)
    lab.announce("R3", {"n13": Presence(R3, True)})
    lab.announce("R2", {"lan1": Presence(R2, True)})
    down, up = read_bfd_sessions(capture("bfd_peers"), [], r1())
    assert lab.local_discriminator("R2", 99) == 1  # an older session of R2
    shown = r1_view.as_on_ios(up, r1())
    assert (shown.local_discriminator, shown.remote_discriminator) == (1, 2)
    assert (r1_view.as_on_ios(down, r1()).remote_discriminator, shown.clients) == (0, ("BGP",))
    assert r1_view.number("Ethernet0/1", R2) == 1
    assert lab.local_discriminator("R2", up.remote_discriminator) == 2


def test_a_session_of_bgp_alone_exists_while_bgp_is_established() -> None:
    view = LocalView(RouterPlace("R1", {"Ethernet0/0": "n13"}, Path()), Neighborhood())
    session = view.as_on_ios(read_bfd_sessions(capture("bfd_peers"), [], r1())[0], r1())
    assert not view.exists_on_ios(session)
    view.established = frozenset({R3})
    assert view.exists_on_ios(session)
    view.established, view.hsrp_peers = frozenset(), frozenset({("Ethernet0/0", R3)})
    assert view.exists_on_ios(view.as_on_ios(session, r1()))


def test_neighbors_learn_who_reflects_echo_and_who_ends_a_session_on_purpose() -> None:
    lab, called = Neighborhood(), []
    view = LocalView(RouterPlace("R1", {"Ethernet0/0": "n13"}, Path()), lab)
    lab.join("R3", lambda: called.append("R3"))
    lab.announce("R3", {"n13": Presence(R3, False)})
    view.established = frozenset({R3})
    around = view.move(r1(), r1(), now=0.0)
    assert around.met == around.without_echo == {("Ethernet0/0", R3)}
    assert called == ["R3"]
    after = r1()
    assert after.bgp is not None
    after.bgp.neighbors[R3].fall_over_bfd = False
    view.move(r1(), after, now=10.0)
    assert lab.has_withdrawn("n13", IPv4Address("10.10.10.1"), 11.0)
    assert not lab.has_withdrawn("n13", IPv4Address("10.10.10.1"), 13.0)


def test_a_neighbor_is_met_anew_where_it_or_the_address_towards_it_changes() -> None:
    view = LocalView(RouterPlace("R1", {"Ethernet0/0": "n13"}, Path()), Neighborhood())
    view.established = frozenset({R3})
    assert view.move(r1(), r1(), now=0.0).met == {("Ethernet0/0", R3)}
    view.established = frozenset()
    assert view.move(r1(), r1(), now=0.0).met == {("Ethernet0/0", R3)}  # a session outlives a reset
    moved = r1()
    moved.interfaces["Ethernet0/0"].address = IPv4Interface("10.10.10.9/24")
    assert view.move(r1(), moved, now=0.0).met == frozenset()


def test_the_router_id_stays_until_it_is_forgotten() -> None:
    view = LocalView(RouterPlace("R1", {"Ethernet0/0": "n13"}, Path()), Neighborhood())
    first, loopback = IPv4Address("192.168.1.2"), IPv4Address("1.1.1.1")
    after = r1()
    assert view.move(r1(), after, now=0.0).router_id == first
    after.interfaces["Loopback0"] = Interface("Loopback0", address=IPv4Interface("1.1.1.1/32"))
    after.interfaces["Ethernet0/1"].shutdown = True
    assert view.move(r1(), after, now=0.0).router_id == first
    view.forget_router_id()
    assert view.move(after, after, now=0.0).router_id == loopback
