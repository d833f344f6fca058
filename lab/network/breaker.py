"""The cuts in force: side by side, flapping, healing by themselves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lab.network.cuts import Cut, render_cuts
from lab.network.nft import load_rules
from lab.network.wiring import SWITCH

_LOG = logging.getLogger(__name__)
_AGAIN_S = 0.5  # until a healing that failed is tried again


@dataclass(eq=False)
class _InForce:
    """One cut and its timers; `drops` is false in the pauses of a flap, `heals_at` is in the loop's time."""

    cut: Cut
    heals_at: float | None = None
    drops: bool = True
    healing: asyncio.TimerHandle | None = None
    turning: asyncio.TimerHandle | None = None


async def drop_in_switch(cuts: Sequence[Cut]) -> None:
    """Let the lab's switch drop what these cuts say, and nothing else."""
    await load_rules(SWITCH, render_cuts(cuts))


@dataclass
class Breaker:
    """Holds at most one cut for each link and node; `drop` is told all that drop, at every change."""

    drop: Callable[[Sequence[Cut]], Awaitable[None]] = drop_in_switch
    _in_force: dict[str, _InForce] = field(default_factory=dict)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def cut(self, cut: Cut, seconds: float | None) -> None:
        """Put a cut in force in the place of a former one of the same thing, for some seconds where given."""
        entry = _InForce(cut)
        async with self._lock:
            await self._change({**self._in_force, cut.what: entry})
            if seconds is not None:
                entry.heals_at = asyncio.get_running_loop().time() + seconds
                entry.healing = self._later(seconds, lambda: self._heal(entry))
            if cut.kind.flap is not None:
                entry.turning = self._later(cut.kind.flap.down_s, lambda: self._turn(entry))

    async def restore(self, what: str) -> None:
        """Let a link or node have its traffic again; one that is whole stays so."""
        async with self._lock:
            await self._end(what)

    def status(self, what: str) -> dict[str, Any]:
        """Return what a link or node loses and in how many seconds that heals; None: nothing, not by itself."""
        entry = self._in_force.get(what)
        if entry is None:
            return {"state": "up", "loses": None, "restores_in_s": None}
        left = None if entry.heals_at is None else entry.heals_at - asyncio.get_running_loop().time()
        heals = None if left is None else round(max(0.0, left), 1)
        return {"state": "cut", "loses": entry.cut.loses, "restores_in_s": heals}

    async def _change(self, wanted: Mapping[str, _InForce]) -> None:
        """Put exactly the wanted cuts in force; where that fails, all stays as it was."""
        await self.drop([entry.cut for entry in wanted.values() if entry.drops])
        for entry in self._in_force.values():
            if entry not in wanted.values():
                _cancel(entry)
        self._in_force = dict(wanted)

    async def _end(self, what: str) -> None:
        await self._change({name: entry for name, entry in self._in_force.items() if name != what})

    async def _heal(self, entry: _InForce) -> None:
        """End a cut, and come again where that fails."""
        async with self._lock:
            if self._holds(entry):
                entry.healing = self._later(_AGAIN_S, lambda: self._heal(entry))
                await self._end(entry.cut.what)

    async def _turn(self, entry: _InForce) -> None:
        """Let a flapping cut drop or pause, and come again when that has lasted."""
        async with self._lock:
            flap = entry.cut.kind.flap
            if flap is None or not self._holds(entry):
                return
            entry.drops = not entry.drops
            entry.turning = self._later(flap.down_s if entry.drops else flap.up_s, lambda: self._turn(entry))
            await self._change(self._in_force)

    def _holds(self, entry: _InForce) -> bool:
        """Tell whether this very cut is still in force, not a later one of the same thing."""
        return self._in_force.get(entry.cut.what) is entry

    def _later(self, seconds: float, work: Callable[[], Coroutine[Any, Any, None]]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds, lambda: self._start(work()))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failed := task.exception()) is not None:
            _LOG.error("a cut could not be changed", exc_info=failed)


def _cancel(entry: _InForce) -> None:
    for timer in (entry.healing, entry.turning):
        if timer is not None:
            timer.cancel()
