# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a whole drill: its cycles by scenario and mode, their spread, and whether all of it passed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..errors import Finding, InvalidInput
from ..ios.redaction import redact
from .scenario import BFD_MODE, TIMER_MODE
from .statistics import ratio, spread

SCHEMA = 1
_NEEDED = ("scenario", "mode", "number", "passed", "void", "failures")

Cycle = Mapping[str, Any]


def summarize_drill(
    cycles: Sequence[Cycle],
    settings: Mapping[str, Any],
    configuration: Mapping[str, Sequence[str]] | None = None,
    collection_version: str = "",
) -> dict[str, Any]:
    """Return the drill's result from the results of its cycles, in the order in which they ran.

    A cycle that was run again keeps its number: each number needs one valid cycle, which has to pass. Void
    cycles stay in the list and out of the figures. Without a cycle nothing has passed.
    """
    _require_cycles(cycles)
    names = list(dict.fromkeys(str(cycle["scenario"]) for cycle in cycles))
    expects = _expects(settings)
    scenarios = [_scenario(name, [c for c in cycles if c["scenario"] == name], expects) for name in names]
    failures = [text for scenario in scenarios for mode in scenario["modes"] for text in _failures(mode)]
    if not cycles:
        failures = ["no cycle was run"]
    started = [cycle["started_at"] for cycle in cycles if cycle.get("started_at") is not None]
    ended = [cycle["ended_at"] for cycle in cycles if cycle.get("ended_at") is not None]
    return {
        "schema": SCHEMA,
        "collection_version": collection_version,
        "started_at": min(started, default=None),
        "ended_at": max(ended, default=None),
        "passed": not failures and all(mode["passed"] for item in scenarios for mode in item["modes"]),
        "failures": failures,
        "settings": redacted(settings),
        "scenarios": scenarios,
        "configuration": {router: [redact(line) for line in lines] for router, lines in (configuration or {}).items()},
    }


def _require_cycles(cycles: object) -> None:
    remedy = "Hand over what edgeworks.fastpath.failover_drill returned, unchanged."
    allowed = f"a list of cycles, each with {', '.join(_NEEDED)}"
    if not isinstance(cycles, Sequence) or isinstance(cycles, str):
        raise InvalidInput([Finding("cycles", cycles, allowed, remedy)])
    findings = [
        Finding(f"cycles[{number}]", sorted(cycle) if isinstance(cycle, Mapping) else cycle, allowed, remedy)
        for number, cycle in enumerate(cycles)
        if not isinstance(cycle, Mapping) or any(name not in cycle for name in _NEEDED)
    ]
    if findings:
        raise InvalidInput(findings)


def _expects(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what each scenario expects, as the settings say it."""
    scenarios = settings.get("scenarios") or ()
    return {str(item.get("name")): dict(item.get("expect") or {}) for item in scenarios if isinstance(item, Mapping)}


def _scenario(name: str, cycles: Sequence[Cycle], expects: Mapping[str, Any]) -> dict[str, Any]:
    modes = [
        _mode(mode, [cycle for cycle in cycles if cycle["mode"] == mode])
        for mode in dict.fromkeys(cycle["mode"] for cycle in cycles)
    ]
    medians = {mode["mode"]: mode["outage_ms"]["median"] for mode in modes}
    return {
        "name": name,
        "title": cycles[0].get("title") or name,
        "expect": expects.get(name, {}),
        "modes": modes,
        "ratio": ratio(medians.get(TIMER_MODE), medians.get(BFD_MODE)),
    }


def _mode(mode: str, cycles: Sequence[Cycle]) -> dict[str, Any]:
    valid = [cycle for cycle in cycles if not cycle["void"]]
    return {
        "mode": mode,
        "predicted": dict(cycles[0].get("predicted") or {}),
        "outage_ms": spread(cycle.get("outage_ms") for cycle in valid),
        "failback_outage_ms": spread(cycle.get("failback_outage_ms") for cycle in valid),
        "lost": spread(cycle.get("lost") for cycle in valid),
        "passed": all(_number_passed(cycles, number) for number in {cycle["number"] for cycle in cycles}),
        "cycles": [dict(cycle) for cycle in cycles],
    }


def _number_passed(cycles: Iterable[Cycle], number: object) -> bool:
    """Return whether a cycle has a valid run and all its valid runs passed."""
    valid = [cycle for cycle in cycles if cycle["number"] == number and not cycle["void"]]
    return bool(valid) and all(cycle["passed"] for cycle in valid)


def _failures(mode: Mapping[str, Any]) -> list[str]:
    """Return the failures of a mode's cycles; a void cycle that a later run made good is none."""
    return [
        f"{cycle['scenario']}, {mode['mode']}, cycle {cycle['number']}: {text}"
        for cycle in mode["cycles"]
        if not _number_passed(mode["cycles"], cycle["number"])
        for text in cycle["failures"]
    ]


def redacted(value: Any) -> Any:
    """Return settings with every secret in their texts hidden."""
    if isinstance(value, Mapping):
        return {str(name): redacted(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [redacted(item) for item in value]
    return redact(value) if isinstance(value, str) else value
