"""A transport onto a lab router's command line inside this process, for what needs no wire."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import DeviceError

from lab.engine import Engine
from lab.ios.null_engine import NullEngine
from lab.ios.router import Router
from lab.ios.store import Interface, RouterConfig


class SessionTransport:
    """Feeds one privileged session; every command that reaches the router is kept in `sent`."""

    def __init__(self, router: Router, run: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self.router = router
        self.sent: list[str] = []
        self._run = run
        self._session = router.session(privileged=True)

    def run(self, command: str) -> str:
        self.sent.append(command)
        return str(self._run(self._session.feed(command)).text)

    def push(self, lines: Sequence[str], revert_after_min: int | None = None) -> list[str]:
        answers = []
        self.run("configure terminal" + (f" revert timer {revert_after_min}" if revert_after_min else ""))
        for number, line in enumerate(lines, start=1):
            answer = self.run(line)
            if "% Invalid" in answer or "% Incomplete" in answer or "% Ambiguous" in answer:
                self.run("end")
                raise DeviceError(f"line {number} `{line}`: {answer.strip()}")
            answers.append(answer)
        self.run("end")
        return answers

    def save(self) -> None:
        assert "[OK]" in self.run("write memory")


def open_router(tmp_path: Path, name: str = "R2", engine: Engine | None = None) -> SessionTransport:
    """Start a router with two Ethernet interfaces and nothing behind it."""
    config = RouterConfig(name, {f"Ethernet0/{port}": Interface(f"Ethernet0/{port}") for port in range(2)})
    loop = asyncio.new_event_loop()
    router = Router(
        name, engine or NullEngine(config), config, startup_path=tmp_path / f"{name}.cfg", clock=lambda: 1_700_000_000.0
    )
    loop.run_until_complete(router.start())
    return SessionTransport(router, loop.run_until_complete)
