# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The running-config of one router: the model, and everything that the model does not know."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .access_list import other_list_names, parse_access_lists, render_access_list
from .archive import HEADER as ARCHIVE
from .archive import parse_archive_settings, render_archive
from .bfd import parse_slow_timers, render_slow_timers
from .bgp import network_line, parse_bgp, render_bgp
from .bgp_neighbor import neighbor_lines, render_timers
from .config_tree import Node, parse_tree
from .hsrp import group_lines
from .interface import parse_interfaces, render_interface
from .model import Interface, Model, Neighbor
from .redaction import redact
from .route_map import parse_route_maps, render_route_map

_VERSION = re.compile(r"version (\S+)$")
_HOSTNAME = re.compile(r"(?:hostname|switchname) (\S+)$")


@dataclass(frozen=True)
class RunningConfig:
    """What a router shows.

    `unmanaged` maps an object's path to its lines that the model does not know, secrets hidden.
    `foreign` are all other lines with their path, secrets included: never to be shown as they are.
    `bgp_unsupported` is the line that makes BGP unreadable for the model, None where it can be read;
    the model then has no BGP and the whole process is foreign.
    """

    model: Model
    unmanaged: dict[str, list[str]]
    foreign: tuple[tuple[str, str], ...] = ()
    other_lists: frozenset[str] = frozenset()
    bgp_unsupported: str | None = None
    version: str | None = None
    hostname: str | None = None


def parse_running_config(text: str) -> RunningConfig:
    """Return the model and the rest of a `show running-config`."""
    slow_timers_ms, rest = parse_slow_timers(parse_tree(text))
    interfaces, rest = parse_interfaces(rest)
    access_lists, rest = parse_access_lists(rest)
    route_maps, rest = parse_route_maps(rest)
    shown, rest = parse_bgp(rest)
    archive, rest = parse_archive_settings(rest)
    model = Model(slow_timers_ms, interfaces, access_lists, route_maps, shown.bgp, archive)
    unmanaged = _unmanaged(model)
    return RunningConfig(
        model=model,
        unmanaged={path: [redact(line) for line in lines] for path, lines in unmanaged.items()},
        foreign=tuple(_foreign(rest, unmanaged)),
        other_lists=other_list_names(rest),
        bgp_unsupported=shown.unsupported,
        version=_value(_VERSION, rest),
        hostname=_value(_HOSTNAME, rest),
    )


def _value(pattern: re.Pattern[str], nodes: list[Node]) -> str | None:
    return next((found.group(1) for found in (pattern.match(node.line) for node in nodes) if found), None)


def _unmanaged(model: Model) -> dict[str, list[str]]:
    """Return the unknown lines of each object that has some."""
    lines: dict[str, list[str]] = {}
    for interface in model.interfaces:
        lines[f"interfaces[{interface.name}]"] = _unmanaged_interface(interface)
    for access_list in model.access_lists:
        lines[f"access_lists[{access_list.name}]"] = [
            line if number is None or not access_list.facts.numbered else f"{number} {line}"
            for number, line in access_list.facts.kept
        ]
    for route_map in model.route_maps:
        for entry in route_map.entries:
            lines[f"route_maps[{route_map.name}].entries[{entry.sequence}]"] = list(entry.lines)
    lines.update(_unmanaged_bgp(model))
    if model.archive:
        lines[ARCHIVE] = list(model.archive.lines)
    return {path: found for path, found in lines.items() if found}


def _unmanaged_bgp(model: Model) -> dict[str, list[str]]:
    """Return the unknown lines of BGP; a known line with words beyond the model counts too."""
    bgp = model.bgp
    if bgp is None:
        return {}
    own = list(bgp.lines)
    if bgp.timers.minimum_holdtime_s is not None:
        own.append(f"timers bgp {render_timers(bgp.timers)}")
    own += [network_line(network) for network in bgp.networks if network.backdoor]
    neighbors = {f"bgp.neighbors[{item.address}]": _unmanaged_neighbor(item) for item in bgp.neighbors}
    return {"bgp": own, **neighbors}


def _unmanaged_neighbor(neighbor: Neighbor) -> list[str]:
    """Return the neighbor's unknown lines, and the known ones with words beyond the model."""
    lines = neighbor_lines(neighbor)
    own = list(neighbor.facts.lines)
    if neighbor.facts.bfd_words:
        own.append(lines["bfd"])
    if neighbor.facts.next_hop_self_words:
        own.append(lines["next_hop_self"])
    if neighbor.timers and neighbor.timers.minimum_holdtime_s is not None:
        own.append(lines["timers"])
    return own


def _unmanaged_interface(interface: Interface) -> list[str]:
    """Return the interface's unknown lines, and the known ones with words beyond the model."""
    delays = [
        group_lines(group)["hsrp", group.group, "preempt"] for group in interface.hsrp if group.facts.preempt_words
    ]
    return list(interface.facts.lines) + delays


def _foreign(rest: list[Node], unmanaged: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Return every line that is not in the model, with the path or the block where it stands."""
    lines = [(path, line) for path, found in unmanaged.items() for line in found]
    for node in rest:
        lines.append(("", node.line))
        lines += [(node.line, nested.line) for nested in node.walk()]
    return lines


def render_model(model: Model) -> str:
    """Return the model as the running-config shows it."""
    blocks = [render_archive(model.archive)] if model.archive else []
    blocks += [render_slow_timers(model.bfd_slow_timers_ms)]
    blocks += [render_interface(interface) for interface in model.interfaces]
    blocks += [render_bgp(model.bgp)] if model.bgp else []
    blocks += [render_access_list(access_list) for access_list in model.access_lists]
    blocks += [render_route_map(route_map) for route_map in model.route_maps]
    return "".join("\n".join([*block, "!", ""]) for block in blocks if block)
