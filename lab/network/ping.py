"""Send echo requests from inside a node (RFC 792), over the kernel's unprivileged ICMP sockets."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import AsyncGenerator
from ipaddress import IPv4Address

from lab.engine import PingReply
from lab.network.namespaces import open_socket

_ECHO_REQUEST = 8
_ECHO_REPLY = 0
_HEADERS = 28  # IPv4 and ICMP, which the size of IOS' ping includes
_PATTERN = b"\xab\xcd"


async def ping(
    namespace: str, target: IPv4Address, count: int, size_bytes: int, timeout_s: float, source: IPv4Address | None
) -> AsyncGenerator[PingReply, None]:
    """Yield one result per request, each sent when the one before is answered or lost."""
    with await open_socket(namespace, socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as icmp:
        icmp.setblocking(False)
        if source is not None:
            icmp.bind((str(source), 0))
        payload = (_PATTERN * (size_bytes // 2 + 1))[: max(0, size_bytes - _HEADERS)]
        for sequence in range(count):
            yield PingReply(sequence, await _echo(icmp, str(target), sequence, payload, timeout_s))


async def _echo(icmp: socket.socket, target: str, sequence: int, payload: bytes, timeout_s: float) -> float | None:
    """Return the round trip in milliseconds, None where nothing came back in time."""
    loop = asyncio.get_running_loop()
    started = time.monotonic()
    try:
        await loop.sock_sendto(icmp, struct.pack("!BBHHH", _ECHO_REQUEST, 0, 0, 0, sequence) + payload, (target, 0))
        await asyncio.wait_for(_receive(icmp, sequence), timeout_s)
    except (OSError, asyncio.TimeoutError):
        return None
    return (time.monotonic() - started) * 1000


async def _receive(icmp: socket.socket, sequence: int) -> None:
    """Wait for the reply to this request, passing over late ones."""
    loop = asyncio.get_running_loop()
    while True:
        packet = await loop.sock_recv(icmp, 65536)
        if packet[0] == _ECHO_REPLY and struct.unpack("!H", packet[6:8])[0] == sequence:
            return
