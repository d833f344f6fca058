# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The socket of a prober: ICMP where it may, else UDP."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Callable, NamedTuple

from ..errors import FastpathError
from .packet import REPLY, REQUEST, TOKEN_BYTES, Packet, decode_echo_reply, decode_packet, encode_echo, strip_ip_header
from .settings import ProbeSettings

PING_GROUPS = "/proc/sys/net/ipv4/ping_group_range"
# Linux, asm-generic/socket.h: the kernel adds the time of arrival, as a struct timespec of the system clock.
_SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("@ll")
# Linux, linux/icmp.h: of a raw socket, a bit for each type of message that is not wanted.
_SOL_RAW, _ICMP_FILTER, _ECHO_REPLIES_ONLY = 255, 1, 0xFFFFFFFE
_LONGEST_DATAGRAM = 2048
_MOST_AT_ONCE = 256
_CONFUSED_CLOCK_S = 60.0


class Reply(NamedTuple):
    """A reply to a probe; `at_s` is monotonic."""

    sequence: int
    at_s: float
    counter: int


@dataclass(frozen=True)
class Framing:
    """How the packets of a method stand in a datagram."""

    method: str
    wrap: Callable[[int, bytes], bytes]
    unwrap: Callable[[bytes], bytes | None]


class Wire:
    """A socket that is connected to the target."""

    def __init__(self, link: socket.socket, framing: Framing) -> None:
        """Keep the socket; the token tells replies to this run from all others."""
        self.link = link
        self.method = framing.method
        self._framing = framing
        self._token = os.urandom(TOKEN_BYTES)

    def send(self, sequence: int) -> None:
        """Send one probe; OSError where the host refuses to."""
        self.link.send(self._framing.wrap(sequence, Packet(REQUEST, self._token, sequence).encode()))

    def receive(self) -> Iterator[Reply]:
        """Yield the replies that have arrived; OSError where one of our packets was reported back."""
        for _datagram in range(_MOST_AT_ONCE):
            try:
                data, extra, _flags, _sender = self.link.recvmsg(_LONGEST_DATAGRAM, 64)
            except BlockingIOError:
                return
            payload = self._framing.unwrap(data)
            packet = decode_packet(payload) if payload is not None else None
            # A host answers ICMP with the very bytes that it got; a responder marks its replies.
            expected = REPLY if self.method == "udp" else REQUEST
            if packet and packet.kind == expected and packet.token == self._token:
                yield Reply(packet.sequence, arrival_s(extra), packet.counter)


def arrival_s(extra: list[tuple[int, int, bytes]]) -> float:
    """Return when a datagram arrived, in monotonic seconds: by the kernel's stamp, so that our own delay is not in it.

    The stamp is of the system clock; a clock that was set meanwhile gives nonsense, and the present is taken instead.
    """
    now_s = time.monotonic()
    for level, kind, data in extra:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS) and len(data) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            age_s = time.time() - (seconds + nanoseconds / 1e9)
            return now_s - age_s if 0 <= age_s < _CONFUSED_CLOCK_S else now_s
    return now_s


def open_wire(settings: ProbeSettings) -> Wire:
    """Open the socket for a method; `auto` takes the first that is allowed."""
    target = settings.target or ""
    for opener in _OPENERS[settings.method]:
        try:
            link, framing = opener()
        except OSError as exc:
            if exc.errno not in (errno.EPERM, errno.EACCES, errno.EPROTONOSUPPORT):
                raise
            continue
        try:
            _connect(link, settings.source_address, (target, settings.port if framing.method == "udp" else 0))
        except BaseException:
            link.close()
            raise
        return Wire(link, framing)
    raise FastpathError(_refusal())


def _refusal() -> str:
    try:
        with open(PING_GROUPS, encoding="ascii") as file:
            groups = " ".join(file.read().split())
    except OSError:
        groups = "unknown"
    return (
        f"method icmp: this user may open neither a ping socket (net.ipv4.ping_group_range is {groups!r}, "
        f"the user's group is {os.getegid()}) nor a raw socket. Widen ping_group_range, use become, or state "
        "`method: udp` and start a responder on the target."
    )


def _connect(link: socket.socket, source: str | None, target: tuple[str, int]) -> None:
    link.setblocking(False)
    with contextlib.suppress(OSError):  # without it the time of reading counts
        link.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    if source:
        try:
            link.bind((source, 0))
        except OSError as exc:
            text = f"source_address {source}: {exc.strerror}. State an address of this host, or leave it out."
            raise FastpathError(text) from exc
    try:
        link.connect(target)
    except OSError as exc:
        raise FastpathError(f"target {target[0]}: {exc.strerror}. This host needs a route to it.") from exc


def _open_ping() -> tuple[socket.socket, Framing]:
    """Open the kernel's unprivileged kind (torvalds/linux c319b4d): it puts identifier and checksum itself."""
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
    return link, Framing("icmp", lambda sequence, payload: encode_echo(0, sequence, payload), _unwrap_echo)


def _unwrap_echo(message: bytes) -> bytes | None:
    found = decode_echo_reply(message)
    return found[1] if found else None


def _open_raw() -> tuple[socket.socket, Framing]:
    link = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    link.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("@I", _ECHO_REPLIES_ONLY))
    identifier = int.from_bytes(os.urandom(2), "big")

    def unwrap(datagram: bytes) -> bytes | None:
        found = decode_echo_reply(strip_ip_header(datagram))
        return found[1] if found and found[0] == identifier else None

    return link, Framing("icmp", lambda sequence, payload: encode_echo(identifier, sequence, payload), unwrap)


def _open_udp() -> tuple[socket.socket, Framing]:
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    return link, Framing("udp", lambda _sequence, payload: payload, lambda datagram: datagram)


_OPENERS: dict[str, tuple[Callable[[], tuple[socket.socket, Framing]], ...]] = {
    "auto": (_open_ping, _open_raw, _open_udp),
    "icmp": (_open_ping, _open_raw),
    "udp": (_open_udp,),
}
