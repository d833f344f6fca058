# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cycle recorded, put together with its plan for the judges."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from .cycle import DRILL, NOBODY, Record
from .cycle_plan import CyclePlan, describe_cut
from .log_advice import clock_settings
from .result import EVERY_ROUTER, CycleFacts
from .verdict import CutRecord


def facts_of(record: Record, plan: CyclePlan, number: int) -> CycleFacts:
    """Return all that is known of a cycle."""
    running, settings = plan.ground.running, plan.settings
    return CycleFacts(
        scenario=plan.scenario,
        mode=plan.mode,
        number=number,
        models={router: config.model for router, config in running.items()},
        sessions=plan.sessions,
        prediction=plan.prediction,
        cut=_cut(record, plan),
        started_at=record.started_at,
        ended_at=record.ended_at or record.started_at,
        source=settings.source.label,
        target=settings.target.label,
        before=record.before,
        before_cut=record.before_cut,
        during=record.during,
        after=record.after,
        read_at={} if record.looked_at is None else {EVERY_ROUTER: record.looked_at},
        logs=record.logs,
        clocks=_clocks(record),
        clock_settings={router: clock_settings(config) for router, config in running.items()},
        probes=record.probes,
        moved_at=record.moved_at,
        back_at=record.back_at,
        phases=[asdict(phase) for phase in record.phases],
        failures=record.failures,
        warnings=(*plan.warnings, *record.warnings),
    )


def _cut(record: Record, plan: CyclePlan) -> CutRecord:
    """Return how the cut was made and healed; one that was gone already may have been so since it began."""
    healed = record.healed
    gone_before = healed.tries == 1 and healed.by not in (DRILL, NOBODY)
    return CutRecord(
        kind=plan.scenario.cut.kind,
        description=describe_cut(plan.scenario),
        at=record.cut_at,
        active_at=record.active_at,
        restoring_at=record.active_at if gone_before else record.restoring_at,
        restored_at=healed.at,
        restored_by=healed.by,
        verified=record.whole and record.healed.at is not None,
    )


def _clocks(record: Record) -> dict[str, list[Any]]:
    """Return the readings of every clock, from before and after the cycle."""
    names = dict.fromkeys((*record.clocks, *record.clocks_after))
    return {name: [*record.clocks.get(name, ()), *record.clocks_after.get(name, ())] for name in names}
