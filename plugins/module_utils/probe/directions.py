# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell losses on the way out from losses on the way back, by what the responder had counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .outage import Samples


class Directions(NamedTuple):
    """Lost probes by direction; those at the end of a run, which no later reply tells of, are in neither."""

    forward: int
    backward: int


def split_losses(samples: Samples, counters: Sequence[int]) -> Directions:
    """Return the losses by direction; `counters` holds what the responder had received when it replied to each probe.

    Between two answered probes the counter grows by the probes that arrived. A probe that arrived and was not
    answered was lost on the way back. Probes that arrive twice or out of order move the counter a little: the split
    is then an estimate, the sum is exact.
    """
    forward = backward = 0
    before, counted = -1, 0
    for sequence in range(len(samples.sent_s)):
        if not samples.answered(sequence):
            continue
        lost = sequence - before - 1
        arrived = min(max(counters[sequence] - counted - 1, 0), lost)
        backward += arrived
        forward += lost - arrived
        before, counted = sequence, counters[sequence]
    return Directions(forward, backward)
