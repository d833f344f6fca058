# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of one cycle, from what routers have and show: what would be sent, what is expected, what is against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidInput
from ..ios.fleet_finding import ERROR
from ..ios.running_config import RunningConfig
from .baseline import plan_baseline
from .cut import plan_cut
from .cycle_options import DrillSettings
from .detour import still_crossing
from .paths import Path, read_network, trace_path
from .predict import Prediction, hsrp_takeovers, predict
from .preflight import Ground, drill_findings
from .scenario import ANY, FAILOVER, NO_CHANGE, TIMER_MODE, CommandCut, InterfaceCut, Scenario
from .sessions import DrillSession, Infos, as_observed, find_sessions, not_stable
from .verdict import expected_of


@dataclass(frozen=True)
class Lines:
    """What is sent to one router: `first` takes BFD away and makes ready, `last` cuts."""

    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()


@dataclass(frozen=True)
class CyclePlan:
    """One cycle as it would run now."""

    scenario: Scenario
    mode: str
    settings: DrillSettings
    ground: Ground
    lines: Mapping[str, Lines]
    sessions: tuple[DrillSession, ...]
    prediction: Prediction
    paths: tuple[Path, Path]
    warnings: tuple[str, ...] = ()

    def stable(self, before: Infos, infos: Infos) -> tuple[str, ...]:
        """Return what is not settled once BFD was taken away."""
        return not_stable(before, infos, self.sessions)

    def moved(self, infos: Infos) -> tuple[str, ...]:
        """Return what shows that the traffic has not left the ends; a router that may not answer shows nothing."""
        running = self.ground.running
        silent = [router for router in running if router not in infos]
        if silent:
            may = self.scenario.management_cut
            return () if may else tuple(f"{router}: does not answer" for router in silent)
        models = {router: config.model for router, config in running.items()}
        network = read_network(models, infos)
        return still_crossing(self.scenario, network, self.ground.source, self.ground.target)

    @property
    def waits_for_failover(self) -> bool:
        """Return whether traffic is expected to move at all."""
        return expected_of(self.scenario, self.mode).outcome != NO_CHANGE

    @property
    def must_move(self) -> bool:
        """Return whether a failover that does not come is a failure."""
        return expected_of(self.scenario, self.mode).outcome == FAILOVER

    def as_result(self) -> dict[str, Any]:
        """Return the plan in plain values."""
        return {
            "scenario": self.scenario.name,
            "title": self.scenario.title,
            "mode": self.mode,
            "path": [str(path) for path in self.paths],
            "lines": {router: [*item.first, *item.last] for router, item in self.lines.items()},
            "predicted": self.prediction.as_dict(),
            "warnings": list(self.warnings),
        }


def plan_cycle(scenario: Scenario, mode: str, settings: DrillSettings, ground: Ground) -> CyclePlan:
    """Return the plan of a cycle; InvalidInput with everything that stands against it."""
    findings = drill_findings(scenario, mode, ground)
    errors = [item.finding for item in findings if item.severity == ERROR]
    if errors:
        raise InvalidInput(errors)
    models = {router: config.model for router, config in ground.running.items()}
    network, hosts = read_network(models, ground.infos), (ground.source, ground.target)
    sessions = as_observed(find_sessions(models, scenario.ends), ground.infos)
    takeovers = hsrp_takeovers(scenario, network, ground.infos, hosts)
    return CyclePlan(
        scenario=scenario,
        mode=mode,
        settings=settings,
        ground=ground,
        lines=plan_lines(scenario, mode, ground.running),
        sessions=sessions,
        prediction=predict(scenario, mode, sessions, takeovers),
        paths=(trace_path(network, *hosts), trace_path(network, *reversed(hosts))),
        warnings=tuple(str(item) for item in findings),
    )


def plan_lines(scenario: Scenario, mode: str, running: Mapping[str, RunningConfig]) -> dict[str, Lines]:
    """Return the lines for each router: a comparison takes BFD away in the same change that cuts."""
    cuts = plan_cut(scenario, running)
    baseline = plan_baseline(scenario, running) if mode == TIMER_MODE else {}
    lines = {}
    for router in dict.fromkeys((*baseline, *cuts)):
        cut = cuts.get(router)
        first = baseline.get(router, ()) + (cut.prepare if cut else ())
        lines[router] = Lines(first, cut.cut if cut else ())
    return lines


def describe_cut(scenario: Scenario) -> str:
    """Return in words how the cut is made."""
    cut = scenario.cut
    if isinstance(cut, CommandCut):
        return f"command on {cut.host}: {cut.cut}"
    ends = ", ".join(str(end) for router in scenario.cut_routers for end in scenario.ends_at(router))
    if isinstance(cut, InterfaceCut):
        return f"shutdown of {ends}"
    return f"inbound access list that drops {'BFD' if cut.only == 'bfd' else 'everything'} on {ends}"


def render_plan(plan: CyclePlan) -> list[str]:
    """Return the plan of a cycle for people."""
    return [f"{plan.scenario.name}, {plan.mode}: {plan.scenario.title}", *(f"  {line}" for line in _lines(plan))]


def _lines(plan: CyclePlan) -> Iterator[str]:
    settings, expect = plan.settings, plan.scenario.expect
    forward, backward = plan.paths
    yield f"way now: {settings.source.label} > {forward} > {settings.target.label}, back over {backward}"
    yield f"cut: {describe_cut(plan.scenario)}"
    for router, item in plan.lines.items():
        sent = " / ".join((*item.first, *item.last))
        yield f"{router}, taken back by itself after {settings.revert_min} min: {sent}"
    yield f"predicted outage: {_prediction(plan.prediction)}"
    limits = (("outage", expect.max_outage_ms), ("loss at fail-back", expect.max_failback_ms))
    told = [f"{name} up to {limit} ms" for name, limit in limits if limit is not None]
    outcome = "any outcome" if expect.outcome == ANY else f"outcome {expect.outcome}"
    yield f"expected with BFD: {', '.join([outcome, f'cause {expect.cause}', *told])}"
    yield from (f"warning: {text}" for text in plan.warnings)


def _prediction(prediction: Prediction) -> str:
    if prediction.outage_min_ms is None or prediction.outage_max_ms is None:
        return f"not known ({prediction.explanation})"
    return f"{prediction.outage_min_ms:g} to {prediction.outage_max_ms:g} ms ({prediction.explanation})"
