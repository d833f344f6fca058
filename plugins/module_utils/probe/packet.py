# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packets of a probe: 24 bytes, alike in ICMP and UDP, request and reply."""

from __future__ import annotations

import struct
from typing import NamedTuple

MAGIC = b"FPp1"
REQUEST, REPLY = 1, 2
TOKEN_BYTES = 8
_LAYOUT = struct.Struct("!4sB3x8sII")

# RFC 792.
ECHO_REPLY, ECHO_REQUEST = 0, 8
_ECHO = struct.Struct("!BBHHH")


class Packet(NamedTuple):
    """A probe, or a responder's reply to one; `counter` is what the responder has received of this run."""

    kind: int
    token: bytes
    sequence: int
    counter: int = 0

    def encode(self) -> bytes:
        """Return the packet's bytes."""
        return _LAYOUT.pack(MAGIC, *self)


def decode_packet(data: bytes) -> Packet | None:
    """Return what the bytes say, None where they are not of a probe."""
    if len(data) != _LAYOUT.size or not data.startswith(MAGIC):
        return None
    return Packet(*_LAYOUT.unpack(data)[1:])


def encode_echo(identifier: int, sequence: int, payload: bytes) -> bytes:
    """Return an echo request (RFC 792); its own sequence number counts to 65535 and begins again."""
    header = _ECHO.pack(ECHO_REQUEST, 0, 0, identifier, sequence & 0xFFFF)
    return _ECHO.pack(ECHO_REQUEST, 0, checksum(header + payload), identifier, sequence & 0xFFFF) + payload


def decode_echo_reply(message: bytes) -> tuple[int, bytes] | None:
    """Return identifier and payload of an echo reply, None for any other message."""
    if len(message) < _ECHO.size or message[0] != ECHO_REPLY:
        return None
    identifier: int = _ECHO.unpack_from(message)[3]
    return identifier, message[_ECHO.size :]


def strip_ip_header(datagram: bytes) -> bytes:
    """Return what follows the IPv4 header, whose length stands in its first byte (RFC 791)."""
    return datagram[(datagram[0] & 0x0F) * 4 :] if datagram else b""


def checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071)."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
