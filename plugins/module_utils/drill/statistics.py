# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The spread of a figure over the cycles of a drill."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from typing import Optional

Spread = dict[str, Optional[float]]


def spread(values: Iterable[float | None]) -> Spread:
    """Return min, median and max of the values that are known; None where none is."""
    known = [value for value in values if value is not None]
    if not known:
        return {"min": None, "median": None, "max": None}
    return {"min": min(known), "median": _rounded(statistics.median(known)), "max": max(known)}


def ratio(without: float | None, with_bfd: float | None) -> float | None:
    """Return how many times as long the outage without BFD is, None where one is not known or nothing was lost."""
    if without is None or not with_bfd:
        return None
    return round(without / with_bfd, 1)


def _rounded(value: float) -> float:
    return round(value, 3)
