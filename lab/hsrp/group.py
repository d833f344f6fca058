"""The values around a group's state machine: its settings, its peers, and what it wants done."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

from lab.hsrp.packet import DEFAULT_AUTHENTICATION, Packet, State, advertised_seconds


@dataclass(frozen=True)
class GroupSettings:
    """The configuration of one group on one interface; no virtual IP means "learn it"."""

    group: int
    own_address: IPv4Address
    virtual_ip: IPv4Address | None = None
    priority: int = 100
    preempt: bool = False
    preempt_delay_s: float = 0.0
    hello_ms: int = 3000
    hold_ms: int = 10000
    authentication: bytes = DEFAULT_AUTHENTICATION

    @property
    def uses_milliseconds(self) -> bool:
        """Tell whether the timers are neither advertised nor learned, see `advertised_seconds`."""
        return advertised_seconds(self.hello_ms, self.hold_ms) == (0, 0)


@dataclass(frozen=True)
class Peer:
    """Another router of the group, as its last packet showed it."""

    address: IPv4Address
    priority: int

    @property
    def rank(self) -> tuple[int, IPv4Address]:
        """Return what elections compare: the priority, then the address (RFC 2281, 5.1)."""
        return self.priority, self.address


@dataclass(frozen=True)
class Send:
    """Send a packet; from the virtual MAC address where `virtual_source` says so."""

    packet: Packet
    virtual_source: bool = False


@dataclass(frozen=True)
class Install:
    """Own the virtual MAC and this virtual IP address from now on."""

    virtual_ip: IPv4Address


@dataclass(frozen=True)
class Remove:
    """Own the virtual addresses no longer."""


@dataclass(frozen=True)
class Announce:
    """Broadcast a gratuitous ARP from the virtual MAC for this address."""

    virtual_ip: IPv4Address


@dataclass(frozen=True)
class Changed:
    """The state has changed."""

    old: State
    new: State


Output = Send | Install | Remove | Announce | Changed
