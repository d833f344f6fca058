"""The HSRP version 1 packet (RFC 2281, 5.1): 20 bytes in UDP, port 1985, to 224.0.0.2, TTL 1."""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address

HSRP_GROUP_ADDRESS = IPv4Address("224.0.0.2")
HSRP_PORT = 1985
HSRP_TTL = 1
VERSION = 0  # "version 1" of the command line is 0 on the wire
DEFAULT_AUTHENTICATION = b"cisco"

_LAYOUT = struct.Struct("!8B8s4s")


class PacketError(ValueError):
    """The bytes are not an HSRP version 1 packet, or a value does not fit into one."""


class Opcode(enum.IntEnum):
    """What a packet says; opcode 3 (advertise) of newer IOS has another format and is not ours."""

    HELLO = 0
    COUP = 1
    RESIGN = 2


class State(enum.IntEnum):
    """The six states with their numbers on the wire."""

    INIT = 0
    LEARN = 1
    LISTEN = 2
    SPEAK = 4
    STANDBY = 8
    ACTIVE = 16


@dataclass(frozen=True)
class Packet:
    """One packet; a time of 0 means "not advertised"."""

    opcode: Opcode
    state: State
    hello_s: int
    hold_s: int
    priority: int
    group: int
    virtual_ip: IPv4Address
    authentication: bytes = DEFAULT_AUTHENTICATION

    def __post_init__(self) -> None:
        """Refuse values that do not fit into their octets."""
        for name in ("hello_s", "hold_s", "priority", "group"):
            value = getattr(self, name)
            if not 0 <= value <= 255:
                raise PacketError(f"{name}: {value} does not fit into one octet; allowed: 0-255")
        if len(self.authentication) > 8:
            raise PacketError(f"authentication: {self.authentication!r} is longer than 8 octets")


def advertised_seconds(hello_ms: int, hold_ms: int) -> tuple[int, int]:
    """Return hello and hold time as they go on the wire, (0, 0) where either is not whole seconds.

    Cisco, HSRP Version 2 Design: "In HSRP version 1, millisecond timer values are not advertised or
    learned". That the octets then hold 0 is unverified on a device.
    """
    if hello_ms % 1000 or hold_ms % 1000:
        return 0, 0
    return hello_ms // 1000, hold_ms // 1000


def build(packet: Packet) -> bytes:
    """Return the 20 bytes of a packet."""
    return _LAYOUT.pack(
        VERSION,
        packet.opcode,
        packet.state,
        packet.hello_s,
        packet.hold_s,
        packet.priority,
        packet.group,
        0,
        packet.authentication.ljust(8, b"\0"),
        packet.virtual_ip.packed,
    )


def parse(data: bytes) -> Packet:
    """Return the packet that the bytes hold; raise PacketError for anything else."""
    if len(data) != _LAYOUT.size:
        raise PacketError(f"length: {len(data)} octets; an HSRP version 1 packet has {_LAYOUT.size}")
    version, opcode, state, hello_s, hold_s, priority, group, reserved, authentication, address = _LAYOUT.unpack(data)
    if version != VERSION:
        raise PacketError(f"version: {version}; HSRP version 1 has {VERSION} on the wire")
    if reserved:
        raise PacketError(f"reserved: {reserved}; allowed: 0")
    try:
        known_opcode, known_state = Opcode(opcode), State(state)
    except ValueError as exc:
        raise PacketError(f"opcode {opcode}, state {state}: {exc}") from exc
    return Packet(
        known_opcode,
        known_state,
        hello_s,
        hold_s,
        priority,
        group,
        IPv4Address(address),
        authentication.rstrip(b"\0"),
    )
