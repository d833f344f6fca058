"""Addresses of a lab on the machine's own loopback, and the sockets that listen there.

They are bound before the sandbox begins, in the machine's network namespace, and handed in.
"""

from __future__ import annotations

import errno
import socket
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lab.errors import LabError

PORTS = {"high": (2222, 22022, 32222), "standard": (22,)}
_SECOND_OCTETS = range(2, 255)
_BACKLOG = 128


@dataclass
class LabSockets:
    """A claimed 127.N.0.0/24 with one listening socket per node."""

    second_octet: int
    port: int
    claim: socket.socket
    listeners: dict[str, socket.socket] = field(default_factory=dict)

    @property
    def addresses(self) -> dict[str, str]:
        """Return each node's address."""
        return {node: listener.getsockname()[0] for node, listener in self.listeners.items()}

    def close(self) -> None:
        """Close this process' side of them."""
        for opened in (self.claim, *self.listeners.values()):
            opened.close()


def open_sockets(nodes: Sequence[str], wish: str, ports: str, preferred: int | None = None) -> LabSockets:
    """Claim a free 127.N.0.0/24 and listen on one address of it per node.

    `wish` is any text that stands for the lab: the same lab gets the same N where that is free.
    `preferred` is the N to try first; `ports` is "high" or "standard".
    """
    seen = ""
    for port in PORTS[ports]:
        for octet in _candidates(wish, preferred):
            try:
                return _open(nodes, octet, port)
            except PermissionError as exc:
                raise LabError(f"port {port} is for root only here; use --ports high, or run as root") from exc
            except OSError as exc:
                if exc.errno != errno.EADDRINUSE:
                    raise LabError(f"cannot listen on 127.{octet}.0.1:{port}: {exc.strerror}") from exc
                seen = f"127.{octet}.0.1:{port}"
    remedy = "use --ports high" if ports == "standard" else "end what listens on these ports of 0.0.0.0"
    tried = ", ".join(str(port) for port in PORTS[ports])
    raise LabError(f"no free address found for the lab, last seen in use: {seen} (ports tried: {tried}); {remedy}")


def _candidates(wish: str, preferred: int | None) -> Iterator[int]:
    if preferred is not None and preferred in _SECOND_OCTETS:
        yield preferred
    start = zlib.crc32(wish.encode())
    for step in range(len(_SECOND_OCTETS)):
        yield _SECOND_OCTETS[(start + step) % len(_SECOND_OCTETS)]


def _open(nodes: Sequence[str], octet: int, port: int) -> LabSockets:
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sockets = LabSockets(octet, port, claim)
    try:
        # An abstract name, so that two labs on different ports do not share a network either.
        claim.bind(f"\0edgeworks-fastpath-lab-127.{octet}")
        for number, node in enumerate(nodes, start=1):
            sockets.listeners[node] = _listen(f"127.{octet}.0.{number}", port)
    except OSError:
        sockets.close()
        raise
    return sockets


def _listen(address: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
