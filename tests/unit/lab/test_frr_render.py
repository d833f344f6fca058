"""What FRR must hold for a configuration, and the commands that lead from one to the next."""

from __future__ import annotations

import copy
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

import pytest

from lab.frr.policy import PolicyStep, compile_policy
from lab.frr.render import Surroundings, bfd_interface, choose_router_id, render_bfdd, render_bgpd
from lab.frr.section import EMPTY, plan_additions, plan_removals
from lab.ios.store import (
    AccessList,
    AccessListEntry,
    BfdInterval,
    Bgp,
    BgpNeighbor,
    BgpNetwork,
    Interface,
    RouteMap,
    RouteMapEntry,
    RouterConfig,
)

ACROSS, TWIN = IPv4Address("10.10.20.2"), IPv4Address("192.168.1.2")
LAN = IPv4Network("192.168.1.0/24")
ROUTER_ID = IPv4Address("192.168.1.3")
MET = frozenset({("Ethernet0/0", ACROSS), ("Ethernet0/1", TWIN)})
AROUND = Surroundings(ROUTER_ID, MET)


def r2() -> RouterConfig:
    """Return the seed's R2: the router with BFD, BGP and the route-map that sets the metric."""
    config = RouterConfig("R2", bfd_slow_timer_ms=1000)
    for name, address in (("Ethernet0/0", "10.10.20.1/24"), ("Ethernet0/1", "192.168.1.3/24")):
        config.interfaces[name] = Interface(name, address=IPv4Interface(address), bfd=BfdInterval(100, 150, 3))
    source = AccessListEntry(10, "permit", IPv4Address("192.168.1.0"), IPv4Address("0.0.0.255"))
    config.access_lists["BGP_MED"] = AccessList("BGP_MED", {10: source})
    entries = {10: RouteMapEntry(10, "permit", ["BGP_MED"], 10), 20: RouteMapEntry(20, "permit")}
    config.route_maps["ATTACH_MED"] = RouteMap("ATTACH_MED", entries)
    config.bgp = Bgp(64512, keepalive_s=5, hold_s=15)
    for prefix in (IPv4Network("10.10.20.0/24"), LAN):
        config.bgp.networks[prefix] = BgpNetwork(prefix)
    config.bgp.neighbors[ACROSS] = BgpNeighbor(ACROSS, 64513, fall_over_bfd=True, route_map_out="ATTACH_MED")
    config.bgp.neighbors[TWIN] = BgpNeighbor(TWIN, 64512, fall_over_bfd=True, next_hop_self=True)
    return config


def bgp_of(config: RouterConfig) -> Bgp:
    assert config.bgp is not None
    return config.bgp


def change(edit: Callable[[RouterConfig], object], before: RouterConfig | None = None) -> tuple[list[str], list[str]]:
    """Return bgpd's removals and additions for an edit of R2."""
    have = before or r2()
    want = copy.deepcopy(have)
    edit(want)
    old, new = render_bgpd(have, AROUND), render_bgpd(want, AROUND)
    return plan_removals(old, new), plan_additions(old, new)


def in_bgp(*lines: str) -> list[str]:
    return ["router bgp 64512", *lines, "exit"]


def in_family(*lines: str) -> list[str]:
    return in_bgp("address-family ipv4 unicast", *lines, "exit")


def test_bgpd_of_the_seeds_r2() -> None:
    assert plan_additions(EMPTY, render_bgpd(r2(), AROUND)) == [
        "bgp route-map delay-timer 0",
        "access-list BGP_MED seq 10 permit 192.168.1.0 0.0.0.255",
        "route-map neighbor-10.10.20.2-in permit 65535",
        "exit",
        "route-map neighbor-10.10.20.2-out permit 1",
        "match ip address BGP_MED",
        "set metric 10",
        "exit",
        "route-map neighbor-10.10.20.2-out permit 2",
        "exit",
        "route-map neighbor-10.10.20.2-out deny 65535",
        "exit",
        "route-map neighbor-192.168.1.2-in permit 65535",
        "exit",
        "route-map neighbor-192.168.1.2-out permit 65535",
        "exit",
        "router bgp 64512",
        "no bgp ebgp-requires-policy",
        "no bgp hard-administrative-reset",
        "bgp graceful-restart-disable",
        "bgp network import-check",
        "bgp log-neighbor-changes",
        "bgp router-id 192.168.1.3",
        "timers bgp 5 15",
        "neighbor 10.10.20.2 remote-as 64513",
        "neighbor 10.10.20.2 timers connect 1",
        "neighbor 10.10.20.2 bfd profile e0-echo",
        "neighbor 192.168.1.2 remote-as 64512",
        "neighbor 192.168.1.2 passive",
        "neighbor 192.168.1.2 timers connect 1",
        "neighbor 192.168.1.2 bfd profile e1-echo",
        "address-family ipv4 unicast",
        "network 10.10.20.0/24",
        "network 192.168.1.0/24",
        "no neighbor 10.10.20.2 send-community all",
        "neighbor 10.10.20.2 soft-reconfiguration inbound",
        "neighbor 10.10.20.2 route-map neighbor-10.10.20.2-in in",
        "neighbor 10.10.20.2 route-map neighbor-10.10.20.2-out out",
        "no neighbor 192.168.1.2 send-community all",
        "neighbor 192.168.1.2 soft-reconfiguration inbound",
        "neighbor 192.168.1.2 route-map neighbor-192.168.1.2-in in",
        "neighbor 192.168.1.2 route-map neighbor-192.168.1.2-out out",
        "neighbor 192.168.1.2 next-hop-self",
        "exit",
        "exit",
    ]


def test_bfdd_of_the_seeds_r2_runs_echo_beside_the_slow_timer() -> None:
    config = r2()
    del config.interfaces["Ethernet0/1"]
    assert plan_additions(EMPTY, render_bfdd(config, AROUND)) == [
        "bfd",
        "profile e0",
        "transmit-interval 100",
        "receive-interval 150",
        "detect-multiplier 3",
        "echo receive-interval 150",
        "exit",
        "profile e0-echo",
        "transmit-interval 1000",
        "receive-interval 1000",
        "detect-multiplier 3",
        "echo receive-interval 150",
        "echo transmit-interval 100",
        "echo-mode",
        "exit",
        "exit",
    ]


def test_without_echo_there_is_one_profile_and_nothing_is_reflected() -> None:
    config = r2()
    config.interfaces["Ethernet0/0"].bfd_echo = False
    commands = plan_additions(EMPTY, render_bfdd(config, AROUND))
    assert "profile e0-echo" not in commands
    assert commands[commands.index("profile e0") + 4] == "echo receive-interval disabled"


def test_a_peer_that_reflects_nothing_is_watched_asynchronously() -> None:
    around = Surroundings(ROUTER_ID, MET, without_echo=frozenset({("Ethernet0/0", ACROSS)}))
    have, want = render_bgpd(r2(), AROUND), render_bgpd(r2(), around)
    assert plan_removals(have, want) == []
    assert plan_additions(have, want) == in_bgp("neighbor 10.10.20.2 bfd profile e0")


def test_hsrp_peers_get_a_session_where_the_interface_has_bfd() -> None:
    peers = frozenset({("Ethernet0/1", TWIN), ("Ethernet0/2", TWIN)})
    have, want = render_bfdd(r2(), AROUND), render_bfdd(r2(), Surroundings(ROUTER_ID, MET, hsrp_peers=peers))
    peer = "peer 192.168.1.2 interface e1"
    assert plan_additions(have, want) == ["bfd", peer, "profile e1-echo", "exit", "exit"]
    assert plan_removals(want, have) == ["bfd", f"no {peer}", "exit"]


def test_a_session_waits_until_the_neighbor_was_met_once() -> None:
    commands = plan_additions(EMPTY, render_bgpd(r2(), Surroundings(ROUTER_ID)))
    assert not [command for command in commands if " bfd profile " in command]


def test_fall_over_alone_makes_no_session() -> None:
    config = r2()
    config.interfaces["Ethernet0/0"].bfd = None
    assert bfd_interface(config, bgp_of(config).neighbors[ACROSS]) is None
    assert bfd_interface(config, bgp_of(config).neighbors[TWIN]) is config.interfaces["Ethernet0/1"]


@pytest.mark.parametrize(
    ("edit", "removals", "additions"),
    [
        (lambda c: None, [], []),
        (lambda c: setattr(c.bgp, "hold_s", 30), [], in_bgp("timers bgp 5 30")),
        (lambda c: c.bgp.neighbors.pop(TWIN) and None, None, []),
        (
            lambda c: setattr(c.bgp.neighbors[ACROSS], "remote_as", 64999),
            [],
            in_bgp("neighbor 10.10.20.2 remote-as 64999"),
        ),
        (
            lambda c: setattr(c.bgp.neighbors[ACROSS], "fall_over_bfd", False),
            in_bgp("no neighbor 10.10.20.2 bfd"),
            [],
        ),
        (
            lambda c: setattr(c.bgp.neighbors[ACROSS], "shutdown", True),
            [],
            in_bgp("neighbor 10.10.20.2 shutdown"),
        ),
        (
            lambda c: setattr(c.bgp.neighbors[TWIN], "next_hop_self", False),
            in_family("no neighbor 192.168.1.2 next-hop-self"),
            [],
        ),
        (lambda c: c.bgp.networks.pop(LAN) and None, in_family("no network 192.168.1.0/24"), []),
        (
            lambda c: setattr(c.route_maps["ATTACH_MED"].entries[10], "metric", 20),
            [],
            ["route-map neighbor-10.10.20.2-out permit 1", "set metric 20", "exit"],
        ),
        (
            lambda c: setattr(c.route_maps["ATTACH_MED"].entries[10], "metric", None),
            ["route-map neighbor-10.10.20.2-out permit 1", "no set metric", "exit"],
            [],
        ),
        (
            lambda c: c.route_maps["ATTACH_MED"].entries.pop(20) and None,
            ["no route-map neighbor-10.10.20.2-out permit 2"],
            [],
        ),
        (
            lambda c: setattr(c.access_lists["BGP_MED"].entries[10], "action", "deny"),
            ["no access-list BGP_MED seq 10 permit 192.168.1.0 0.0.0.255"],
            ["access-list BGP_MED seq 10 deny 192.168.1.0 0.0.0.255"],
        ),
        (
            lambda c: setattr(c, "bgp", None),
            [
                "no router bgp 64512",
                "no route-map neighbor-192.168.1.2-out permit 65535",
                "no route-map neighbor-192.168.1.2-in permit 65535",
                "no route-map neighbor-10.10.20.2-out deny 65535",
                "no route-map neighbor-10.10.20.2-out permit 2",
                "no route-map neighbor-10.10.20.2-out permit 1",
                "no route-map neighbor-10.10.20.2-in permit 65535",
            ],
            [],
        ),
    ],
)
def test_a_change_is_the_fewest_commands(
    edit: Callable[[RouterConfig], object], removals: list[str] | None, additions: list[str]
) -> None:
    removed, added = change(edit)
    assert removals is None or removed == removals
    assert added == additions


def test_a_removed_neighbor_takes_its_lines_along() -> None:
    removed, _added = change(lambda config: bgp_of(config).neighbors.pop(TWIN))
    assert removed[:3] == in_bgp("no neighbor 192.168.1.2")
    assert removed[3:] == [
        "no route-map neighbor-192.168.1.2-out permit 65535",
        "no route-map neighbor-192.168.1.2-in permit 65535",
    ]


def test_another_as_is_another_process() -> None:
    removed, added = change(lambda config: setattr(config.bgp, "asn", 65001))
    assert removed == ["no router bgp 64512"]
    assert added[0] == "router bgp 65001"
    assert "neighbor 10.10.20.2 remote-as 64513" in added


def test_a_policy_never_leaves_its_neighbor() -> None:
    """FRR applies a changed attachment at once; what is attached stays, and only its content changes."""
    removed, added = change(lambda config: setattr(bgp_of(config).neighbors[ACROSS], "route_map_out", None))
    assert removed == [
        "no route-map neighbor-10.10.20.2-out permit 2",
        "no route-map neighbor-10.10.20.2-out permit 1",
    ]
    assert added == ["route-map neighbor-10.10.20.2-out permit 65535", "exit"]


def test_the_network_line_follows_its_route_map() -> None:
    config = r2()
    bgp_of(config).networks[LAN].route_map = "ATTACH_MED"
    line = "network 192.168.1.0/24 route-map network-192.168.1.0-24"

    def attach(edited: RouterConfig) -> None:
        bgp_of(edited).networks[LAN].route_map = "ATTACH_MED"

    assert in_family(line) == change(attach)[1][-5:]
    _removed, added = change(lambda c: setattr(c.route_maps["ATTACH_MED"].entries[10], "metric", 20), config)
    assert added[-5:] == in_family(line)
    _removed, added = change(lambda c: setattr(c.access_lists["BGP_MED"].entries[10], "action", "deny"), config)
    assert added[-5:] == in_family(line)


PERMIT, DENY = PolicyStep("permit", None, None), PolicyStep("deny", None, None)


@pytest.mark.parametrize(
    ("entries", "steps"),
    [
        ([], (DENY,)),
        ([RouteMapEntry(10, "permit", ["BGP_MED"], 5)], (PolicyStep("permit", "BGP_MED", 5), DENY)),
        ([RouteMapEntry(0, "deny", ["MISSING"])], (DENY, DENY)),
        ([RouteMapEntry(10, "permit", ["BGP_MED", "MISSING"], 5)], (PolicyStep("permit", None, 5), DENY)),
        (
            [RouteMapEntry(10, "permit", ["BGP_MED", "OTHER"], 5)],
            (PolicyStep("permit", "BGP_MED", 5), PolicyStep("permit", "OTHER", 5), DENY),
        ),
        ([RouteMapEntry(20, "permit"), RouteMapEntry(10, "deny", ["EMPTY"])], (DENY, PERMIT, DENY)),
    ],
)
def test_route_maps_are_compiled_as_ios_reads_them(entries: list[RouteMapEntry], steps: tuple[PolicyStep, ...]) -> None:
    config = r2()
    config.access_lists["OTHER"] = AccessList("OTHER", dict(config.access_lists["BGP_MED"].entries))
    config.access_lists["EMPTY"] = AccessList("EMPTY")
    config.route_maps["M"] = RouteMap("M", {entry.sequence: entry for entry in entries})
    assert compile_policy(config, "M") == steps


def test_no_route_map_permits_and_a_missing_one_denies() -> None:
    assert compile_policy(r2(), None) == (PERMIT,)
    assert compile_policy(r2(), "NONE_SUCH") == (DENY,)


def test_a_profile_outlives_its_session() -> None:
    """bgpd's word that the session is gone may come after ours, and without a profile it sends 300 ms."""
    want = r2()
    want.interfaces["Ethernet0/0"].bfd = None
    old, new = render_bfdd(r2(), AROUND), render_bfdd(want, AROUND)
    assert (plan_removals(old, new), plan_additions(old, new)) == ([], [])
    want.interfaces["Ethernet0/0"].bfd = BfdInterval(300, 300, 5)
    again = plan_additions(new, render_bfdd(want, AROUND))
    assert again[2:5] == ["transmit-interval 300", "receive-interval 300", "detect-multiplier 5"]


def test_the_router_id_is_configured_or_sticky_or_a_loopback_or_the_highest() -> None:
    config = r2()
    assert choose_router_id(config, None) == ROUTER_ID
    assert choose_router_id(config, IPv4Address("10.10.20.1")) == IPv4Address("10.10.20.1")
    config.interfaces["Ethernet0/1"].shutdown = True
    assert choose_router_id(config, ROUTER_ID) == ROUTER_ID
    assert choose_router_id(config, None) == IPv4Address("10.10.20.1")
    config.interfaces["Ethernet0/1"].address = None
    assert choose_router_id(config, ROUTER_ID) == IPv4Address("10.10.20.1")
    config.interfaces["Loopback0"] = Interface("Loopback0", address=IPv4Interface("1.1.1.1/32"))
    assert choose_router_id(config, None) == IPv4Address("1.1.1.1")
    bgp_of(config).router_id = IPv4Address("9.9.9.9")
    assert choose_router_id(config, None) == IPv4Address("9.9.9.9")
    assert choose_router_id(RouterConfig("R"), None) is None
