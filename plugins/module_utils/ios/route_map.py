# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route-maps: from the running-config and back."""

from __future__ import annotations

import re
from dataclasses import replace

from .config_lines import below, indented
from .config_tree import Node
from .model import RouteMap, RouteMapEntry

_HEADER = re.compile(r"route-map (\S+)(?: ordering-seq \d+)? (permit|deny) (\d+)(?: ordering-seq \d+)?$")
# `match ip address prefix-list X` names prefix-lists: not in the model.
_MATCH = re.compile(r"match ip address (?!prefix-list )(.+)$")
_METRIC = re.compile(r"set metric (\d+)$")


def parse_route_maps(roots: list[Node]) -> tuple[tuple[RouteMap, ...], list[Node]]:
    """Return the route-maps and the nodes that are something else."""
    entries: dict[str, dict[int, RouteMapEntry]] = {}
    rest: list[Node] = []
    for node in roots:
        found = _HEADER.match(node.line)
        if found:
            name, action, sequence = found.group(1), found.group(2), int(found.group(3))
            entries.setdefault(name, {})[sequence] = _parse_entry(RouteMapEntry(sequence, action), node)
        else:
            rest.append(node)
    maps = (RouteMap(name, tuple(found[number] for number in sorted(found))) for name, found in sorted(entries.items()))
    return tuple(maps), rest


def _parse_entry(entry: RouteMapEntry, node: Node) -> RouteMapEntry:
    for child in node.children:
        match, metric = _MATCH.match(child.line), _METRIC.match(child.line)
        if match:
            names = tuple(dict.fromkeys(entry.match_ip_address + tuple(match.group(1).split())))
            entry = replace(entry, match_ip_address=names)
        elif metric:
            entry = replace(entry, set_metric=int(metric.group(1)))
        else:
            entry = replace(entry, lines=entry.lines + (child.line,))
    return entry


def header(name: str, entry: RouteMapEntry) -> str:
    """Return the line that enters an entry."""
    return f"route-map {name} {entry.action} {entry.sequence}"


def _match(names: tuple[str, ...]) -> list[str]:
    return [f"match ip address {' '.join(names)}"] if names else []


def _metric(metric: int | None) -> list[str]:
    return [] if metric is None else [f"set metric {metric}"]


def render_route_map(route_map: RouteMap) -> list[str]:
    """Return the route-map's blocks as the running-config shows them."""
    lines: list[str] = []
    for entry in route_map.entries:
        lines += indented(header(route_map.name, entry), _match(entry.match_ip_address) + _metric(entry.set_metric))
    return lines


def plan_route_map(have: RouteMap | None, target: RouteMap) -> list[str]:
    """Return the commands for one route-map: new entries and changes before removals."""
    old = {entry.sequence: entry for entry in have.entries} if have else {}
    commands: list[str] = []
    for entry in target.entries:
        commands += _plan_entry(target.name, old.get(entry.sequence), entry)
    kept = {entry.sequence for entry in target.entries}
    return commands + [f"no {header(target.name, entry)}" for number, entry in old.items() if number not in kept]


def _plan_entry(name: str, have: RouteMapEntry | None, target: RouteMapEntry) -> list[str]:
    """Return the commands for one entry; a match is added before the old one goes, so that it never matches all."""
    if have is None:
        return [header(name, target), *_match(target.match_ip_address), *_metric(target.set_metric)]
    lines = _match(tuple(acl for acl in target.match_ip_address if acl not in have.match_ip_address))
    lines += [
        f"no {line}"
        for line in _match(tuple(acl for acl in have.match_ip_address if acl not in target.match_ip_address))
    ]
    if have.set_metric != target.set_metric:
        lines += _metric(target.set_metric) or [f"no {line}" for line in _metric(have.set_metric)]
    # Entering a sequence with the other action changes it in place. Unverified on a device.
    if have.action != target.action:
        return [header(name, target), *lines]
    return below(header(name, target), lines)


def plan_removal(name: str) -> list[str]:
    """Return the command that removes a route-map."""
    return [f"no route-map {name}"]
