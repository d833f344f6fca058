"""Act inside the network namespace of a node without leaving the lab's own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from lab.network.netns import netns_opener

NETNS_DIR = Path("/run/netns")
_T = TypeVar("_T")


async def run_in(namespace: str, work: Callable[[], _T]) -> _T:
    """Run `work` inside the named network namespace; what it opens stays there."""
    return await asyncio.to_thread(netns_opener(NETNS_DIR / namespace), work)


async def open_socket(namespace: str, family: int, kind: int, protocol: int = 0) -> socket.socket:
    """Open a socket inside the named network namespace, usable from outside."""
    return await run_in(namespace, lambda: socket.socket(family, kind, protocol))


async def write_sysctls(namespace: str, values: Mapping[str, str]) -> None:
    """Write sysctls ("net/ipv4/ip_forward") of a namespace, in their order."""
    if values:
        await run_in(namespace, lambda: _write_all(values))


def _write_all(values: Mapping[str, str]) -> None:
    for key, value in values.items():
        path = Path("/proc/sys", key)
        if key.startswith("net/ipv6") and not path.exists():
            continue  # a kernel without IPv6
        path.write_text(value, encoding="ascii")
