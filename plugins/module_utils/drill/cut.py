# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cut of a scenario as configuration lines: what prepares it, what cuts, what takes it back.

The lines that cut stand last, so that everything before them can be waited for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..errors import Finding, InvalidInput
from ..ios.model import Interface
from ..ios.running_config import RunningConfig
from .scenario import BFD_ONLY, AclCut, CommandCut, End, InterfaceCut, Scenario

ACCESS_LIST = "FASTPATH_DRILL"
# RFC 5881, 4: control packets; echo packets.
BFD_PORTS = (3784, 3785)
DROP_ALL = ("deny ip any any",)
DROP_BFD = (*(f"deny udp any any eq {port}" for port in BFD_PORTS), "permit ip any any")

_INBOUND = re.compile(r"ip access-group (\S+) in$")

Running = Mapping[str, RunningConfig]


@dataclass(frozen=True)
class RouterCut:
    """The lines for one router, in configuration mode: `prepare`, then `cut`; `restore` takes both back."""

    router: str
    prepare: tuple[str, ...]
    cut: tuple[str, ...]
    restore: tuple[str, ...]


def plan_cut(scenario: Scenario, running: Running) -> dict[str, RouterCut]:
    """Return the lines of the cut for each router that it changes, none for a command.

    InvalidInput carries everything that speaks against it.
    """
    findings = cut_findings(scenario, running)
    if findings:
        raise InvalidInput(findings)
    return {router: _router_cut(scenario, router) for router in scenario.cut_routers}


def _router_cut(scenario: Scenario, router: str) -> RouterCut:
    names = [end.interface for end in scenario.ends_at(router)]
    if isinstance(scenario.cut, InterfaceCut):
        return RouterCut(router, (), _on_each(names, "shutdown"), _on_each(names, "no shutdown"))
    only_bfd = isinstance(scenario.cut, AclCut) and scenario.cut.only == BFD_ONLY
    header = f"ip access-list extended {ACCESS_LIST}"
    group = f"ip access-group {ACCESS_LIST} in"
    return RouterCut(
        router,
        prepare=(header, *(DROP_BFD if only_bfd else DROP_ALL)),
        cut=_on_each(names, group),
        restore=(*_on_each(names, f"no {group}"), f"no {header}"),
    )


def _on_each(names: list[str], line: str) -> tuple[str, ...]:
    return tuple(text for name in names for text in (f"interface {name}", line))


def cut_findings(scenario: Scenario, running: Running) -> list[Finding]:
    """Return what speaks against the scenario's ends and its cut on the routers as they are configured."""
    findings: list[Finding] = []
    for end in scenario.ends:
        findings += _end_findings(end, running)
    for router in scenario.cut_routers:
        if router in running and isinstance(scenario.cut, AclCut):
            findings += _list_findings(router, running[router])
            for end in scenario.ends_at(router):
                findings += _group_findings(end, running[router])
    return findings


def _end_findings(end: End, running: Running) -> Iterator[Finding]:
    if end.router not in running:
        yield Finding(str(end), "no configuration", "a router that could be read", "See why it does not answer.")
        return
    model = running[end.router].model
    interface = model.interface(end.interface)
    if interface is None:
        names = ", ".join(item.name for item in model.interfaces) or "none"
        yield Finding(str(end), "missing", names, "Name an interface that the router has.")
    elif not interface.enabled:
        yield Finding(str(end), "shutdown", "an interface that is up", "A cut shows nothing on it: bring it up.")


def _list_findings(router: str, config: RunningConfig) -> Iterator[Finding]:
    if _has_list(config):
        allowed = "no access list of this name: the drill makes its own"
        remedy = f"Remove what an earlier drill left: no ip access-list extended {ACCESS_LIST}."
        yield Finding(f"{router} access list", ACCESS_LIST, allowed, remedy)


def _group_findings(end: End, config: RunningConfig) -> Iterator[Finding]:
    interface = config.model.interface(end.interface)
    line = _inbound_line(interface) if interface else None
    if line:
        allowed = "no inbound access list: a second one would take its place"
        remedy = "Cut another way (kind command), or take the list off for the time of the drill."
        yield Finding(str(end), line, allowed, remedy)


def _inbound_line(interface: Interface) -> str | None:
    return next((line for line in interface.facts.lines if _INBOUND.match(line)), None)


def _has_list(config: RunningConfig) -> bool:
    return ACCESS_LIST in config.other_lists or config.model.access_list(ACCESS_LIST) is not None


def cut_leftovers(scenario: Scenario, running: Running) -> tuple[str, ...]:
    """Return a sentence for everything of the cut that the routers still have; a router that is missing counts too.

    A command leaves nothing on a router.
    """
    if isinstance(scenario.cut, CommandCut):
        return ()
    return tuple(sentence for router in scenario.cut_routers for sentence in _left(scenario, router, running))


def _left(scenario: Scenario, router: str, running: Running) -> Iterator[str]:
    config = running.get(router)
    if config is None:
        yield f"{router}: whether the cut is gone is not known, the router could not be read"
        return
    for end in scenario.ends_at(router):
        interface = config.model.interface(end.interface)
        if interface is None:
            yield f"{end}: the interface is not shown any more"
        elif isinstance(scenario.cut, InterfaceCut) and not interface.enabled:
            yield f"{end}: still shut down"
        elif isinstance(scenario.cut, AclCut) and _inbound_line(interface):
            yield f"{end}: still has {_inbound_line(interface)}"
    if isinstance(scenario.cut, AclCut) and _has_list(config):
        yield f"{router}: still has the access list {ACCESS_LIST}"
