# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A drill's two uses: plan all its cycles without touching anything, and run one of them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from ..module_utils.drill.configuration import end_configuration
from ..module_utils.drill.cycle import Disturbance, Infos, Parts, Prepared, run_cycle
from ..module_utils.drill.cycle_facts import facts_of
from ..module_utils.drill.cycle_options import DrillSettings
from ..module_utils.drill.cycle_plan import CyclePlan, plan_cycle
from ..module_utils.drill.preflight import Ground, Timing, configured_routers
from ..module_utils.drill.result import cycle_result
from ..module_utils.drill.scenario import MODES, TIMER_MODE, CommandCut, Scenario, read_scenarios
from ..module_utils.drill.snapshot import compare_snapshots
from ..module_utils.errors import Finding, InvalidInput
from ..module_utils.ios.running_config import parse_running_config
from .disturbance import Both, CommandDisturbance, Healing, RouterDisturbance, RouterLines
from .drill_parts import LiveHost, LiveNetwork, LiveProbes
from .sessions import Sessions


@dataclass(frozen=True)
class Surroundings:
    """What a drill has of its controller; `pause` raises Interrupted once somebody wants the drill to end."""

    sessions: Sessions
    pause: Callable[[float], None]
    is_over: Callable[[], bool]
    progress: Callable[[str], None]
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


def choose_scenarios(data: Sequence[Mapping[str, Any]], settings: DrillSettings) -> tuple[Scenario, ...]:
    """Return the scenarios, with what the settings say where they do not."""
    filled = [{"hold_s": settings.hold_s, **item} if isinstance(item, Mapping) else item for item in data]
    return read_scenarios(filled, settings.routers, settings.expect)


@dataclass(frozen=True)
class DrillPlan:
    """The plans of all cycles, and the lines of the routers' configuration that they rest on."""

    plans: tuple[CyclePlan, ...]
    configuration: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Drill:
    """A drill on the routers of its settings."""

    settings: DrillSettings
    around: Surroundings

    @property
    def network(self) -> LiveNetwork:
        """Return the routers and the clocks."""
        settings = self.settings
        return LiveNetwork(self.around.sessions, settings.routers, settings.hosts, self.around.clock)

    def plan(self, scenarios: Sequence[Scenario], modes: Sequence[str]) -> DrillPlan:
        """Return the plan of every scenario and mode; InvalidInput with everything that stands against any of them."""
        commanded = [item.cut.host for item in scenarios if isinstance(item.cut, CommandCut)]
        if unknown := self.around.sessions.unknown([*self.settings.routers, *self.settings.hosts, *commanded]):
            raise InvalidInput(unknown)
        network = self.network
        configs = network.configs()
        ground = self._ground(network, configs, network.observe(), scenarios, modes)
        plans: list[CyclePlan] = []
        findings: list[Finding] = []
        for scenario, mode in itertools.product(scenarios, modes):
            try:
                plans.append(plan_cycle(scenario, mode, self.settings, ground))
            except InvalidInput as exc:
                findings += [finding for finding in exc.findings if finding not in findings]
        if findings:
            raise InvalidInput(findings)
        return DrillPlan(tuple(plans), _configuration(plans, configs))

    def run(self, scenario: Scenario, mode: str, number: int) -> dict[str, Any]:
        """Run one cycle and return its result."""
        network, around = self.network, self.around
        plans: list[CyclePlan] = []

        def prepare(before: Infos) -> Prepared:
            configs = network.configs()
            ground = self._ground(network, configs, before, [scenario], [mode])
            plans.append(plan_cycle(scenario, mode, self.settings, ground))
            return self._prepared(plans[0], configs, before)

        probes = LiveProbes(around.sessions, self.settings, self.settings.duration_s(scenario.hold_s))
        parts = Parts(network, probes, prepare, around.clock, around.pause, around.sleep, around.progress)
        record = run_cycle(parts, self.settings.limits(scenario.hold_s))
        return cycle_result(facts_of(record, plans[0], number))

    def _ground(
        self,
        network: LiveNetwork,
        configs: Mapping[str, str],
        infos: Infos,
        scenarios: Sequence[Scenario],
        modes: Sequence[str],
    ) -> Ground:
        """Return what is known before a cut; routers that are configured are asked what they can take back."""
        settings = self.settings
        routers = {router for item in scenarios for mode in modes for router in configured_routers(item, mode)} & set(
            configs
        )
        longest_s = max(settings.longest_s(item.hold_s) for item in scenarios)
        return Ground(
            running={router: parse_running_config(text) for router, text in configs.items()},
            infos=infos,
            source=IPv4Address(settings.source.address),
            target=IPv4Address(settings.target.address),
            timing=Timing(settings.revert_min, longest_s, network.command_timeout_s()),
            rollback=network.rollback(sorted(routers)),
            reached_at=network.reached_at(),
            management=network.management(),
        )

    def _prepared(self, plan: CyclePlan, configs: Mapping[str, str], before: Infos) -> Prepared:
        return Prepared(
            disturbance=self._disturbance(plan, configs),
            back=compare_snapshots,
            stable=(lambda infos: plan.stable(before, infos)) if plan.mode == TIMER_MODE else None,
            moved=plan.moved if plan.waits_for_failover else None,
            must_move=plan.must_move,
        )

    def _disturbance(self, plan: CyclePlan, configs: Mapping[str, str]) -> Disturbance:
        """Return what is done to the network, for lines on routers, a command, or both."""
        around, scenario = self.around, plan.scenario
        healing = Healing(self.settings.revert_min, self.settings.cut_limit_s)
        lines = {router: RouterLines(configs[router], item.first, item.last) for router, item in plan.lines.items()}
        routers = RouterDisturbance(
            lines, around.sessions.transport, healing, around.clock, management_cut=scenario.management_cut
        )
        if not isinstance(scenario.cut, CommandCut):
            return routers
        host = LiveHost(around.sessions, scenario.cut.host, scenario.cut.chdir)
        command = CommandDisturbance(scenario.cut, host, healing, around.clock)
        return Both(routers, command) if lines else command


def _configuration(plans: Sequence[CyclePlan], configs: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the lines of every end and of the sessions over it, secrets hidden."""
    ends = dict.fromkeys(end for plan in plans for end in plan.scenario.ends)
    sessions = dict.fromkeys(item for plan in plans for item in plan.sessions)
    return {
        router: end_configuration(
            configs[router],
            [end for end in ends if end.router == router],
            [item for item in sessions if item.router == router],
        )
        for router in dict.fromkeys(end.router for end in ends)
    }


def list_cycles(
    scenarios: Sequence[Scenario], modes: Sequence[str], repeats: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Return the cycles of a drill in order: for each scenario those without BFD first."""
    return [
        {"scenario": scenario.name, "mode": mode, "number": number, "label": f"{scenario.name}, {mode}, {number}"}
        for scenario in scenarios
        for mode in MODES
        if mode in modes
        for number in range(1, repeats[mode] + 1)
    ]
