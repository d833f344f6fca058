# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report shows of a drill: frozen values, read once from the drill's result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

BFD = "bfd"
MODE_TITLES = {BFD: "with BFD", "bgp_timers": "without BFD"}

# Who writes an event that is not a router's.
DRILL = "drill"
PROBE = "probe"


@dataclass(frozen=True)
class Spread:
    """The smallest, middle and largest value over the cycles of a mode; all None where nothing was measured."""

    minimum: float | None
    median: float | None
    maximum: float | None


@dataclass(frozen=True)
class Prediction:
    """What the routers' timers promise, said before the cut."""

    outage_min_ms: float | None
    outage_max_ms: float | None
    detection_ms: float | None
    explanation: str


@dataclass(frozen=True)
class CauseEnd:
    """How one end of a session learnt that the other one is gone."""

    router: str
    neighbor: str
    interface: str
    how: str
    at: float | None
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Cause:
    """Why the traffic changed its path."""

    proven: bool
    kind: str
    ends: tuple[CauseEnd, ...]
    explanation: str


@dataclass(frozen=True)
class Event:
    """A line of a router's log, or a mark of the drill or the probe; `at` is on the controller's clock."""

    at: float
    router: str
    kind: str
    text: str
    uncertainty_ms: float | None = None


@dataclass(frozen=True)
class Loss:
    """A run of lost probes, from the first lost to the first answered again; `open` where one of both is missing.

    Times are on the clock of the host that probes.
    """

    from_at: float
    to_at: float
    count: int
    outage_ms: float
    open: bool = False


@dataclass(frozen=True)
class Probe:
    """What one direction lost."""

    direction: str
    method: str
    interval_ms: float | None
    sent: int | None
    lost: int | None
    duplicates: int | None
    reordered: int | None
    stalls: int
    outage_ms: float | None
    rtt_p50_ms: float | None
    rtt_p99_ms: float | None
    losses: tuple[Loss, ...]

    @property
    def sender(self) -> str:
        """Return the host that probes: the first word of `PC1 -> PC2`."""
        return self.direction.split("->")[0].strip()


@dataclass(frozen=True)
class Cut:
    """What was cut, when, and who mended it; from `restoring_at` on it may be gone, at `restored_at` it is."""

    kind: str
    description: str
    at: float | None
    restoring_at: float | None
    restored_at: float | None
    restored_by: str
    verified: bool


@dataclass(frozen=True)
class Clock:
    """How far a clock is ahead of the controller's."""

    owner: str
    offset_ms: float | None
    uncertainty_ms: float | None


@dataclass(frozen=True)
class Phase:
    """One step of a cycle."""

    name: str
    at: float | None
    took_s: float | None


@dataclass(frozen=True)
class Cycle:
    """One cut and its restore."""

    number: int
    passed: bool
    void: bool
    failures: tuple[str, ...]
    warnings: tuple[str, ...]
    cut: Cut
    probes: tuple[Probe, ...]
    outage_ms: float | None
    outage_uncertainty_ms: float | None
    lost: int | None
    failback_outage_ms: float | None
    failback_lost: int | None
    predicted: Prediction
    cause: Cause
    events: tuple[Event, ...]
    clocks: tuple[Clock, ...]
    differences: tuple[str, ...]
    phases: tuple[Phase, ...]

    @property
    def verdict(self) -> str:
        """Return the cycle's verdict in one word."""
        if self.void:
            return "void"
        return "passed" if self.passed else "failed"


@dataclass(frozen=True)
class ModeResult:
    """All cycles of one scenario in one mode."""

    mode: str
    predicted: Prediction
    outage: Spread
    failback: Spread
    lost: Spread
    passed: bool
    cycles: tuple[Cycle, ...]

    @property
    def title(self) -> str:
        """Return the mode in words."""
        return MODE_TITLES.get(self.mode, self.mode.replace("_", " "))

    @property
    def valid(self) -> tuple[Cycle, ...]:
        """Return the cycles that measured something."""
        return tuple(cycle for cycle in self.cycles if not cycle.void and cycle.outage_ms is not None)

    @property
    def verdict(self) -> str:
        """Return the mode's verdict in one word; void where no cycle counts."""
        if self.cycles and all(cycle.void for cycle in self.cycles):
            return "void"
        return "passed" if self.passed else "failed"


@dataclass(frozen=True)
class ScenarioResult:
    """What one kind of cut did to the traffic."""

    name: str
    title: str
    expect: dict[str, Any]
    modes: tuple[ModeResult, ...]
    ratio: float | None

    def mode(self, name: str) -> ModeResult | None:
        """Return the results of a mode, None where it was not run."""
        return next((mode for mode in self.modes if mode.mode == name), None)

    @property
    def verdict(self) -> str:
        """Return the worst verdict of the modes, void where nothing was run."""
        verdicts = {mode.verdict for mode in self.modes}
        return next((word for word in ("failed", "void", "passed") if word in verdicts), "void")


@dataclass(frozen=True)
class Drill:
    """A whole drill."""

    version: str
    started_at: float | None
    ended_at: float | None
    passed: bool
    failures: tuple[str, ...]
    settings: dict[str, Any]
    scenarios: tuple[ScenarioResult, ...]
    configuration: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def cycles(self) -> tuple[Cycle, ...]:
        """Return the cycles of all scenarios and modes."""
        return tuple(cycle for scenario in self.scenarios for mode in scenario.modes for cycle in mode.cycles)
