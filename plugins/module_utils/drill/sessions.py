# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The BGP sessions that a cut takes down, each as one end of it sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..ios.derive import Models, Peering, Port, bfd_end, detection, neighbor_timers, peerings, running_timers
from ..ios.show_bfd import BfdSession
from ..ios.show_bgp import ESTABLISHED, BgpNeighbor
from ..ios.verify import Observed, observed_from_dict
from .scenario import End

Infos = Mapping[str, Mapping[str, Any]]
UP = "Up"


@dataclass(frozen=True)
class DrillSession:
    """One end of a BGP session over the cut; `peer` is None where the far end is no router of the drill.

    `detection_ms` and `interval_ms` are BFD's by the configuration, None where `bfd` is not set or the
    far end decides as well. `hold_s` is 0 where the session has no hold timer.
    """

    end: End
    neighbor: str
    local_address: str
    peer: End | None
    bfd: bool
    hold_s: int
    keepalive_s: int
    detection_ms: float | None = None
    interval_ms: float | None = None

    @property
    def router(self) -> str:
        """Return the router of this end."""
        return self.end.router

    def __str__(self) -> str:
        """Return the session for people."""
        return f"{self.end} to {self.neighbor}"


def find_sessions(models: Models, ends: Sequence[End]) -> tuple[DrillSession, ...]:
    """Return the sessions over the ends, from the models of the running configurations.

    On a network where several ends are named, only sessions among them are cut; else all over the end are.
    """
    return tuple(_session(item) for item in peerings(models) if _is_cut(item, ends, models))


def _is_cut(item: Peering, ends: Sequence[End], models: Models) -> bool:
    if item.own is None or item.neighbor.shutdown or _end(item.own) not in ends:
        return False
    if item.peer is not None and _end(item.peer) in ends:
        return True
    return not any(port.subnet == item.own.subnet for port in _other_ports(models, ends, item.own.host))


def _other_ports(models: Models, ends: Sequence[End], host: str) -> Iterable[Port]:
    for end in ends:
        interface = models[end.router].interface(end.interface) if end.router in models else None
        if end.router != host and interface and interface.ipv4:
            yield Port(end.router, interface, interface.ipv4)


def _end(port: Port) -> End:
    return End(port.host, port.interface.name)


def _session(item: Peering) -> DrillSession:
    assert item.own is not None
    timers = neighbor_timers(item.bgp, item.neighbor)
    if item.peer_bgp and item.entry:
        timers = running_timers(timers, neighbor_timers(item.peer_bgp, item.entry))
    own, peer = bfd_end(item.own.interface), bfd_end(item.peer.interface) if item.peer else None
    told = detection(own, peer) if item.neighbor.bfd and own and peer else None
    multiplier = (own if told and told.mode == "echo" else peer) if told else None
    return DrillSession(
        end=_end(item.own),
        neighbor=str(item.neighbor.address),
        local_address=str(item.own.address),
        peer=_end(item.peer) if item.peer else None,
        bfd=item.neighbor.bfd and own is not None,
        hold_s=timers.holdtime_s,
        keepalive_s=timers.keepalive_s,
        detection_ms=told.detection_time_ms if told else None,
        interval_ms=told.detection_time_ms / multiplier.multiplier if told and multiplier else None,
    )


def as_observed(sessions: Sequence[DrillSession], infos: Infos) -> tuple[DrillSession, ...]:
    """Return the sessions with the timers that run, where the routers show them."""
    seen = {router: observed_from_dict(info) for router, info in infos.items()}
    return tuple(_as_observed(item, seen.get(item.router, Observed())) for item in sessions)


def _as_observed(item: DrillSession, seen: Observed) -> DrillSession:
    bgp, bfd = bgp_of(item, seen), bfd_of(item, seen)
    if bgp and bgp.hold_time_s is not None and bgp.keepalive_s is not None:
        item = replace(item, hold_s=bgp.hold_time_s, keepalive_s=bgp.keepalive_s)
    if item.bfd and bfd and bfd.detection_time_ms is not None:
        pace = bfd.detection_time_ms / (bfd.multiplier or 3 if bfd.echo else bfd.received_multiplier or 3)
        item = replace(item, detection_ms=bfd.detection_time_ms, interval_ms=round(pace, 3))
    return item


def bgp_of(item: DrillSession, seen: Observed) -> BgpNeighbor | None:
    """Return how a router shows the session's BGP neighbor."""
    return next((row for row in seen.bgp or () if row.neighbor == item.neighbor and row.vrf == "default"), None)


def bfd_of(item: DrillSession, seen: Observed) -> BfdSession | None:
    """Return how a router shows the session's BFD session."""
    rows = [row for row in seen.bfd or () if row.neighbor == item.neighbor]
    return next((row for row in rows if row.interface in (None, item.end.interface)), None)


def not_stable(before: Infos, now: Infos, sessions: Sequence[DrillSession]) -> tuple[str, ...]:
    """Return what is not settled once BFD was taken away: each sentence is one thing that is missing.

    Every BGP session that was established before has to be, its routes have to be those of before, and the
    sessions of the drill have to run without BFD.
    """
    missing: list[str] = []
    for router, info in before.items():
        if router not in now:
            missing.append(f"{router}: does not answer")
            continue
        old, new = observed_from_dict(info), observed_from_dict(now[router])
        missing += [f"{router}: BGP {item} is not {ESTABLISHED}" for item in _lost_sessions(old, new)]
        missing += [f"{router}: route {item} is missing" for item in sorted(_routes(old) - _routes(new))]
    for item in sessions:
        seen = observed_from_dict(now[item.router]) if item.router in now else Observed()
        neighbor = bgp_of(item, seen)
        if neighbor is None or neighbor.bfd:
            missing.append(f"{item}: BFD is not taken away yet")
    return tuple(missing)


def _lost_sessions(old: Observed, new: Observed) -> list[str]:
    up = {(row.vrf, row.neighbor) for row in new.bgp or () if row.state == ESTABLISHED}
    return [row.neighbor for row in old.bgp or () if row.state == ESTABLISHED and (row.vrf, row.neighbor) not in up]


def _routes(seen: Observed) -> set[str]:
    return {f"{row.prefix} via {row.next_hop or row.interface}" for row in seen.routes or ()}
