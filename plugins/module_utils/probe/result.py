# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a probe: every number has its unit in its name, and the lists are bounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable, TypeVar

from .directions import split_losses
from .outage import Loss, summarize
from .recorder import Recorder
from .round_trip import curve, percentiles

# Longer lists keep their longest entries, still in order.
MOST_LOSSES = 1000
MOST_STALLS = 200

_T = TypeVar("_T")


@dataclass(frozen=True)
class Run:
    """When and how a probe ran; times are epoch seconds of its host.

    `clock_step_ms` is how far that host's clock was set during the run. All times are those of its clock as it was at
    the start.
    """

    method: str
    target: str
    started_at: float
    ended_at: float
    clock_step_ms: float
    counted: bool  # by a responder

    @property
    def facts(self) -> dict[str, Any]:
        """Return what goes into the result as it is."""
        return {
            "method": self.method,
            "target": self.target,
            "started_at": round(self.started_at, 6),
            "ended_at": round(self.ended_at, 6),
            "clock_step_ms": round(self.clock_step_ms, 3),
        }


def build_result(recorder: Recorder, run: Run, epoch_offset_s: float) -> dict[str, Any]:
    """Return what the module returns of a probe that has ended."""
    samples = recorder.samples(epoch_offset_s)
    outage = summarize(samples)
    forward, backward = split_losses(samples, recorder.counters) if run.counted else (None, None)
    losses = longest(outage.losses, MOST_LOSSES, lambda loss: loss.outage_ms)
    stalls = longest(outage.stalls, MOST_STALLS, lambda stall: stall.length_ms)
    return {
        **run.facts,
        "interval_ms": round(recorder.interval_s * 1000),
        "sent": outage.sent,
        "received": outage.received,
        "lost": outage.sent - outage.received,
        "late": recorder.late,
        "duplicates": recorder.duplicates,
        "reordered": recorder.reordered,
        "longest_gap_ms": outage.longest_gap_ms,
        "outage_ms": outage.outage_ms,
        "outage_uncertainty_ms": outage.outage_uncertainty_ms,
        **_ends(outage.longest),
        "losses": [loss.as_dict() for loss in losses],
        "stalls": [stall.as_dict() for stall in stalls],
        "rtt_ms": percentiles(samples),
        "rtt_series": curve(samples),
        "forward_lost": forward,
        "return_lost": backward,
        "errors": dict(recorder.errors),
        "truncated": len(losses) < len(outage.losses) or len(stalls) < len(outage.stalls),
    }


def _ends(loss: Loss | None) -> dict[str, Any]:
    """Return when the outage was, and on which side it is open: none, start, end or both."""
    if loss is None:
        return {"outage_from": None, "outage_to": None, "outage_open": "none"}
    sides: Mapping[tuple[bool, bool], str] = {
        (False, False): "none",
        (True, False): "start",
        (False, True): "end",
        (True, True): "both",
    }
    side = sides[loss.from_at is None, loss.to_at is None]
    return {"outage_from": loss.from_at, "outage_to": loss.to_at, "outage_open": side}


def longest(items: Sequence[_T], most: int, length: Callable[[_T], float]) -> list[_T]:
    """Return the longest `most` items, in their order."""
    ranked = sorted(range(len(items)), key=lambda at: -length(items[at]))
    return [items[at] for at in sorted(ranked[:most])]
