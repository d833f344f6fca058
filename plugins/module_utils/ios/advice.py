# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings about one router: what IOS accepts but what will not do what was meant."""

from __future__ import annotations

from collections.abc import Iterator

from .checks import Named, addresses_of
from .model import DEFAULT_VRF, Bgp, Interface, Model, Neighbor, RouteMap
from .pending import changed_route_maps
from .redaction import redact
from .running_config import RunningConfig

SHORT_HOLD_S = 20  # below this IOS itself prints a warning
PORT_CHANNEL_INTERVAL_MS = 250  # Catalyst guides: 250 ms x 3 at least on port-channels


def find_warnings(have: RunningConfig, target: Model, names: Named) -> tuple[str, ...]:
    """Return the warnings about the named objects as they will be."""
    warnings: list[str] = []
    for interface in target.interfaces:
        if interface.name in names.interfaces:
            warnings += _interface_warnings(interface)
    for route_map in target.route_maps:
        if route_map.name in names.route_maps:
            warnings += _missing_lists(have, target, route_map)
    bgp = target.bgp
    if bgp and names.bgp:
        warnings += _process_warnings(have, target, bgp)
    if bgp:
        warnings += _filter_warnings(target, bgp, names)
    if have.bgp_unsupported and changed_route_maps(have.model, target):
        warnings.append("bgp: its address-family blocks are not read: which neighbors need a soft clear is not known.")
    return tuple(warnings + _lost_lines(have.model, target) + _group_leftovers(have.model, target))


def _interface_warnings(interface: Interface) -> Iterator[str]:
    where = f"interfaces[{interface.name}]"
    if interface.bfd and interface.bfd_echo and interface.redirects:
        yield (
            f"{where}: BFD echo is on while `ip redirects` is on: the router answers its own echo packets with "
            "redirects, which costs CPU. Set redirects: false, or bfd.echo: false."
        )
    slow = interface.bfd is None or interface.bfd.interval_ms >= PORT_CHANNEL_INTERVAL_MS
    if interface.bfd and interface.name.startswith("Port-channel") and not slow:
        yield (
            f"{where}: BFD every {interface.bfd.interval_ms} ms on a port-channel; "
            f"at least {PORT_CHANNEL_INTERVAL_MS} ms is advised there."
        )


def _missing_lists(have: RunningConfig, target: Model, route_map: RouteMap) -> Iterator[str]:
    for entry in route_map.entries:
        for name in entry.match_ip_address:
            access_list = target.access_list(name)
            if access_list is None and name not in have.other_lists:
                where = f"route_maps[{route_map.name}].entries[{entry.sequence}]"
                yield f"{where}: there is no access list {name} on the router or in the config."


def _process_warnings(have: RunningConfig, target: Model, bgp: Bgp) -> Iterator[str]:
    if 0 < bgp.timers.holdtime_s < SHORT_HOLD_S:
        yield _short_hold("bgp.timers", bgp.timers.holdtime_s)
    before = have.model.bgp
    if before and before.asn == bgp.asn and before.router_id != bgp.router_id:
        yield "bgp.router_id: a changed router ID makes IOS reset every session."
    for network in bgp.networks:
        yield from _missing_map(target, network.route_map, f"bgp.networks[{network.prefix}]")
    for neighbor in bgp.neighbors:
        yield from _neighbor_warnings(target, bgp, neighbor)
    if before and before.asn == bgp.asn:
        yield from _lost_words(before, bgp)
    elif before:
        yield from _lost_process(have)


def _short_hold(where: str, holdtime_s: int) -> str:
    return (
        f"{where}: a hold time of {holdtime_s} s, below {SHORT_HOLD_S} s, makes flapping likely; BFD does not need it."
    )


def _missing_map(target: Model, name: str | None, where: str) -> Iterator[str]:
    if name and target.route_map(name) is None:
        yield f"{where}: there is no route-map {name} on the router or in the config."


def _neighbor_warnings(target: Model, bgp: Bgp, neighbor: Neighbor) -> Iterator[str]:
    where = f"bgp.neighbors[{neighbor.address}]"
    if neighbor.timers and 0 < neighbor.timers.holdtime_s < SHORT_HOLD_S:
        yield _short_hold(f"{where}.timers", neighbor.timers.holdtime_s)
    for name in (neighbor.route_map_in, neighbor.route_map_out):
        yield from _missing_map(target, name, where)
    if neighbor.facts.inherits:
        yield f"{where}: it inherits from {neighbor.facts.inherits}; what comes from there is not managed."
    if neighbor.bfd and not neighbor.facts.bfd_words:
        yield from _bfd_reach(target, neighbor, where)
    restarts = any(line.startswith("bgp graceful-restart") for line in bgp.lines)
    if neighbor.bfd and restarts and "check-control-plane-failure" not in neighbor.facts.bfd_words:
        yield f"{where}: with `bgp graceful-restart` a BFD failure may start a graceful restart instead of a failover."


def _bfd_reach(target: Model, neighbor: Neighbor, where: str) -> Iterator[str]:
    """Yield a warning where no BFD session can come up towards the neighbor."""
    interfaces = [item for item in target.interfaces if item.facts.vrf == DEFAULT_VRF]
    if any(item.facts.address_words for item in interfaces):
        return
    owner = next((item for item in interfaces if _reaches(item, neighbor)), None)
    if owner is None:
        yield f"{where}: bfd is on but no interface shares its subnet: a single-hop session cannot come up."
    elif owner.bfd is None and not owner.facts.bfd_template:
        yield f"{where}: bfd is on but {owner.name} has no bfd interval: no session comes up."


def _reaches(interface: Interface, neighbor: Neighbor) -> bool:
    return any(neighbor.address in address.network for address in addresses_of(interface))


def _filter_warnings(target: Model, bgp: Bgp, names: Named) -> Iterator[str]:
    """Yield a warning per neighbor whose outbound route-map lets nothing else pass."""
    for neighbor in bgp.neighbors:
        name = neighbor.route_map_out
        route_map = target.route_map(name) if name else None
        if route_map and (names.bgp or name in names.route_maps) and not _passes_rest(route_map):
            yield (
                f"bgp.neighbors[{neighbor.address}]: route-map {name} out ends without a permit entry that matches "
                "all: every route that it does not match is not announced. Add a last `permit` entry without match."
            )


def _passes_rest(route_map: RouteMap) -> bool:
    """Return whether some entry permits what no other entry matches."""
    return any(
        entry.action == "permit"
        and not entry.match_ip_address
        and not any(line.startswith("match ") for line in entry.lines)
        for entry in route_map.entries
    )


def _lost_process(have: RunningConfig) -> Iterator[str]:
    """Yield a warning per part of the process whose lines unknown to the model go with the old AS."""
    for path, lines in have.unmanaged.items():
        if path.startswith("bgp"):
            yield f"{path}: goes with lines that are not managed: {'; '.join(lines)}."


def _lost_words(have: Bgp, target: Bgp) -> Iterator[str]:
    """Yield a warning per line that goes together with words that the model does not know."""
    if have.timers.minimum_holdtime_s is not None and target.timers.minimum_holdtime_s is None:
        yield f"bgp.timers: the minimum hold time {have.timers.minimum_holdtime_s} s goes with the timers."
    wanted = {neighbor.key: neighbor for neighbor in target.neighbors}
    for neighbor in have.neighbors:
        after = wanted.get(neighbor.key)
        where = f"bgp.neighbors[{neighbor.address}]"
        if after and neighbor.bfd and not after.bfd and neighbor.facts.bfd_words:
            yield f"{where}: `fall-over bfd {neighbor.facts.bfd_words}` goes, its variant too."
        if after and neighbor.timers and neighbor.timers.minimum_holdtime_s is not None and not after.timers:
            yield f"{where}: the minimum hold time {neighbor.timers.minimum_holdtime_s} s goes with the timers."


def _lost_lines(have: Model, target: Model) -> list[str]:
    """Return a warning per route-map entry that goes together with lines unknown to the model."""
    warnings: list[str] = []
    for route_map in have.route_maps:
        after = target.route_map(route_map.name)
        kept = {entry.sequence for entry in after.entries} if after else set()
        for entry in route_map.entries:
            if entry.lines and entry.sequence not in kept:
                where = f"route_maps[{route_map.name}].entries[{entry.sequence}]"
                warnings.append(f"{where}: goes with lines that are not managed: {redact('; '.join(entry.lines))}.")
    return warnings


def _group_leftovers(have: Model, target: Model) -> list[str]:
    """Return a warning per HSRP group that goes while lines of it that are not managed stay."""
    warnings: list[str] = []
    for interface in have.interfaces:
        after = target.interface(interface.name)
        kept = {group.group for group in after.hsrp} if after else set()
        for group in interface.hsrp:
            start = f"standby {group.group} "
            if group.group not in kept and any(line.startswith(start) for line in interface.facts.lines):
                where = f"interfaces[{interface.name}].hsrp[{group.group}]"
                warnings.append(f"{where}: other `{start.strip()}` lines are not managed and stay.")
    return warnings
