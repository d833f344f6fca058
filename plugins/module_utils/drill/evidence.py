# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one end of a session says about how it learnt of the cut: log lines, diagnostics, reset reasons.

Every piece of evidence is placed against the cut. Where a clock is too uncertain to tell before from
after, the piece says so and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..ios.log_messages import (
    BFD_DIAGNOSTICS,
    BFD_DOWN,
    BGP_DOWN,
    BGP_RESET,
    NOTIFICATION_RECEIVED,
    NOTIFICATION_SENT,
    SIGNALLED,
    bfd_reason,
    is_bfd_down,
    is_bfd_reset,
    is_hold_time_expired,
)
from ..ios.show_bgp import ESTABLISHED
from ..ios.verify import Observed, observed_from_dict
from .events import Event, RouterLog
from .sessions import DrillSession, Infos, bfd_of, bgp_of

NONE = "none"
# Ages in shows are whole seconds, cut off; reading takes some time too.
AGE_SLACK_S = 2.0
_BFD_SEVERITY = 6


@dataclass(frozen=True)
class Window:
    """The time in which the cut worked, on the controller's clock.

    It began after `cut_from` and lasted until `healed_from` at least. `quiet` says that the probes lost
    nothing before it.
    """

    cut_from: float
    healed_from: float
    quiet: bool = False

    def place(self, event: Event) -> str:
        """Return where an event stands: before, during or after the cut, or unclear where its clock cannot tell.

        Unclear whether before or during, on a network that was quiet before: during.
        """
        if event.latest < self.cut_from:
            return "before"
        if event.earliest > self.healed_from:
            return "after"
        if event.earliest < self.cut_from and not self.quiet:
            return "unclear"
        return "unclear" if event.latest > self.healed_from else "during"


@dataclass(frozen=True)
class Seen:
    """All that was seen of the routers: snapshots before, while the cut lasted (where one was made) and after; logs.

    `read_at` says when a router's snapshot after was read, by which the age of its last reset is placed.
    """

    before: Infos
    after: Infos
    logs: Mapping[str, RouterLog]
    read_at: Mapping[str, float]
    during: Infos = field(default_factory=dict)


@dataclass(frozen=True)
class EndEvidence:
    """How one end learnt of the cut: `how` is detected, signalled, admin or none; `at` is None without a time.

    `fell` says whether the BGP session went down, None where that cannot be told; `reset` why, in the
    router's words. `hold_expired` are the words by which its hold timer fired, or its neighbor's.
    """

    session: DrillSession
    how: str = NONE
    event: Event | None = None
    fell: bool | None = None
    reset: str | None = None
    hold_expired: str | None = None
    told: bool = False
    early: str | None = None
    evidence: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the form of the cycle's result."""
        return {
            "router": self.session.router,
            "neighbor": self.session.neighbor,
            "interface": self.session.end.interface,
            "how": self.how,
            "at": round(self.event.at, 6) if self.event else None,
            "evidence": list(self.evidence),
        }


def read_evidence(session: DrillSession, seen: Seen, window: Window) -> EndEvidence:
    """Return what one end of a session says."""
    log = seen.logs.get(session.router, RouterLog(session.router))
    own = [event for event in log.events if _concerns(event, session, seen)]
    placed = [(window.place(event), event) for event in own]
    during = [event for place, event in placed if place == "during"]
    how, event = _how(during)
    words = [*_told(placed), *_log_words(log)]
    if how == NONE:
        how, diagnostic = _by_diagnostic(session, seen)
        words += diagnostic
    reset, expired, reset_words = _reset(session, seen, window, during)
    words += reset_words
    return EndEvidence(
        session=session,
        how=how,
        event=event,
        fell=_fell(session, seen, window, during),
        reset=reset,
        hold_expired=expired,
        told=any(is_bfd_down(item.fact.reason) for item in during if item.fact.kind == NOTIFICATION_RECEIVED),
        early=next((event.text for place, event in placed if place == "before" and _is_recent(event, window)), None),
        evidence=tuple(words),
    )


def _concerns(event: Event, session: DrillSession, seen: Seen) -> bool:
    """Return whether a message is about this session's end: of its BFD session or its BGP neighbor."""
    fact = event.fact
    if fact.kind in (BGP_DOWN, BGP_RESET, NOTIFICATION_SENT, NOTIFICATION_RECEIVED):
        return fact.neighbor == session.neighbor and fact.vrf in (None, "default")
    if fact.kind != BFD_DOWN:
        return False
    row = bfd_of(session, _observed(seen.before, session.router))
    return row is not None and fact.discriminator == row.local_discriminator


def _observed(infos: Infos, router: str) -> Observed:
    return observed_from_dict(infos[router]) if router in infos else Observed()


def _is_recent(event: Event, window: Window) -> bool:
    """Return whether a session fell so shortly before the cut that it may not have been up when it came."""
    return event.fact.kind in (BFD_DOWN, BGP_DOWN, BGP_RESET) and event.latest > window.cut_from - 2 * AGE_SLACK_S


def _how(during: Sequence[Event]) -> tuple[str, Event | None]:
    """Return how BFD ended by the first message that says it, or by the notification of a neighbor that saw it."""
    ordered = sorted(during, key=lambda item: item.at)
    for event in ordered:
        if event.fact.kind == BFD_DOWN:
            return bfd_reason(event.fact.reason) or NONE, event
    told = [event for event in ordered if event.fact.kind == NOTIFICATION_RECEIVED and is_bfd_down(event.fact.reason)]
    return (SIGNALLED, told[0]) if told else (NONE, None)


def _told(placed: Sequence[tuple[str, Event]]) -> Iterator[str]:
    """Yield the messages of the session with where they stand; what came long before or after is left out."""
    for place, event in placed:
        if place == "during":
            yield f"log: {event.text}"
        elif place == "unclear":
            uncertainty_ms = round(event.uncertainty_s * 1000)
            yield f"log, not counted (its time may be wrong by {uncertainty_ms} ms, too much here): {event.text}"


def _log_words(log: RouterLog) -> Iterator[str]:
    """Yield what keeps a log from being evidence."""
    if log.unplaced and not log.events:
        yield f"log: none of its {log.unplaced} messages has a time that can be placed"
    elif log.settings is not None and not log.settings.keeps(_BFD_SEVERITY):
        level = log.settings.level or "off"
        yield f"log: the buffer is at level {level}, BFD needs `logging buffered informational`"


def _by_diagnostic(session: DrillSession, seen: Seen) -> tuple[str, list[str]]:
    """Return how BFD ended by the diagnostic that a session shows while it is down (RFC 5880, 4.1)."""
    row = bfd_of(session, _observed(seen.during, session.router))
    was = bfd_of(session, _observed(seen.before, session.router))
    if row is None or was is None or was.state != "Up" or row.state == "Up":
        return NONE, []
    how = BFD_DIAGNOSTICS.get(row.local_diagnostic or 0, NONE)
    return how, [f"show bfd neighbors: {row.state}, local diagnostic {row.local_diagnostic}"]


def _reset(
    session: DrillSession, seen: Seen, window: Window, during: Sequence[Event]
) -> tuple[str | None, str | None, list[str]]:
    """Return why BGP fell, the words of a hold timer that fired, and what the shows say of it."""
    reasons = [event.fact.reason for event in during if event.fact.kind in (BGP_RESET, BGP_DOWN) and event.fact.reason]
    notes = [event for event in during if event.fact.kind in (NOTIFICATION_SENT, NOTIFICATION_RECEIVED)]
    shown = _last_reset(session, seen, window)
    expired = [event.text for event in notes if is_hold_time_expired(event.fact.reason)]
    expired += [reason for reason in [*reasons, shown or ""] if is_hold_time_expired(reason)]
    reason = next((item for item in reasons if is_bfd_reset(item)), None) or next(iter(reasons), None) or shown
    words = [f"show ip bgp neighbors: last reset due to {shown}"] if shown else []
    return reason, (expired[0] if expired else None), words


def _last_reset(session: DrillSession, seen: Seen, window: Window) -> str | None:
    """Return the reason of the last reset, where its age puts it into the time of the cut."""
    row = bgp_of(session, _observed(seen.after, session.router))
    read_at = seen.read_at.get(session.router)
    if row is None or row.last_reset_reason is None or row.last_reset_s is None or read_at is None:
        return None
    at = read_at - row.last_reset_s
    inside = window.cut_from - AGE_SLACK_S <= at <= window.healed_from + AGE_SLACK_S
    return row.last_reset_reason if inside else None


def _fell(session: DrillSession, seen: Seen, window: Window, during: Sequence[Event]) -> bool | None:
    """Return whether BGP went down since the snapshot before, None where that cannot be told."""
    if any(event.fact.kind in (BGP_DOWN, BGP_RESET) for event in during):
        return True
    old = bgp_of(session, _observed(seen.before, session.router))
    new = bgp_of(session, _observed(seen.after, session.router))
    if old is None or new is None or old.state != ESTABLISHED:
        return None
    if new.state != ESTABLISHED:
        return True
    if None not in (old.connections_dropped, new.connections_dropped):
        return old.connections_dropped != new.connections_dropped
    read_at = seen.read_at.get(session.router)
    if new.uptime_s is None or read_at is None or new.uptime_s >= 86400:  # above a day IOS prints hours only
        return None
    return read_at - new.uptime_s > window.cut_from - AGE_SLACK_S
