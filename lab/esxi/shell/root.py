"""The shell's world from one boot of the host to the next: its root, its zone, the pipe of its tools."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab.esxi.shell.calls import Answer, CallPipe
from lab.esxi.shell.image import CALLS, Volume, complete_root
from lab.esxi.shell.paths import RootTree
from lab.esxi.shell.zone import Zone, ZonePlan


@dataclass(frozen=True)
class RootPlan:
    """What a root is made of."""

    name: str
    root: Path
    tools: Iterable[str]
    volumes: Callable[[], Iterable[Volume]]
    answer: Answer


@dataclass
class ShellRoot:
    """Made when it is first used after a boot, since most hosts of a test are never logged in to."""

    plan: RootPlan
    _shown: Mapping[str, Path] | None = None
    _pipe: CallPipe | None = None
    _zone: asyncio.Task[Zone] | None = None
    _old: list[asyncio.Task[None]] = field(default_factory=list)

    def tree(self) -> RootTree:
        """Return the root for file access."""
        if self._shown is None:
            self._shown = complete_root(self.plan.root, self.plan.tools, self.plan.volumes())
        return RootTree(self.plan.root, self._shown)

    async def zone(self) -> Zone:
        """Return the running zone."""
        if self._zone is None:
            shown = self.tree().shown
            self._pipe = CallPipe(self.plan.root / CALLS, self.plan.answer)
            self._zone = asyncio.ensure_future(Zone.start(ZonePlan(self.plan.name, self.plan.root, shown)))
        return await asyncio.shield(self._zone)

    def drop(self) -> None:
        """End all that runs, at once; the next use finds the root as the next boot made it."""
        if self._pipe is not None:
            self._pipe.close()
        if self._zone is not None:
            self._old.append(asyncio.ensure_future(_end(self._zone)))
        self._shown = self._pipe = self._zone = None

    async def close(self) -> None:
        """End all that runs and wait until it is gone."""
        self.drop()
        await asyncio.gather(*self._old)


async def _end(starting: asyncio.Task[Zone]) -> None:
    (zone,) = await asyncio.gather(starting, return_exceptions=True)
    if isinstance(zone, Zone):
        await zone.end()
