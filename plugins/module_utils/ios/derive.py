# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows from the models of all routers together: who faces whom, and how fast a failure is seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from .model import Bgp, BgpTimers, HsrpGroup, Interface, Model, Neighbor

Models = Mapping[str, Model]

ECHO = "echo"
ASYNCHRONOUS = "asynchronous"


@dataclass(frozen=True)
class BfdEnd:
    """The BFD timers of one end of a link, as its interface has them."""

    interval_ms: int
    min_rx_ms: int
    multiplier: int
    echo: bool = True


@dataclass(frozen=True)
class Detection:
    """How one end notices that the other is gone, and after what silence."""

    mode: str
    detection_time_ms: int


@dataclass(frozen=True)
class Port:
    """One addressed interface of one router."""

    host: str
    interface: Interface
    ipv4: IPv4Interface

    @property
    def address(self) -> IPv4Address:
        """Return the address of the interface."""
        return self.ipv4.ip

    @property
    def subnet(self) -> IPv4Network:
        """Return the network that the interface is in."""
        return self.ipv4.network


@dataclass(frozen=True)
class Peering:
    """One neighbor entry of one router with what the other models say about its far end.

    `own` is None where no interface is in the neighbor's subnet; `peer` is None for an address that no
    router has, `entry` where the far end has no entry that points back.
    """

    host: str
    bgp: Bgp
    neighbor: Neighbor
    own: Port | None
    peer: Port | None
    peer_bgp: Bgp | None
    entry: Neighbor | None

    @property
    def is_internal(self) -> bool:
        """Return whether both ends are declared to be in one AS."""
        return self.neighbor.remote_as == self.bgp.asn

    @property
    def can_establish(self) -> bool:
        """Return whether the models of both ends let the session come up."""
        return (
            self.own is not None
            and self.peer is not None
            and self.peer_bgp is not None
            and self.entry is not None
            and self.own.interface.enabled
            and self.peer.interface.enabled
            and self.own.subnet == self.peer.subnet
            and not self.neighbor.shutdown
            and not self.entry.shutdown
            and self.neighbor.remote_as == self.peer_bgp.asn
            and self.entry.remote_as == self.bgp.asn
        )


@dataclass(frozen=True)
class HsrpMember:
    """One router's part in an HSRP group."""

    port: Port
    group: HsrpGroup


def detection(own: BfdEnd, peer: BfdEnd) -> Detection:
    """Return how `own` notices that `peer` is gone.

    Echo needs both ends: an end without it advertises a Required Min Echo RX Interval of zero
    (RFC 5880, 6.8.9). Asynchronous mode: RFC 5880, 6.8.4. On IOS the interval and min_rx of the
    interface become those of echo; that `no bfd echo` at one end stops both is unverified on a device.
    """
    if own.echo and peer.echo:
        return Detection(ECHO, own.multiplier * max(own.interval_ms, peer.min_rx_ms))
    return Detection(ASYNCHRONOUS, peer.multiplier * max(own.min_rx_ms, peer.interval_ms))


def bfd_end(interface: Interface) -> BfdEnd | None:
    """Return the BFD timers of an interface, None where it has no `bfd interval`."""
    bfd = interface.bfd
    return BfdEnd(bfd.interval_ms, bfd.min_rx_ms, bfd.multiplier, interface.bfd_echo) if bfd else None


def ports(models: Models) -> Iterator[Port]:
    """Yield every addressed interface of every router."""
    for host, model in models.items():
        for interface in model.interfaces:
            if interface.ipv4 is not None:
                yield Port(host, interface, interface.ipv4)


def port_towards(model: Model, host: str, address: IPv4Address) -> Port | None:
    """Return the interface of the router whose subnet the address is in."""
    own = [port for port in ports({host: model}) if address in port.subnet and address != port.address]
    return own[0] if own else None


def peerings(models: Models) -> Iterator[Peering]:
    """Yield every neighbor entry of every router."""
    for host, model in models.items():
        for neighbor in model.bgp.neighbors if model.bgp else ():
            yield peering(models, host, neighbor)


def peering(models: Models, host: str, neighbor: Neighbor) -> Peering:
    """Return a neighbor entry of a router that runs BGP together with its far end."""
    bgp = models[host].bgp
    if bgp is None:
        raise ValueError(f"{host} runs no BGP")
    own = port_towards(models[host], host, neighbor.address)
    peer = next((port for port in ports(models) if port.address == neighbor.address and port.host != host), None)
    peer_bgp = models[peer.host].bgp if peer else None
    back = [entry for entry in peer_bgp.neighbors if own and entry.address == own.address] if peer_bgp else []
    return Peering(host, bgp, neighbor, own, peer, peer_bgp, back[0] if back else None)


def neighbor_timers(bgp: Bgp, neighbor: Neighbor) -> BgpTimers:
    """Return the timers that a neighbor entry offers: its own, or those of the process."""
    return neighbor.timers or bgp.timers


def running_timers(own: BgpTimers, peer: BgpTimers) -> BgpTimers:
    """Return the negotiated timers: the smaller hold time, and at most a third of it (RFC 4271, 4.2 and 10)."""
    hold_s = min(own.holdtime_s, peer.holdtime_s)
    return BgpTimers(keepalive_s=min(own.keepalive_s, hold_s // 3), holdtime_s=hold_s)


def hsrp_groups(models: Models) -> dict[tuple[IPv4Network, int], list[HsrpMember]]:
    """Return the members of every HSRP group, which is a subnet and a group number."""
    groups: dict[tuple[IPv4Network, int], list[HsrpMember]] = {}
    for port in ports(models):
        for group in port.interface.hsrp:
            groups.setdefault((port.subnet, group.group), []).append(HsrpMember(port, group))
    return groups
