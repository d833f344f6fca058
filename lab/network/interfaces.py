"""A router's interfaces in the kernel: what they should be, what must change, what they are now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Interface
from typing import Any

from lab.engine import InterfaceState
from lab.ios.store import Interface, RouterConfig
from lab.network.ip import show_json
from lab.network.names import dotted_mac, ios_name, linux_name


@dataclass(frozen=True)
class KernelInterface:
    """What the kernel knows of one interface's configuration."""

    up: bool = True
    address: IPv4Interface | None = None
    redirects: bool = True


@dataclass(frozen=True)
class InterfaceChange:
    """What to do: lines for ip(8), then sysctls."""

    ip_lines: tuple[str, ...]
    sysctls: Mapping[str, str]


def want_interfaces(config: RouterConfig) -> Mapping[str, KernelInterface]:
    """Return the kernel's side of a configuration, by Linux name."""
    return {linux_name(interface.name): _want(interface) for interface in config.interfaces.values()}


def _want(interface: Interface) -> KernelInterface:
    return KernelInterface(not interface.shutdown, interface.address, interface.redirects)


def plan_interfaces(have: Mapping[str, KernelInterface], want: Mapping[str, KernelInterface]) -> InterfaceChange:
    """Plan the way from one state to the other; interfaces that only one side has are loopbacks."""
    lines: list[str] = [f"link del {name}" for name in have if name not in want]
    sysctls: dict[str, str] = {}
    for name, after in want.items():
        before = have.get(name)
        if before is None:
            # A loopback is one end of a cable to nowhere: not every kernel has dummy interfaces.
            lines += [f"link add {name} type veth peer name {name}x", f"link set {name}x up", f"link set {name} up"]
        lines += _interface_lines(name, before or KernelInterface(), after)
        if (before or KernelInterface()).redirects != after.redirects:
            sysctls[f"net/ipv4/conf/{name}/send_redirects"] = str(int(after.redirects))
    return InterfaceChange(tuple(lines), sysctls)


def _interface_lines(name: str, before: KernelInterface, after: KernelInterface) -> Iterator[str]:
    if before.address != after.address:
        if before.address is not None:
            yield f"address del {before.address} dev {name}"
        if after.address is not None:
            yield f"address add {after.address} brd + dev {name}"
    if before.up != after.up:
        yield f"link set {name} {'up' if after.up else 'down'}"


async def read_interfaces(namespace: str) -> list[InterfaceState]:
    """Read the live state of what IOS would show, in the order of the kernel."""
    rows = await show_json(namespace, "-statistics", "link", "show")
    return [_state(name, row) for row in rows if (name := ios_name(row["ifname"])) is not None]


def _state(name: str, row: Mapping[str, Any]) -> InterfaceState:
    received, sent = row["stats64"]["rx"], row["stats64"]["tx"]
    return InterfaceState(
        name=name,
        mac=dotted_mac(row["address"]),
        admin_up="UP" in row["flags"],
        carrier="LOWER_UP" in row["flags"],
        mtu=row["mtu"],
        input_packets=received["packets"],
        output_packets=sent["packets"],
        input_bytes=received["bytes"],
        output_bytes=sent["bytes"],
    )
