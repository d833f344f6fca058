from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.detour import (
    expected_network,
    loss_of,
    path_findings,
    still_crossing,
)
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.paths import Network, read_network, trace_path
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.scenario import End, Scenario
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.sessions import (
    as_observed,
    find_sessions,
    not_stable,
)

from .network_case import DEATH, LINK, PC1, PC2, Configs, Infos, command, infos, models, row, scenario

SOURCE, TARGET = IPv4Address(PC1), IPv4Address(PC2)


def network(seen: Infos | None = None, change: Any = None) -> Network:
    fleet = models(change)
    return read_network(fleet, infos(fleet) if seen is None else seen)


def findings(wanted: Scenario, seen: Network, target: IPv4Address = TARGET) -> list[tuple[str, str]]:
    return [(item.severity, item.check) for item in path_findings(wanted, seen, SOURCE, target)]


def test_the_way_goes_over_the_link() -> None:
    path = trace_path(network(), SOURCE, TARGET)
    assert path.reached
    assert str(path) == "R1 > R3"
    assert path.ends == {
        End("R1", "Ethernet0/1"),
        End("R1", "Ethernet0/0"),
        End("R3", "Ethernet0/0"),
        End("R3", "Ethernet0/1"),
    }
    assert str(trace_path(network(), TARGET, SOURCE)) == "R3 > R1"


def test_the_longest_prefix_decides_and_a_next_hop_is_looked_up_again() -> None:
    seen = infos()
    seen["R1"]["bgp_routes"] = [
        {"prefix": "0.0.0.0/0", "next_hop": "10.10.10.2", "distance": 20, "metric": 0},
        {"prefix": "192.168.2.0/24", "next_hop": "10.10.20.2", "distance": 200, "metric": 0},
        {"prefix": "10.10.20.0/24", "next_hop": "192.168.1.3", "distance": 200, "metric": 0},
    ]
    path = trace_path(network(seen), SOURCE, TARGET)
    assert path.hops[0].leaves == "Ethernet0/1"
    assert path.hops[1].router == "R2"


@pytest.mark.parametrize(
    ("router", "route", "why"),
    [
        ("R1", None, "R1 has no BGP route to 192.168.2.10"),
        ("R1", "10.10.10.99", "the next hop 10.10.10.99 of R1 is none of the routers of the drill"),
        ("R3", "loop", "the way goes in a circle at R1"),
    ],
)
def test_a_way_that_ends_says_why(router: str, route: str | None, why: str) -> None:
    seen = infos()
    target = TARGET
    if route == "loop":
        target = IPv4Address("172.16.0.1")
        for name, hop in (("R1", "10.10.10.2"), ("R3", "10.10.10.1")):
            seen[name]["bgp_routes"] = [{"prefix": "172.16.0.0/16", "next_hop": hop, "distance": 20, "metric": 0}]
    else:
        seen[router]["bgp_routes"] = (
            [{"prefix": "192.168.2.0/24", "next_hop": route, "distance": 20, "metric": 0}] if route else []
        )
    path = trace_path(network(seen), SOURCE, target)
    assert not path.reached
    assert path.why == why


def test_a_host_without_a_gateway_has_no_way() -> None:
    path = trace_path(network(), IPv4Address("172.16.0.1"), TARGET)
    assert path.why == "no router of the drill is an active gateway for 172.16.0.1"
    seen = infos()
    for router in ("R1", "R2"):
        seen[router]["hsrp_groups"][0]["state"] = "Listen"
    assert not trace_path(network(seen), SOURCE, TARGET).reached


def test_several_gateways_without_hsrp_are_not_guessed_among() -> None:
    def change(configs: Configs) -> None:
        for router in ("R1", "R2"):
            configs[router]["interfaces"][1].pop("hsrp")

    path = trace_path(network(change=change), SOURCE, TARGET)
    assert path.why.startswith("several routers are on the network of 192.168.1.10")


def test_a_good_link_cut_has_no_finding() -> None:
    for cut in ({"kind": "acl"}, {"kind": "interface", "at": "R3"}, command(), {"kind": "acl", "direction": "R1"}):
        wanted = scenario(cut=cut)
        assert findings(wanted, network()) == []
        rest = expected_network(models(), network(), wanted)
        assert str(trace_path(rest, SOURCE, TARGET)) == "R1 > R2 > R4"
        assert str(trace_path(rest, TARGET, SOURCE)) == "R3 > R4 > R2"


def test_a_dead_router_leaves_the_other_gateway() -> None:
    wanted = scenario(DEATH, cut=command())
    assert loss_of(wanted, models()).routers == {"R1"}
    assert findings(wanted, network()) == []
    rest = expected_network(models(), network(), wanted)
    assert str(trace_path(rest, SOURCE, TARGET)) == "R2 > R4"
    assert "R1" not in rest.models


def test_access_lists_on_the_ends_of_a_dead_router_would_cut_the_other_one_too() -> None:
    assert set(findings(scenario(DEATH), network())) == {("error", "no_alternative")}


def test_a_target_that_is_not_behind_the_link_is_refused() -> None:
    other = [{"router": "R2", "interface": "Ethernet0/0"}, {"router": "R4", "interface": "Ethernet0/0"}]
    [finding] = path_findings(scenario(other), network(), SOURCE, TARGET)
    assert str(finding) == (
        "scenario case: 'R1 > R3 and back R3 > R1' is not allowed; allowed: a way over R2 Ethernet0/0, R4 Ethernet0/0. "
        "The target is not behind the link, so its cut would show nothing: choose other hosts, or another link."
    )


def test_a_target_that_cannot_be_traced_is_refused() -> None:
    assert findings(scenario(), network(), IPv4Address("172.16.0.1")) == [
        ("error", "path_unknown"),
        ("error", "path_unknown"),
    ]


def test_without_a_second_link_there_is_no_other_way() -> None:
    def change(configs: Configs) -> None:
        configs["R4"]["interfaces"][0]["enabled"] = False

    fleet = models(change)
    seen = infos()
    found = path_findings(scenario(), read_network(fleet, seen), SOURCE, TARGET)
    assert {(item.severity, item.check) for item in found} == {("error", "no_alternative")}
    assert "The cut would last until it is healed" in str(found[0])


def test_what_the_models_cannot_tell_is_a_warning() -> None:
    def change(configs: Configs) -> None:
        configs["R4"]["interfaces"][0]["enabled"] = False
        configs["R2"]["bgp"]["neighbors"].append({"address": "10.10.20.99", "remote_as": 65000})

    found = findings(scenario(), read_network(models(change), infos()))
    assert set(found) == {("warning", "no_alternative")}


def test_one_direction_over_the_ends_is_worth_a_warning() -> None:
    seen = infos()
    for route in seen["R3"]["bgp_routes"]:
        if route["prefix"] == "192.168.1.0/24":
            route["next_hop"] = "192.168.2.3"
    for route in seen["R4"]["bgp_routes"]:
        if route["prefix"] == "192.168.1.0/24":
            route["next_hop"] = "10.10.20.1"
    found = path_findings(scenario(), network(seen), SOURCE, TARGET)
    assert [(item.severity, item.check) for item in found] == [("warning", "one_way_over_ends")]


def test_traffic_has_moved_only_when_both_directions_have() -> None:
    wanted = scenario()
    assert len(still_crossing(wanted, network(), SOURCE, TARGET)) == 2
    moved = expected_network(models(), network(), wanted)
    assert still_crossing(wanted, replace(moved, models=models()), SOURCE, TARGET) == ()
    half = replace(moved, models=models(), tables={**moved.tables, "R3": network().tables["R3"]})
    assert still_crossing(wanted, half, SOURCE, TARGET) == ("from 192.168.2.10 to 192.168.1.10: still over R3 > R1",)


def test_a_dead_router_that_still_thinks_itself_active_is_not_asked() -> None:
    wanted = scenario(DEATH, cut=command())
    rest = expected_network(models(), network(), wanted)
    believed = Network(models(), {**rest.tables, "R1": network().tables["R1"]}, rest.active | network().active)
    assert still_crossing(wanted, believed, SOURCE, TARGET) == ()
    assert still_crossing(wanted, network(), SOURCE, TARGET) != ()


# --- the sessions over the ends ---------------------------------------------------------------------------------------


def test_the_sessions_of_a_link_and_of_a_dead_router() -> None:
    assert [str(item) for item in find_sessions(models(), scenario().ends)] == [
        "R1 Ethernet0/0 to 10.10.10.2",
        "R3 Ethernet0/0 to 10.10.10.1",
    ]
    assert [str(item) for item in find_sessions(models(), scenario(DEATH).ends)] == [
        "R1 Ethernet0/0 to 10.10.10.2",
        "R1 Ethernet0/1 to 192.168.1.3",
        "R2 Ethernet0/1 to 192.168.1.2",
        "R3 Ethernet0/0 to 10.10.10.1",
    ]


def test_one_end_alone_has_all_sessions_over_it() -> None:
    [session] = find_sessions(models(), scenario(LINK[:1]).ends)
    assert (str(session.end), session.neighbor, str(session.peer)) == (
        "R1 Ethernet0/0",
        "10.10.10.2",
        "R3 Ethernet0/0",
    )
    assert (session.hold_s, session.keepalive_s, session.detection_ms, session.interval_ms) == (15, 5, 300, 100)


def test_the_timers_that_run_outweigh_those_that_are_configured() -> None:
    seen = infos()
    row(seen, "R1", "bgp_neighbors", "10.10.10.2").update(hold_time_s=9, keepalive_s=3)
    row(seen, "R1", "bfd_sessions", "10.10.10.2").update(detection_time_ms=600, multiplier=4)
    session = as_observed(find_sessions(models(), scenario().ends), seen)[0]
    assert (session.hold_s, session.keepalive_s, session.detection_ms, session.interval_ms) == (9, 3, 600, 150)


def test_stable_means_every_session_and_route_of_before_and_no_bfd() -> None:
    before, now = infos(), infos()
    sessions = find_sessions(models(), scenario().ends)
    assert len(not_stable(before, now, sessions)) == 2
    for router, neighbor in (("R1", "10.10.10.2"), ("R3", "10.10.10.1")):
        row(now, router, "bgp_neighbors", neighbor)["bfd"] = False
    assert not_stable(before, now, sessions) == ()
    row(now, "R2", "bgp_neighbors", "10.10.20.2")["state"] = "Active"
    now["R4"]["bgp_routes"].pop(0)
    del now["R3"]
    assert not_stable(before, now, sessions) == (
        "R2: BGP 10.10.20.2 is not Established",
        "R3: does not answer",
        "R4: route 10.10.10.0/24 via 192.168.2.2 is missing",
        "R3 Ethernet0/0 to 10.10.10.1: BFD is not taken away yet",
    )
