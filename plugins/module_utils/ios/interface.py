# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interfaces: the attributes that fast failover needs, from the running-config and back."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface
from typing import Any

from .bfd import INTERVAL, render_interval
from .config_lines import below, indented, negate, removed, written
from .config_tree import Node
from .hsrp import group_lines, hsrp_version, ipv6_groups, lift_delays, parse_hsrp
from .model import BfdInterval, HsrpGroup, Interface, InterfaceFacts
from .names import interface_name

_HEADER = re.compile(r"interface (\S+(?: \d\S*)?)(?: [a-z].*)?$")  # "point-to-point", "type tunnel"
_ADDRESS = re.compile(r"ip address (\S+) (\d+\.\d+\.\d+\.\d+)$")
_SECONDARY = re.compile(r"ip address (\S+) (\d+\.\d+\.\d+\.\d+) secondary$")
_ADDRESS_WORDS = re.compile(r"ip (?:address )?((?:dhcp|negotiated|pool|unnumbered)\b.*)$")
_VRF = re.compile(r"(?:ip )?vrf forwarding (\S+)$")
_TEMPLATE = re.compile(r"bfd template (\S+)$")
_DESCRIPTION = re.compile(r"description (.+)$")

# Lines that stand for one value of the model.
_FLAGS: Mapping[str, tuple[str, object]] = {
    "no ip address": ("ipv4", None),
    "shutdown": ("enabled", False),
    "no shutdown": ("enabled", True),
    "no ip redirects": ("redirects", False),
    "ip redirects": ("redirects", True),
    "no bfd echo": ("bfd_echo", False),
    "bfd echo": ("bfd_echo", True),
}

# In this order a block is safe: groups stop before their address goes, `no ip redirects` stands before
# BFD starts its echo, and an interface comes up last.
_ORDER = (
    ("removed", "hsrp"),
    ("removed", "bfd"),
    ("removed", "ipv4"),
    ("removed", "description"),
    ("written", "description"),
    ("written", "redirects"),
    ("written", "ipv4"),
    ("written", "hsrp"),
    ("written", "bfd"),
    ("written", "echo"),
    ("removed", "echo"),
    ("removed", "redirects"),
    ("written", "shutdown"),
    ("removed", "shutdown"),
)


def sort_key(name: str) -> tuple[str, tuple[int, ...]]:
    """Return a key that sorts interface names by type and then by number."""
    return re.sub(r"\d.*", "", name), tuple(int(part) for part in re.findall(r"\d+", name))


def parse_interfaces(roots: list[Node]) -> tuple[tuple[Interface, ...], list[Node]]:
    """Return the interfaces and the nodes that are something else."""
    interfaces: dict[str, Interface] = {}
    rest: list[Node] = []
    for node in roots:
        header = _HEADER.match(node.line)
        if header:
            name = interface_name(header.group(1).replace(" ", ""))
            interfaces[name] = parse_interface(name, node)
        else:
            rest.append(node)
    return tuple(interfaces[name] for name in sorted(interfaces, key=sort_key)), rest


def parse_interface(name: str, node: Node) -> Interface:
    """Return one interface; lines that the model does not know stand in its facts."""
    values: dict[str, Any] = {}
    unknown: list[str] = []
    for child in node.children:
        known = None if child.children else _known(child.line)
        if known is None:
            unknown.extend([child.line, *(below_child.line for below_child in child.walk())])
        else:
            values.update(known)
    groups, unknown = parse_hsrp(unknown)
    return Interface(name, hsrp=groups, facts=_facts(unknown), **values)


def _known(line: str) -> dict[str, object] | None:
    """Return the values that a line gives to the model, None where it does not know the line."""
    if line in _FLAGS:
        attribute, value = _FLAGS[line]
        return {attribute: value}
    found = _DESCRIPTION.match(line)
    if found:
        return {"description": found.group(1)}
    found = _ADDRESS.match(line)
    if found:
        address = _address(found)
        return None if address is None else {"ipv4": address}
    found = INTERVAL.match(line)
    if found:
        return {"bfd": BfdInterval(*(int(number) for number in found.groups()))}
    return None


def _facts(unknown: list[str]) -> InterfaceFacts:
    """Return what the unknown lines say that a plan must respect."""
    secondaries = [_address(found) for found in map(_SECONDARY.match, unknown) if found]
    return InterfaceFacts(
        vrf=_first(_VRF, unknown) or InterfaceFacts.vrf,
        secondaries=tuple(address for address in secondaries if address),
        address_words=_first(_ADDRESS_WORDS, unknown),
        bfd_template=_first(_TEMPLATE, unknown),
        hsrp_version=hsrp_version(unknown),
        ipv6_hsrp_groups=ipv6_groups(unknown),
        lines=tuple(unknown),
    )


def _address(found: re.Match[str]) -> IPv4Interface | None:
    """Return the address of a line, None where the text is garbled."""
    try:
        return IPv4Interface("/".join(found.groups()))
    except ValueError:
        return None


def _first(pattern: re.Pattern[str], lines: list[str]) -> str:
    return next((found.group(1) for found in map(pattern.match, lines) if found), "")


def interface_lines(interface: Interface) -> dict[Hashable, str]:
    """Return the interface's lines by slot, defaults left out, as the running-config shows them."""
    lines: dict[Hashable, str] = {}
    if interface.description is not None:
        lines["description"] = f"description {interface.description}"
    if interface.ipv4:
        lines["ipv4"] = f"ip address {interface.ipv4.ip} {interface.ipv4.netmask}"
    if not interface.redirects:
        lines["redirects"] = "no ip redirects"
    for group in interface.hsrp:
        lines.update(group_lines(group))
    if not interface.enabled:
        lines["shutdown"] = "shutdown"
    if interface.bfd:
        lines["bfd"] = render_interval(interface.bfd)
    if not interface.bfd_echo:
        lines["echo"] = "no bfd echo"
    return lines


def render_interface(interface: Interface) -> list[str]:
    """Return the interface's block as the running-config shows it."""
    return indented(f"interface {interface.name}", list(interface_lines(interface).values()))


def plan_interfaces(have: Iterable[Interface], target: Iterable[Interface]) -> list[str]:
    """Return the commands for all interfaces; an address that moves is freed first."""
    current = {interface.name: interface for interface in have}
    wanted = list(target)
    commands: list[str] = []
    for interface in _holders(current, wanted):
        commands += [f"interface {interface.name}", negate(str(interface_lines(interface)["ipv4"]))]
        current[interface.name] = replace(interface, ipv4=None)
    for interface in wanted:
        new = interface.name not in current
        lines = _commands(current.get(interface.name, Interface(interface.name)), interface)
        header = f"interface {interface.name}"
        commands += [header, *lines] if new else below(header, lines)
    return commands


def _holders(have: Mapping[str, Interface], target: list[Interface]) -> list[Interface]:
    """Return the interfaces whose old address is in the way of another interface's new one."""
    wanted = {interface.name: interface for interface in target}
    return [
        old
        for old in have.values()
        if old.ipv4
        and old.name in wanted
        and wanted[old.name].ipv4 != old.ipv4
        and any(_takes(interface, old, have) for interface in target)
    ]


def _takes(interface: Interface, old: Interface, have: Mapping[str, Interface]) -> bool:
    """Return whether the interface gets an address in the network that `old` gives up."""
    if interface.name == old.name or not interface.ipv4 or not old.ipv4:
        return False
    before = have.get(interface.name)
    changes = before is None or before.ipv4 != interface.ipv4
    same_vrf = interface.facts.vrf == old.facts.vrf
    return changes and same_vrf and interface.ipv4.network.overlaps(old.ipv4.network)


def _commands(have: Interface, target: Interface) -> list[str]:
    """Return the commands inside one interface."""
    freed = _blocking_groups(have, target)
    first = [negate(line) for group in freed for line in group_lines(group).values()]
    current = interface_lines(replace(have, hsrp=tuple(group for group in have.hsrp if group not in freed)))
    lifted = lift_delays(current, {group.group: group for group in target.hsrp})
    final = interface_lines(target)
    steps = [("removed", slot, line) for slot, line in removed(current, final).items()]
    steps += [("written", slot, line) for slot, line in written(current, final).items()]
    steps.sort(key=lambda step: _ORDER.index((step[0], _kind(step[1]))))
    return first + lifted + [step[2] for step in steps]


def _kind(slot: Hashable) -> str:
    return str(slot[0] if isinstance(slot, tuple) else slot)


def _blocking_groups(have: Interface, target: Interface) -> list[HsrpGroup]:
    """Return the groups whose virtual address must be free before it can be used again."""
    wanted = {group.group: group.virtual_ip for group in target.hsrp}
    taken: dict[IPv4Address, int | None] = {address: number for number, address in wanted.items() if address}
    if target.ipv4 and (have.ipv4 is None or have.ipv4.ip != target.ipv4.ip):
        taken[target.ipv4.ip] = None
    return [
        group
        for group in have.hsrp
        if group.virtual_ip in taken
        and taken[group.virtual_ip] != group.group
        and wanted.get(group.group) != group.virtual_ip
    ]
