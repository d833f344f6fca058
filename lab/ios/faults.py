"""Faults that a test orders of a router's command line: it hangs, drops, refuses or is slow."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("hang", "drop", "refuse", "slow", "refuse-login")
DEFAULT_TEXT = "Configuration refused"


@dataclass(frozen=True)
class Fault:
    """One fault, counted in configuration lines from when it was set.

    hang: line `after_line` is not done and never answered. drop: it is not done and the connection is
    cut. refuse: it is not done and answered with `% text`. slow: every line from there on waits
    `seconds`. refuse-login: passwords and keys are refused. With `after_line` 0 the next line
    of any kind meets hang, drop and refuse, configuration or not.
    """

    kind: str
    after_line: int = 1
    seconds: float = 1.0
    text: str = DEFAULT_TEXT

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"fault {self.kind!r} is not known; known: {', '.join(KINDS)}")
        if self.after_line < 0 or self.seconds < 0:
            raise ValueError("after_line and seconds must not be negative")


class FaultSwitch:
    """The fault of one router: set until it fired or is cleared; `slow` and `refuse-login` stay."""

    def __init__(self) -> None:
        self.fault: Fault | None = None
        self._lines = 0

    def set(self, fault: Fault) -> None:
        """Order a fault; counting starts now."""
        self.fault, self._lines = fault, 0

    def clear(self) -> None:
        """Behave well again."""
        self.fault = None

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
            return fault if configuring and self._lines >= fault.after_line else None
        if fault.after_line and not (configuring and self._lines == fault.after_line):
            return None
        self.clear()
        return fault
