"""`show standby` and `show standby brief` from live HSRP groups (version 1, RFC 2281).

Sources of the shape: ntc-templates, tests/cisco_ios/show_standby and show_standby_brief, and a capture
of `show standby` on IOS with Ethernet interfaces (group name "hsrp-Et0/0-1", Init).
Preempt delay and the configured priority come from the configuration, the rest is live. The timers are
those in use, which a router learns from the active one (Cisco, Configuring HSRP: "the timers configured
on the active router always override any other timer settings").
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address

from lab.engine import HsrpState
from lab.ios.show_names import interface_order, short_name
from lab.ios.show_time import render_duration
from lab.ios.store import HSRP_PRIORITY, HsrpGroup, RouterConfig

BRIEF_HEADER = """\
                     P indicates configured to preempt.
                     |
Interface   Grp  Pri P State   Active          Standby         Virtual IP"""
SENDING_STATES = ("Speak", "Standby", "Active")  # RFC 2281, 5.1: the others send no hello


def render_standby(config: RouterConfig, groups: Sequence[HsrpState]) -> str:
    """Return `show standby`; a group that the configuration no longer has is not shown."""
    lines: list[str] = []
    for state in _ordered(groups):
        interface = config.interfaces.get(state.interface)
        declared = interface.hsrp.get(state.group) if interface is not None else None
        if interface is not None and declared is not None:
            lines += _group(state, declared, interface.shutdown)
    return "\n".join(lines)


def render_standby_brief(groups: Sequence[HsrpState]) -> str:
    """Return `show standby brief`; "" without groups."""
    if not groups:
        return ""
    return "\n".join([BRIEF_HEADER, *(_brief_row(state) for state in _ordered(groups))])


def _ordered(groups: Sequence[HsrpState]) -> list[HsrpState]:
    return sorted(groups, key=lambda state: (interface_order(state.interface), state.group))


def _brief_row(state: HsrpState) -> str:
    active = _router(state.active_is_local, state.active_router)
    standby = _router(state.standby_is_local, state.standby_router)
    return (
        f"{short_name(state.interface):<12}{state.group:<5}{state.priority:<4}{'P' if state.preempt else ' '} "
        f"{state.state:<7} {active:<16}{standby:<16}{state.virtual_ip or 'unknown'}"
    )


def _router(is_local: bool, address: IPv4Address | None) -> str:
    return "local" if is_local else str(address or "unknown")


def _group(state: HsrpState, declared: HsrpGroup, shutdown: bool) -> list[str]:
    active = _peer(state.active_is_local, state.active_router, state.active_priority, state.active_expires_s)
    standby = _peer(state.standby_is_local, state.standby_router, state.standby_priority, state.standby_expires_s)
    return [
        f"{state.interface} - Group {state.group}",
        f"  State is {state.state}{' (interface down)' if state.state == 'Init' and shutdown else ''}",
        f"    {_changes(state)}",
        f"  Virtual IP address is {state.virtual_ip or 'unknown'}",
        f"  Active virtual MAC address is {state.virtual_mac if active != 'unknown' else 'unknown'}",
        f"    Local virtual MAC address is {state.virtual_mac} (v1 default)",
        *_timers(state),
        f"  {_preemption(state, declared)}",
        f"  Active router is {active}",
        f"  Standby router is {standby}",
        f"  Priority {state.priority} ({_priority_source(declared)})",
        f'  Group name is "hsrp-{short_name(state.interface)}-{state.group}" (default)',
    ]


def _changes(state: HsrpState) -> str:
    changes = f"{state.state_changes} state change{'' if state.state_changes == 1 else 's'}"
    return f"{changes}, last state change {render_duration(state.state_for_s) if state.state_changes else 'never'}"


def _timers(state: HsrpState) -> list[str]:
    lines = [f"  Hello time {_interval(state.hello_ms)}, hold time {_interval(state.hold_ms)}"]
    if state.state in SENDING_STATES:
        lines.append(f"    Next hello sent in {state.next_hello_s:.3f} secs")
    return lines


def _interval(milliseconds: int) -> str:
    return f"{milliseconds // 1000} sec" if milliseconds % 1000 == 0 else f"{milliseconds} msec"


def _preemption(state: HsrpState, declared: HsrpGroup) -> str:
    if not state.preempt:
        return "Preemption disabled"
    delay = declared.preempt_delay_min_s
    return f"Preemption enabled, delay min {delay} secs" if delay else "Preemption enabled"


def _peer(is_local: bool, address: IPv4Address | None, priority: int | None, expires_s: float | None) -> str:
    """Return "local", "unknown" or "192.168.1.3, priority 10 (expires in 9.648 sec)"."""
    text = _router(is_local, address)
    if is_local or address is None:
        return text
    known = "" if priority is None else f", priority {priority}"
    return text + known + ("" if expires_s is None else f" (expires in {expires_s:.3f} sec)")


def _priority_source(declared: HsrpGroup) -> str:
    kind = "default" if declared.priority == HSRP_PRIORITY else "configured"
    return f"{kind} {declared.priority}"
