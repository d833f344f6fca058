"""Configuration of one lab router, as typed values that the command line fills in.

The store is the source of truth of the running-config. Values hold what is in effect, defaults
included; which of them the running-config shows is the business of the command's writer.
Interface names are canonical IOS names ("Ethernet0/0"); times carry their unit in the name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

HSRP_HELLO_MS = 3000
HSRP_HOLD_MS = 10000
HSRP_PRIORITY = 100
BGP_KEEPALIVE_S = 60
BGP_HOLD_S = 180
BFD_SLOW_TIMER_MS = 1000
ARCHIVE_MAXIMUM = 10


@dataclass
class BfdInterval:
    """`bfd interval T min_rx R multiplier M` of an interface."""

    interval_ms: int
    min_rx_ms: int
    multiplier: int


@dataclass
class HsrpGroup:
    """One `standby N …` group, HSRP version 1."""

    number: int
    virtual_ip: IPv4Address | None = None
    priority: int = HSRP_PRIORITY
    preempt: bool = False
    preempt_delay_min_s: int = 0
    hello_ms: int = HSRP_HELLO_MS
    hold_ms: int = HSRP_HOLD_MS
    learns_ip: bool = False  # `standby N ip` without an address

    @property
    def enabled(self) -> bool:
        """Tell whether the group has its `standby ip`; one without does not run, whatever else is configured."""
        return self.virtual_ip is not None or self.learns_ip


@dataclass
class Interface:
    """One interface; it exists because the topology has it and cannot be created or removed."""

    name: str
    description: str | None = None
    address: IPv4Interface | None = None
    shutdown: bool = False
    access_group_in: str | None = None  # the access list that filters what comes in
    redirects: bool = True
    bfd: BfdInterval | None = None
    bfd_echo: bool = True
    hsrp: dict[int, HsrpGroup] = field(default_factory=dict)


@dataclass
class AccessListEntry:
    """One numbered entry of a standard access list; wildcard bits that are 1 are not compared."""

    sequence: int
    action: str  # "permit" | "deny"
    source: IPv4Address
    wildcard: IPv4Address


@dataclass
class AccessList:
    """A standard named access list."""

    name: str
    entries: dict[int, AccessListEntry] = field(default_factory=dict)


@dataclass
class ExtendedEntry:
    """One entry of an extended access list; `port` is the destination's, None for every port."""

    sequence: int
    action: str  # "permit" | "deny"
    protocol: str  # "ip" | "icmp" | "tcp" | "udp"
    source: IPv4Address
    source_wildcard: IPv4Address
    destination: IPv4Address
    destination_wildcard: IPv4Address
    port: int | None = None


@dataclass
class ExtendedAccessList:
    """An extended named access list."""

    name: str
    entries: dict[int, ExtendedEntry] = field(default_factory=dict)


@dataclass
class RouteMapEntry:
    """One sequence of a route-map."""

    sequence: int
    action: str  # "permit" | "deny"
    match_access_lists: list[str] = field(default_factory=list)
    metric: int | None = None


@dataclass
class RouteMap:
    """A route-map with its entries by sequence."""

    name: str
    entries: dict[int, RouteMapEntry] = field(default_factory=dict)


@dataclass
class BgpNetwork:
    """`network PREFIX [mask M] [route-map R]`."""

    prefix: IPv4Network
    route_map: str | None = None


@dataclass
class BgpNeighbor:
    """One `neighbor A …`; `keepalive_s`/`hold_s` are None where the process' timers apply."""

    address: IPv4Address
    remote_as: int
    description: str | None = None
    fall_over_bfd: bool = False
    next_hop_self: bool = False
    route_map_in: str | None = None
    route_map_out: str | None = None
    keepalive_s: int | None = None
    hold_s: int | None = None
    shutdown: bool = False


@dataclass
class Bgp:
    """The one BGP process."""

    asn: int
    router_id: IPv4Address | None = None
    log_neighbor_changes: bool = True
    keepalive_s: int = BGP_KEEPALIVE_S
    hold_s: int = BGP_HOLD_S
    networks: dict[IPv4Network, BgpNetwork] = field(default_factory=dict)
    neighbors: dict[IPv4Address, BgpNeighbor] = field(default_factory=dict)


@dataclass
class Archive:
    """`archive`: where configurations are archived; without a path nothing is."""

    path: str | None = None
    maximum: int = ARCHIVE_MAXIMUM
    write_memory: bool = False
    time_period_min: int | None = None


@dataclass
class RouterConfig:
    """Everything that the running-config of one router says."""

    hostname: str
    interfaces: dict[str, Interface] = field(default_factory=dict)
    bfd_slow_timer_ms: int = BFD_SLOW_TIMER_MS
    access_lists: dict[str, AccessList] = field(default_factory=dict)
    extended_lists: dict[str, ExtendedAccessList] = field(default_factory=dict)
    route_maps: dict[str, RouteMap] = field(default_factory=dict)
    bgp: Bgp | None = None
    banner_motd: str | None = None
    enable_secret: str | None = None  # type 8 hash (lab.ios.password_hash)
    users: dict[str, str] = field(default_factory=dict)  # name -> type 8 hash
    archive: Archive = field(default_factory=Archive)
