# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about the two ends of a BGP session: addresses, AS, BFD and timers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from ipaddress import IPv4Address

from .derive import Models, Peering, Port, neighbor_timers, peerings, port_towards
from .fleet_finding import FleetFinding, error, warning

External = Collection[IPv4Address]


def session_findings(models: Models, external: External) -> Iterator[FleetFinding]:
    """Yield the findings of all sessions; `external` are addresses outside of the models."""
    for check in CHECKS:
        for item in peerings(models):
            yield from check(item, external)
    yield from _next_hops_are_reachable(models)


def _where(item: Peering) -> str:
    return f"{item.host} bgp neighbor {item.neighbor.address}"


def _peer_exists(item: Peering, external: External) -> Iterator[FleetFinding]:
    """Find neighbors that no router of the models is."""
    if item.peer is None and item.neighbor.address not in external:
        yield error(
            "unknown_peer",
            _where(item),
            str(item.neighbor.address),
            "an address of a router of the inventory, or one that is listed as external",
            "Correct the address, or list it in fast_failover_external_peers.",
        )


def _peer_as_agrees(item: Peering, external: External) -> Iterator[FleetFinding]:
    """Find neighbors whose AS is not the one that they run."""
    if item.peer is None:
        return
    runs = item.peer_bgp.asn if item.peer_bgp else None
    if runs is None:
        yield error(
            "peer_without_bgp",
            _where(item),
            item.peer.host,
            "a router with a bgp section",
            f"Declare bgp on {item.peer.host}, or remove the neighbor.",
        )
    elif item.neighbor.remote_as != runs:
        yield error(
            "remote_as",
            f"{_where(item)} remote_as",
            item.neighbor.remote_as,
            f"{runs}, the AS of {item.peer.host}",
            f"Set remote_as to {runs}, or correct the asn of {item.peer.host}.",
        )


def _peer_points_back(item: Peering, external: External) -> Iterator[FleetFinding]:
    """Find neighbors whose far end does not have this router as a neighbor."""
    if item.peer is None or item.peer_bgp is None or item.own is None or item.entry is not None:
        return
    back = [str(neighbor.address) for neighbor in item.peer_bgp.neighbors]
    yield error(
        "one_sided_neighbor",
        _where(item),
        f"neighbors of {item.peer.host}: {', '.join(back) or 'none'}",
        f"a neighbor {item.own.address} on {item.peer.host}",
        f"Declare neighbor {item.own.address} with remote_as {item.bgp.asn} on {item.peer.host}.",
    )


def _ends_share_a_subnet(item: Peering, external: External) -> Iterator[FleetFinding]:
    """Find neighbors that are not on a subnet which both ends have."""
    if item.own is None:
        yield error(
            "neighbor_subnet",
            _where(item),
            str(item.neighbor.address),
            "an address in the subnet of an interface of the router",
            f"Correct the neighbor, or give an interface of {item.host} an address in its subnet.",
        )
    elif item.peer is not None and item.own.subnet != item.peer.subnet:
        yield error(
            "subnet_mismatch",
            f"{item.host} {item.own.interface.name} ipv4",
            str(item.own.ipv4),
            f"the subnet of {item.peer.host} {item.peer.interface.name}, {item.peer.subnet}",
            "Give both ends of the link the same subnet and mask.",
        )


def _bfd_on_both_ends(item: Peering, external: External) -> Iterator[FleetFinding]:
    """Find sessions that only one end protects by BFD."""
    if item.peer is None or item.entry is None or not item.neighbor.bfd or item.entry.bfd:
        return
    yield error(
        "one_sided_bfd",
        f"{item.peer.host} bgp neighbor {item.entry.address} bfd",
        False,
        f"true, as on {item.host}",
        f"Set bfd of that neighbor on both ends, or on none: BFD between {item.host} and {item.peer.host} "
        "does not come up.",
    )


def _bfd_needs_timers(item: Peering, external: External) -> Iterator[FleetFinding]:
    """Find sessions with BFD over an interface that has no `bfd interval`."""
    if item.neighbor.bfd and item.own is not None and item.own.interface.bfd is None:
        yield error(
            "bfd_without_interval",
            f"{item.host} {item.own.interface.name} bfd",
            None,
            f"interval, min_rx and multiplier, for neighbor {item.neighbor.address} falls over by BFD",
            "Declare the three BFD timers of the interface, or take bfd off the neighbor.",
        )


def _bfd_is_symmetric(item: Peering, external: External) -> Iterator[FleetFinding]:
    """Warn of links whose ends detect a failure at different times; once per link."""
    if item.own is None or item.peer is None or not item.neighbor.bfd or item.own.address > item.peer.address:
        return
    own, peer = item.own.interface, item.peer.interface
    if own.bfd is None or peer.bfd is None or (own.bfd, own.bfd_echo) == (peer.bfd, peer.bfd_echo):
        return
    yield warning(
        "bfd_asymmetry",
        f"{item.host} {own.name} bfd",
        _timers_text(item.own),
        f"the same as {item.peer.host} {peer.name}: {_timers_text(item.peer)}",
        "Give both ends of the link the same BFD timers and the same mode.",
    )


def _timers_text(port: Port) -> str:
    bfd = port.interface.bfd
    timers = f"{bfd.interval_ms}/{bfd.min_rx_ms} ms x {bfd.multiplier}" if bfd else "none"
    return timers if port.interface.bfd_echo else f"{timers} without echo"


def _hold_times_agree(item: Peering, external: External) -> Iterator[FleetFinding]:
    """Warn of sessions whose ends offer different timers; once per session."""
    if item.own is None or item.peer is None or item.peer_bgp is None or item.entry is None:
        return
    own, peer = neighbor_timers(item.bgp, item.neighbor), neighbor_timers(item.peer_bgp, item.entry)
    if item.own.address > item.peer.address or own == peer:
        return
    yield warning(
        "timers_mismatch",
        f"{_where(item)} timers",
        f"{own.keepalive_s}/{own.holdtime_s} s",
        f"those of {item.peer.host}: {peer.keepalive_s}/{peer.holdtime_s} s",
        "Set the same keepalive and hold time on both ends; the smaller hold time runs.",
    )


def _shutdown_agrees(item: Peering, external: External) -> Iterator[FleetFinding]:
    """Warn of sessions that one end alone has shut."""
    if item.neighbor.shutdown and item.peer is not None and item.entry is not None and not item.entry.shutdown:
        yield warning(
            "one_sided_shutdown",
            f"{_where(item)} shutdown",
            True,
            f"the same as on {item.peer.host}",
            "Shut the neighbor on both ends, or on none.",
        )


def _next_hops_are_reachable(models: Models) -> Iterator[FleetFinding]:
    """Warn of internal peers that get external next hops which they have no interface towards."""
    for item in peerings(models):
        if not item.is_internal or item.neighbor.next_hop_self or item.peer is None:
            continue
        outer = [neighbor.address for neighbor in item.bgp.neighbors if neighbor.remote_as != item.bgp.asn]
        peer = item.peer.host
        far = [str(hop) for hop in outer if port_towards(models[peer], peer, hop) is None]
        if far:
            yield warning(
                "next_hop_self",
                f"{_where(item)} next_hop_self",
                False,
                f"true: {peer} has no interface towards {', '.join(far)}",
                f"Set next_hop_self, or what {item.host} hands to {peer} hangs on a route to that next hop.",
            )


CHECKS: tuple[Callable[[Peering, External], Iterator[FleetFinding]], ...] = (
    _peer_exists,
    _peer_as_agrees,
    _peer_points_back,
    _ends_share_a_subnet,
    _bfd_on_both_ends,
    _bfd_needs_timers,
    _bfd_is_symmetric,
    _hold_times_agree,
    _shutdown_agrees,
)
