"""A group's state as the shows want it."""

from __future__ import annotations

from lab.engine import HsrpState
from lab.hsrp.group import Peer
from lab.hsrp.machine import GroupMachine
from lab.hsrp.packet import State
from lab.hsrp.virtual_link import virtual_mac
from lab.network.names import dotted_mac


def observe(interface: str, machine: GroupMachine, now: float, enabled: bool = True) -> HsrpState:
    """Return the live state of a group.

    "The state is listed as disabled when the standby ip command has not been specified" (Cisco, FHRP
    command reference, `show standby`).
    """
    settings = machine.settings
    own = Peer(settings.own_address, settings.priority)
    is_active, is_standby = machine.state is State.ACTIVE, machine.state is State.STANDBY
    active = own if is_active else machine.active
    standby = own if is_standby else machine.standby
    hello_ms, hold_ms = machine.timers_ms
    return HsrpState(
        interface=interface,
        group=settings.group,
        state=machine.state.name.capitalize() if enabled else "Disabled",
        virtual_ip=machine.virtual_ip,
        virtual_mac=dotted_mac(virtual_mac(settings.group).hex(":")),
        priority=settings.priority,
        preempt=settings.preempt,
        active_router=active.address if active else None,
        standby_router=standby.address if standby else None,
        active_is_local=is_active,
        standby_is_local=is_standby,
        hello_ms=hello_ms,
        hold_ms=hold_ms,
        state_changes=machine.changes if enabled else 0,
        state_for_s=now - machine.changed_at,
        next_hello_s=_remaining(machine.hello_deadline, now) or 0.0,
        active_priority=active.priority if active else None,
        standby_priority=standby.priority if standby else None,
        active_expires_s=_remaining(machine.active_deadline, now) if machine.active else None,
        standby_expires_s=_remaining(machine.standby_deadline, now) if machine.standby else None,
    )


def _remaining(deadline: float | None, now: float) -> float | None:
    return None if deadline is None else max(0.0, deadline - now)
