# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Round trips: percentiles, and a curve of a bounded number of points."""

from __future__ import annotations

from collections.abc import Sequence

from .outage import Samples

PERCENTILES = {"min": 0.0, "p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
MOST_POINTS = 600


def percentiles(samples: Samples) -> dict[str, float | None]:
    """Return the round trips' percentiles in milliseconds, by nearest rank; None where nothing was answered."""
    ordered = sorted(rtt for rtt in samples.rtt_s if rtt >= 0)
    return {name: _ms(_nearest_rank(ordered, share)) if ordered else None for name, share in PERCENTILES.items()}


def _nearest_rank(ordered: Sequence[float], share: float) -> float:
    rank = -int(-share * len(ordered) // 1)  # rounded up
    return ordered[max(rank, 1) - 1]


def curve(samples: Samples, most: int = MOST_POINTS) -> list[list[float]]:
    """Return [epoch seconds, milliseconds] of the slowest reply in each of at most `most` equal slices."""
    count = len(samples.sent_s)
    size = max(1, -(-count // most))
    points = []
    for start in range(0, count, size):
        slowest = max(range(start, min(start + size, count)), key=samples.rtt_s.__getitem__)
        if samples.answered(slowest):
            points.append([round(samples.at(slowest), 6), _ms(samples.rtt_s[slowest])])
    return points


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
