"""What the configuration says about HSRP: may a group run, and with which settings."""

from __future__ import annotations

from ipaddress import IPv4Address

from lab.hsrp.group import GroupSettings
from lab.ios.store import HsrpGroup, Interface


def own_address(interface: Interface) -> IPv4Address:
    """Return the own address, 0.0.0.0 where there is none."""
    return interface.address.ip if interface.address is not None else IPv4Address(0)


def usable(interface: Interface, number: int) -> bool:
    """Tell whether a group can run: address present, not shut, virtual IP in the subnet and not our own.

    A virtual IP outside the subnet leaves the group in Init; unverified on a device.
    """
    if interface.address is None or interface.shutdown:
        return False
    group, own = interface.hsrp[number], interface.address
    if group.virtual_ip is None:
        return group.enabled
    return group.virtual_ip in own.network and group.virtual_ip != own.ip


def group_settings(interface: Interface, group: HsrpGroup) -> GroupSettings:
    """Return what the machine needs to know of a group."""
    return GroupSettings(
        group=group.number,
        own_address=own_address(interface),
        virtual_ip=group.virtual_ip,
        priority=group.priority,
        preempt=group.preempt,
        preempt_delay_s=group.preempt_delay_min_s,
        hello_ms=group.hello_ms,
        hold_ms=group.hold_ms,
    )
