"""A topology file is read as values, or refused with everything that is wrong at once."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path
from typing import Any

import pytest

from lab.errors import InvalidTopology, LabError
from lab.network.interfaces import KernelInterface, plan_interfaces
from lab.network.names import dotted_mac, ios_name, linux_name, router_mac
from lab.network.wiring import SWITCH, plan_cables, plan_nodes
from lab.topology import find_topology, load_topology, read_topology

SMALL: dict[str, Any] = {
    "name": "small",
    "links": {"wire": None},
    "routers": {"A": {"interfaces": {"Ethernet0/0": "wire"}}},
    "hosts": {"H": {"link": "wire", "address": "10.0.0.2/24", "gateway": "10.0.0.1"}},
}


def small(**changes: Any) -> dict[str, Any]:
    return {**SMALL, **changes}


def test_the_seed_has_four_routers_two_hosts_and_four_links() -> None:
    seed = load_topology(find_topology("seed"))
    assert seed.nodes == ("R1", "R2", "R3", "R4", "PC1", "PC2")
    ports = {link.name: [(port.node, port.interface) for port in link.ports] for link in seed.links}
    assert ports == {
        "lan1": [("R1", "e1"), ("R2", "e1"), ("PC1", "eth0")],
        "lan2": [("R3", "e1"), ("R4", "e1"), ("PC2", "eth0")],
        "r1-r3": [("R1", "e0"), ("R3", "e0")],
        "r2-r4": [("R2", "e0"), ("R4", "e0")],
    }
    pc2 = seed.hosts[1]
    assert (pc2.address, pc2.gateway) == (IPv4Interface("192.168.2.10/24"), IPv4Address("192.168.2.1"))


def test_names_are_found_whatever_their_case() -> None:
    seed = load_topology(find_topology("seed"))
    assert seed.plugged("R1-R3") == ("r1-r3", seed.links[2].ports)
    assert seed.plugged("pc1") == ("PC1", seed.links[0].ports[2:])
    assert seed.router("r4").index == 4
    assert seed.node("pc1").name == "PC1"
    with pytest.raises(LabError, match=r"there is no router 'PC1'; there are: R1, R2, R3, R4"):
        seed.router("PC1")


@pytest.mark.parametrize(
    ("raw", "findings"),
    [
        (None, ["topology: None is not allowed; allowed: a mapping with name, links, routers, hosts"]),
        (small(name="Small"), ["name: 'Small' is not allowed; allowed: at most 32 of a-z, 0-9 and -"]),
        (small(speed=1), ["topology.speed: 'speed' is not allowed; allowed: the keys name, links, routers, hosts"]),
        (small(routers={}), ["routers: {} is not allowed; allowed: at least one name"]),
        (small(routers={"A": {}}), ["routers.A.interfaces: None is not allowed; allowed: a value"]),
        (
            small(routers={"A": {"interfaces": {"Gi0/0": "wire"}}}),
            ["routers.A.interfaces.Gi0/0: 'Gi0/0' is not allowed; allowed: Ethernet<slot>/<0-3>"],
        ),
        (
            small(routers={"A": {"interfaces": {"Ethernet0/0": "rope"}}}),
            ["routers.A.interfaces.Ethernet0/0: 'rope' is not allowed; allowed: one of the links: wire"],
        ),
        (
            small(links={"wire": None, "rope": None}),
            ["links.rope: 'rope' is not allowed; allowed: a link with at least one node on it"],
        ),
        (small(links={"h": None, "wire": None}), ["links.h: 'h' is not allowed; allowed: a name that no node has"]),
        (small(links={"far-too-long-name": None}), ["links.far-too-long-name"]),
        (small(hosts={"a": SMALL["hosts"]["H"]}), ["node a: 'a' is not allowed; allowed: names that differ by more"]),
        (
            small(hosts={"H": {"link": "wire", "address": "10.0.0.2", "gateway": "10.0.1.1"}}),
            ["hosts.H.address: '10.0.0.2' is not allowed; allowed: an IPv4 address with its length"],
        ),
        (
            small(hosts={"H": {"link": "wire", "address": "10.0.0.2/24", "gateway": "10.0.1.1"}}),
            ["hosts.H.gateway: '10.0.1.1' is not allowed; allowed: another address of 10.0.0.0/24"],
        ),
        (
            small(name=7, hosts={"H": {"link": "rope", "address": "x/24", "gateway": "y"}}),
            ["name: 7", "hosts.H.address: 'x/24'", "hosts.H.gateway: 'y'", "hosts.H.link: 'rope'"],
        ),
    ],
)
def test_what_is_wrong_is_said_at_once(raw: object, findings: list[str]) -> None:
    with pytest.raises(InvalidTopology) as caught:
        read_topology(raw)
    said = [str(finding) for finding in caught.value.findings]
    for finding in findings:
        assert any(line.startswith(finding) for line in said), said


def test_hosts_are_optional_and_addresses_are_unique() -> None:
    without = {key: value for key, value in SMALL.items() if key != "hosts"}
    assert read_topology(without).hosts == ()
    twice = small(hosts={"H": SMALL["hosts"]["H"], "I": SMALL["hosts"]["H"]})
    with pytest.raises(InvalidTopology, match="an address of its own"):
        read_topology(twice)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: [", "not readable as YAML"),
        ("name: a\nname: b\n", "key 'name' is given twice"),
    ],
)
def test_a_file_that_is_no_yaml_is_one_clear_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "t.yml"
    path.write_text(text)
    with pytest.raises(LabError, match=said) as caught:
        load_topology(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("ios", "linux"), [("Ethernet0/0", "e0"), ("Ethernet0/1", "e1"), ("Ethernet1/2", "e6"), ("Loopback0", "lo0")]
)
def test_interface_names_map_both_ways(ios: str, linux: str) -> None:
    assert linux_name(ios) == linux
    assert ios_name(linux) == ios


@pytest.mark.parametrize("linux", ["lo", "hsrp1-e1", "lo0x", "eth0"])
def test_what_ios_would_not_show_has_no_name(linux: str) -> None:
    assert ios_name(linux) is None


def test_a_wrong_interface_name_is_refused() -> None:
    with pytest.raises(ValueError, match="'Ethernet0/4' is not the name of a lab interface"):
        linux_name("Ethernet0/4")


def test_macs_are_those_of_ios_on_linux() -> None:
    assert router_mac(1, "Ethernet0/1") == "aa:bb:cc:00:01:10"
    assert dotted_mac("aa:bb:cc:00:01:10") == "aabb.cc00.0110"


def test_the_wiring_of_a_small_lab() -> None:
    topology = read_topology(SMALL)
    assert list(plan_cables(topology)) == [
        f"link add name wire netns {SWITCH} type bridge stp_state 0 mcast_snooping 0 forward_delay 0",
        f"link add name e0 netns A address aa:bb:cc:00:01:00 type veth peer name A.e0 netns {SWITCH}",
        f"link add name eth0 netns H address 00:50:79:66:68:00 type veth peer name H.eth0 netns {SWITCH}",
    ]
    assert plan_nodes(topology)["H"][-1] == "route add default via 10.0.0.1"
    assert plan_nodes(topology)["A"] == ["link set lo up", "link set e0 up"]


def test_only_what_differs_is_changed_on_an_interface() -> None:
    one, two = IPv4Interface("10.0.0.1/24"), IPv4Interface("10.0.0.2/24")
    have = {"e0": KernelInterface(address=one), "e1": KernelInterface(address=two), "lo0": KernelInterface()}
    want = {
        "e0": KernelInterface(address=two, redirects=False),
        "e1": KernelInterface(up=False, address=two),
        "lo1": KernelInterface(),
    }
    change = plan_interfaces(have, want)
    assert list(change.ip_lines) == [
        "link del lo0",
        "address del 10.0.0.1/24 dev e0",
        "address add 10.0.0.2/24 brd + dev e0",
        "link set e1 down",
        "link add lo1 type veth peer name lo1x",
        "link set lo1x up",
        "link set lo1 up",
    ]
    assert change.sysctls == {"net/ipv4/conf/e0/send_redirects": "0"}
    assert plan_interfaces(want, want).ip_lines == ()
