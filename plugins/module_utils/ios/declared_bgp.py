# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the declared BGP process."""

from __future__ import annotations

from dataclasses import dataclass

from .argument_spec import CONFIG_OPTIONS
from .bgp import network_key
from .bgp_neighbor import neighbor_key
from .model import DEFAULT_AFI, DEFAULT_VRF, Bgp, BgpTimers, Neighbor, Network
from .platforms import Limits, Range
from .reading import Reader
from .stated import Stated, stated

_OPTIONS = CONFIG_OPTIONS["bgp"]["options"]
_SHORTEST_HOLD_S = 3


@dataclass(frozen=True)
class DeclaredBgp:
    """The process; `networks` and `neighbors` are None where the list was not stated."""

    process: Stated[Bgp]
    networks: tuple[Stated[Network], ...] | None
    neighbors: tuple[Stated[Neighbor], ...] | None


def read_bgp(reader: Reader, limits: Limits) -> DeclaredBgp:
    """Return the declared process; findings go to the reader."""
    reader.expect(_OPTIONS)
    process = stated(
        Bgp(reader.asn("asn", limits.asn, required=True) or limits.asn.low),
        router_id=reader.identifier("router_id"),
        log_neighbor_changes=reader.flag("log_neighbor_changes"),
        timers=_read_timers(reader, limits.timer),
    )
    networks = [_read_network(child) for child in reader.children("networks", "prefix")]
    neighbors = [_read_neighbor(child, limits) for child in reader.children("neighbors", "address")]
    reader.unique("networks", (network.value.prefix for network in networks if network))
    reader.unique("neighbors", (neighbor.value.address for neighbor in neighbors if neighbor))
    return DeclaredBgp(
        process,
        None if reader.raw("networks") is None else tuple(network for network in networks if network),
        None if reader.raw("neighbors") is None else tuple(neighbor for neighbor in neighbors if neighbor),
    )


def _read_timers(reader: Reader, allowed: Range) -> BgpTimers | None:
    """Return both timers; one alone says nothing about the other."""
    child = reader.child("timers")
    if child is None:
        return None
    child.expect(_OPTIONS["timers"]["options"])
    keepalive, holdtime = child.number("keepalive", allowed, True), child.number("holdtime", allowed, True)
    if keepalive is None or holdtime is None:
        return None
    if 0 < holdtime < _SHORTEST_HOLD_S:
        child.refuse(
            "holdtime", holdtime, f"0 or at least {_SHORTEST_HOLD_S} s", "RFC 4271 section 4.2 allows no other."
        )
    if holdtime and keepalive >= holdtime:
        child.refuse("keepalive", keepalive, f"below the hold time {holdtime} s", "A third of the hold time is usual.")
    return BgpTimers(keepalive, holdtime)


def _read_place(reader: Reader) -> None:
    """Note a VRF or an address family that is not managed."""
    for name, only in (("vrf", DEFAULT_VRF), ("afi", DEFAULT_AFI)):
        value = reader.raw(name)
        if value not in (None, only):
            reader.refuse(name, value, only, "Others are not managed for now: leave the option out.")


def _read_network(reader: Reader) -> Stated[Network] | None:
    reader.expect(_OPTIONS["networks"]["options"])
    _read_place(reader)
    prefix, route_map = reader.prefix("prefix"), reader.word("route_map")
    return stated(Network(network_key(prefix)), route_map=route_map) if prefix else None


def _read_neighbor(reader: Reader, limits: Limits) -> Stated[Neighbor] | None:
    reader.expect(_OPTIONS["neighbors"]["options"])
    _read_place(reader)
    address = reader.address("address", required=True)
    attributes = {
        "remote_as": reader.asn("remote_as", limits.asn),
        "description": reader.text("description", limits.neighbor_description),
        "timers": _read_timers(reader, limits.timer),
        **{name: reader.flag(name) for name in ("bfd", "next_hop_self", "shutdown")},
        **{name: reader.word(name) for name in ("route_map_in", "route_map_out")},
    }
    return stated(Neighbor(neighbor_key(address)), **attributes) if address else None
