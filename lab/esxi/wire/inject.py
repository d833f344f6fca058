"""The hook before every operation, by which a test orders faults, delays and lost connections."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from lab.esxi.wire.call import Call
from lab.esxi.wire.objects import ManagedObject

# Called with the call, the object and the arguments by name. It may raise a fault, wait, or raise
# ConnectionDropped; what it returns is awaited and dropped.
Before = Callable[[Call, ManagedObject, Mapping[str, Any]], Awaitable[None]]


class ConnectionDropped(Exception):
    """Cut the connection without an answer."""


async def no_injection(call: Call, target: ManagedObject, arguments: Mapping[str, Any]) -> None:
    """Let every operation pass."""
