# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of a report: every number of its pictures, and more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .formats import NOTHING, format_clock, format_count, format_ms, format_offset, format_range_ms, format_s
from .model import Cycle, Drill, Event, ModeResult
from .timeline import corrected_losses, describe_event

MOST_ROWS = 100


@dataclass(frozen=True)
class Table:
    """A table with a caption; `numbers` are the columns of numbers, `verdict` and `code` those of such a kind.

    `more` is how many rows were left out.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    more: int = 0
    verdict: int | None = None
    code: int | None = None


# What a mode's cycles gave, for the page and the terminal.
OUTCOME_COLUMNS = ("cycles", "predicted", "min", "median", "max", "fail-back", "lost", "verdict")


def outcome_cells(mode: ModeResult) -> tuple[str, ...]:
    """Return the cells of a mode below these columns."""
    return (
        _measured(mode),
        format_range_ms(mode.predicted.outage_min_ms, mode.predicted.outage_max_ms),
        format_ms(mode.outage.minimum),
        format_ms(mode.outage.median),
        format_ms(mode.outage.maximum),
        format_ms(mode.failback.maximum),
        format_count(mode.lost.median),
        mode.verdict,
    )


def _measured(mode: ModeResult) -> str:
    """Return how many cycles the figures come from, and of how many where some were void."""
    count, valid = len(mode.cycles), len(mode.valid)
    return str(count) if valid == count else f"{valid} of {count}"


def summary_table(drill: Drill) -> Table:
    """Return a line for each scenario and mode."""
    rows = [
        (scenario.title, mode.title, *outcome_cells(mode)) for scenario in drill.scenarios for mode in scenario.modes
    ]
    columns = ("scenario", "mode", *OUTCOME_COLUMNS)
    return Table("Outages of all scenarios", columns, tuple(rows), numbers=(2, 3, 4, 5, 6, 7, 8), verdict=9)


def cycles_table(mode: ModeResult) -> Table:
    """Return a line for each cycle of a mode."""
    return Table(
        f"Cycles {mode.title}",
        ("cycle", "outage", "uncertainty", "lost", "fail-back", "lost then", "cause", "restored by", "verdict"),
        tuple(_cycle_row(cycle) for cycle in mode.cycles),
        numbers=(1, 2, 3, 4, 5),
        verdict=8,
    )


def _cycle_row(cycle: Cycle) -> tuple[str, ...]:
    uncertainty = cycle.outage_uncertainty_ms
    restored = cycle.cut.restored_by.replace("_", " ") or NOTHING
    return (
        str(cycle.number),
        format_ms(cycle.outage_ms),
        NOTHING if uncertainty is None else f"± {format_ms(uncertainty)}",
        format_count(cycle.lost),
        format_ms(cycle.failback_outage_ms),
        format_count(cycle.failback_lost),
        f"{cause_words(cycle)}{'' if cycle.cause.proven else ' (not proven)'}",
        restored if cycle.cut.verified or cycle.cut.at is None else f"{restored} (not verified)",
        cycle.verdict,
    )


def cause_words(cycle: Cycle) -> str:
    """Return the kind of a cause in words."""
    return {"bfd": "BFD", "hold_timer": "hold timer", "admin": "shutdown"}.get(cycle.cause.kind, cycle.cause.kind)


def probes_table(cycle: Cycle) -> Table:
    """Return what each direction lost in a cycle."""
    rows = (
        (
            probe.direction,
            f"{probe.method} {format_ms(probe.interval_ms)}",
            format_count(probe.sent),
            format_count(probe.lost),
            format_ms(probe.outage_ms),
            format_count(probe.duplicates),
            format_count(probe.reordered),
            str(probe.stalls),
            f"{format_ms(probe.rtt_p50_ms)} / {format_ms(probe.rtt_p99_ms)}",
        )
        for probe in cycle.probes
    )
    columns = ("direction", "probe", "sent", "lost", "outage", "duplicates", "reordered", "stalls", "rtt p50 / p99")
    return Table("Probes", columns, tuple(rows), numbers=(2, 3, 4, 5, 6, 7, 8))


def losses_table(cycle: Cycle) -> Table:
    """Return every run of lost probes."""
    start = cycle.cut.at
    rows = [
        (
            probe.direction,
            NOTHING if start is None else format_offset(loss.from_at - start),
            f"{'at least ' if loss.open else ''}{format_ms(loss.outage_ms)}",
            str(loss.count),
        )
        for probe in cycle.probes
        for loss in corrected_losses(cycle, probe)
    ]
    columns = ("direction", "after the cut", "for", "lost")
    return _shortened(Table("Lost probes", columns, tuple(rows), numbers=(1, 2, 3)))


def events_table(cycle: Cycle) -> Table:
    """Return what the drill, the probes and the routers noted, in the order of time."""
    start = cycle.cut.at
    rows = [
        (
            format_clock(event.at),
            NOTHING if start is None else _after(event, start),
            event.router or NOTHING,
            describe_event(event),
            event.text,
        )
        for event in cycle.events
    ]
    columns = ("time (UTC)", "after the cut", "from", "kind", "text")
    return _shortened(Table("Events", columns, tuple(rows), numbers=(1,), code=4))


def _shortened(table: Table) -> Table:
    """Return the table with as many rows as a page bears."""
    return replace(table, rows=table.rows[:MOST_ROWS], more=max(0, len(table.rows) - MOST_ROWS))


def _after(event: Event, start: float) -> str:
    """Return when an event was, and how well that is known if its clock is another one."""
    about = f" ±\u00a0{format_ms(event.uncertainty_ms)}" if event.uncertainty_ms else ""
    return f"{format_offset(event.at - start)}{about}"


def clocks_table(cycle: Cycle) -> Table:
    """Return how far each clock is ahead of the controller's."""
    rows = ((clock.owner, format_ms(clock.offset_ms), f"± {format_ms(clock.uncertainty_ms)}") for clock in cycle.clocks)
    return Table("Clocks", ("clock of", "ahead of the controller", "uncertainty"), tuple(rows), numbers=(1, 2))


def phases_table(cycle: Cycle) -> Table:
    """Return how long each step took."""
    rows = ((phase.name.replace("_", " "), format_clock(phase.at), format_s(phase.took_s)) for phase in cycle.phases)
    return Table("Steps", ("step", "at (UTC)", "took"), tuple(rows), numbers=(1, 2))


def pairs_table(caption: str, pairs: Sequence[tuple[str, str]]) -> Table:
    """Return names with their values."""
    return Table(caption, ("setting", "value"), tuple(pairs))
