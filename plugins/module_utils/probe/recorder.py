# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The books of a running probe: what was sent, what came back, and how."""

from __future__ import annotations

from array import array
from collections import Counter

from .outage import LATE_REPLY, NO_REPLY, REPLY_WITHIN_S, Samples

# Silence of so many intervals, or of this time if that is more, ends a row of replies.
SILENT_INTERVALS = 3
SHORTEST_SILENCE_S = 0.05


class Recorder:
    """Grows by two numbers a probe, so that an hour of probes fits into some megabytes."""

    def __init__(self, interval_s: float) -> None:
        """Begin with empty books."""
        self.interval_s = interval_s
        self.sent_s = array("d")
        self.rtt_s = array("d")
        self.counters = array("L")
        self.received = 0
        self.late = 0
        self.duplicates = 0
        self.reordered = 0
        self.errors: Counter[str] = Counter()
        self._in_a_row = 0
        self._next_expected = 0
        self._last_reply_s = 0.0

    def record_sent(self, at_s: float) -> int:
        """Note that a probe leaves now, and return its sequence number."""
        self.sent_s.append(at_s)
        self.rtt_s.append(NO_REPLY)
        self.counters.append(0)
        return len(self.sent_s) - 1

    def record_reply(self, sequence: int, at_s: float, counter: int = 0) -> None:
        """Note a reply; of several to one probe only the first counts (RFC 4737, section 3.3)."""
        if not 0 <= sequence < len(self.sent_s):
            return  # not an answer to anything of ours
        if self.rtt_s[sequence] != NO_REPLY:
            self.duplicates += 1
            return
        rtt_s = max(0.0, at_s - self.sent_s[sequence])
        if rtt_s > REPLY_WITHIN_S:
            self.rtt_s[sequence] = LATE_REPLY
            self.late += 1
            return
        self.rtt_s[sequence] = rtt_s
        self.counters[sequence] = counter
        self.received += 1
        self._note_order(sequence)
        self._last_reply_s = max(self._last_reply_s, at_s)

    def _note_order(self, sequence: int) -> None:
        """Count what arrives behind a later one (RFC 4737, section 4.1), and the row of what arrives in order."""
        if sequence < self._next_expected:
            self.reordered += 1
            return
        self._in_a_row = self._in_a_row + 1 if sequence == self._next_expected else 1
        self._next_expected = sequence + 1

    def consecutive(self, now_s: float) -> int:
        """Return how many probes in a row were answered just now; 0 when replies have stopped."""
        silence_s = max(SILENT_INTERVALS * self.interval_s, SHORTEST_SILENCE_S)
        return self._in_a_row if now_s - self._last_reply_s <= silence_s else 0

    def waiting(self, now_s: float) -> bool:
        """Return whether a reply may still come in time."""
        for sequence in range(len(self.sent_s) - 1, -1, -1):
            if now_s - self.sent_s[sequence] > REPLY_WITHIN_S:
                return False
            if self.rtt_s[sequence] == NO_REPLY:
                return True
        return False

    def samples(self, epoch_offset_s: float) -> Samples:
        """Return the samples so far; for the clock's offset see Samples."""
        return Samples(self.sent_s, self.rtt_s, self.interval_s, epoch_offset_s)
