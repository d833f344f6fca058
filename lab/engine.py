"""What stands behind a lab router's command line: the contract between IOS front and engine.

`lab.ios` renders its shows from these observed values and never looks behind the contract;
`lab.frr` and `lab.hsrp` provide them from live daemons. Times are UTC epoch seconds (float)
where a name ends in `_at`, else durations with their unit in the name.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Protocol

from lab.ios.store import RouterConfig


@dataclass(frozen=True)
class InterfaceState:
    """Live state of one interface. `carrier` is the line; `admin_up` follows `shutdown`."""

    name: str
    mac: str  # "aabb.cc00.0100"
    admin_up: bool
    carrier: bool
    mtu: int = 1500
    input_packets: int = 0
    output_packets: int = 0
    input_bytes: int = 0
    output_bytes: int = 0


@dataclass(frozen=True)
class BfdSession:
    """One single-hop BFD session as bfdd sees it (RFC 5880); intervals in milliseconds."""

    neighbor: IPv4Address
    local: IPv4Address
    interface: str
    local_discriminator: int
    remote_discriminator: int
    state: str  # "Up" | "Down" | "Init" | "AdminDown"
    remote_state: str
    echo: bool
    tx_interval_ms: int  # configured: what we want to send (slow timer while echo is used)
    rx_interval_ms: int
    echo_interval_ms: int
    multiplier: int
    remote_tx_interval_ms: int
    remote_rx_interval_ms: int
    remote_echo_interval_ms: int
    remote_multiplier: int
    diagnostic: int = 0
    remote_diagnostic: int = 0
    state_for_s: float = 0.0  # uptime when Up, downtime otherwise
    rx_packets: int = 0
    tx_packets: int = 0
    echo_rx_packets: int = 0
    echo_tx_packets: int = 0
    session_down_count: int = 0
    clients: tuple[str, ...] = ()  # "BGP", "HSRP"


@dataclass(frozen=True)
class BgpNeighborState:
    """One BGP neighbor as bgpd sees it; `state` in IOS words."""

    address: IPv4Address
    remote_as: int
    local_as: int
    state: str  # "Idle" | "Idle (Admin)" | "Active" | "Connect" | "OpenSent" | "OpenConfirm" | "Established"
    remote_router_id: IPv4Address | None = None
    state_for_s: float | None = None  # None: never
    hold_time_s: int = 0  # running (negotiated), 0 while not established
    keepalive_s: int = 0
    configured_hold_time_s: int = 180
    configured_keepalive_s: int = 60
    messages_received: int = 0
    messages_sent: int = 0
    opens_sent: int = 0
    opens_received: int = 0
    notifications_sent: int = 0
    notifications_received: int = 0
    updates_sent: int = 0
    updates_received: int = 0
    keepalives_sent: int = 0
    keepalives_received: int = 0
    refreshes_sent: int = 0
    refreshes_received: int = 0
    in_queue: int = 0
    out_queue: int = 0
    prefixes_received: int = 0
    prefixes_sent: int = 0
    connections_established: int = 0
    connections_dropped: int = 0
    last_reset_for_s: float | None = None
    last_reset_reason: str | None = None  # IOS words: "BFD adjacency down"
    local_address: IPv4Address | None = None
    local_port: int = 0
    remote_port: int = 0
    last_read_s: float | None = None
    last_write_s: float | None = None


@dataclass(frozen=True)
class BgpPath:
    """One path in the BGP table."""

    prefix: IPv4Network
    next_hop: IPv4Address
    metric: int | None
    local_preference: int | None
    weight: int
    as_path: str  # "64513 64512", "" for local
    origin: str  # "i" | "e" | "?"
    valid: bool
    best: bool
    internal: bool


@dataclass(frozen=True)
class BgpTable:
    """The BGP process as a whole."""

    router_id: IPv4Address | None
    local_as: int
    version: int
    paths: tuple[BgpPath, ...] = ()
    neighbors: tuple[BgpNeighborState, ...] = ()


@dataclass(frozen=True)
class Route:
    """One route of the main table; `protocol` is "connected", "local", "bgp" or "static"."""

    prefix: IPv4Network
    protocol: str
    distance: int
    metric: int
    next_hop: IPv4Address | None
    interface: str | None  # canonical IOS name
    age_s: float = 0.0
    bgp_internal: bool = False


@dataclass(frozen=True)
class HsrpState:
    """Live state of one HSRP group (RFC 2281)."""

    interface: str
    group: int
    state: str  # "Init" | "Learn" | "Listen" | "Speak" | "Standby" | "Active"; "Disabled" without `standby ip`
    virtual_ip: IPv4Address | None
    virtual_mac: str  # "0000.0c07.ac01"
    priority: int
    preempt: bool
    active_router: IPv4Address | None  # None: unknown; own address: local
    standby_router: IPv4Address | None
    active_is_local: bool
    standby_is_local: bool
    hello_ms: int = 3000  # running: the configured time, or what the active router taught
    hold_ms: int = 10000
    state_changes: int = 0
    state_for_s: float = 0.0
    next_hello_s: float = 0.0
    active_priority: int | None = None
    standby_priority: int | None = None
    active_expires_s: float | None = None
    standby_expires_s: float | None = None


@dataclass(frozen=True)
class PingReply:
    """One echo request of `ping`: `rtt_ms` is None where no reply came."""

    sequence: int
    rtt_ms: float | None


@dataclass(frozen=True)
class Event:
    """Something that happened behind the front, for `show logging`.

    kind: "bgp_up", "bgp_down", "bgp_notification_sent", "bgp_notification_received", "bfd_up",
    "bfd_down", "hsrp_state", "link_up", "link_down", "line_up", "line_down".
    fields, as the kind needs them: neighbor, reason, code, subcode, direction, local_discriminator,
    client, interface, group, old, new.
    """

    at: float
    kind: str
    fields: dict[str, str] = field(default_factory=dict)


class EngineError(Exception):
    """The engine could not do what a command asked for; the text goes to the lab's log."""


class Engine(Protocol):
    """One router's engine. `apply` is idempotent and takes effect before it returns."""

    async def apply(self, config: RouterConfig) -> None:
        """Make kernel, FRR and HSRP match `config`, changing only what differs."""

    async def interfaces(self) -> list[InterfaceState]: ...

    async def bfd_sessions(self) -> list[BfdSession]: ...

    async def bgp(self) -> BgpTable | None:
        """Return the BGP process with neighbors and paths, None where none is configured."""

    async def routes(self) -> list[Route]: ...

    async def hsrp_groups(self) -> list[HsrpState]: ...

    async def clear_bgp(self, neighbor: IPv4Address | None, soft: str | None) -> None:
        """Reset sessions (all for None); soft is None (hard), "in", "out" or "both"."""

    def ping(
        self, target: IPv4Address, count: int, size_bytes: int, timeout_s: float, source: IPv4Address | None
    ) -> AsyncIterator[PingReply]: ...

    def subscribe(self, callback: Callable[[Event], None]) -> None: ...
