# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about the members of an HSRP group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network

from .derive import HsrpMember, Models, hsrp_groups
from .fleet_finding import FleetFinding, error, warning


def hsrp_findings(models: Models) -> Iterator[FleetFinding]:
    """Yield the findings of all groups."""
    for (subnet, number), members in hsrp_groups(models).items():
        name = f"hsrp group {number} in {subnet}"
        yield from _hsrp_virtual_ip(subnet, members)
        yield from _hsrp_members(name, members)
    yield from _hsrp_numbers(models)


def _hsrp_where(member: HsrpMember) -> str:
    return f"{member.port.host} {member.port.interface.name} hsrp group {member.group.group}"


def _hsrp_virtual_ip(subnet: IPv4Network, members: Sequence[HsrpMember]) -> Iterator[FleetFinding]:
    first = members[0]
    real = {member.port.address: member.port.host for member in members}
    for member in members:
        address = member.group.virtual_ip
        where = f"{_hsrp_where(member)} virtual_ip"
        if address != first.group.virtual_ip:
            yield error(
                "hsrp_virtual_ip",
                where,
                str(address),
                f"{first.group.virtual_ip}, as on {first.port.host}",
                "Give all members of the group the same virtual_ip.",
            )
        if address is not None and address not in subnet:
            yield error(
                "hsrp_subnet",
                where,
                str(address),
                f"an address in {subnet}",
                "Give the group a virtual_ip in the subnet of its interface.",
            )
        if address in real:
            yield error(
                "hsrp_real_address",
                where,
                str(address),
                f"an address that is not an interface's; {real[address]} has it",
                "Give the group a virtual_ip that no interface has.",
            )


def _hsrp_members(name: str, members: Sequence[HsrpMember]) -> Iterator[FleetFinding]:
    if len(members) < 2:
        yield warning(
            "hsrp_single_member",
            _hsrp_where(members[0]),
            "one member",
            "two members or more",
            "Declare the group on a second router of the subnet.",
        )
        return
    top = max(members, key=lambda member: member.group.priority)
    equal = [member.port.host for member in members if member.group.priority == top.group.priority]
    if len(equal) > 1:
        yield warning(
            "hsrp_same_priority",
            name,
            f"priority {top.group.priority} on {', '.join(equal)}",
            "one member with the highest priority",
            "Raise the priority of the member that should be active.",
        )
    elif not top.group.preempt:
        yield warning(
            "hsrp_preempt",
            f"{_hsrp_where(top)} preempt",
            False,
            "true on the member with the highest priority",
            "Enable preempt, or the role stays where it is after a failure.",
        )


def _hsrp_numbers(models: Models) -> Iterator[FleetFinding]:
    """Find one virtual address under two group numbers, which makes two active routers."""
    first: dict[tuple[IPv4Network, IPv4Address], HsrpMember] = {}
    for (subnet, number), members in hsrp_groups(models).items():
        for member in members:
            if member.group.virtual_ip is None:
                continue
            seen = first.setdefault((subnet, member.group.virtual_ip), member)
            if seen.group.group != number:
                yield error(
                    "hsrp_group_number",
                    _hsrp_where(member),
                    number,
                    f"{seen.group.group}, as {seen.port.host} has it for {member.group.virtual_ip}",
                    "Give all members of the group the same number.",
                )
