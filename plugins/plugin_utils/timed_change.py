# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One change of a router under its revert timer, made in stages: the device takes it back unless it is told otherwise.

IOS allows one pending change at a time, so all stages travel in one configure entry. It stays open between the stages,
in a thread of its own, while the drill looks at other routers.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence

from ..module_utils.errors import FastpathError, TransportError
from ..module_utils.ios.transport import NothingSent, Transport

# How long a stage may take, in seconds; a line that the device does not answer ends sooner, by its command time-out.
STAGE_TIMEOUT_S = 120.0


class TimedChange:
    """A configure entry under a revert timer on one router; lines are sent when a stage wants them."""

    def __init__(self, router: str, transport: Transport, revert_after_min: int) -> None:
        """Keep the session; nothing is sent yet."""
        self.router = router
        self._transport = transport
        self._revert_after_min = revert_after_min
        self._stages: queue.Queue[Sequence[str] | None] = queue.Queue()
        self._taken: queue.Queue[bool] = queue.Queue()
        self._failure: FastpathError | None = None
        self._thread: threading.Thread | None = None

    @property
    def began(self) -> bool:
        """Return whether the device may have begun the change; what is pending otherwise is somebody else's."""
        return self._thread is not None and not isinstance(self._failure, NothingSent)

    def send(self, lines: Sequence[str]) -> None:
        """Send the lines of a stage, and return once the device has taken the last of them."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._push, name=f"change of {self.router}", daemon=True)
            self._thread.start()
        self._stages.put(lines)
        self._await_stage()

    def finish(self) -> None:
        """Leave configuration mode; the change stays pending."""
        if self._thread is None:
            return
        self._stages.put(None)
        self._thread.join(STAGE_TIMEOUT_S)
        self._raise_failure()

    def _await_stage(self) -> None:
        try:
            self._taken.get(timeout=STAGE_TIMEOUT_S)
        except queue.Empty:
            raise TransportError(f"{self.router}: the lines were not taken within {STAGE_TIMEOUT_S:.0f} s.") from None
        self._raise_failure()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _push(self) -> None:
        """Push what the stages bring, in this thread; whoever waits for a stage is told when it ends early."""
        try:
            self._transport.push(self._lines(), self._revert_after_min)
        except FastpathError as exc:
            self._failure = exc
        except Exception as exc:  # an error without a name must not pass for a stage that was taken
            self._failure = TransportError(f"{self.router}: the change broke off: {exc!r}")
        finally:
            self._taken.put(True)

    def _lines(self) -> Iterator[str]:
        """Yield the lines of each stage; a stage is taken when the next line is wanted."""
        while True:
            stage = self._stages.get()
            if stage is None:
                return
            yield from stage
            self._taken.put(True)
