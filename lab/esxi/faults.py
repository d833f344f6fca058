"""What a test orders to go wrong: the n-th call of an operation, shell command or file write fails, waits or is cut."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from lab.esxi.wire.call import Call
from lab.esxi.wire.faults import fault
from lab.esxi.wire.inject import ConnectionDropped
from lab.esxi.wire.objects import ManagedObject

KINDS = ("call", "shell", "file")
EFFECTS = ("fail", "drop", "delay")


@dataclass(frozen=True)
class FaultOrder:
    """One thing that shall go wrong.

    kind: call (a SOAP operation), shell (a command line), file (a path that is written). `name` may hold
    the wildcards of fnmatch. The `nth` one from now on is met, and so are the `times - 1` after it.
    effect: fail (with `fault`, a wsdl name, or with `text` in the shell), drop (cut the connection),
    delay (by `seconds`, then all goes well).
    """

    kind: str
    name: str
    effect: str = "fail"
    nth: int = 1
    times: int = 1
    fault: str = "SystemError"
    text: str = "ordered by a test"
    seconds: float = 0.0

    def __post_init__(self) -> None:
        for value, known in ((self.kind, KINDS), (self.effect, EFFECTS)):
            if value not in known:
                raise ValueError(f"fault order: {value!r} is not known; known: {', '.join(known)}")
        if self.nth < 1 or self.times < 1 or self.seconds < 0:
            raise ValueError("fault order: nth and times begin at 1, and seconds are not negative")


class FaultOrders:
    """The orders of one host, each counting what it sees."""

    def __init__(self) -> None:
        self._seen: dict[FaultOrder, int] = {}

    def add(self, order: FaultOrder) -> None:
        """Order a fault; counting starts now."""
        self._seen[order] = 0

    def clear(self) -> None:
        """Let everything go well again."""
        self._seen.clear()

    @property
    def open(self) -> list[FaultOrder]:
        """Return the orders that have not been used up."""
        return list(self._seen)

    def meet(self, kind: str, name: str) -> FaultOrder | None:
        """Count one call, command or write, and return the order that it meets."""
        met = None
        for order in [each for each in self._seen if each.kind == kind and fnmatchcase(name, each.name)]:
            self._seen[order] += 1
            if self._seen[order] >= order.nth:
                met = met or order
            if self._seen[order] >= order.nth + order.times - 1:
                del self._seen[order]
        return met

    async def before(self, call: Call, target: ManagedObject, arguments: Mapping[str, Any]) -> None:
        """Do to a SOAP operation what was ordered; this is the wire's hook."""
        order = self.meet("call", call.operation)
        if order is None:
            return
        if order.effect == "drop":
            raise ConnectionDropped
        if order.effect == "fail":
            raise _as_fault(order)
        await asyncio.sleep(order.seconds)


def _as_fault(order: FaultOrder) -> Any:
    fields = {"reason": order.text} if order.fault == "SystemError" else {}
    return fault(order.fault, order.text, **fields)
