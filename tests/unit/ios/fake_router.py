"""A transport over the lab's own command line, without engine, network or SSH."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import DeviceError
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.transport import NothingSent

from lab.ios.null_engine import NullEngine
from lab.ios.router import Router
from lab.ios.store import Interface, RouterConfig

REFUSALS = ("% Invalid", "% Incomplete", "% Ambiguous", "Bad mask", "BGP is already", "% Specify", "% Duplicate")


class FakeRouter:
    """One router of the lab; `lines` keeps what was pushed, `answers` what it said."""

    def __init__(self, startup: Path, version: str = "15.7", interfaces: int = 3) -> None:
        names = [f"Ethernet0/{number}" for number in range(interfaces)]
        config = RouterConfig("R1", {name: Interface(name) for name in names})
        self.router = Router("R1", NullEngine(config), config, startup_path=startup, clock=lambda: 0.0, version=version)
        self.loop = asyncio.new_event_loop()
        self.session = self.router.session(privileged=True)
        self.saves = 0

    def close(self) -> None:
        self.loop.close()

    def feed(self, line: str) -> str:
        return self.loop.run_until_complete(self.session.feed(line)).text.strip()

    def run(self, command: str) -> str:
        self.feed("terminal length 0")
        return self.feed(command)

    def push(self, lines: Sequence[str], revert_after_min: int | None = None) -> list[str]:
        timer = "" if revert_after_min is None else f" revert timer {revert_after_min}"
        refused = re.search(r"^%.+", self.feed(f"configure terminal{timer}"), re.MULTILINE)
        if refused:
            raise NothingSent(refused.group())
        answers: list[str] = []
        try:
            for number, line in enumerate(lines, start=1):
                answers.append(self.feed(line))
                if any(refusal in answers[-1] for refusal in REFUSALS) or "overlaps" in answers[-1]:
                    raise DeviceError(f"line {number} `{line}`: {answers[-1]}")
        finally:
            self.feed("end")
        return answers

    def confirm(self) -> None:
        answer = self.feed("configure confirm")
        if answer:
            raise DeviceError(answer)

    def revert(self) -> None:
        answer = self.feed("configure revert now")
        if "Rollback Done" not in answer:
            raise DeviceError(answer)

    def let_time_run_out(self) -> None:
        """Have the timer of the pending change fire now."""
        self.loop.run_until_complete(self.router.rollback._time_is_up())

    def save(self) -> None:
        self.saves += 1


class Recorder:
    """Pass everything on to a router and keep the order of what happened; a test may spoil it."""

    def __init__(self, router: FakeRouter) -> None:
        self.router = router
        self.events: list[str] = []
        self.drops: set[str] = set()
        self.says: dict[str, str] = {}
        self.shows: list[str] = []

    def run(self, command: str) -> str:
        self.events.append(command)
        if command in self.says:
            return self.says[command]
        return self.shows.pop(0) if self.shows else self.router.run(command)

    def push(self, lines: Sequence[str], revert_after_min: int | None = None) -> list[str]:
        self.events.append("push" if revert_after_min is None else f"push for {revert_after_min} min")
        kept = [line for line in lines if line not in self.drops]
        answers = dict(zip(kept, self.router.push(kept, revert_after_min)))
        return [self.says.get(line, answers.get(line, "")) for line in lines]

    def confirm(self) -> None:
        self.events.append("confirm")
        self.router.confirm()

    def revert(self) -> None:
        self.events.append("revert")
        self.router.revert()

    def save(self) -> None:
        self.events.append("save")
