"""A loop in a thread of its own, so that a host can be served beside code that blocks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")
BOUND_S = 30.0


class LoopThread:
    """Runs coroutines where a host is served, and waits for them."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="esxi", daemon=True)

    def start(self) -> None:
        """Begin to run the loop."""
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Run a coroutine in the loop and return its result; raise TimeoutError if it takes too long."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(BOUND_S)

    def stop(self) -> None:
        """Cancel what is still going on, and end loop and thread."""
        if self._thread.is_alive():
            self.run(_cancel_others())
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join(BOUND_S)
        self.loop.close()


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for each in others:
        each.cancel()
    await asyncio.gather(*others, return_exceptions=True)
