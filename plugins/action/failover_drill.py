# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan a failover drill, or run one cycle of it, from one task on the controller."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils.drill.cycle import Interrupted
from ..module_utils.drill.cycle_options import DRILL_ARGUMENT_SPEC, PLANNED, read_settings
from ..module_utils.drill.cycle_plan import render_plan
from ..module_utils.drill.scenario import BFD_MODE, TIMER_MODE, Scenario
from ..module_utils.errors import FastpathError, Finding, InvalidInput, Refused
from ..plugin_utils.drill_run import Drill, DrillPlan, Surroundings, choose_scenarios, list_cycles
from ..plugin_utils.sessions import Sessions, Workbench

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class ActionModule(ActionBase):
    """Validate the options, run the use case, turn its errors into a failed result."""

    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result of the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        params = self.validate_argument_spec(DRILL_ARGUMENT_SPEC)[1]
        sessions = Sessions(Workbench(self, (task_vars or {})["hostvars"]))
        stop = threading.Event()
        try:
            with told_to_stop(stop):
                result.update(self._run(params, Surroundings(sessions, pausing(stop), stop.is_set, _progress)))
        except InvalidInput as exc:
            result.update(failed=True, msg=f"Nothing was cut:\n{exc}")
        except FastpathError as exc:
            result.update(failed=True, msg=f"Nothing was cut: {exc}")
        finally:
            sessions.close()
        return result

    def _run(self, params: dict[str, Any], around: Surroundings) -> dict[str, Any]:
        """Plan, or run the one cycle that the options name."""
        settings = read_settings(params["settings"])
        scenarios = choose_scenarios(params["scenarios"], settings)
        drill = Drill(settings, around)
        if params["state"] == PLANNED or self._task.check_mode:
            return _planned(drill.plan(scenarios, params["modes"]), scenarios, params)
        if not params["confirm"]:
            raise Refused("the drill takes links down. Set confirm: true where that may be done.")
        for name, values in (("scenarios", scenarios), ("modes", params["modes"])):
            if len(values) != 1:
                raise InvalidInput([Finding(name, len(values), "exactly one for state: run", "Run one cycle a task.")])
        cycles = list(run_until_valid(drill, scenarios[0], params))
        result = {"changed": True, "cycles": cycles, "cycle": cycles[-1], "warnings": list(cycles[-1]["warnings"])}
        return {**result, **_not_restored(cycles[-1])}


def _not_restored(cycle: Mapping[str, Any]) -> dict[str, Any]:
    """Return what makes a task fail after which the network is not seen to be whole."""
    if cycle["cut"]["verified"]:
        return {}
    return {"failed": True, "msg": "\n".join(["The cut was not seen to be restored:", *cycle["failures"]])}


def _planned(plan: DrillPlan, scenarios: Sequence[Scenario], params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plan for people, and as values for the tasks that follow."""
    repeats = {BFD_MODE: params["repeats"], TIMER_MODE: params["baseline_repeats"]}
    return {
        "changed": False,
        "plan": [line for item in plan.plans for line in render_plan(item)],
        "plans": [item.as_result() for item in plan.plans],
        "cycles": list_cycles(scenarios, params["modes"], repeats),
        "configuration": dict(plan.configuration),
        "collection_version": collection_version(Path(__file__).parents[2]),
        "warnings": list(dict.fromkeys(text for item in plan.plans for text in item.warnings)),
    }


def run_until_valid(drill: Drill, scenario: Scenario, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Run a cycle, again where its measurement is worth nothing though the network is whole; yield each result."""
    for attempt in range(1, params["attempts"] + 1):
        cycle = drill.run(scenario, params["modes"][0], params["number"])
        yield cycle
        if not cycle["void"] or not cycle["cut"]["verified"] or drill.around.is_over():
            return
        if attempt < params["attempts"]:
            _progress(f"  void, and run again: {'; '.join(cycle['failures'])}")


def collection_version(root: Path) -> str:
    """Return the version of this collection, as it is installed or in its sources."""
    manifest = root / "MANIFEST.json"
    if manifest.is_file():
        return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
    sources = root / "galaxy.yml"
    return str(yaml.safe_load(sources.read_text(encoding="utf-8"))["version"]) if sources.is_file() else ""


def _progress(line: str) -> None:
    Display().display(line)


def pausing(stop: threading.Event) -> Any:
    """Return a sleep that ends with Interrupted once the drill shall end."""

    def pause(seconds: float) -> None:
        if stop.wait(seconds):
            raise Interrupted("The drill was interrupted.")

    return pause


@contextmanager
def told_to_stop(stop: threading.Event) -> Iterator[None]:
    """Let signals that end a task only ask for its end: what was cut is restored first.

    Ansible's own handlers in a worker end it on the spot. The drill looks for the wish wherever it waits.
    """
    former = {number: signal.signal(number, lambda *_: stop.set()) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
