# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The responder of a UDP probe: it answers what is a probe, with its own count of what has arrived."""

from __future__ import annotations

import socket
import struct
from collections import OrderedDict
from typing import Any

from ..errors import FastpathError
from .packet import REPLY, REQUEST, Packet, decode_packet
from .settings import ProbeSettings

# Linux, linux/in.h: the address to which a datagram was sent; sent along, it is the one to answer from.
_IP_PKTINFO = 8
_PKTINFO = struct.Struct("@i4s4s")
_MOST_RUNS = 64
_MOST_AT_ONCE = 256


class Responder:
    """A socket, and how many probes of each run have arrived."""

    def __init__(self, link: socket.socket, only: str | None) -> None:
        """Keep the socket; with `only`, other hosts than that get no answer."""
        self.link = link
        self.received = 0
        self.answered = 0
        self._only = only
        self._runs: OrderedDict[bytes, int] = OrderedDict()

    def answer(self) -> None:
        """Answer what has arrived. A reply is as long as its probe, and replies are never answered."""
        for _datagram in range(_MOST_AT_ONCE):
            try:
                data, extra, _flags, sender = self.link.recvmsg(64, 64)
            except OSError:  # nothing more, or a host that no longer listens
                return
            packet = decode_packet(data)
            if packet is None or packet.kind != REQUEST or self._only not in (None, sender[0]):
                continue
            self.received += 1
            self._reply(packet._replace(kind=REPLY, counter=self._count(packet.token)), extra, sender)

    def _count(self, token: bytes) -> int:
        count = (self._runs.pop(token, 0) + 1) & 0xFFFFFFFF
        self._runs[token] = count
        if len(self._runs) > _MOST_RUNS:
            self._runs.popitem(last=False)
        return count

    def _reply(self, packet: Packet, extra: list[tuple[int, int, bytes]], sender: Any) -> None:
        try:
            self.link.sendmsg([packet.encode()], _answer_from(extra), 0, sender)
        except OSError:  # no way back right now: that is a loss, and the prober sees it
            return
        self.answered += 1


def _answer_from(extra: list[tuple[int, int, bytes]]) -> list[tuple[int, int, bytes]]:
    """Return what makes the reply come from the address that was asked."""
    for level, kind, data in extra:
        if (level, kind) == (socket.IPPROTO_IP, _IP_PKTINFO):
            _interface, local, _header = _PKTINFO.unpack_from(data)
            return [(level, kind, _PKTINFO.pack(0, local, bytes(4)))]
    return []


def open_responder(settings: ProbeSettings) -> Responder:
    """Open the port that shall answer."""
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        link.setblocking(False)
        link.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        link.bind((settings.source_address or "", settings.port))
    except OSError as exc:
        link.close()
        place = f"{settings.source_address or 'any address'}, port {settings.port}"
        raise FastpathError(f"responder on {place}: {exc.strerror}. Choose a free port above 1023.") from exc
    return Responder(link, settings.target)
