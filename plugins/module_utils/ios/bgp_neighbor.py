# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BGP neighbors: `neighbor A …` lines of the flat style to neighbors and back."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import replace
from ipaddress import IPv4Address

from .config_lines import removed, written
from .model import DEFAULT_AFI, DEFAULT_VRF, BgpTimers, Neighbor, NeighborFacts, NeighborKey
from .names import read_asn, read_ipv4

_LINE = re.compile(r"(?P<no>no )?neighbor (?P<address>\S+) (?P<clause>.+)$")
_REMOTE_AS = re.compile(r"remote-as (\d+(?:\.\d+)?)$")
_DESCRIPTION = re.compile(r"description (.+)$")
_BFD = re.compile(r"fall-over bfd(?P<words>(?: (?:single-hop|multi-hop|check-control-plane-failure|strict-mode))*)$")
_NEXT_HOP_SELF = re.compile(r"next-hop-self(?: (?P<words>all))?$")
_ROUTE_MAP = re.compile(r"route-map (\S+) (in|out)$")
_TIMERS = re.compile(r"timers (\d+) (\d+)(?: (\d+))?$")
_INHERITS = re.compile(r"(?:peer-group|inherit peer-session) (\S+)$")

# The session's own lines first, `shutdown` before anything that could start it.
_FIRST_SLOTS = ("remote_as", "shutdown")


def neighbor_key(address: IPv4Address) -> NeighborKey:
    """Return the key of a neighbor in the default VRF."""
    return NeighborKey(DEFAULT_VRF, DEFAULT_AFI, address)


def parse_neighbors(
    lines: list[str], sessions: Mapping[str, int] | None = None
) -> tuple[tuple[Neighbor, ...], list[str]]:
    """Return the IPv4 neighbors and the lines that are something else (peer-groups, IPv6 neighbors).

    `sessions` gives the AS of peer-session templates, for neighbors that inherit theirs.
    """
    neighbors: dict[NeighborKey, Neighbor] = {}
    rest: list[str] = []
    for line in lines:
        found = _LINE.match(line)
        key = _key(found.group("address")) if found else None
        if found and key:
            clause = f"{found.group('no') or ''}{found.group('clause')}"
            neighbors[key] = _with_clause(neighbors.get(key, Neighbor(key)), clause, line)
        else:
            rest.append(line)
    parents = {**(sessions or {}), **_group_asns(rest)}
    inherited = (_inherit(neighbors[key], parents) for key in sorted(neighbors, key=lambda key: int(key.address)))
    return tuple(inherited), rest


def _key(text: str) -> NeighborKey | None:
    address = read_ipv4(text)
    return None if address is None else neighbor_key(address)


def _group_asns(rest: list[str]) -> dict[str, int]:
    """Return the AS of each peer-group."""
    asns: dict[str, int] = {}
    for line in rest:
        found = _LINE.match(line)
        remote_as = _REMOTE_AS.match(found.group("clause")) if found else None
        if found and remote_as:
            asns[found.group("address")] = read_asn(remote_as.group(1))
    return asns


def _inherit(neighbor: Neighbor, parents: Mapping[str, int]) -> Neighbor:
    parent = neighbor.facts.inherits
    if neighbor.remote_as is not None or parent not in parents:
        return neighbor
    return replace(neighbor, remote_as=parents[parent], facts=replace(neighbor.facts, remote_as_inherited=True))


def _with_clause(neighbor: Neighbor, clause: str, line: str) -> Neighbor:
    """Return the neighbor with one more clause; where the model does not know it, the line is kept."""
    known = _session_clause(neighbor, clause) or _policy_clause(neighbor, clause)
    if known:
        return known
    inherits = _INHERITS.match(clause)
    facts = replace(
        neighbor.facts,
        inherits=inherits.group(1) if inherits else neighbor.facts.inherits,
        lines=neighbor.facts.lines + (line,),
    )
    # `shutdown graceful …` closes the session too; `no neighbor X shutdown` takes either back.
    return replace(neighbor, facts=facts, shutdown=neighbor.shutdown or clause.startswith("shutdown "))


def _session_clause(neighbor: Neighbor, clause: str) -> Neighbor | None:
    """Return the neighbor with a clause about its session."""
    remote_as, description, timers = _REMOTE_AS.match(clause), _DESCRIPTION.match(clause), _TIMERS.match(clause)
    if remote_as:
        return replace(neighbor, remote_as=read_asn(remote_as.group(1)))
    if description:
        return replace(neighbor, description=description.group(1))
    if timers:
        return replace(neighbor, timers=read_timers(timers))
    if clause == "shutdown":
        return replace(neighbor, shutdown=True)
    return None


def _policy_clause(neighbor: Neighbor, clause: str) -> Neighbor | None:
    """Return the neighbor with a clause about BFD or policy."""
    bfd, self_clause, route_map = _BFD.match(clause), _NEXT_HOP_SELF.match(clause), _ROUTE_MAP.match(clause)
    if bfd:
        facts = replace(neighbor.facts, bfd_words=bfd.group("words").strip())
        return replace(neighbor, bfd=True, facts=facts)
    if self_clause:
        facts = replace(neighbor.facts, next_hop_self_words=self_clause.group("words") or "")
        return replace(neighbor, next_hop_self=True, facts=facts)
    if route_map and route_map.group(2) == "in":
        return replace(neighbor, route_map_in=route_map.group(1))
    return replace(neighbor, route_map_out=route_map.group(1)) if route_map else None


def read_timers(found: re.Match[str]) -> BgpTimers:
    """Return keepalive, hold time and the minimum hold time where the line has one."""
    keepalive, holdtime, minimum = found.groups()
    return BgpTimers(int(keepalive), int(holdtime), None if minimum is None else int(minimum))


def render_timers(timers: BgpTimers) -> str:
    """Return the numbers of a `timers` line, a minimum hold time of the device kept."""
    minimum = "" if timers.minimum_holdtime_s is None else f" {timers.minimum_holdtime_s}"
    return f"{timers.keepalive_s} {timers.holdtime_s}{minimum}"


def neighbor_lines(neighbor: Neighbor) -> dict[Hashable, str]:
    """Return the neighbor's lines by slot, as the running-config shows them."""
    clauses: dict[Hashable, str] = {}
    if neighbor.remote_as is not None and not neighbor.facts.remote_as_inherited:
        clauses["remote_as"] = f"remote-as {neighbor.remote_as}"
    if neighbor.description is not None:
        clauses["description"] = f"description {neighbor.description}"
    if neighbor.shutdown:
        clauses["shutdown"] = "shutdown"
    if neighbor.timers:
        clauses["timers"] = f"timers {render_timers(neighbor.timers)}"
    if neighbor.bfd:
        clauses["bfd"] = f"fall-over bfd {neighbor.facts.bfd_words}".rstrip()
    if neighbor.next_hop_self:
        clauses["next_hop_self"] = f"next-hop-self {neighbor.facts.next_hop_self_words}".rstrip()
    if neighbor.route_map_in:
        clauses["route_map_in"] = f"route-map {neighbor.route_map_in} in"
    if neighbor.route_map_out:
        clauses["route_map_out"] = f"route-map {neighbor.route_map_out} out"
    return {slot: f"neighbor {neighbor.address} {clause}" for slot, clause in clauses.items()}


def plan_neighbor(have: Neighbor | None, target: Neighbor) -> list[str]:
    """Return the commands for one neighbor; a session is started last."""
    old, new = neighbor_lines(have) if have else {}, neighbor_lines(target)
    gone, come = removed(old, new), written(old, new)
    start = gone.pop("shutdown", None)
    first = [come.pop(slot) for slot in _FIRST_SLOTS if slot in come]
    return first + list(gone.values()) + list(come.values()) + ([start] if start else [])


def carry_facts(have: Neighbor | None, target: Neighbor) -> Neighbor:
    """Return the target with what the device has beside the model, so that no plan overwrites it."""
    if have is None:
        return target
    inherited = have.facts.remote_as_inherited and target.remote_as in (None, have.remote_as)
    remote_as = have.remote_as if inherited else target.remote_as
    timers = carry_minimum(have.timers, target.timers) if target.timers else None
    facts: NeighborFacts = replace(have.facts, remote_as_inherited=inherited)
    return replace(target, remote_as=remote_as, timers=timers, facts=facts)


def carry_minimum(have: BgpTimers | None, target: BgpTimers) -> BgpTimers:
    """Return the target's timers with the minimum hold time that the device has."""
    return replace(target, minimum_holdtime_s=have.minimum_holdtime_s if have else None)
