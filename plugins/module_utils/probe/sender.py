# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The loop of a prober: send by the clock, listen in between."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Callable, Protocol

from .recorder import Recorder
from .wire import Reply

# How often the last replies are looked for.
LINGER_POLL_S = 0.02


class Sending(Protocol):
    """What the loop needs of a Wire."""

    def send(self, sequence: int) -> None:
        """Send one probe."""

    def receive(self) -> Iterable[Reply]:
        """Return the replies that have arrived."""


@dataclass(frozen=True)
class Surroundings:
    """What the loop knows of the world; `wait` returns after so many seconds, at a packet, or when asked to stop."""

    wire: Sending
    clock: Callable[[], float]
    wait: Callable[[float], None]
    stopped: Callable[[], bool]


class Sender:
    """One run."""

    def __init__(self, recorder: Recorder, duration_s: float, surroundings: Surroundings) -> None:
        """Keep what is needed; the run starts with run()."""
        self._recorder = recorder
        self._duration_s = duration_s
        self._out = surroundings

    def run(self) -> None:
        """Send until the time is over or we are asked to stop, then wait for the last replies."""
        interval_s = self._recorder.interval_s
        start_s = self._out.clock()
        slot = 0
        while slot * interval_s < self._duration_s:
            self._listen_until(start_s + slot * interval_s)
            if self._out.stopped():
                break
            now_s = self._out.clock()
            self._send(now_s)
            slot = next_slot(slot, (now_s - start_s) / interval_s)
        while self._recorder.waiting(self._out.clock()):
            self._receive()
            self._out.wait(LINGER_POLL_S)
        self._receive()

    def _listen_until(self, due_s: float) -> None:
        while True:
            self._receive()
            now_s = self._out.clock()
            if now_s >= due_s or self._out.stopped():
                return
            self._out.wait(due_s - now_s)

    def _send(self, now_s: float) -> None:
        sequence = self._recorder.record_sent(now_s)
        try:
            self._out.wire.send(sequence)
        except OSError as exc:
            self._note(exc)

    def _receive(self) -> None:
        try:
            for reply in self._out.wire.receive():
                self._recorder.record_reply(*reply)
        except OSError as exc:
            self._note(exc)

    def _note(self, exc: OSError) -> None:
        self._recorder.errors[exc.strerror or str(exc)] += 1


def next_slot(slot: int, elapsed_slots: float) -> int:
    """Return the next slot of the schedule that is still to come: what was slept through is not caught up with."""
    return max(slot, int(elapsed_slots)) + 1
