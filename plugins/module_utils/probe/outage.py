# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a probe's samples say of an outage: arithmetic only.

The method is that of black-box convergence benchmarks (RFC 6413, RFC 7747): a steady stream of numbered packets, and
the time is read from which of them are missing.

The clocks: send times are monotonic seconds, and all lengths come from them; the epoch only places them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# What comes later counts as lost, and is reported as late.
REPLY_WITHIN_S = 1.0
# Round trips of probes without one.
NO_REPLY, LATE_REPLY = -1.0, -2.0

# A probe that was sent this much too late, or two intervals if that is more, tells of a stall of the prober.
SHORTEST_STALL_S = 0.02


@dataclass(frozen=True)
class Samples:
    """What a prober saw, one entry for each sequence number."""

    sent_s: Sequence[float]  # monotonic
    rtt_s: Sequence[float]  # NO_REPLY, LATE_REPLY or the round trip
    interval_s: float
    epoch_offset_s: float = 0.0  # epoch minus monotonic

    def __post_init__(self) -> None:
        """Refuse columns of different lengths, and send times that go back."""
        if len(self.sent_s) != len(self.rtt_s):
            raise ValueError(f"{len(self.sent_s)} send times and {len(self.rtt_s)} round trips do not belong together")
        if any(later < earlier for earlier, later in zip(self.sent_s, self.sent_s[1:])):
            raise ValueError("send times go back: they are not of a monotonic clock")

    def answered(self, sequence: int) -> bool:
        """Return whether a reply came in time."""
        return self.rtt_s[sequence] >= 0

    def at(self, sequence: int) -> float:
        """Return when a probe was sent, in seconds of the epoch."""
        return self.sent_s[sequence] + self.epoch_offset_s

    def late_s(self, sequence: int) -> float:
        """Return by how much a probe was sent later than an interval after the one before; negative is earlier."""
        return self.sent_s[sequence] - self.sent_s[sequence - 1] - self.interval_s if sequence else 0.0

    def stalled_s(self, sequence: int) -> float:
        """Return how long the prober stalled before it sent a probe; 0 where it was in time."""
        late = self.late_s(sequence)
        return late if late > max(2 * self.interval_s, SHORTEST_STALL_S) else 0.0


@dataclass(frozen=True)
class Loss:
    """A run of lost probes: from the first one lost to the first one answered again.

    `from_at` and `to_at` are epoch seconds, None where the run begins or ends with the loss: the outage is then open
    on that side, and `outage_ms` is the part that was seen.
    """

    from_at: float | None
    to_at: float | None
    count: int
    gap_ms: float
    outage_ms: float
    uncertainty_ms: float

    def as_dict(self) -> dict[str, Any]:
        """Return the form of the module's result."""
        return dict(vars(self))


@dataclass(frozen=True)
class Stall:
    """A time in which the prober itself did not send."""

    at: float
    length_ms: float

    def as_dict(self) -> dict[str, Any]:
        """Return the form of the module's result."""
        return dict(vars(self))


@dataclass(frozen=True)
class Outage:
    """The longest outage of a run, and what it was found among."""

    longest: Loss | None
    losses: tuple[Loss, ...]
    stalls: tuple[Stall, ...]
    sent: int
    received: int
    longest_gap_ms: float
    outage_ms: float
    outage_uncertainty_ms: float


def summarize(samples: Samples) -> Outage:
    """Return the longest outage: the longest gap minus one interval, give or take one interval.

    Without a loss the outage is 0, give or take one interval: a shorter one fits between two probes.
    """
    losses = tuple(find_losses(samples))
    longest = max(losses, key=lambda loss: loss.outage_ms, default=None)
    spacings = (later - earlier for earlier, later in zip(samples.sent_s, samples.sent_s[1:]))
    return Outage(
        longest=longest,
        losses=losses,
        stalls=tuple(find_stalls(samples)),
        sent=len(samples.sent_s),
        received=len(samples.sent_s) - sum(loss.count for loss in losses),
        longest_gap_ms=max([_ms(max(spacings, default=0.0)), *(loss.gap_ms for loss in losses)]),
        outage_ms=longest.outage_ms if longest else 0.0,
        outage_uncertainty_ms=longest.uncertainty_ms if longest else _ms(samples.interval_s),
    )


def find_losses(samples: Samples) -> Iterator[Loss]:
    """Yield each run of lost probes, in order."""
    first = None
    for sequence, rtt_s in enumerate(samples.rtt_s):
        if rtt_s < 0:
            first = sequence if first is None else first
        elif first is not None:
            yield _measure(samples, first, sequence)
            first = None
    if first is not None:
        yield _measure(samples, first, len(samples.rtt_s))


def _measure(samples: Samples, first: int, end: int) -> Loss:
    """Return the loss of the probes from `first` up to, not including, `end`.

    The outage began after the last answered probe was sent, and ended before the next answered one. Time in which the
    prober stalled is not counted as outage; nobody knows about it, so it widens the uncertainty.
    """
    sent, interval_s = samples.sent_s, samples.interval_s
    opens, closes = first > 0, end < len(sent)
    gap_s = (sent[end] if closes else sent[end - 1] + interval_s) - (sent[first - 1] if opens else sent[0] - interval_s)
    inside = sum(samples.stalled_s(sequence) for sequence in range(first + 1, end))
    edges = (samples.stalled_s(first) if opens else 0.0) + (samples.stalled_s(end) if closes else 0.0)
    outage_s = max(0.0, gap_s - interval_s - inside - edges)
    least_s = sent[end - 1] - sent[first] - inside
    return Loss(
        from_at=_at(samples.at(first)) if opens else None,
        to_at=_at(samples.at(end)) if closes else None,
        count=end - first,
        gap_ms=_ms(gap_s),
        outage_ms=_ms(outage_s),
        uncertainty_ms=_ms(max(gap_s - outage_s, outage_s - least_s)),
    )


def find_stalls(samples: Samples) -> Iterator[Stall]:
    """Yield each stall of the prober, at the time when the next probe was due."""
    for sequence in range(1, len(samples.sent_s)):
        length_s = samples.stalled_s(sequence)
        if length_s:
            yield Stall(_at(samples.at(sequence) - length_s), _ms(length_s))


def losses_within(
    losses: Iterable[Mapping[str, Any]], from_at: float | None, to_at: float | None
) -> list[Mapping[str, Any]]:
    """Return the losses of a result that touch a window of epoch seconds; None leaves its side open."""
    return [
        loss
        for loss in losses
        if (to_at is None or loss["from_at"] is None or loss["from_at"] <= to_at)
        and (from_at is None or loss["to_at"] is None or loss["to_at"] >= from_at)
    ]


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _at(epoch_s: float) -> float:
    return round(epoch_s, 6)
