# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cross-object checks of a target model: each finding names the object, what it has and what it may have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface

from ..errors import Finding
from .declared import Declared
from .model import DEFAULT_VRF, HsrpGroup, Interface, Model
from .platforms import Limits
from .running_config import RunningConfig

_CREATABLE = re.compile(r"Loopback\d+$")


@dataclass(frozen=True)
class Named:
    """The names of the objects that a declaration names; findings and warnings speak of these only."""

    interfaces: frozenset[str] = frozenset()
    access_lists: frozenset[str] = frozenset()
    route_maps: frozenset[str] = frozenset()
    bgp: bool = False
    archive: bool = False


def named(want: Declared) -> Named:
    """Return what a declaration names."""
    return Named(
        frozenset(item.interface.value.name for item in want.interfaces),
        frozenset(item.name for item in want.access_lists),
        frozenset(item.name for item in want.route_maps),
        want.bgp is not None,
        want.archive is not None,
    )


def all_named(model: Model) -> Named:
    """Return a selection of everything that a model has."""
    return Named(
        frozenset(item.name for item in model.interfaces),
        frozenset(item.name for item in model.access_lists),
        frozenset(item.name for item in model.route_maps),
        model.bgp is not None,
        model.archive is not None,
    )


def check_interfaces_exist(have: RunningConfig, names: Named) -> list[Finding]:
    """Return a finding per interface that the router does not have; loopbacks are created."""
    known = [interface.name for interface in have.model.interfaces]
    return [
        Finding(f"interfaces[{name}]", name, ", ".join(known) or "none", "Name an interface that the router shows.")
        for name in sorted(names.interfaces)
        if name not in known and not _CREATABLE.match(name)
    ]


def check_target(have: Model, target: Model, names: Named, limits: Limits) -> list[Finding]:
    """Return everything in the named objects that IOS would refuse or that cannot work."""
    findings: list[Finding] = []
    for interface in target.interfaces:
        if interface.name in names.interfaces:
            findings += _check_groups(have.interface(interface.name), interface, limits)
            findings += _check_overlaps(interface, have, target)
    findings += _check_contents(target, names)
    if names.bgp:
        findings += _check_neighbors(target)
    return findings


def _check_groups(have: Interface | None, interface: Interface, limits: Limits) -> Iterator[Finding]:
    old = {group.group: group for group in have.hsrp} if have else {}
    same_address = have is not None and have.ipv4 == interface.ipv4
    for group in interface.hsrp:
        # What the router already shows it has accepted.
        if same_address and old.get(group.group) == group:
            continue
        where = f"interfaces[{interface.name}].hsrp[{group.group}]"
        yield from _check_number(group, interface, limits, where)
        yield from _check_virtual_ip(group, old.get(group.group), interface, where)
    addresses = [group.virtual_ip for group in interface.hsrp if group.virtual_ip]
    for address in sorted({address for address in addresses if addresses.count(address) > 1}):
        where = f"interfaces[{interface.name}].hsrp"
        yield Finding(where, str(address), "one group per virtual_ip", "Give each group its own address.")


def _check_number(group: HsrpGroup, interface: Interface, limits: Limits, where: str) -> Iterator[Finding]:
    if group.group in interface.facts.ipv6_hsrp_groups:
        remedy = "Choose another number: this group carries IPv6 on the router."
        yield Finding(f"{where}.group", group.group, "a group that is free or carries IPv4", remedy)
    if interface.facts.hsrp_version == 1 and group.group not in limits.hsrp_group_version_1:
        remedy = "Choose a lower number, or set `standby version 2` on the interface first."
        yield Finding(f"{where}.group", group.group, f"{limits.hsrp_group_version_1} in HSRP version 1", remedy)


def _check_virtual_ip(group: HsrpGroup, old: HsrpGroup | None, interface: Interface, where: str) -> Iterator[Finding]:
    where = f"{where}.virtual_ip"
    if group.virtual_ip is None:
        if not group.facts.learned and (old is None or old.virtual_ip):
            yield Finding(where, None, "an address in the interface's subnet", "State it: a group is nothing without.")
        return
    if interface.facts.address_words:
        return
    if interface.ipv4 is None:
        yield Finding(where, str(group.virtual_ip), "none without ipv4", "Give the interface an address first.")
        return
    own = addresses_of(interface)
    if all(group.virtual_ip not in address.network for address in own):
        allowed = "an address in " + " or ".join(str(address.network) for address in own)
        yield Finding(where, str(group.virtual_ip), allowed, "Move the virtual address or the interface's.")
    if any(group.virtual_ip == address.ip for address in own):
        yield Finding(where, str(group.virtual_ip), "not the interface's own address", "Choose a free address.")


def addresses_of(interface: Interface) -> tuple[IPv4Interface, ...]:
    """Return the primary address and the secondary ones."""
    return ((interface.ipv4,) if interface.ipv4 else ()) + interface.facts.secondaries


def _check_overlaps(interface: Interface, have: Model, target: Model) -> Iterator[Finding]:
    """Yield a finding where a new address overlaps another of the router in the same VRF."""
    if interface.ipv4 is None or not _moves(interface, have):
        return
    where = f"interfaces[{interface.name}].ipv4"
    if any(interface.ipv4.ip == address.ip for address in interface.facts.secondaries):
        remedy = "Remove the secondary address first."
        yield Finding(where, str(interface.ipv4), "no secondary address of the same interface", remedy)
    for other in target.interfaces:
        reported = _moves(other, have) and other.name < interface.name
        if other.name == interface.name or other.facts.vrf != interface.facts.vrf or reported:
            continue
        for address in addresses_of(other):
            if address.network.overlaps(interface.ipv4.network):
                allowed = f"a subnet apart from {address.network} of {other.name}"
                yield Finding(where, str(interface.ipv4), allowed, "IOS refuses overlapping subnets: change one.")


def _moves(interface: Interface, have: Model) -> bool:
    """Return whether the interface gets another address."""
    before = have.interface(interface.name)
    return before is None or before.ipv4 != interface.ipv4


def _check_contents(target: Model, names: Named) -> Iterator[Finding]:
    """Yield a finding per list or map that would say nothing."""
    remedy = "State its entries; to remove it use state deleted."
    for access_list in target.access_lists:
        if access_list.name in names.access_lists and not access_list.entries:
            yield Finding(f"access_lists[{access_list.name}].entries", [], "at least one entry", remedy)
    for route_map in target.route_maps:
        if route_map.name in names.route_maps and not route_map.entries:
            yield Finding(f"route_maps[{route_map.name}].entries", [], "at least one entry", remedy)


def _check_neighbors(target: Model) -> Iterator[Finding]:
    own = dict(_own_addresses(target.interfaces))
    for neighbor in target.bgp.neighbors if target.bgp else ():
        where = f"bgp.neighbors[{neighbor.address}]"
        if neighbor.remote_as is None and not neighbor.facts.inherits:
            remedy = "IOS takes no other line of a neighbor before its AS."
            yield Finding(f"{where}.remote_as", None, "an AS number", remedy)
        if neighbor.address in own:
            remedy = "State the other end's address."
            allowed = f"no address of this router (it is {own[neighbor.address]}'s)"
            yield Finding(f"{where}.address", str(neighbor.address), allowed, remedy)


def _own_addresses(interfaces: Iterable[Interface]) -> Iterator[tuple[IPv4Address, str]]:
    for interface in interfaces:
        if interface.facts.vrf == DEFAULT_VRF:
            for address in addresses_of(interface):
                yield address.ip, interface.name
