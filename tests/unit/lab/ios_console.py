"""A terminal on a router of its own, without engine and network, for the tests of the command line."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from lab.ios.null_engine import NullEngine
from lab.ios.router import Router
from lab.ios.session import Reply, Session
from lab.ios.store import Interface, RouterConfig

NOON = 1795435200.25  # 2026-11-23 12:00:00.250 UTC
INTERFACES = ("Ethernet0/0", "Ethernet0/1")


def make_router(tmp_path: Path, name: str = "R1", version: str = "15.7", *, revert_minute_s: float = 60.0) -> Router:
    config = RouterConfig(name, interfaces={i: Interface(i) for i in INTERFACES})
    return Router(
        name,
        NullEngine(config),
        config,
        startup_path=tmp_path / "startup" / f"{name}.cfg",
        clock=lambda: NOON,
        version=version,
        unknown_path=tmp_path / "unknown.log",
        directory=tmp_path / "flash",
        revert_minute_s=revert_minute_s,
    )


def engine_of(router: Router) -> NullEngine:
    assert isinstance(router.engine, NullEngine)
    return router.engine


async def wait_until(seen: Callable[[], bool], timeout_s: float = 5.0) -> None:
    """Wait until `seen` is true, and fail when it never is."""
    deadline = time.monotonic() + timeout_s
    while not seen():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


class Console:
    """Feeds lines to one session and shows the screen as a user sees it."""

    def __init__(self, router: Router, *, privileged: bool = True, user: str = "fastpath", origin: str = "") -> None:
        self.router = router
        self.logged: list[str] = []
        self.session: Session = router.session(privileged, user=user, origin=origin, on_log=self.logged.append)

    @property
    def prompt(self) -> str:
        return self.session.prompt

    async def reply(self, line: str) -> Reply:
        return await self.session.feed(line)

    async def say(self, *lines: str) -> str:
        """Feed lines and return the text of the last one."""
        text = ""
        for line in lines:
            text = (await self.session.feed(line)).text
        return text

    async def screen(self, *lines: str) -> str:
        """Feed lines and return all that a terminal would show."""
        shown = []
        for line in lines:
            before = self.prompt
            shown.append(f"{before}{line}\n{(await self.session.feed(line)).text}")
        return "".join(shown) + self.prompt

    async def configure(self, text: str) -> list[str]:
        """Feed a configuration from global configuration mode; return the answers that are not silent."""
        answers = []
        for line in ["configure terminal", *text.splitlines(), "end"]:
            answer = (await self.session.feed(line)).text
            if answer.strip() and not answer.startswith("Enter configuration commands"):
                answers.append(f"{line.strip()}: {answer.strip()}")
        return answers

    async def section(self, regex: str) -> list[str]:
        """Return a section of the running-config."""
        return (await self.say(f"show running-config | section {regex}")).splitlines()
