"""`show interfaces [X]` and `show ip interface brief` from live interfaces.

Sources of the shape: ntc-templates, tests/cisco_ios/show_interfaces and show_ip_interface_brief; a
capture of `show interfaces` on IOS with Ethernet interfaces. Bandwidth, delay, load, queues, rates and
error counters are left out: the kernel's virtual Ethernet has no such figures.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab.engine import InterfaceState
from lab.ios.show_names import interface_order
from lab.ios.store import Interface, RouterConfig

BRIEF_HEADER = "Interface                  IP-Address      OK? Method Status                Protocol"


def render_interfaces(config: RouterConfig, states: Sequence[InterfaceState], name: str | None = None) -> str:
    """Return `show interfaces`, all of them or the one with the canonical `name`."""
    chosen = [state for state in _ordered(states) if name in (None, state.name)]
    return "\n".join("\n".join(_interface(state, config.interfaces.get(state.name))) for state in chosen)


def render_ip_interface_brief(config: RouterConfig, states: Sequence[InterfaceState]) -> str:
    """Return `show ip interface brief`."""
    rows = [_brief_row(state, config.interfaces.get(state.name)) for state in _ordered(states)]
    return "\n".join([BRIEF_HEADER, *rows])


def _ordered(states: Sequence[InterfaceState]) -> list[InterfaceState]:
    return sorted(states, key=lambda state: interface_order(state.name))


def _status(state: InterfaceState) -> str:
    if not state.admin_up:
        return "administratively down"
    return "up" if state.carrier else "down"


def _protocol(state: InterfaceState) -> str:
    return "up" if state.admin_up and state.carrier else "down"


def _brief_row(state: InterfaceState, declared: Interface | None) -> str:
    address = declared.address if declared is not None else None
    # Whether an address came from the startup-config (NVRAM) is not recorded: it counts as typed.
    method = "manual" if address is not None else "unset"
    shown = address.ip if address is not None else "unassigned"
    return f"{state.name:<27}{shown!s:<16}YES {method:<7}{_status(state):<22}{_protocol(state):<8}"


def _interface(state: InterfaceState, declared: Interface | None) -> list[str]:
    return [
        f"{state.name} is {_status(state)}, line protocol is {_protocol(state)} ",
        *_hardware(state),
        *_declared(declared),
        f"  MTU {state.mtu} bytes",
        f"  Encapsulation {'LOOPBACK' if _is_loopback(state) else 'ARPA'}, loopback not set",
        f"     {state.input_packets} packets input, {state.input_bytes} bytes",
        f"     {state.output_packets} packets output, {state.output_bytes} bytes",
    ]


def _is_loopback(state: InterfaceState) -> bool:
    return state.name.startswith("Loopback")


def _hardware(state: InterfaceState) -> list[str]:
    if _is_loopback(state):
        return ["  Hardware is Loopback"]
    return [f"  Hardware is Ethernet, address is {state.mac} (bia {state.mac})"]


def _declared(declared: Interface | None) -> list[str]:
    if declared is None:
        return []
    description = [f"  Description: {declared.description}"] if declared.description else []
    return description + ([f"  Internet address is {declared.address}"] if declared.address is not None else [])
