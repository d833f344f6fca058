# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration without BFD at the ends, for the comparison: its lines come from the same plan as all others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ..errors import Finding, InvalidInput
from ..ios.commands import plan_commands
from ..ios.derive import Models
from ..ios.model import Interface, Model
from ..ios.verify import Observed, observed_from_dict
from .cut import Running
from .scenario import End, Scenario
from .sessions import DrillSession, Infos, bgp_of, find_sessions


def plan_baseline(scenario: Scenario, running: Running) -> dict[str, tuple[str, ...]]:
    """Return for each router of the ends the lines that take BFD from them; a router without BFD there has none.

    InvalidInput where the model cannot take it away.
    """
    models = {router: config.model for router, config in running.items()}
    sessions = find_sessions(models, scenario.ends)
    lines: dict[str, tuple[str, ...]] = {}
    findings: list[Finding] = []
    for router in scenario.routers:
        findings += _findings(running, router, sessions)
        target = without_bfd(models[router], scenario.ends_at(router), _at(sessions, router))
        lines[router] = plan_commands(models[router], target)
    if findings:
        raise InvalidInput(findings)
    return {router: found for router, found in lines.items() if found}


def baseline_models(models: Models, scenario: Scenario) -> dict[str, Model]:
    """Return the models of all routers as they are while BFD is taken from the ends."""
    sessions = find_sessions(models, scenario.ends)
    return {
        router: without_bfd(model, scenario.ends_at(router), _at(sessions, router)) for router, model in models.items()
    }


def without_bfd(model: Model, ends: Sequence[End], sessions: Sequence[DrillSession]) -> Model:
    """Return the model of one router without BFD on the ends and for the neighbors behind them."""
    names = {end.interface for end in ends}
    neighbors = {item.neighbor for item in sessions}
    interfaces = tuple(_bare(item) if item.name in names else item for item in model.interfaces)
    bgp = model.bgp
    if bgp is not None:
        kept = [replace(item, bfd=False) if str(item.address) in neighbors else item for item in bgp.neighbors]
        bgp = replace(bgp, neighbors=tuple(kept))
    return replace(model, interfaces=interfaces, bgp=bgp)


def _bare(interface: Interface) -> Interface:
    return replace(interface, bfd=None)


def _at(sessions: Sequence[DrillSession], router: str) -> list[DrillSession]:
    return [item for item in sessions if item.router == router]


def _findings(running: Running, router: str, sessions: Sequence[DrillSession]) -> Iterator[Finding]:
    unsupported = running[router].bgp_unsupported
    if unsupported:
        remedy = "Drill without the comparison, or write BGP in a form that the model knows."
        yield Finding(f"{router} bgp", unsupported, "a BGP process that can be read", remedy)
    bgp = running[router].model.bgp
    for item in _at(sessions, router):
        neighbor = (
            next((entry for entry in bgp.neighbors if str(entry.address) == item.neighbor), None) if bgp else None
        )
        words = neighbor.facts.bfd_words if neighbor else ""
        if words:
            remedy = "Drill without the comparison: these words cannot be put back by the plan's own lines."
            yield Finding(f"{router} bgp neighbor {item.neighbor}", f"fall-over bfd {words}", "fall-over bfd", remedy)


def inherited_bfd(running: Running, infos: Infos, scenario: Scenario) -> list[Finding]:
    """Return the sessions whose BFD stands in no line of their own, so that it cannot be taken away."""
    models = {router: config.model for router, config in running.items()}
    return [
        Finding(
            f"{item.router} bgp neighbor {item.neighbor}",
            "BFD from a template or a peer-group",
            "`fall-over bfd` as a line of the neighbor",
            "State it with the neighbor, or drill without the comparison.",
        )
        for item in find_sessions(models, scenario.ends)
        if not item.bfd and _runs_bfd(item, infos)
    ]


def _runs_bfd(item: DrillSession, infos: Mapping[str, Mapping[str, object]]) -> bool:
    seen = observed_from_dict(infos[item.router]) if item.router in infos else Observed()
    neighbor = bgp_of(item, seen)
    return neighbor is not None and neighbor.bfd
