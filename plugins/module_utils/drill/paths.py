# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of the traffic through the routers of the drill, as their tables say.

The way is followed over BGP routes and connected networks. Where another protocol decides it cannot be
told, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network

from ..ios.derive import Models, Port, port_towards, ports
from ..ios.names import read_ipv4
from ..ios.verify import ACTIVE, observed_from_dict
from .scenario import End
from .sessions import Infos

MOST_HOPS = 32

Table = tuple[tuple[IPv4Network, IPv4Address], ...]


@dataclass(frozen=True)
class Network:
    """The routers as the traffic sees them: their interfaces, BGP routes (prefix, next hop) and active HSRP groups."""

    models: Models
    tables: Mapping[str, Table]
    active: frozenset[End] = frozenset()


@dataclass(frozen=True)
class Hop:
    """One router of a way, with the interfaces by which traffic enters and leaves it."""

    router: str
    enters: str
    leaves: str = ""


@dataclass(frozen=True)
class Path:
    """A way through the routers; `why` says what stopped it where the target was not reached."""

    hops: tuple[Hop, ...] = ()
    reached: bool = False
    why: str = ""

    @property
    def ends(self) -> frozenset[End]:
        """Return every interface that the traffic passes."""
        found = [End(hop.router, name) for hop in self.hops for name in (hop.enters, hop.leaves) if name]
        return frozenset(found)

    def __str__(self) -> str:
        """Return the way for people."""
        return " > ".join(hop.router for hop in self.hops) or "no way"


def read_network(models: Models, infos: Infos) -> Network:
    """Return the network as the routers show it; a router that did not answer has no routes."""
    seen = {router: observed_from_dict(info) for router, info in infos.items()}
    tables = {
        router: tuple(read_route(row.prefix, row.next_hop) for row in item.routes or () if row.vrf == "default")
        for router, item in seen.items()
    }
    active = [
        End(router, group.interface)
        for router, item in seen.items()
        for group in item.hsrp or ()
        if group.state == ACTIVE
    ]
    return Network(models, {router: tuple(filter(None, rows)) for router, rows in tables.items()}, frozenset(active))


def read_route(prefix: str, next_hop: str | None) -> tuple[IPv4Network, IPv4Address] | None:
    """Return a row of a routing table, None for a route without an IPv4 next hop."""
    hop = read_ipv4(next_hop or "")
    try:
        return (IPv4Network(prefix), hop) if hop else None
    except ValueError:
        return None


def trace_path(network: Network, source: IPv4Address, target: IPv4Address) -> Path:
    """Return the way from one host to another."""
    entry = _entry(network, source)
    if isinstance(entry, str):
        return Path(why=entry)
    hops: list[Hop] = []
    router, enters = entry.host, entry.interface.name
    while True:
        if len(hops) >= MOST_HOPS or any(hop.router == router for hop in hops):
            return Path(tuple(hops), why=f"the way goes in a circle at {router}")
        step = _step(network, router, target)
        if isinstance(step, str):
            return Path((*hops, Hop(router, enters)), why=step)
        leaves, peer = step
        hops.append(Hop(router, enters, leaves.interface.name))
        if peer is None:
            return Path(tuple(hops), reached=True)
        router, enters = peer.host, peer.interface.name


def _entry(network: Network, source: IPv4Address) -> Port | str:
    """Return the interface that a host's traffic enters by: its gateway's."""
    near = [port for port in _ports(network.models) if source in port.subnet and source != port.address]
    if len(near) > 1 and any(port.interface.hsrp for port in near):
        near = [port for port in near if End(port.host, port.interface.name) in network.active]
    if len(near) == 1:
        return near[0]
    if not near:
        return f"no router of the drill is an active gateway for {source}"
    return f"several routers are on the network of {source}, and no HSRP group tells which one is its gateway"


def _ports(models: Models) -> Iterator[Port]:
    return (port for port in ports(models) if port.interface.enabled)


def _step(network: Network, router: str, target: IPv4Address) -> tuple[Port, Port | None] | str:
    """Return the interface towards the target and that of the next router, None where the target is on the link."""
    own = _towards(network, router, target)
    if own is not None:
        return own, None
    hop = _next_hop(network, router, target)
    if hop is None:
        return f"{router} has no BGP route to {target}"
    leaves = _towards(network, router, hop)
    owners = [port for port in _ports(network.models) if port.host != router and _answers(network, port, hop)]
    if leaves is None or not owners:
        return f"the next hop {hop} of {router} is none of the routers of the drill"
    return leaves, owners[0]


def _towards(network: Network, router: str, address: IPv4Address) -> Port | None:
    model = network.models[router]
    enabled = replace(model, interfaces=tuple(item for item in model.interfaces if item.enabled))
    return port_towards(enabled, router, address)


def _answers(network: Network, port: Port, address: IPv4Address) -> bool:
    """Return whether an interface takes packets for the address: its own, or the virtual one of its active group."""
    virtual = any(group.virtual_ip == address for group in port.interface.hsrp)
    return port.address == address or (virtual and End(port.host, port.interface.name) in network.active)


def _next_hop(network: Network, router: str, target: IPv4Address) -> IPv4Address | None:
    """Return the next router's address for a target: the longest prefix, looked up again until it is on a link."""
    address = target
    for _round in range(MOST_HOPS):
        rows = [row for row in network.tables.get(router, ()) if address in row[0]]
        if not rows:
            return None
        address = max(rows, key=lambda row: row[0].prefixlen)[1]
        if _towards(network, router, address) is not None:
            return address
    return None
