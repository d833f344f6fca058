from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios import derive_routes
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.derive import (
    BfdEnd,
    Detection,
    detection,
    peering,
    running_timers,
)
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.derive_routes import (
    denied_networks,
    expected_routes,
)
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.fleet import read_models
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.model import BgpTimers, Model

from .fleet_cases import Configs, interface, models, neighbor, read_golden

Route = tuple[str, str, int, int]


def routes_of(found: Any, host: str) -> list[tuple[Any, ...]]:
    """Return a router's expected routes in short."""
    return [(item.prefix, item.next_hop, item.distance, item.metric) for item in found[host]]


@pytest.mark.parametrize(
    ("own", "peer", "expected"),
    [
        (BfdEnd(100, 100, 3), BfdEnd(100, 100, 3), Detection("echo", 300)),
        (BfdEnd(100, 100, 3), BfdEnd(50, 250, 5), Detection("echo", 750)),
        (BfdEnd(500, 50, 3), BfdEnd(50, 100, 5), Detection("echo", 1500)),
        (BfdEnd(100, 100, 3, echo=False), BfdEnd(100, 100, 3), Detection("asynchronous", 300)),
        (BfdEnd(100, 100, 3), BfdEnd(400, 100, 5, echo=False), Detection("asynchronous", 2000)),
        (BfdEnd(100, 300, 3, echo=False), BfdEnd(200, 100, 4, echo=False), Detection("asynchronous", 1200)),
    ],
)
def test_detection_time_of_both_modes(own: BfdEnd, peer: BfdEnd, expected: Detection) -> None:
    assert detection(own, peer) == expected


def test_running_timers_are_the_smaller_hold_time_and_at_most_a_third_of_it() -> None:
    assert running_timers(BgpTimers(60, 180), BgpTimers(5, 15)) == BgpTimers(5, 15)
    assert running_timers(BgpTimers(2, 15), BgpTimers(60, 180)) == BgpTimers(2, 15)
    assert running_timers(BgpTimers(60, 180), BgpTimers(60, 0)) == BgpTimers(0, 0)


def test_a_router_without_bgp_has_no_peerings() -> None:
    fleet = models()
    assert fleet["R1"].bgp is not None
    with pytest.raises(ValueError, match="R9 runs no BGP"):
        peering({"R9": Model()}, "R9", fleet["R1"].bgp.neighbors[0])


@pytest.mark.parametrize("name", ["seed_listing_1", "seed_listing_2", "seed_amended"])
def test_the_four_tables_of_the_seed(name: str) -> None:
    case = read_golden(name)
    found = expected_routes(read_models(case["models"]))
    expected = {
        host: [(item["prefix"], item["next_hop"], item["distance"], item["metric"]) for item in items]
        for host, items in case["routes"].items()
    }
    assert {host: routes_of(found, host) for host in found} == expected


def cut_r1_r3(configs: Configs) -> None:
    """Take the link between R1 and R3 down at both ends."""
    for host in ("R1", "R3"):
        interface(configs, host, 0)["enabled"] = False


def test_after_the_cut_the_way_goes_over_the_other_pair_with_its_metric() -> None:
    found = expected_routes(models(cut_r1_r3))
    assert routes_of(found, "R1") == [
        ("10.10.20.0/24", "192.168.1.3", 200, 0),
        ("192.168.2.0/24", "192.168.1.3", 200, 10),
    ]
    assert routes_of(found, "R3") == [
        ("10.10.20.0/24", "192.168.2.3", 200, 0),
        ("192.168.1.0/24", "192.168.2.3", 200, 10),
    ]
    assert routes_of(found, "R2") == [("192.168.2.0/24", "10.10.20.2", 20, 10)]


def test_without_next_hop_self_the_next_hop_is_behind_a_route_of_bgp() -> None:
    def change(configs: Configs) -> None:
        cut_r1_r3(configs)
        neighbor(configs, "R2", 1)["next_hop_self"] = False

    assert routes_of(expected_routes(models(change)), "R1")[1] == ("192.168.2.0/24", "10.10.20.2", 200, 10)


def test_an_unreachable_next_hop_makes_no_route() -> None:
    def change(configs: Configs) -> None:
        cut_r1_r3(configs)
        neighbor(configs, "R2", 1)["next_hop_self"] = False
        del configs["R2"]["bgp"]["networks"][0]

    assert routes_of(expected_routes(models(change)), "R1") == []


def one_sided_session(configs: Configs) -> None:
    del configs["R3"]["bgp"]["neighbors"][0]


def wrong_as(configs: Configs) -> None:
    neighbor(configs, "R3", 0)["remote_as"] = 64999


def shut(configs: Configs) -> None:
    neighbor(configs, "R3", 0)["shutdown"] = True


@pytest.mark.parametrize("change", [one_sided_session, wrong_as, shut])
def test_a_session_that_cannot_come_up_carries_nothing(change: Callable[[Configs], None]) -> None:
    found = routes_of(expected_routes(models(change)), "R1")
    assert ("192.168.2.0/24", "192.168.1.3", 200, 10) in found


def test_an_implicit_deny_filters_and_lets_the_rest_through() -> None:
    def change(configs: Configs) -> None:
        configs["R1"]["access_lists"] = [
            {"name": "LAN", "entries": [{"sequence": 10, "action": "permit", "source": "192.168.1.0/24"}]}
        ]
        configs["R1"]["route_maps"] = [
            {
                "name": "OUT",
                "entries": [
                    {"sequence": 10, "action": "permit", "match": {"ip_address": ["LAN"]}, "set": {"metric": 7}}
                ],
            }
        ]
        neighbor(configs, "R1", 0)["route_map_out"] = "OUT"
        configs["R1"]["bgp"]["networks"].append({"prefix": "10.10.99.0/24"})
        configs["R1"]["interfaces"].append({"name": "Loopback0", "ipv4": "10.10.99.1/24"})

    fleet = models(change)
    assert [str(prefix) for prefix in denied_networks(fleet["R1"], "OUT")] == ["10.10.10.0/24", "10.10.99.0/24"]
    found = expected_routes(fleet)
    assert ("192.168.1.0/24", "10.10.10.1", 20, 7) in routes_of(found, "R3")
    # R2 hands the loopback on to R4, which IOS may do with a metric and others do not: it has no rival, so it is told.
    assert ("10.10.99.0/24", "192.168.2.3", 200, None) in routes_of(found, "R3")


def test_a_denying_entry_and_the_order_of_a_list() -> None:
    def change(configs: Configs) -> None:
        configs["R1"]["access_lists"] = [
            {
                "name": "LAN",
                "entries": [
                    {"sequence": 20, "action": "permit", "source": "any"},
                    {"sequence": 10, "action": "deny", "source": "192.168.1.0 0.0.0.255"},
                ],
            }
        ]
        configs["R1"]["route_maps"] = [
            {
                "name": "IN",
                "entries": [
                    {"sequence": 20, "action": "permit"},
                    {"sequence": 10, "action": "deny", "match": {"ip_address": ["LAN"]}},
                ],
            }
        ]
        neighbor(configs, "R3", 0)["route_map_in"] = "IN"
        configs["R3"]["access_lists"] = configs["R1"]["access_lists"]
        configs["R3"]["route_maps"] = configs["R1"]["route_maps"]

    found = expected_routes(models(change))
    assert ("192.168.1.0/24", "10.10.10.1", 20, 0) in routes_of(found, "R3")


def undeclared_route_map(configs: Configs) -> None:
    neighbor(configs, "R1", 0)["route_map_out"] = "NOWHERE"


def undeclared_access_list(configs: Configs) -> None:
    configs["R1"]["route_maps"] = [
        {"name": "OUT", "entries": [{"sequence": 10, "action": "permit", "match": {"ip_address": ["NOWHERE"]}}]}
    ]
    neighbor(configs, "R1", 0)["route_map_out"] = "OUT"


def network_of_no_interface(configs: Configs) -> None:
    """R1's LAN is announced but not on an interface that is up: a static route may still bring it in."""
    interface(configs, "R1", 1)["enabled"] = False


@pytest.mark.parametrize("change", [undeclared_route_map, undeclared_access_list])
def test_what_the_model_cannot_tell_is_not_expected(change: Callable[[Configs], None]) -> None:
    found = expected_routes(models(change))
    assert "192.168.1.0/24" not in [route[0] for route in routes_of(found, "R3")]
    assert ("10.10.20.0/24", "192.168.2.3", 200, 0) in routes_of(found, "R3")


def test_a_network_of_no_live_interface_is_not_told() -> None:
    found = expected_routes(models(network_of_no_interface))
    assert "192.168.1.0/24" not in [route[0] for route in routes_of(found, "R3")]


def test_equal_metrics_on_external_paths_are_not_told() -> None:
    """Two external paths of one AS that differ in nothing: the older one stays, which no model knows."""

    def change(configs: Configs) -> None:
        configs["R3"]["interfaces"].append({"name": "Ethernet0/2", "ipv4": "10.10.30.2/24"})
        configs["R2"]["interfaces"].append({"name": "Ethernet0/2", "ipv4": "10.10.30.1/24"})
        configs["R3"]["bgp"]["neighbors"].append({"address": "10.10.30.1", "remote_as": 64512})
        configs["R2"]["bgp"]["neighbors"].append({"address": "10.10.30.2", "remote_as": 64513})

    found = expected_routes(models(change))
    assert "192.168.1.0/24" not in [route[0] for route in routes_of(found, "R3")]


def lan_of_three(configs: Configs) -> None:
    """Put a third router of AS 64512 on R1's LAN, which hears of 10.77.0.0/24 from both of the others."""
    configs["R5"] = {
        "interfaces": [{"name": "Ethernet0/1", "ipv4": "192.168.1.5/24"}],
        "bgp": {
            "asn": 64512,
            "neighbors": [
                {"address": "192.168.1.2", "remote_as": 64512},
                {"address": "192.168.1.3", "remote_as": 64512},
            ],
        },
    }
    for host in ("R1", "R2"):
        configs[host]["bgp"]["neighbors"].append({"address": "192.168.1.5", "remote_as": 64512, "next_hop_self": True})
        configs[host]["interfaces"].append({"name": "Loopback0", "ipv4": f"10.77.0.{host[1]}/24"})
        configs[host]["bgp"]["networks"].append({"prefix": "10.77.0.0/24"})


def test_the_router_id_decides_between_internal_paths_only_where_it_is_declared() -> None:
    assert "10.77.0.0/24" not in [route[0] for route in routes_of(expected_routes(models(lan_of_three)), "R5")]

    def change(configs: Configs) -> None:
        lan_of_three(configs)
        configs["R1"]["bgp"]["router_id"], configs["R2"]["bgp"]["router_id"] = "10.0.0.9", "10.0.0.2"

    assert ("10.77.0.0/24", "192.168.1.3", 200, 0) in routes_of(expected_routes(models(change)), "R5")


def test_an_external_peer_leaves_only_short_paths_told() -> None:
    """AS 64512 - AS 64513 - AS 65100: the third AS hears of the first over two hops, or over the outside."""

    def change(configs: Configs) -> None:
        configs["R5"] = {
            "interfaces": [{"name": "Ethernet0/0", "ipv4": "10.10.50.2/24"}],
            "bgp": {"asn": 65100, "neighbors": [{"address": "10.10.50.1", "remote_as": 64513}]},
        }
        configs["R3"]["interfaces"].append({"name": "Ethernet0/2", "ipv4": "10.10.50.1/24"})
        configs["R3"]["bgp"]["neighbors"].append({"address": "10.10.50.2", "remote_as": 65100})

    def outside(configs: Configs) -> None:
        change(configs)
        configs["R5"]["bgp"]["neighbors"].append({"address": "10.10.50.9", "remote_as": 65200})

    inside = routes_of(expected_routes(models(change)), "R5")
    assert ("192.168.1.0/24", "10.10.50.1", 20, None) in inside
    assert ("192.168.2.0/24", "10.10.50.1", 20, 0) in inside
    told = routes_of(expected_routes(models(outside)), "R5")
    assert ("192.168.2.0/24", "10.10.50.1", 20, 0) in told
    assert "192.168.1.0/24" not in [route[0] for route in told]


def test_a_table_that_does_not_settle_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derive_routes, "MAX_ROUNDS", 1)
    assert routes_of(expected_routes(models()), "R1") == []
