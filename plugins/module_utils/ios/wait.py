# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at a router until it shows what it should, within a bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import Finding, InvalidInput

# network_cli closes a session that is not used for 30 s (persistent_connect_timeout).
LONGEST_INTERVAL_S = 20

NOTHING: tuple[str, ...] = ()

Info = Mapping[str, Any]


@dataclass(frozen=True)
class Bound:
    """How long to look, and how often, in seconds."""

    timeout_s: int
    interval_s: int

    def __post_init__(self) -> None:
        """Refuse what would look without a pause, or lose the session in between."""
        findings = []
        if self.timeout_s < 0:
            findings.append(Finding("wait_timeout", self.timeout_s, "0 or more", "State seconds; 0 looks once."))
        if not 1 <= self.interval_s <= LONGEST_INTERVAL_S:
            remedy = "State seconds; in a longer pause the session would close."
            findings.append(Finding("wait_interval", self.interval_s, f"1 to {LONGEST_INTERVAL_S}", remedy))
        if findings:
            raise InvalidInput(findings)


@dataclass(frozen=True)
class Looked:
    """What was last seen, what of it is not as expected, and how long that took."""

    info: Info
    failures: tuple[str, ...]
    waited_s: int


def wait_for_state(
    observe: Callable[[], Info],
    check: Callable[[Info], tuple[str, ...]],
    bound: Bound,
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    progress: Callable[[str], None],
) -> Looked:
    """Look until nothing is wrong or the time is over; an error of a look ends it at once.

    `progress` gets a line whenever something else is wrong than before.
    """
    start, told = clock(), NOTHING
    while True:
        info = observe()
        failures = check(info)
        waited_s = clock() - start
        if not failures or waited_s >= bound.timeout_s:
            return Looked(info, failures, round(waited_s))
        if failures != told:
            progress(waiting_line(waited_s, bound, failures))
            told = failures
        sleep(min(bound.interval_s, bound.timeout_s - waited_s))


def waiting_line(waited_s: float, bound: Bound, failures: tuple[str, ...]) -> str:
    """Return one line for people: how long it takes already, and what is missing."""
    more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
    return f"waiting, {waited_s:.0f} of {bound.timeout_s} s: {failures[0]}{more}"


def late_message(looked: Looked) -> str:
    """Return what to say when the time is over, one line for each thing that is wrong."""
    lines = [f"Not as expected after {looked.waited_s} s; last seen:", *looked.failures]
    return "\n".join(lines)
