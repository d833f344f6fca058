"""Faults that a test orders of a router's command line: it hangs, drops, refuses, is slow or out of reach."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

KINDS = ("hang", "drop", "refuse", "slow", "refuse-login", "isolate")
DEFAULT_TEXT = "Configuration refused"


@dataclass(frozen=True)
class Fault:
    """One fault, counted in configuration lines from when it was set.

    hang: line `after_line` is not done and never answered. drop: it is not done and the connection is
    cut. refuse: it is not done and answered with `% text`. slow: every line from there on waits
    `seconds`. refuse-login: passwords and keys are refused. With `after_line` 0 the next line
    of any kind meets hang, drop and refuse, configuration or not. isolate: for `seconds` every
    connection is cut and none is accepted, at once or with `after_line` when that line is done,
    as if it had cut the router's own management off; its answer is lost.
    """

    kind: str
    after_line: int | None = None  # None: at once for isolate, 1 for the others
    seconds: float = 1.0
    text: str = DEFAULT_TEXT

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"fault {self.kind!r} is not known; known: {', '.join(KINDS)}")
        if (self.after_line or 0) < 0 or self.seconds < 0:
            raise ValueError("after_line and seconds must not be negative")

    @property
    def line(self) -> int:
        """Return the number of the line that meets the fault, 0 for none in particular."""
        if self.after_line is None:
            return int(self.kind != "isolate")
        return self.after_line


class FaultSwitch:
    """The fault of one router: set until it fired or is cleared; `slow` and `refuse-login` stay, `isolate` heals."""

    def __init__(self) -> None:
        self.fault: Fault | None = None
        self.connections: set[Callable[[], None]] = set()  # what cuts each connection
        self._lines = 0
        self._isolation: asyncio.TimerHandle | None = None

    @property
    def isolated(self) -> bool:
        """Tell whether nobody can connect."""
        return self._isolation is not None

    def set(self, fault: Fault) -> None:
        """Order a fault; counting starts now."""
        self.clear()
        if fault.kind == "isolate" and not fault.line:
            self.isolate(fault.seconds)
        else:
            self.fault, self._lines = fault, 0

    def clear(self) -> None:
        """Behave well again."""
        self.fault = None
        if self._isolation is not None:
            self._isolation.cancel()
            self._isolation = None

    def isolate(self, seconds: float) -> None:
        """Cut every connection, and accept none for a while."""
        self.clear()
        self._isolation = asyncio.get_running_loop().call_later(seconds, self.clear)
        for cut in list(self.connections):
            cut()

    def refuses_login(self) -> bool:
        """Tell whether nobody may log in."""
        return self.fault is not None and self.fault.kind == "refuse-login"

    def meet(self, configuring: bool) -> Fault | None:
        """Count one line and return the fault that it meets, None for a line that is done as usual."""
        fault = self.fault
        if fault is None or self.refuses_login():
            return None
        self._lines += configuring
        if fault.kind == "slow":
            return fault if configuring and self._lines >= fault.line else None
        if fault.line and not (configuring and self._lines == fault.line):
            return None
        self.clear()
        return fault
