from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.findings import declared_findings, fleet_findings

from .fleet_cases import Configs, amended, interface, models, neighbor, read_golden


@pytest.mark.parametrize("name", ["seed_listing_1", "seed_listing_2", "seed_amended"])
def test_golden_findings(name: str) -> None:
    case = read_golden(name)
    found = declared_findings(case["models"])
    assert [[item.severity, item.check, item.finding.where] for item in found] == case["findings"]


def set_value(options: Callable[[Configs], dict[str, object]], **values: object) -> Callable[[Configs], None]:
    """Return a change that sets options."""

    def change(configs: Configs) -> None:
        options(configs).update(values)

    return change


def r1_port(configs: Configs) -> dict[str, object]:
    return interface(configs, "R1", 0)


def r1_lan(configs: Configs) -> dict[str, object]:
    return interface(configs, "R1", 1)


def r1_peer(configs: Configs) -> dict[str, object]:
    return neighbor(configs, "R1", 0)


def r1_group(configs: Configs) -> dict[str, object]:
    group: dict[str, object] = interface(configs, "R1", 1)["hsrp"][0]
    return group


def without_bgp(configs: Configs) -> None:
    del configs["R3"]["bgp"]


def without_entry(configs: Configs) -> None:
    del configs["R3"]["bgp"]["neighbors"][0]


def same_router_id(configs: Configs) -> None:
    configs["R1"]["bgp"]["router_id"] = configs["R2"]["bgp"]["router_id"] = "10.0.0.1"


def without_route_map(configs: Configs) -> None:
    configs["R2"]["route_maps"] = []


def single_member(configs: Configs) -> None:
    del configs["R2"]["interfaces"][1]["hsrp"]


def same_address(configs: Configs) -> None:
    interface(configs, "R2", 0)["ipv4"] = "10.10.10.1/24"


def per_neighbor_hold(configs: Configs) -> None:
    for host in ("R1", "R3"):
        neighbor(configs, host, 0)["timers"] = {"keepalive": 3, "holdtime": 9}


ERRORS = [
    (
        set_value(r1_peer, address="10.10.10.9"),
        "unknown_peer",
        "R1 bgp neighbor 10.10.10.9: '10.10.10.9' is not allowed; allowed: an address of a router of the inventory, "
        "or one that is listed as external. Correct the address, or list it in fast_failover_external_peers.",
    ),
    (
        set_value(r1_peer, remote_as=64999),
        "remote_as",
        "R1 bgp neighbor 10.10.10.2 remote_as: 64999 is not allowed; allowed: 64513, the AS of R3. "
        "Set remote_as to 64513, or correct the asn of R3.",
    ),
    (
        without_bgp,
        "peer_without_bgp",
        "R1 bgp neighbor 10.10.10.2: 'R3' is not allowed; allowed: a router with a bgp section. "
        "Declare bgp on R3, or remove the neighbor.",
    ),
    (
        without_entry,
        "one_sided_neighbor",
        "R1 bgp neighbor 10.10.10.2: 'neighbors of R3: 192.168.2.3' is not allowed; allowed: a neighbor 10.10.10.1 "
        "on R3. Declare neighbor 10.10.10.1 with remote_as 64512 on R3.",
    ),
    (
        set_value(r1_port, ipv4="10.10.11.1/24"),
        "neighbor_subnet",
        "R1 bgp neighbor 10.10.10.2: '10.10.10.2' is not allowed; allowed: an address in the subnet of an interface "
        "of the router. Correct the neighbor, or give an interface of R1 an address in its subnet.",
    ),
    (
        set_value(r1_port, ipv4="10.10.10.1/25"),
        "subnet_mismatch",
        "R1 Ethernet0/0 ipv4: '10.10.10.1/25' is not allowed; allowed: the subnet of R3 Ethernet0/0, 10.10.10.0/24. "
        "Give both ends of the link the same subnet and mask.",
    ),
    (
        set_value(r1_peer, bfd=False),
        "one_sided_bfd",
        "R1 bgp neighbor 10.10.10.2 bfd: False is not allowed; allowed: true, as on R3. Set bfd of that neighbor on "
        "both ends, or on none: BFD between R3 and R1 does not come up.",
    ),
    (
        set_value(r1_port, bfd=None),
        "bfd_without_interval",
        "R1 Ethernet0/0 bfd: None is not allowed; allowed: interval, min_rx and multiplier, for neighbor 10.10.10.2 "
        "falls over by BFD. Declare the three BFD timers of the interface, or take bfd off the neighbor.",
    ),
    (
        same_address,
        "duplicate_address",
        "R2 Ethernet0/0 ipv4: '10.10.10.1' is not allowed; allowed: an address that no other interface has; "
        "R1 Ethernet0/0 has it. Give one of the two another address.",
    ),
    (
        same_router_id,
        "duplicate_router_id",
        "R2 bgp router_id: '10.0.0.1' is not allowed; allowed: a router id that no other router has; R1 has it. "
        "Give one of the two another router id.",
    ),
    (
        set_value(r1_group, virtual_ip="192.168.1.7"),
        "hsrp_virtual_ip",
        "R2 Ethernet0/1 hsrp group 1 virtual_ip: '192.168.1.1' is not allowed; allowed: 192.168.1.7, as on R1. "
        "Give all members of the group the same virtual_ip.",
    ),
    (
        set_value(r1_group, virtual_ip="192.168.7.1"),
        "hsrp_subnet",
        "R1 Ethernet0/1 hsrp group 1 virtual_ip: '192.168.7.1' is not allowed; allowed: an address in 192.168.1.0/24. "
        "Give the group a virtual_ip in the subnet of its interface.",
    ),
    (
        set_value(r1_group, virtual_ip="192.168.1.3"),
        "hsrp_real_address",
        "R1 Ethernet0/1 hsrp group 1 virtual_ip: '192.168.1.3' is not allowed; allowed: an address that is not an "
        "interface's; R2 has it. Give the group a virtual_ip that no interface has.",
    ),
    (
        set_value(r1_group, group=2),
        "hsrp_group_number",
        "R2 Ethernet0/1 hsrp group 1: 1 is not allowed; allowed: 2, as R1 has it for 192.168.1.1. "
        "Give all members of the group the same number.",
    ),
]


@pytest.mark.parametrize(("change", "check", "text"), ERRORS, ids=[case[1] for case in ERRORS])
def test_errors(change: Callable[[Configs], object], check: str, text: str) -> None:
    found = declared_findings(amended(change))
    assert text in [str(item) for item in found if item.severity == "error" and item.check == check]


WARNINGS = [
    (
        set_value(r1_port, bfd={"interval": 300, "min_rx": 300, "multiplier": 3}),
        "bfd_asymmetry",
        "R1 Ethernet0/0 bfd: '300/300 ms x 3' is risky; better: the same as R3 Ethernet0/0: 100/100 ms x 3. "
        "Give both ends of the link the same BFD timers and the same mode.",
    ),
    (
        set_value(r1_port, bfd={"interval": 100, "min_rx": 100, "multiplier": 3, "echo": False}),
        "bfd_asymmetry",
        "R1 Ethernet0/0 bfd: '100/100 ms x 3 without echo' is risky; better: the same as R3 Ethernet0/0: "
        "100/100 ms x 3. Give both ends of the link the same BFD timers and the same mode.",
    ),
    (
        set_value(r1_peer, timers={"keepalive": 10, "holdtime": 30}),
        "timers_mismatch",
        "R1 bgp neighbor 10.10.10.2 timers: '10/30 s' is risky; better: those of R3: 5/15 s. Set the same keepalive "
        "and hold time on both ends; the smaller hold time runs.",
    ),
    (
        set_value(r1_peer, shutdown=True),
        "one_sided_shutdown",
        "R1 bgp neighbor 10.10.10.2 shutdown: True is risky; better: the same as on R3. "
        "Shut the neighbor on both ends, or on none.",
    ),
    (
        without_route_map,
        "undeclared_route_map",
        "R2 bgp neighbor 10.10.20.2 route_map_out: 'ATTACH_MED' is risky; better: a route-map that is declared with "
        "the router. Declare the route-map, so that what it filters can be told.",
    ),
    (
        single_member,
        "hsrp_single_member",
        "R1 Ethernet0/1 hsrp group 1: 'one member' is risky; better: two members or more. "
        "Declare the group on a second router of the subnet.",
    ),
    (
        set_value(r1_group, priority=10),
        "hsrp_same_priority",
        "hsrp group 1 in 192.168.1.0/24: 'priority 10 on R1, R2' is risky; better: one member with the highest "
        "priority. Raise the priority of the member that should be active.",
    ),
    (
        set_value(r1_group, preempt={"enabled": False}),
        "hsrp_preempt",
        "R1 Ethernet0/1 hsrp group 1 preempt: False is risky; better: true on the member with the highest priority. "
        "Enable preempt, or the role stays where it is after a failure.",
    ),
    (
        per_neighbor_hold,
        "short_hold_time",
        "R3 bgp neighbor 10.10.10.1 timers holdtime: '9 s' is risky; better: 20 s or more. "
        "BFD finds failures; IOS warns of flapping.",
    ),
]


@pytest.mark.parametrize(("change", "check", "text"), WARNINGS)
def test_warnings(change: Callable[[Configs], object], check: str, text: str) -> None:
    found = declared_findings(amended(change))
    assert text in [str(item) for item in found if item.severity == "warning" and item.check == check]


def test_next_hop_self_names_what_cannot_be_reached() -> None:
    found = fleet_findings(models(set_value(lambda configs: neighbor(configs, "R2", 1), next_hop_self=False)))
    assert [str(item) for item in found if item.check == "next_hop_self"] == [
        "R2 bgp neighbor 192.168.1.2 next_hop_self: False is risky; better: true: R1 has no interface towards "
        "10.10.20.2. Set next_hop_self, or what R2 hands to R1 hangs on a route to that next hop."
    ]


def test_external_peers_are_allowed_when_listed() -> None:
    def change(configs: Configs) -> None:
        configs["R1"]["bgp"]["neighbors"].append({"address": "10.10.10.9", "remote_as": 65001, "bfd": True})

    assert [item.check for item in declared_findings(amended(change)) if item.severity == "error"] == ["unknown_peer"]
    allowed = declared_findings(amended(change), {IPv4Address("10.10.10.9")})
    assert [item for item in allowed if item.severity == "error"] == []


def test_calm_timers_raise_nothing() -> None:
    def change(configs: Configs) -> None:
        for config in configs.values():
            config["bgp"]["timers"] = {"keepalive": 20, "holdtime": 60}

    assert declared_findings(amended(change)) == ()


def test_all_findings_come_at_once_errors_first() -> None:
    def change(configs: Configs) -> None:
        interface(configs, "R1", 0)["bfd"]["multiplier"] = 2
        interface(configs, "R2", 0)["bfd"]["interval"] = 10
        neighbor(configs, "R3", 1)["remote_as"] = 1

    found = declared_findings(amended(change))
    errors = [(item.check, item.finding.where) for item in found if item.severity == "error"]
    assert errors == [
        ("invalid", "R1 interfaces[Ethernet0/0].bfd.multiplier"),
        ("invalid", "R2 interfaces[Ethernet0/0].bfd.interval"),
        ("remote_as", "R3 bgp neighbor 192.168.2.3 remote_as"),
    ]
    assert [item.severity for item in found] == sorted(item.severity for item in found)


def test_a_finding_has_plain_values() -> None:
    found = declared_findings(amended(set_value(r1_peer, remote_as=64999)))[0]
    assert found.as_dict() == {
        "severity": "error",
        "check": "remote_as",
        "where": "R1 bgp neighbor 10.10.10.2 remote_as",
        "seen": "64999",
        "allowed": "64513, the AS of R3",
        "remedy": "Set remote_as to 64513, or correct the asn of R3.",
        "text": str(found),
    }
