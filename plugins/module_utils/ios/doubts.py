# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands against keeping a change that several routers wait with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Result = Mapping[str, Any]


def find_doubts(routers: Mapping[str, Mapping[str, Result]], verified: bool = True) -> list[str]:
    """Return one text for every router that refused the change or is not as expected after it.

    `routers` maps each name to the results of its tasks so far, `configured` and `seen`. With `verified`
    a change that nobody looked at is a doubt too.
    """
    return [f"{name}: {doubt}" for name, results in routers.items() for doubt in _doubts(results, verified)]


def _doubts(results: Mapping[str, Result], verified: bool) -> Iterator[str]:
    failed = [result for result in results.values() if result.get("failed") or result.get("unreachable")]
    if failed:
        yield str(failed[0].get("msg"))
    elif verified and results["configured"].get("unconfirmed") and not results["seen"]:
        yield "the change was not verified. Run configure and verify together."
