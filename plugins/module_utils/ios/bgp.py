# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The BGP process in the flat style: process lines, networks and neighbors, from the running-config and back."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from .bgp_neighbor import neighbor_lines, parse_neighbors, plan_neighbor, read_timers, render_timers
from .config_lines import below, indented, negate, removed, written
from .config_tree import Node
from .model import DEFAULT_AFI, DEFAULT_VRF, Bgp, BgpTimers, Network, NetworkKey
from .names import read_asn, read_ipv4

LATER = "the flat style only is managed for now; support of address-family blocks comes later"
_HEADER = re.compile(r"router bgp (\d+(?:\.\d+)?)$")
_ROUTER_ID = re.compile(r"bgp router-id (\d+\.\d+\.\d+\.\d+)$")
_TIMERS = re.compile(r"timers bgp (\d+) (\d+)(?: (\d+))?$")
_NETWORK = re.compile(
    r"network (?P<address>\d+\.\d+\.\d+\.\d+)(?: mask (?P<mask>\S+))?"
    r"(?: route-map (?P<route_map>\S+))?(?P<backdoor> backdoor)?$"
)
_SESSION_TEMPLATE = re.compile(r"template peer-session (\S+)$")
_REMOTE_AS = re.compile(r"remote-as (\d+(?:\.\d+)?)$")
_LOG = "log_neighbor_changes"


@dataclass(frozen=True)
class BgpShown:
    """What the running-config shows of BGP; `unsupported` names the line that the model cannot express."""

    bgp: Bgp | None = None
    unsupported: str | None = None


def network_key(prefix: IPv4Network) -> NetworkKey:
    """Return the key of a network in the default VRF."""
    return NetworkKey(DEFAULT_VRF, DEFAULT_AFI, prefix)


def parse_bgp(roots: list[Node]) -> tuple[BgpShown, list[Node]]:
    """Return the BGP process and the nodes that are something else."""
    rest = [node for node in roots if not _HEADER.match(node.line)]
    processes = [node for node in roots if _HEADER.match(node.line)]
    if not processes:
        return BgpShown(), rest
    node = processes[-1]
    asn = read_asn(node.line.split()[-1])
    unsupported = next((child.line for child in node.children if _is_other_style(child.line)), None)
    if unsupported:
        return BgpShown(None, unsupported), roots
    return BgpShown(_parse_process(asn, node)), rest


def _is_other_style(line: str) -> bool:
    return line.startswith(("address-family ", "scope ")) or line == "no bgp default ipv4-unicast"


def _parse_process(asn: int, node: Node) -> Bgp:
    values: dict[str, Any] = {_LOG: False}
    networks: dict[NetworkKey, Network] = {}
    unknown: list[str] = []
    for child in node.children:
        found = _NETWORK.match(child.line)
        network = _read_network(found) if found else None
        known = None if child.children else _process_clause(child.line)
        if network:
            networks[network.key] = network
        elif known is None:
            unknown.extend([child.line, *(nested.line for nested in child.walk())])
        else:
            values.update(known)
    neighbors, unknown = parse_neighbors(unknown, _session_asns(node))
    ordered = tuple(sorted(networks.values(), key=lambda network: network.prefix))
    return Bgp(asn, networks=ordered, neighbors=neighbors, lines=tuple(unknown), **values)


def _process_clause(line: str) -> dict[str, object] | None:
    """Return the values that a line of the process gives to the model, None where it does not know the line."""
    router_id, timers = _ROUTER_ID.match(line), _TIMERS.match(line)
    address = read_ipv4(router_id.group(1)) if router_id else None
    if address:
        return {"router_id": address}
    if timers:
        return {"timers": read_timers(timers)}
    if line in ("bgp log-neighbor-changes", "no bgp log-neighbor-changes"):
        return {_LOG: not line.startswith("no ")}
    return None


def _session_asns(node: Node) -> dict[str, int]:
    """Return the AS that each peer-session template gives."""
    asns: dict[str, int] = {}
    for child in node.children:
        template = _SESSION_TEMPLATE.match(child.line)
        for line in (nested.line for nested in child.children if template):
            found = _REMOTE_AS.match(line)
            if template and found:
                asns[template.group(1)] = read_asn(found.group(1))
    return asns


def classful_length(address: IPv4Address) -> int:
    """Return the prefix length of the address' class, which IOS leaves out of a `network` line.

    `network 0.0.0.0` is the default route.
    """
    if not int(address):
        return 0
    first = int(address) >> 24
    return 8 if first < 128 else 16 if first < 192 else 24


def _read_network(found: re.Match[str]) -> Network | None:
    """Return the network of a line, None where the text is garbled."""
    address = read_ipv4(found.group("address"))
    if address is None:
        return None
    mask = found.group("mask") or str(classful_length(address))
    try:
        prefix = IPv4Network(f"{address}/{mask}", strict=False)
    except ValueError:
        return None
    return Network(network_key(prefix), found.group("route_map"), bool(found.group("backdoor")))


def network_line(network: Network) -> str:
    """Return the network's line, a classful mask left out."""
    prefix = network.prefix
    mask = "" if prefix.prefixlen == classful_length(prefix.network_address) else f" mask {prefix.netmask}"
    route_map = f" route-map {network.route_map}" if network.route_map else ""
    return f"network {prefix.network_address}{mask}{route_map}{' backdoor' if network.backdoor else ''}"


def process_lines(bgp: Bgp) -> dict[Hashable, str]:
    """Return the lines of the process itself by slot, as the running-config shows them."""
    lines: dict[Hashable, str] = {}
    if bgp.router_id:
        lines["router_id"] = f"bgp router-id {bgp.router_id}"
    if bgp.log_neighbor_changes:
        lines[_LOG] = "bgp log-neighbor-changes"
    if bgp.timers != BgpTimers() or bgp.timers.minimum_holdtime_s is not None:
        lines["timers"] = f"timers bgp {render_timers(bgp.timers)}"
    return lines


def render_bgp(bgp: Bgp) -> list[str]:
    """Return the process' block as the running-config shows it."""
    lines = list(process_lines(bgp).values()) + [network_line(network) for network in bgp.networks]
    for neighbor in bgp.neighbors:
        lines += neighbor_lines(neighbor).values()
    return indented(f"router bgp {bgp.asn}", lines)


def plan_bgp(have: Bgp | None, target: Bgp | None) -> list[str]:
    """Return the commands for the process; another AS means the old process goes first."""
    if target is None:
        return [f"no router bgp {have.asn}"] if have else []
    header = f"router bgp {target.asn}"
    if have is None or have.asn != target.asn:
        gone = [f"no router bgp {have.asn}"] if have else []
        # IOS logs neighbor changes in a new process: say no where it is not wanted.
        log = [] if target.log_neighbor_changes else ["no bgp log-neighbor-changes"]
        return [*gone, header, *log, *_plan_inside(Bgp(target.asn, log_neighbor_changes=False), target)]
    return below(header, _plan_inside(have, target))


def _plan_inside(have: Bgp, target: Bgp) -> list[str]:
    """Return the commands inside the process: new before old, sessions last."""
    old, new = process_lines(have), process_lines(target)
    commands = list(removed(old, new).values()) + list(written(old, new).values())
    commands += _plan_networks(have, target)
    neighbors = {neighbor.key: neighbor for neighbor in have.neighbors}
    for neighbor in target.neighbors:
        commands += plan_neighbor(neighbors.get(neighbor.key), neighbor)
    kept = {neighbor.key for neighbor in target.neighbors}
    return commands + [f"no neighbor {key.address}" for key in neighbors if key not in kept]


def _plan_networks(have: Bgp, target: Bgp) -> list[str]:
    """Return the commands for the networks, new before old."""
    old = {network.key: network for network in have.networks}
    commands: list[str] = []
    for network in target.networks:
        before = old.get(network.key)
        if before == network:
            continue
        # Whether `network X` clears the route-map of before is unverified on a device: take the line back.
        if before and before.route_map and not network.route_map:
            commands.append(negate(network_line(before)))
        commands.append(network_line(network))
    kept = {network.key for network in target.networks}
    return commands + [negate(network_line(network)) for network in have.networks if network.key not in kept]


def carry_networks(have: Bgp | None, networks: tuple[Network, ...]) -> tuple[Network, ...]:
    """Return the networks with what the device has beside the model (`backdoor`)."""
    backdoors = {network.key for network in have.networks if network.backdoor} if have else set()
    return tuple(replace(network, backdoor=network.key in backdoors) for network in networks)
