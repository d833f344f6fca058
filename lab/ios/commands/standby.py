"""HSRP version 1: the `standby` lines of an interface.

Ranges: Cisco IOS First Hop Redundancy Protocols command reference (group 0-255, priority 0-255,
delay 0-3600 s, hello 1-254 s or 15-999 ms, hold up to 255 s or 3000 ms, longer than hello).
"""

from __future__ import annotations

from ipaddress import IPv4Address

from lab.ios.commands.change import Change, ConfigCommand, Refused, RefusedValue, nothing, other_keywords, setting
from lab.ios.grammar import Command
from lab.ios.store import HSRP_HELLO_MS, HSRP_HOLD_MS, HSRP_PRIORITY, HsrpGroup, Interface

_GROUP = "standby [<group:0-255>]"
_TIMERS = "timers [(hello_unit:msec)] <hello:1-999> [(hold_unit:msec)] <hold:1-3000>"
_HELLO_RANGES = {False: (1, 254), True: (15, 999)}
_HOLD_LIMITS = {False: 255, True: 3000}


def _number(change: Change) -> int:
    return change.args.number("group") if "group" in change.args else 0


def _group(change: Change) -> HsrpGroup:
    """Return the group that the command names; it comes into being by that."""
    return change.ethernet.hsrp.setdefault(_number(change), HsrpGroup(_number(change)))


def _forget_empty(change: Change) -> None:
    """Drop a group of which nothing is configured any more."""
    number = _number(change)
    if change.interface.hsrp.get(number) == HsrpGroup(number):
        del change.interface.hsrp[number]


def set_virtual_ip(change: Change) -> None:
    """Set the virtual address; IOS warns where it lies outside of the subnet, and takes it."""
    virtual_ip, own = change.address("virtual_ip"), change.ethernet.address
    if virtual_ip.is_multicast or virtual_ip.is_unspecified or virtual_ip.is_reserved:
        raise Refused(f"% Invalid address {virtual_ip}")  # the wording is unverified on a device
    if own is not None and own.ip == virtual_ip:
        raise Refused("% Address cannot equal interface IP address")  # unverified on a device
    _refuse_second_group(change, virtual_ip)
    if own is None or virtual_ip not in own.network:
        change.says.append("% Warning: address is not within a subnet on this interface")
    group = _group(change)
    group.virtual_ip, group.learns_ip = virtual_ip, False


def learn_virtual_ip(change: Change) -> None:
    """Learn the virtual address from the active router."""
    group = _group(change)
    group.virtual_ip, group.learns_ip = None, True


def _refuse_second_group(change: Change, virtual_ip: IPv4Address) -> None:
    """Refuse the address of another group of the interface (wording: OMNeT++'s ANSA model, unverified on a device)."""
    for group in change.interface.hsrp.values():
        if group.number != _number(change) and group.virtual_ip == virtual_ip:
            raise Refused(f"% Address {virtual_ip} in group {group.number}")


def remove_virtual_ip(change: Change) -> None:
    """Remove the virtual address, if it is the one that is named."""
    if "virtual_ip" in change.args and _group(change).virtual_ip != change.address("virtual_ip"):
        _forget_empty(change)
        return
    group = _group(change)
    group.virtual_ip, group.learns_ip = None, False
    _forget_empty(change)


def set_priority(change: Change) -> None:
    """Set the priority."""
    _group(change).priority = change.args.number("priority")
    _forget_empty(change)


def reset_priority(change: Change) -> None:
    """Return to the default priority."""
    _group(change).priority = HSRP_PRIORITY
    _forget_empty(change)


def set_preempt(change: Change) -> None:
    """Preempt; without a delay in the line one that is configured stays (unverified on a device)."""
    group = _group(change)
    group.preempt = True
    if "delay" in change.args:
        group.preempt_delay_min_s = change.args.number("delay")


def remove_preempt(change: Change) -> None:
    """Do not preempt."""
    group = _group(change)
    group.preempt, group.preempt_delay_min_s = False, 0
    _forget_empty(change)


def remove_preempt_delay(change: Change) -> None:
    """Preempt without delay."""
    _group(change).preempt_delay_min_s = 0
    _forget_empty(change)


def set_timers(change: Change) -> None:
    """Set hello and hold time, each in seconds or milliseconds."""
    hello_ms = _milliseconds(change, "hello", *_HELLO_RANGES["hello_unit" in change.args])
    hold_ms = _milliseconds(change, "hold", 1, _HOLD_LIMITS["hold_unit" in change.args])
    if hold_ms <= hello_ms:
        raise RefusedValue("hold")
    group = _group(change)
    group.hello_ms, group.hold_ms = hello_ms, hold_ms
    _forget_empty(change)


def _milliseconds(change: Change, name: str, low: int, high: int) -> int:
    value = change.args.number(name)
    if not low <= value <= high:
        raise RefusedValue(name)
    return value if f"{name}_unit" in change.args else value * 1000


def reset_timers(change: Change) -> None:
    """Return to 3 and 10 seconds."""
    group = _group(change)
    group.hello_ms, group.hold_ms = HSRP_HELLO_MS, HSRP_HOLD_MS
    _forget_empty(change)


def remove_group(change: Change) -> None:
    """Remove a group whole."""
    change.interface.hsrp.pop(_number(change), None)


_UNKNOWN = "authentication bfd delay follow ipv6 mac-address mac-refresh name redirect track use-bia"

INTERFACE: list[ConfigCommand] = [
    *setting(f"{_GROUP} ip <virtual_ip:ipv4>", set_virtual_ip, f"{_GROUP} ip [<virtual_ip:ipv4>]", remove_virtual_ip),
    Command(f"{_GROUP} ip", learn_virtual_ip),
    *setting(
        f"{_GROUP} priority <priority:0-255>", set_priority, f"{_GROUP} priority [<priority:0-255>]", reset_priority
    ),
    Command(f"{_GROUP} preempt [delay minimum <delay:0-3600>]", set_preempt),
    Command(f"no {_GROUP} preempt", remove_preempt),
    Command(f"default {_GROUP} preempt", remove_preempt),
    Command(f"no {_GROUP} preempt delay [minimum [<delay:0-3600>]]", remove_preempt_delay),
    *setting(f"{_GROUP} {_TIMERS}", set_timers, f"{_GROUP} timers [<anything:line>]", reset_timers),
    Command("no standby <group:0-255>", remove_group),
    Command("default standby <group:0-255>", remove_group),
    Command("standby version (version:1)", nothing),
    *other_keywords(_UNKNOWN, "standby "),
    *other_keywords(_UNKNOWN, "standby <group:0-255> "),
]


def write_standby(interface: Interface) -> list[str]:
    """Return the standby lines of an interface, group by group."""
    return [f" {line}" for number in sorted(interface.hsrp) for line in _write_group(interface.hsrp[number])]


def _write_group(group: HsrpGroup) -> list[str]:
    head = f"standby {group.number}"
    lines = [f"{head} ip {group.virtual_ip or ''}".rstrip()] if group.enabled else []
    if (group.hello_ms, group.hold_ms) != (HSRP_HELLO_MS, HSRP_HOLD_MS):
        lines.append(f"{head} timers {_write_time(group.hello_ms)} {_write_time(group.hold_ms)}")
    if group.priority != HSRP_PRIORITY:
        lines.append(f"{head} priority {group.priority}")
    if group.preempt:
        delay = f" delay minimum {group.preempt_delay_min_s}" if group.preempt_delay_min_s else ""
        lines.append(f"{head} preempt{delay}")
    return lines


def _write_time(time_ms: int) -> str:
    return f"msec {time_ms}" if time_ms % 1000 else str(time_ms // 1000)
