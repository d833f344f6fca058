"""A transport over the lab's own command line, without engine, network or SSH."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import DeviceError

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

    def push(self, lines: Sequence[str]) -> list[str]:
        self.feed("configure terminal")
        answers: list[str] = []
        try:
            for number, line in enumerate(lines, start=1):
                answers.append(self.feed(line))
                if any(refusal in answers[-1] for refusal in REFUSALS) or "overlaps" in answers[-1]:
                    raise DeviceError(f"line {number} `{line}`: {answers[-1]}")
        finally:
            self.feed("end")
        return answers

    def save(self) -> None:
        self.saves += 1
