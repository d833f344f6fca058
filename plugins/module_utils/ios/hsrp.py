# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HSRP groups of an interface: `standby N …` lines to groups and back."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import replace

from .config_lines import negate
from .model import HSRP_PRIORITY, HsrpFacts, HsrpGroup
from .names import read_ipv4

# Group 0 may be shown without its number.
_LINE = re.compile(r"standby (?:(?P<group>\d+) )?(?P<rest>(?:ip|priority|preempt)(?: .*)?)$")
_VIRTUAL_IP = re.compile(r"ip(?: (\d+\.\d+\.\d+\.\d+))?$")
_PRIORITY = re.compile(r"priority (\d+)$")
_PREEMPT = re.compile(r"preempt(?: delay(?: (?:minimum )?(?P<minimum>\d+))?(?P<words>(?: (?:reload|sync) \d+)*))?$")
_IPV6 = re.compile(r"standby (?:(\d+) )?ipv6\b")
_VERSION = re.compile(r"standby version (\d)$")


def parse_hsrp(lines: list[str]) -> tuple[tuple[HsrpGroup, ...], list[str]]:
    """Return the IPv4 groups, and the lines that the model does not know.

    A number that has an `ipv6` line is an IPv6 group: none of its lines is known.
    """
    foreign = ipv6_groups(lines)
    groups: dict[int, HsrpGroup] = {}
    rest: list[str] = []
    for line in lines:
        found = _LINE.match(line)
        number = int(found.group("group") or 0) if found else -1
        group = None
        if found and number not in foreign:
            group = _with_clause(groups.get(number, HsrpGroup(number)), found.group("rest"))
        if group:
            groups[number] = group
        else:
            rest.append(line)
    return tuple(groups[number] for number in sorted(groups)), rest


def ipv6_groups(lines: list[str]) -> tuple[int, ...]:
    """Return the numbers of the groups that carry IPv6."""
    return tuple(sorted({int(found.group(1) or 0) for found in map(_IPV6.match, lines) if found}))


def hsrp_version(lines: list[str]) -> int:
    """Return the interface's HSRP version, 1 unless it says otherwise."""
    return next((int(found.group(1)) for found in map(_VERSION.match, lines) if found), 1)


def _with_clause(group: HsrpGroup, clause: str) -> HsrpGroup | None:
    """Return the group with one more clause, None where the model does not know it."""
    virtual_ip = _VIRTUAL_IP.match(clause)
    if virtual_ip and virtual_ip.group(1):
        address = read_ipv4(virtual_ip.group(1))
        return None if address is None else replace(group, virtual_ip=address)
    if virtual_ip:
        return replace(group, facts=replace(group.facts, learned=True))
    priority = _PRIORITY.match(clause)
    if priority:
        return replace(group, priority=int(priority.group(1)))
    preempt = _PREEMPT.match(clause)
    if preempt:
        words = HsrpFacts(group.facts.learned, (preempt.group("words") or "").strip())
        return replace(group, preempt=True, preempt_delay_minimum_s=int(preempt.group("minimum") or 0), facts=words)
    return None


def group_lines(group: HsrpGroup) -> dict[Hashable, str]:
    """Return the group's lines by slot, as the running-config shows them."""
    prefix = f"standby {group.group}"
    lines: dict[Hashable, str] = {}
    if group.virtual_ip or group.facts.learned:
        lines["hsrp", group.group, "ip"] = f"{prefix} ip {group.virtual_ip or ''}".rstrip()
    if group.priority != HSRP_PRIORITY:
        lines["hsrp", group.group, "priority"] = f"{prefix} priority {group.priority}"
    if group.preempt:
        lines["hsrp", group.group, "preempt"] = f"{prefix} preempt{_delay(group)}"
    return lines


def _delay(group: HsrpGroup) -> str:
    minimum = f" minimum {group.preempt_delay_minimum_s}" if group.preempt_delay_minimum_s else ""
    words = f" {group.facts.preempt_words}" if group.facts.preempt_words else ""
    return f" delay{minimum}{words}" if minimum or words else ""


def lift_delays(have: Mapping[Hashable, str], groups: Mapping[int, HsrpGroup]) -> list[str]:
    """Return the commands that must go before a `preempt` whose minimum delay goes back to none.

    `standby N preempt` alone may leave the old delay in place; `no standby N preempt` clears it.
    """
    return [
        negate(line)
        for slot, line in have.items()
        if isinstance(slot, tuple) and slot[2] == "preempt" and " minimum " in line and _loses_delay(slot[1], groups)
    ]


def _loses_delay(number: int, groups: Mapping[int, HsrpGroup]) -> bool:
    return number in groups and groups[number].preempt and not groups[number].preempt_delay_minimum_s
