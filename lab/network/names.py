"""Names of interfaces: IOS on one side, Linux on the other, where "/" is not legal."""

from __future__ import annotations

import re

PORTS_PER_SLOT = 4
_ETHERNET = re.compile(r"Ethernet(\d+)/([0-3])")
_LOOPBACK = re.compile(r"Loopback(\d+)")
_LINUX_ETHERNET = re.compile(r"e(\d+)")
_LINUX_LOOPBACK = re.compile(r"lo(\d+)")


def linux_name(ios_name: str) -> str:
    """Return the Linux name of a canonical IOS name: Ethernet1/2 is e6, Loopback0 is lo0."""
    if match := _ETHERNET.fullmatch(ios_name):
        return f"e{PORTS_PER_SLOT * int(match[1]) + int(match[2])}"
    if match := _LOOPBACK.fullmatch(ios_name):
        return f"lo{int(match[1])}"
    raise ValueError(f"{ios_name!r} is not the name of a lab interface; allowed: Ethernet<slot>/<0-3>, Loopback<n>")


def ios_name(linux: str) -> str | None:
    """Return the canonical IOS name of a Linux interface, None for what IOS would not show."""
    if match := _LINUX_ETHERNET.fullmatch(linux):
        slot, port = divmod(int(match[1]), PORTS_PER_SLOT)
        return f"Ethernet{slot}/{port}"
    if match := _LINUX_LOOPBACK.fullmatch(linux):
        return f"Loopback{int(match[1])}"
    return None


def router_mac(router_index: int, ios_interface: str) -> str:
    """Return the MAC that IOS on Linux gives: R1's Ethernet0/1 has aa:bb:cc:00:01:10."""
    match = _ETHERNET.fullmatch(ios_interface)
    if match is None:
        raise ValueError(f"{ios_interface!r} has no MAC address; allowed: Ethernet<slot>/<0-3>")
    return f"aa:bb:cc:00:{router_index:02x}:{int(match[2]):x}{int(match[1]):x}"


def host_mac(host_index: int) -> str:
    """Return the MAC that a virtual PC has, as VPCS numbers them."""
    return f"00:50:79:66:68:{host_index - 1:02x}"


def dotted_mac(mac: str) -> str:
    """Write aa:bb:cc:00:01:10 as IOS does: aabb.cc00.0110."""
    digits = mac.replace(":", "").lower()
    return ".".join(digits[at : at + 4] for at in (0, 4, 8))


def port_name(node: str, linux: str) -> str:
    """Return the name of the switch port in which an interface of a node is plugged."""
    return f"{node}.{linux}"
