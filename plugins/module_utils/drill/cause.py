# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a cycle's cause is proven: BFD, the hold timer, or nothing at all.

BFD is proven where, for every session over the ends, one end detected the loss itself before any hold timer
could fire, the other one detected it too or heard it from its neighbor, and no hold timer fired. The end
that the cut itself shuts down, or whose router is dead, needs no evidence. What is missing is not proven.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..ios.log_messages import ADMIN, DETECTED, SIGNALLED, is_bfd_reset
from .evidence import EndEvidence, Seen, Window, read_evidence
from .scenario import BFD_CAUSE, HOLD_TIMER, NO_CHANGE, End
from .sessions import DrillSession

INTERFACE, UNKNOWN = "interface", "unknown"


@dataclass(frozen=True)
class Cause:
    """The verdict about the cause; `explanation` says what proves it or what is missing."""

    proven: bool
    kind: str
    ends: tuple[EndEvidence, ...]
    explanation: str

    def as_dict(self) -> dict[str, Any]:
        """Return the form of the cycle's result."""
        ends = [end.as_dict() for end in self.ends]
        return {"proven": self.proven, "kind": self.kind, "ends": ends, "explanation": self.explanation}


def judge_cause(
    sessions: Sequence[DrillSession],
    seen: Seen,
    window: Window,
    *,
    exempt: Collection[End] = (),
    longest_ms: float | None = None,
) -> Cause:
    """Return the cause of what happened.

    `exempt` are the ends that the cut itself takes down. `longest_ms` is the longest that the measured outage
    can have been: shorter than any hold timer, it proves the order where a router's clock cannot.
    """
    ends = tuple(read_evidence(session, seen, window) for session in sessions)
    if not ends:
        return Cause(False, UNKNOWN, (), "no BGP session runs over the ends, so nothing can be proven")
    needed = [end for end in ends if end.session.end not in exempt]
    if not needed:
        return Cause(False, UNKNOWN, ends, "not proven: the cut takes down every end of the sessions itself")
    kind = _kind(ends, needed)
    if kind in _UNPROVEN:
        return Cause(False, kind, ends, f"not proven: {_UNPROVEN[kind]}")
    missing = tuple(_MISSING[kind](needed, window, longest_ms)) if kind in _MISSING else ()
    if missing:
        return Cause(False, kind, ends, "not proven: " + "; ".join(missing))
    return Cause(True, kind, ends, _PROVEN[kind])


def _kind(ends: Sequence[EndEvidence], needed: Sequence[EndEvidence]) -> str:
    """Return what the evidence points to; a hold timer that fired outweighs what BFD says."""
    if any(end.hold_expired for end in ends):
        return HOLD_TIMER
    hows = {end.how for end in needed}
    if hows & {DETECTED, SIGNALLED} or any(is_bfd_reset(end.reset) for end in needed):
        return BFD_CAUSE
    if all(end.fell is False for end in needed):
        return NO_CHANGE
    if ADMIN in hows:
        return ADMIN
    reasons = [(end.reset or "").lower() for end in needed]
    return INTERFACE if any("interface flap" in reason for reason in reasons) else UNKNOWN


def _bfd_missing(needed: Sequence[EndEvidence], window: Window, longest_ms: float | None) -> Iterator[str]:
    """Yield what is missing to prove BFD."""
    for pair in _pairs(needed):
        names = " and ".join(str(end.session) for end in pair)
        if not any(end.how == DETECTED for end in pair):
            yield f"no local detection (timer expired, echo failed) is known for {names}"
        for end in pair:
            yield from _end_missing(end, window, longest_ms)


def _end_missing(end: EndEvidence, window: Window, longest_ms: float | None) -> Iterator[str]:
    if end.early:
        yield f"{end.session} was down already before the cut ({end.early})"
    if end.how not in (DETECTED, SIGNALLED):
        yield f"{end.session}: neither log nor diagnostic says how BFD went down"
    if end.fell is False:
        yield f"{end.session}: the BGP session did not go down"
    if end.reset and not is_bfd_reset(end.reset) and not end.told:
        yield f"{end.session}: BGP went down for another reason ({end.reset})"
    if end.how == DETECTED and not _before_hold_timer(end, window, longest_ms):
        yield f"{end.session}: the clock cannot tell that BFD was before the hold timer"


def _before_hold_timer(end: EndEvidence, window: Window, longest_ms: float | None) -> bool:
    """Return whether the detection came before the earliest time at which a hold timer could fire.

    The last keepalive came up to one keepalive time before the cut (RFC 4271, 4.4).
    """
    session = end.session
    if not session.hold_s:
        return True
    earliest_s = session.hold_s - session.keepalive_s
    if end.event is not None and end.event.latest < window.cut_from + earliest_s:
        return True
    return longest_ms is not None and longest_ms < 1000 * earliest_s


def _hold_missing(needed: Sequence[EndEvidence], window: Window, longest_ms: float | None) -> Iterator[str]:
    """Yield what is missing to prove the hold timer: that one fired, and that BFD took no part."""
    del window, longest_ms
    for end in needed:
        if end.how != "none":
            yield f"{end.session}: BFD went down as well ({end.how})"
        elif is_bfd_reset(end.reset):
            yield f"{end.session}: BGP went down by BFD ({end.reset})"
    for pair in _pairs(needed):
        if not any(end.hold_expired for end in pair):
            yield f"no hold timer is known to have expired for {' and '.join(str(end.session) for end in pair)}"


def _pairs(ends: Sequence[EndEvidence]) -> list[list[EndEvidence]]:
    """Return the ends by session: both ends of one, or the only end that gives evidence."""
    found: dict[frozenset[str], list[EndEvidence]] = {}
    for end in ends:
        key = frozenset((end.session.local_address, end.session.neighbor))
        found.setdefault(key, []).append(end)
    return list(found.values())


_MISSING = {BFD_CAUSE: _bfd_missing, HOLD_TIMER: _hold_missing}
_PROVEN = {
    BFD_CAUSE: "BFD: each session was detected as lost by one end at least, before any hold timer could fire",
    HOLD_TIMER: "the hold timer expired, and BFD took no part",
    NO_CHANGE: "no session over the ends went down",
}
_UNPROVEN = {
    ADMIN: "BFD was switched off at one end, which is no failure detected",
    INTERFACE: "the sessions fell with their interface: the routers saw the link go down, BFD had no part in it",
    UNKNOWN: "neither the logs nor the reasons of the last reset say why the sessions went down",
}
