"""Build a topology's network: one namespace per node, one that holds the switches of all links."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

from lab.network.ip import run_batch
from lab.network.names import host_mac, linux_name, router_mac
from lab.network.namespaces import write_sysctls
from lab.topology import HOST_INTERFACE, Link, Topology

SWITCH = "switch.lab"  # no node can have this name: it has a dot

# rp_filter: echo packets of BFD and frames to a virtual MAC come in with addresses that it would drop.
# send_redirects: "all" must be 0 for the interface's own value to count (`ip redirects`).
# accept_redirects: IOS routers and the seed's hosts keep their routes whatever a neighbor suggests.
_EVERY_NODE = {
    "net/ipv6/conf/all/disable_ipv6": "1",
    "net/ipv6/conf/default/disable_ipv6": "1",
    "net/ipv4/conf/all/rp_filter": "0",
    "net/ipv4/conf/default/rp_filter": "0",
    "net/ipv4/conf/all/accept_redirects": "0",
    "net/ipv4/conf/default/accept_redirects": "0",
    "net/ipv4/conf/all/send_redirects": "0",
    "net/ipv4/conf/default/send_redirects": "1",
}
_EVERY_ROUTER = {"net/ipv4/ip_forward": "1"}
_EVERY_SWITCH = {"net/ipv6/conf/all/disable_ipv6": "1", "net/ipv6/conf/default/disable_ipv6": "1"}


async def build_network(topology: Topology) -> None:
    """Create namespaces, switches, cables and the hosts' addresses of a topology."""
    await run_batch([f"netns add {name}" for name in (SWITCH, *topology.nodes)])
    await asyncio.gather(*(write_sysctls(name, values) for name, values in plan_sysctls(topology).items()))
    await run_batch(list(plan_cables(topology)))
    await asyncio.gather(*(run_batch(lines, node) for node, lines in plan_nodes(topology).items()))


def plan_sysctls(topology: Topology) -> Mapping[str, Mapping[str, str]]:
    """Return the sysctls per namespace."""
    ping = {"net/ipv4/ping_group_range": _ping_groups()}
    plan: dict[str, Mapping[str, str]] = {SWITCH: _EVERY_SWITCH}
    plan |= {router.name: {**_EVERY_NODE, **_EVERY_ROUTER, **ping} for router in topology.routers}
    return plan | {host.name: {**_EVERY_NODE, **ping} for host in topology.hosts}


def _ping_groups() -> str:
    """Return the groups that may ping without privilege: all that exist in this user namespace."""
    with open("/proc/self/gid_map", encoding="ascii") as file:
        inside, _outside, length = (int(word) for word in file.readline().split())
    return f"{inside} {min(inside + length - 1, 2**31 - 1)}"


def plan_cables(topology: Topology) -> Iterator[str]:
    """Yield the ip(8) lines, outside of any namespace, that make switches and cables."""
    macs = _macs(topology)
    for link in topology.links:
        switch = f"name {link.name} netns {SWITCH}"
        yield f"link add {switch} type bridge stp_state 0 mcast_snooping 0 forward_delay 0"
        for port in link.ports:
            near = f"name {port.interface} netns {port.node} address {macs[port.node, port.interface]}"
            yield f"link add {near} type veth peer name {port.switch_port} netns {SWITCH}"


def _macs(topology: Topology) -> Mapping[tuple[str, str], str]:
    routers = {
        (router.name, linux_name(interface)): router_mac(router.index, interface)
        for router in topology.routers
        for interface in router.interfaces
    }
    return routers | {(host.name, HOST_INTERFACE): host_mac(host.index) for host in topology.hosts}


def plan_nodes(topology: Topology) -> Mapping[str, list[str]]:
    """Return the ip(8) lines to run inside each namespace."""
    plan = {SWITCH: [line for link in topology.links for line in _switch_lines(link)]}
    for router in topology.routers:
        plan[router.name] = ["link set lo up", *(f"link set {linux_name(name)} up" for name in router.interfaces)]
    for host in topology.hosts:
        plan[host.name] = [
            "link set lo up",
            f"address add {host.address} brd + dev {HOST_INTERFACE}",
            f"link set {HOST_INTERFACE} up",
            f"route add default via {host.gateway}",
        ]
    return plan


def _switch_lines(link: Link) -> list[str]:
    ports = [line for port in link.ports for line in _port_lines(port.switch_port, link.name)]
    return [f"link set {link.name} up", *ports]


def _port_lines(port: str, switch: str) -> list[str]:
    return [f"link set {port} master {switch}", f"link set {port} up"]
