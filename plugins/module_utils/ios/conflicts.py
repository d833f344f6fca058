# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan would do to lines that the model does not know: such a plan is refused, never forced."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .archive import HEADER as ARCHIVE
from .bgp import LATER
from .checks import Named
from .model import AccessList, BgpTimers, Interface, Model, Neighbor, RouteMap
from .redaction import redact
from .running_config import RunningConfig

_ROUTER_ID = re.compile(r"bgp router-id (?!\d+\.\d+\.\d+\.\d+$)")


def find_conflicts(have: RunningConfig, target: Model, names: Named) -> list[str]:
    """Return one sentence per line of the router that stands against the target."""
    conflicts: list[str] = []
    for interface in target.interfaces:
        before = have.model.interface(interface.name)
        if interface.name in names.interfaces and before:
            conflicts += _interface_conflicts(before, interface)
    for access_list in target.access_lists:
        if access_list.name in names.access_lists:
            conflicts += _list_conflicts(have, access_list)
    for route_map in target.route_maps:
        if route_map.name in names.route_maps:
            conflicts += _metric_conflicts(route_map)
    if names.archive:
        conflicts += _archive_conflicts(have)
    return conflicts + (list(_bgp_conflicts(have, target)) if names.bgp else [])


def _interface_conflicts(have: Interface, target: Interface) -> Iterator[str]:
    where = f"interfaces[{have.name}]"
    template, words = have.facts.bfd_template, have.facts.address_words
    if target.bfd and not have.bfd and template:
        yield f"{where}.bfd: the interface has `bfd template {template}`; remove one of the two by hand."
    if target.ipv4 and words:
        yield f"{where}.ipv4: the interface takes its address by `{words}`; remove that by hand first."
    if have.ipv4 and target.ipv4 is None and have.facts.secondaries:
        yield f"{where}.ipv4: IOS keeps a primary address while there are secondary ones; remove those by hand first."


def _archive_conflicts(have: RunningConfig) -> Iterator[str]:
    """Yield a sentence where the router archives to somewhere that the model does not manage."""
    for path, line in have.foreign:
        if path == ARCHIVE and line.startswith("path "):
            yield f"archive.path: the router has `{redact(line)}`, a path off the router; remove that by hand first."


def _list_conflicts(have: RunningConfig, target: AccessList) -> Iterator[str]:
    if target.name in have.other_lists:
        yield f"access_lists[{target.name}]: the router has a list of this name that is not a standard one."
    before = have.model.access_list(target.name)
    taken = {number: line for number, line in target.facts.kept if number is not None}
    for entry in target.entries:
        if entry.sequence in taken and (before is None or entry not in before.entries):
            where = f"access_lists[{target.name}].entries[{entry.sequence}]"
            yield f"{where}: the router has `{entry.sequence} {taken[entry.sequence]}` there; choose another sequence."


def _metric_conflicts(target: RouteMap) -> Iterator[str]:
    """Yield a sentence per metric that would overwrite another form of it (`+5`, five values)."""
    for entry in target.entries:
        shown = next((line for line in entry.lines if line.startswith("set metric ")), None)
        if shown and entry.set_metric is not None:
            where = f"route_maps[{target.name}].entries[{entry.sequence}].set.metric"
            yield f"{where}: the router has `{shown}`; remove that by hand first."


def unsupported_bgp(have: RunningConfig) -> str | None:
    """Return why the router's BGP cannot be managed, None where it can."""
    if have.bgp_unsupported is None:
        return None
    return f"bgp: the router shows `{have.bgp_unsupported}` in router bgp: {LATER}. Nothing was changed."


def _bgp_conflicts(have: RunningConfig, target: Model) -> Iterator[str]:
    before, after = have.model.bgp, target.bgp
    if before is None or after is None or before.asn != after.asn:
        return
    shown = next((line for line in before.lines if _ROUTER_ID.match(line)), None)
    if after.router_id and shown:
        yield f"bgp.router_id: the router has `{shown}`; remove that by hand first."
    yield from _timer_conflict("bgp.timers", after.timers)
    old = {neighbor.key: neighbor for neighbor in before.neighbors}
    for neighbor in after.neighbors:
        if neighbor.key in old:
            yield from _neighbor_conflicts(old[neighbor.key], neighbor)


def _neighbor_conflicts(have: Neighbor, target: Neighbor) -> Iterator[str]:
    where = f"bgp.neighbors[{have.address}]"
    if have.facts.remote_as_inherited and target.remote_as != have.remote_as:
        yield f"{where}.remote_as: the AS {have.remote_as} comes from {have.facts.inherits}; change it there by hand."
    if target.timers:
        yield from _timer_conflict(f"{where}.timers", target.timers)


def _timer_conflict(where: str, timers: BgpTimers) -> Iterator[str]:
    minimum = timers.minimum_holdtime_s
    if minimum is not None and 0 < timers.holdtime_s < minimum:
        yield f"{where}: the router accepts no hold time below {minimum} s (third value); change that by hand first."
