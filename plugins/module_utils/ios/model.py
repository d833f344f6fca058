# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fast-failover model of one router: frozen values, IOS defaults filled in.

Fields named `facts` hold what the running-config says around an object and what no option sets;
they are carried along, never compared and never part of the option shape.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

DEFAULT_VRF = "default"
DEFAULT_AFI = "ipv4"
BFD_SLOW_TIMERS_MS = 1000
HSRP_PRIORITY = 100
KEEPALIVE_S = 60
HOLDTIME_S = 180
ARCHIVE_MAXIMUM = 10


@dataclass(frozen=True)
class BfdInterval:
    """`bfd interval T min_rx R multiplier M` of an interface, all three or none."""

    interval_ms: int
    min_rx_ms: int
    multiplier: int


@dataclass(frozen=True)
class HsrpFacts:
    """What a group has beside the model: a learned address, the other delays of `preempt`."""

    learned: bool = False
    preempt_words: str = ""  # "reload 10 sync 3"


@dataclass(frozen=True)
class HsrpGroup:
    """One `standby N …` group for IPv4."""

    group: int
    virtual_ip: IPv4Address | None = None
    priority: int = HSRP_PRIORITY
    preempt: bool = False
    preempt_delay_minimum_s: int = 0
    facts: HsrpFacts = field(default=HsrpFacts(), compare=False)


@dataclass(frozen=True)
class InterfaceFacts:
    """What an interface has beside the model."""

    vrf: str = DEFAULT_VRF
    secondaries: tuple[IPv4Interface, ...] = ()
    address_words: str = ""  # "dhcp", "negotiated", "unnumbered Loopback0"
    bfd_template: str = ""
    hsrp_version: int = 1
    ipv6_hsrp_groups: tuple[int, ...] = ()
    lines: tuple[str, ...] = ()  # every line that the model does not know


@dataclass(frozen=True)
class Interface:
    """One interface by its canonical IOS name."""

    name: str
    description: str | None = None
    ipv4: IPv4Interface | None = None
    enabled: bool = True
    redirects: bool = True
    bfd: BfdInterval | None = None
    bfd_echo: bool = True
    hsrp: tuple[HsrpGroup, ...] = ()
    facts: InterfaceFacts = field(default=InterfaceFacts(), compare=False)


@dataclass(frozen=True)
class Source:
    """What a standard entry matches; bits that are 1 in `wildcard` are not compared."""

    address: IPv4Address
    wildcard: IPv4Address

    @property
    def is_any(self) -> bool:
        """Return whether every address matches."""
        return int(self.wildcard) == 0xFFFFFFFF

    @property
    def is_host(self) -> bool:
        """Return whether one address only matches."""
        return int(self.wildcard) == 0

    def __str__(self) -> str:
        """Return the option's form: any, an address, a prefix, or address and wildcard."""
        if self.is_any:
            return "any"
        if self.is_host:
            return str(self.address)
        bits = int(self.wildcard)
        if bits & (bits + 1) == 0:
            return f"{self.address}/{32 - bits.bit_length()}"
        return f"{self.address} {self.wildcard}"


@dataclass(frozen=True)
class AccessListEntry:
    """One numbered entry of a standard access list."""

    sequence: int
    action: str
    source: Source


@dataclass(frozen=True)
class AccessListFacts:
    """How the device shows a list, and the entries that the model does not know (`log`, remarks)."""

    numbered: bool = True
    kept: tuple[tuple[int | None, str], ...] = ()  # sequence (None: has none) and line


@dataclass(frozen=True)
class AccessList:
    """A standard access list, named or numbered, its entries by sequence."""

    name: str
    entries: tuple[AccessListEntry, ...] = ()
    facts: AccessListFacts = field(default=AccessListFacts(), compare=False)


@dataclass(frozen=True)
class RouteMapEntry:
    """One sequence of a route-map; `lines` of facts are the clauses that the model does not know."""

    sequence: int
    action: str
    match_ip_address: tuple[str, ...] = ()
    set_metric: int | None = None
    lines: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class RouteMap:
    """A route-map, its entries by sequence."""

    name: str
    entries: tuple[RouteMapEntry, ...] = ()


@dataclass(frozen=True)
class NetworkKey:
    """What makes a BGP network unique."""

    vrf: str
    afi: str
    prefix: IPv4Network


@dataclass(frozen=True)
class NeighborKey:
    """What makes a BGP neighbor unique."""

    vrf: str
    afi: str
    address: IPv4Address


@dataclass(frozen=True)
class BgpTimers:
    """Keepalive and hold time in seconds; `minimum_holdtime_s` is kept but no option sets it."""

    keepalive_s: int = KEEPALIVE_S
    holdtime_s: int = HOLDTIME_S
    minimum_holdtime_s: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Network:
    """`network PREFIX [route-map R]`."""

    key: NetworkKey
    route_map: str | None = None
    backdoor: bool = field(default=False, compare=False)

    @property
    def prefix(self) -> IPv4Network:
        """Return the announced prefix."""
        return self.key.prefix


@dataclass(frozen=True)
class NeighborFacts:
    """What a neighbor has beside the model."""

    bfd_words: str = ""  # "strict-mode", "multi-hop"
    next_hop_self_words: str = ""  # "all"
    inherits: str = ""  # "peer-group PG", "peer-session T"
    remote_as_inherited: bool = False
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Neighbor:
    """One BGP neighbor; `timers` is None where those of the process apply."""

    key: NeighborKey
    remote_as: int | None = None
    description: str | None = None
    bfd: bool = False
    next_hop_self: bool = False
    route_map_in: str | None = None
    route_map_out: str | None = None
    timers: BgpTimers | None = None
    shutdown: bool = False
    facts: NeighborFacts = field(default=NeighborFacts(), compare=False)

    @property
    def address(self) -> IPv4Address:
        """Return the neighbor's address."""
        return self.key.address


@dataclass(frozen=True)
class Bgp:
    """The BGP process with its networks and neighbors; `lines` are those that the model does not know."""

    asn: int
    router_id: IPv4Address | None = None
    log_neighbor_changes: bool = True
    timers: BgpTimers = BgpTimers()
    networks: tuple[Network, ...] = ()
    neighbors: tuple[Neighbor, ...] = ()
    lines: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Archive:
    """Where the router keeps former configurations; `lines` are those that the model does not know."""

    path: str
    maximum: int = ARCHIVE_MAXIMUM
    lines: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Model:
    """Everything that the model knows of one router."""

    bfd_slow_timers_ms: int = BFD_SLOW_TIMERS_MS
    interfaces: tuple[Interface, ...] = ()
    access_lists: tuple[AccessList, ...] = ()
    route_maps: tuple[RouteMap, ...] = ()
    bgp: Bgp | None = None
    archive: Archive | None = None

    def interface(self, name: str) -> Interface | None:
        """Return the interface of that canonical name."""
        return next((interface for interface in self.interfaces if interface.name == name), None)

    def access_list(self, name: str) -> AccessList | None:
        """Return the access list of that name."""
        return next((access_list for access_list in self.access_lists if access_list.name == name), None)

    def route_map(self, name: str) -> RouteMap | None:
        """Return the route-map of that name."""
        return next((route_map for route_map in self.route_maps if route_map.name == name), None)


def model_to_dict(model: Model) -> dict[str, Any]:
    """Return the model in the shape of the `config` option; what is not there is left out.

    An access list without a known entry is left out: the option cannot say it.
    """
    shape: dict[str, Any] = {
        "bfd": {"slow_timers": model.bfd_slow_timers_ms},
        "interfaces": [_interface_to_dict(interface) for interface in model.interfaces],
        "access_lists": [_access_list_to_dict(acl) for acl in model.access_lists if acl.entries],
        "route_maps": [_route_map_to_dict(route_map) for route_map in model.route_maps],
    }
    if model.bgp:
        shape["bgp"] = _bgp_to_dict(model.bgp)
    if model.archive:
        shape["archive"] = {"path": model.archive.path, "maximum": model.archive.maximum}
    return shape


def _interface_to_dict(interface: Interface) -> dict[str, Any]:
    bfd: dict[str, Any] = {"echo": interface.bfd_echo}
    if interface.bfd:
        bfd.update(
            interval=interface.bfd.interval_ms, min_rx=interface.bfd.min_rx_ms, multiplier=interface.bfd.multiplier
        )
    return _stated(
        name=interface.name,
        description=interface.description,
        ipv4=str(interface.ipv4) if interface.ipv4 else None,
        enabled=interface.enabled,
        redirects=interface.redirects,
        bfd=bfd,
        hsrp=[_hsrp_to_dict(group) for group in interface.hsrp],
    )


def _hsrp_to_dict(group: HsrpGroup) -> dict[str, Any]:
    return _stated(
        group=group.group,
        virtual_ip=str(group.virtual_ip) if group.virtual_ip else None,
        priority=group.priority,
        preempt={"enabled": group.preempt, "delay_minimum": group.preempt_delay_minimum_s},
    )


def _access_list_to_dict(access_list: AccessList) -> dict[str, Any]:
    entries = [
        {"sequence": entry.sequence, "action": entry.action, "source": str(entry.source)}
        for entry in access_list.entries
    ]
    return {"name": access_list.name, "entries": entries}


def _route_map_to_dict(route_map: RouteMap) -> dict[str, Any]:
    entries = [
        _stated(
            sequence=entry.sequence,
            action=entry.action,
            match={"ip_address": list(entry.match_ip_address)} if entry.match_ip_address else None,
            set={"metric": entry.set_metric} if entry.set_metric is not None else None,
        )
        for entry in route_map.entries
    ]
    return {"name": route_map.name, "entries": entries}


def _bgp_to_dict(bgp: Bgp) -> dict[str, Any]:
    return _stated(
        asn=bgp.asn,
        router_id=str(bgp.router_id) if bgp.router_id else None,
        log_neighbor_changes=bgp.log_neighbor_changes,
        timers=_timers_to_dict(bgp.timers),
        networks=[
            _stated(vrf=item.key.vrf, afi=item.key.afi, prefix=str(item.prefix), route_map=item.route_map)
            for item in bgp.networks
        ],
        neighbors=[_neighbor_to_dict(neighbor) for neighbor in bgp.neighbors],
    )


def _neighbor_to_dict(neighbor: Neighbor) -> dict[str, Any]:
    return _stated(
        vrf=neighbor.key.vrf,
        afi=neighbor.key.afi,
        address=str(neighbor.address),
        remote_as=neighbor.remote_as,
        description=neighbor.description,
        bfd=neighbor.bfd,
        next_hop_self=neighbor.next_hop_self,
        route_map_in=neighbor.route_map_in,
        route_map_out=neighbor.route_map_out,
        timers=_timers_to_dict(neighbor.timers) if neighbor.timers else None,
        shutdown=neighbor.shutdown,
    )


def _timers_to_dict(timers: BgpTimers) -> dict[str, int]:
    return {"keepalive": timers.keepalive_s, "holdtime": timers.holdtime_s}


def _stated(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
