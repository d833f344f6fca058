"""The virtual router of one group: a macvlan that carries virtual MAC and virtual IP, up only while Active.

While it is down the kernel neither answers ARP for the virtual IP nor takes frames for the virtual MAC,
so no router but the active one forwards for the group (RFC 2281, 6).
"""

from __future__ import annotations

import fcntl
import socket
import struct
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

from lab.network.netns import NetnsOpener

_NAME_LENGTH = 15
_GET_FLAGS, _SET_FLAGS, _SET_ADDRESS, _SET_MASK = 0x8913, 0x8914, 0x8916, 0x891C
_IFF_UP = 1
_FLAGS = struct.Struct("16sH22x")
_ADDRESS = struct.Struct("16sHH4s16x")
_HOST_MASK = IPv4Address("255.255.255.255")
_SYSCTL = Path("/proc/sys/net")

# arp_ignore 1: answer only for addresses of the interface that the question came in on, so that the
# virtual IP is answered with the virtual MAC and the own address with the own one. arp_announce 2: ask
# with an address of the interface that the question leaves by, or the reply to a ping of the virtual IP
# would first teach the host that this address has our own MAC.
_SETTINGS = {
    "ipv4": {"arp_ignore": "1", "arp_announce": "2", "rp_filter": "0"},
    "ipv6": {"disable_ipv6": "1"},
}


def virtual_mac(group: int) -> bytes:
    """Return the well-known virtual MAC 00:00:0c:07:ac:NN of a group (RFC 2281, 6.1)."""
    return bytes((0x00, 0x00, 0x0C, 0x07, 0xAC, group))


def link_name(parent: str, group: int) -> str:
    """Return the name of a group's macvlan; it begins with `hsrp` and is unique within a router."""
    name = f"hsrp{group}-{parent}"
    if len(name) > _NAME_LENGTH:
        raise ValueError(f"{name}: longer than the {_NAME_LENGTH} characters of an interface name")
    return name


def create_line(parent: str, group: int) -> str:
    """Return the ip(8) batch line that creates the macvlan; it is born down."""
    mac = virtual_mac(group).hex(":")
    return f"link add link {parent} name {link_name(parent, group)} address {mac} type macvlan mode bridge"


def delete_line(parent: str, group: int) -> str:
    """Return the ip(8) batch line that removes the macvlan."""
    return f"link delete dev {link_name(parent, group)}"


@dataclass
class VirtualLink:
    """An existing macvlan; every call is one or two ioctls and does not block."""

    name: str
    _control: socket.socket
    _address: IPv4Address | None = field(default=None)

    def install(self, address: IPv4Address) -> None:
        """Carry this virtual IP and go up."""
        if address != self._address:
            self._ioctl(_SET_ADDRESS, _ADDRESS.pack(self.name.encode(), socket.AF_INET, 0, address.packed))
            self._ioctl(_SET_MASK, _ADDRESS.pack(self.name.encode(), socket.AF_INET, 0, _HOST_MASK.packed))
            self._address = address
        self._set_up(True)

    def remove(self) -> None:
        """Go down."""
        self._set_up(False)

    def close(self) -> None:
        """Release the socket; the macvlan stays as it is."""
        self._control.close()

    def _set_up(self, up: bool) -> None:
        name = self.name.encode()
        flags = _FLAGS.unpack(self._ioctl(_GET_FLAGS, _FLAGS.pack(name, 0)))[1]
        wanted = flags | _IFF_UP if up else flags & ~_IFF_UP
        if wanted != flags:
            self._ioctl(_SET_FLAGS, _FLAGS.pack(name, wanted))

    def _ioctl(self, request: int, argument: bytes) -> bytes:
        return fcntl.ioctl(self._control.fileno(), request, argument)


def open_virtual_link(open_in_netns: NetnsOpener, parent: str, group: int) -> VirtualLink:
    """Prepare the macvlan that `create_line` made, inside the router's namespace."""
    name = link_name(parent, group)

    def prepare() -> socket.socket:
        apply_settings(name)
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    return VirtualLink(name, open_in_netns(prepare))


def apply_settings(interface: str, families: tuple[str, ...] = ("ipv4", "ipv6")) -> None:
    """Write the kernel settings of an interface; a kernel without IPv6 has none to write."""
    for family in families:
        for key, value in _SETTINGS[family].items():
            path = _SYSCTL / family / "conf" / interface / key
            if family == "ipv4" or path.exists():
                path.write_text(value)
