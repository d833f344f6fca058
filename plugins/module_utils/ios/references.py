# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who refers to an access list or a route-map: nothing is removed that something else still needs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .model import Model
from .redaction import redact
from .running_config import RunningConfig

# Words after which a token is the name of something else, or free text.
_NOT_A_LIST = re.compile(
    r"(?:route-map|prefix-list|class-map|policy-map|class|community-list|as-path|description|name)$"
)
_FREE_TEXT = re.compile(r"(?:\d+ )?remark |description |hostname |neighbor \S+ (?:description|password) |banner |!")
# Where a number stands for a list and not for itself.
_NUMBER_REFERENCE = (
    re.compile(r"\b(?:access-class|distribute-list|filter-list|access-list|list|boundary)(?: ipv4)? (\d+)\b"),
    re.compile(r"\baccess-group(?: (?:peer|serve|serve-only|query-only|name))* (\d+)\b"),
    re.compile(r"\bmatch (?:ip )?(?:address|next-hop|route-source) ([\d ]+)$"),
    re.compile(r"\bsnmp-server community .* (\d+)$"),
    re.compile(r"\b(?:rp-address|rp-candidate|standby-list|allowed-list)\b.* (\d+)$"),
)


def list_references(have: RunningConfig, target: Model, name: str) -> list[str]:
    """Return what still refers to an access list: the target's route-maps and lines outside the model."""
    found = [
        f"route_maps[{route_map.name}].entries[{entry.sequence}]"
        for route_map in target.route_maps
        for entry in route_map.entries
        if name in entry.match_ip_address
    ]
    # The list's own kept lines go with it.
    own = f"access_lists[{name}]"
    return found + [_shown(path, line) for path, line in have.foreign if path != own and _names_list(line, name)]


def _names_list(line: str, name: str) -> bool:
    """Return whether a line outside the model refers to the list."""
    if _FREE_TEXT.match(line):
        return False
    if name.isdigit():
        found = (pattern.search(line) for pattern in _NUMBER_REFERENCE)
        return any(name in match.group(1).split() for match in found if match)
    words = line.split()
    return any(word == name and not _NOT_A_LIST.match(words[place - 1]) for place, word in enumerate(words) if place)


def route_map_references(have: RunningConfig, target: Model, name: str) -> list[str]:
    """Return what still refers to a route-map: the target's BGP and lines outside the model."""
    own = f"route_maps[{name}]."
    found = list(_bgp_references(target, name))
    pattern = re.compile(rf"(?:.* )?(?:route-map|policy route-map|export map|import map) {re.escape(name)}(?: |$)")
    return found + [
        _shown(path, line)
        for path, line in have.foreign
        if not path.startswith(own) and not _FREE_TEXT.match(line) and pattern.match(line)
    ]


def _bgp_references(target: Model, name: str) -> Iterator[str]:
    if target.bgp is None:
        return
    for network in target.bgp.networks:
        if network.route_map == name:
            yield f"bgp.networks[{network.prefix}]"
    for neighbor in target.bgp.neighbors:
        if name in (neighbor.route_map_in, neighbor.route_map_out):
            yield f"bgp.neighbors[{neighbor.address}]"


def _shown(path: str, line: str) -> str:
    place = f" in {path}" if path else ""
    return f"`{redact(line)}`{redact(place)}"


def removed_but_needed(have: RunningConfig, target: Model) -> list[str]:
    """Return one sentence per list or map that the target drops while something refers to it."""
    problems: list[str] = []
    for access_list in have.model.access_lists:
        if target.access_list(access_list.name) is None:
            problems += _problem("access_lists", access_list.name, list_references(have, target, access_list.name))
    for route_map in have.model.route_maps:
        if target.route_map(route_map.name) is None:
            problems += _problem("route_maps", route_map.name, route_map_references(have, target, route_map.name))
    return problems


def _problem(kind: str, name: str, references: list[str]) -> list[str]:
    if not references:
        return []
    return [f"{kind}[{name}]: still referred to by {', '.join(references)}; remove the references first."]
