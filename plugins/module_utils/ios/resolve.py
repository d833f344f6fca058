# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what a router has and what was declared to the complete target model, per state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from .access_list import same_order
from .bgp import carry_networks
from .bgp_neighbor import carry_facts, carry_minimum
from .declared import Declared, DeclaredInterface, DeclaredRouteMap
from .declared_bgp import DeclaredBgp
from .interface import sort_key
from .model import (
    BFD_SLOW_TIMERS_MS,
    AccessList,
    AccessListEntry,
    Archive,
    Bgp,
    HsrpGroup,
    Interface,
    Model,
    Neighbor,
    NeighborKey,
    Network,
    NetworkKey,
    RouteMap,
    RouteMapEntry,
)
from .stated import Stated


def resolve(have: Model, want: Declared, state: str) -> Model:
    """Return the model that the router has after the run.

    `merged` adds and changes what is stated. `replaced` gives the named objects exactly what is
    stated, IOS defaults elsewhere. `deleted` removes the named objects; of an interface only what
    fast failover put there.
    """
    if state == "deleted":
        return _without(have, want)
    exact = state != "merged"
    return Model(
        _slow_timers(have, want, exact),
        _interfaces(have, want, exact),
        _access_lists(have, want, exact),
        _route_maps(have, want, exact),
        _bgp(have.bgp, want.bgp, exact) if want.bgp else have.bgp,
        _archive(have.archive, want.archive, exact) if want.archive else have.archive,
    )


def _without(have: Model, want: Declared) -> Model:
    """Return the model with the named objects gone."""
    interfaces = {item.interface.value.name for item in want.interfaces}
    access_lists = {item.name for item in want.access_lists}
    route_maps = {item.name for item in want.route_maps}
    return Model(
        BFD_SLOW_TIMERS_MS if want.names_bfd else have.bfd_slow_timers_ms,
        tuple(_bare(interface) if interface.name in interfaces else interface for interface in have.interfaces),
        tuple(item for item in have.access_lists if item.name not in access_lists),
        tuple(item for item in have.route_maps if item.name not in route_maps),
        None if want.bgp else have.bgp,
        None if want.archive else have.archive,
    )


def _bare(interface: Interface) -> Interface:
    return replace(interface, bfd=None, bfd_echo=True, redirects=True, hsrp=())


def _slow_timers(have: Model, want: Declared, exact: bool) -> int:
    if want.slow_timers_ms is not None:
        return want.slow_timers_ms
    return BFD_SLOW_TIMERS_MS if want.names_bfd and exact else have.bfd_slow_timers_ms


def _archive(have: Archive | None, declared: Stated[Archive], exact: bool) -> Archive:
    if have is None:
        return declared.value
    return replace(declared.value, lines=have.lines) if exact else declared.onto(have)


def _interfaces(have: Model, want: Declared, exact: bool) -> tuple[Interface, ...]:
    found = {interface.name: interface for interface in have.interfaces}
    for declared in want.interfaces:
        name = declared.interface.value.name
        found[name] = _interface(found.get(name, Interface(name)), declared, exact)
    return tuple(found[name] for name in sorted(found, key=sort_key))


def _interface(have: Interface, declared: DeclaredInterface, exact: bool) -> Interface:
    groups = {group.group: group for group in have.hsrp}
    kept = {} if exact else dict(groups)
    for item in declared.hsrp or ():
        number = item.value.group
        kept[number] = _group(groups.get(number, HsrpGroup(number)), item, exact)
    hsrp = tuple(kept[number] for number in sorted(kept))
    if exact:
        return replace(declared.interface.value, hsrp=hsrp, facts=have.facts)
    return replace(declared.interface.onto(have), hsrp=hsrp)


def _group(have: HsrpGroup, declared: Stated[HsrpGroup], exact: bool) -> HsrpGroup:
    return replace(declared.value, facts=have.facts) if exact else declared.onto(have)


def _access_lists(have: Model, want: Declared, exact: bool) -> tuple[AccessList, ...]:
    found = {item.name: item for item in have.access_lists}
    for declared in want.access_lists:
        found[declared.name] = _access_list(found.get(declared.name), declared, exact)
    return tuple(found[name] for name in sorted(found))


def _access_list(have: AccessList | None, declared: AccessList, exact: bool) -> AccessList:
    """Return the list; one that the device shows without numbers is compared by its order."""
    if have is None:
        return declared
    entries = declared.entries if exact else _merged_entries(have, declared)
    if not have.facts.numbered and same_order(have.entries, entries):
        return have
    return AccessList(declared.name, entries, have.facts)


def _merged_entries(have: AccessList, declared: AccessList) -> tuple[AccessListEntry, ...]:
    """Return both lists' entries; a source stands once, where the declaration puts it if numbers are shown.

    Without numbers a declared clause stays where the device has it, unless a new entry takes its place.
    """
    new = list(declared.entries) if have.facts.numbered else _without_place(declared, have.entries)
    sources = {entry.source for entry in new if entry not in have.entries}
    kept = {entry.sequence: entry for entry in have.entries if entry.source not in sources}
    while new:
        kept.update({entry.sequence: entry for entry in new})
        new = _without_place(declared, kept.values())
    return tuple(kept[number] for number in sorted(kept))


def _without_place(declared: AccessList, entries: Iterable[AccessListEntry]) -> list[AccessListEntry]:
    """Return the declared entries whose clause none of the entries has."""
    clauses = {(entry.action, entry.source) for entry in entries}
    return [entry for entry in declared.entries if (entry.action, entry.source) not in clauses]


def _route_maps(have: Model, want: Declared, exact: bool) -> tuple[RouteMap, ...]:
    found = {item.name: item for item in have.route_maps}
    for declared in want.route_maps:
        found[declared.name] = _route_map(found.get(declared.name), declared, exact)
    return tuple(found[name] for name in sorted(found))


def _route_map(have: RouteMap | None, declared: DeclaredRouteMap, exact: bool) -> RouteMap:
    old = {entry.sequence: entry for entry in have.entries} if have else {}
    kept = {} if exact else dict(old)
    for item in declared.entries:
        number = item.value.sequence
        kept[number] = _route_map_entry(old.get(number), item, exact)
    return RouteMap(declared.name, tuple(kept[number] for number in sorted(kept)))


def _route_map_entry(have: RouteMapEntry | None, declared: Stated[RouteMapEntry], exact: bool) -> RouteMapEntry:
    """Return the entry; the order in which lists are matched says nothing, so the device's stays."""
    if have is None:
        return declared.value
    names = declared.value.match_ip_address
    if not exact:
        names = tuple(dict.fromkeys(have.match_ip_address + names))
    if set(names) == set(have.match_ip_address):
        names = have.match_ip_address
    entry = declared.value if exact else declared.onto(have)
    return replace(entry, match_ip_address=names, lines=have.lines)


def _bgp(have: Bgp | None, declared: DeclaredBgp, exact: bool) -> Bgp:
    value = declared.process.value
    same = have if have and have.asn == value.asn else None
    base = value if exact or same is None else declared.process.onto(same)
    timers = carry_minimum(same.timers, base.timers) if same and "timers" in declared.process.fields else base.timers
    return replace(
        base,
        timers=timers,
        networks=_networks(same, declared.networks or (), exact),
        neighbors=_neighbors(same, declared.neighbors or (), exact),
        lines=same.lines if same else (),
    )


def _networks(have: Bgp | None, declared: tuple[Stated[Network], ...], exact: bool) -> tuple[Network, ...]:
    old: Mapping[NetworkKey, Network] = {network.key: network for network in have.networks} if have else {}
    kept = {} if exact else dict(old)
    for item in declared:
        key = item.value.key
        kept[key] = item.value if exact or key not in old else item.onto(old[key])
    return carry_networks(have, tuple(sorted(kept.values(), key=lambda network: network.prefix)))


def _neighbors(have: Bgp | None, declared: tuple[Stated[Neighbor], ...], exact: bool) -> tuple[Neighbor, ...]:
    old: Mapping[NeighborKey, Neighbor] = {neighbor.key: neighbor for neighbor in have.neighbors} if have else {}
    kept = {} if exact else dict(old)
    for item in declared:
        key = item.value.key
        neighbor = item.value if exact or key not in old else item.onto(old[key])
        kept[key] = carry_facts(old.get(key), neighbor)
    return tuple(sorted(kept.values(), key=lambda neighbor: int(neighbor.address)))
