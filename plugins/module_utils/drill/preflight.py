# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be right before a cut: everything that is wrong is found at once, and nothing is touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from ..errors import Finding
from ..ios.fleet_finding import ERROR, FleetFinding, error, warning
from ..ios.rollback import RollbackState, rollback_findings
from ..ios.show_bgp import ESTABLISHED
from ..ios.switches import find_session
from ..ios.verify import Observed, observed_from_dict
from .baseline import inherited_bfd
from .cut import Running, cut_findings
from .detour import path_findings
from .log_advice import log_findings
from .paths import read_network, trace_path
from .scenario import ANY, BFD_MODE, TIMER_MODE, CommandCut, InterfaceCut, Scenario
from .sessions import DrillSession, Infos, as_observed, bfd_of, bgp_of, find_sessions


@dataclass(frozen=True)
class Timing:
    """How long a router waits for its confirmation, and how long a cycle and a command can last."""

    revert_after_min: int
    longest_s: float
    command_timeout_s: int


@dataclass(frozen=True)
class Ground:
    """What is known of routers and hosts before a cut.

    `rollback` is needed of the routers that the cycle configures; `reached_at` are the addresses that
    the sessions to the routers go to, `management` the interfaces that the user names for them.
    """

    running: Running
    infos: Infos
    source: IPv4Address
    target: IPv4Address
    timing: Timing
    rollback: Mapping[str, RollbackState] = field(default_factory=dict)
    reached_at: Mapping[str, str] = field(default_factory=dict)
    management: Mapping[str, str] = field(default_factory=dict)


def drill_findings(scenario: Scenario, mode: str, ground: Ground) -> tuple[FleetFinding, ...]:
    """Return what speaks against a cycle, errors first; an error stops it before anything is touched."""
    findings = [FleetFinding(ERROR, "cut", item) for item in cut_findings(scenario, ground.running)]
    missing = [router for router in scenario.routers if router not in ground.running or router not in ground.infos]
    findings += [
        error("unread", router, "no answer", "a router that shows its configuration and state", "See why it is silent.")
        for router in missing
    ]
    if missing:
        return tuple(findings)
    findings += _session_findings(scenario, mode, ground)
    findings += _rollback(scenario, mode, ground)
    findings += _management(scenario, ground)
    findings += _paths(scenario, ground)
    if scenario.expect.cause != ANY:
        findings += [item for router in scenario.routers for item in log_findings(router, ground.running[router])]
    return tuple(sorted(findings, key=lambda item: item.severity != ERROR))


def configured_routers(scenario: Scenario, mode: str) -> tuple[str, ...]:
    """Return the routers that a cycle changes: those of the cut, and of the ends where BFD is taken away."""
    routers = scenario.routers if mode == TIMER_MODE else scenario.cut_routers
    return tuple(router for router in scenario.routers if router in {*routers, *scenario.cut_routers})


def _session_findings(scenario: Scenario, mode: str, ground: Ground) -> Iterator[FleetFinding]:
    models = {router: config.model for router, config in ground.running.items()}
    sessions = as_observed(find_sessions(models, scenario.ends), ground.infos)
    if not sessions:
        seen = ", ".join(str(end) for end in scenario.ends)
        remedy = "Name the interfaces between BGP neighbors."
        yield error("no_session", f"scenario {scenario.name} ends", seen, "ends with a BGP session over them", remedy)
    for item in sessions:
        seen_there = observed_from_dict(ground.infos[item.router]) if item.router in ground.infos else Observed()
        yield from _bgp(item, seen_there)
        if mode == BFD_MODE:
            yield from _bfd(item, seen_there)
        elif not item.hold_s:
            remedy = "Without BFD nothing would ever notice the cut: drill in mode bfd only."
            yield error("no_hold_timer", str(item), "hold time 0", "a hold time of 3 s or more", remedy)
    if mode == TIMER_MODE:
        found = inherited_bfd(ground.running, ground.infos, scenario)
        yield from (FleetFinding(ERROR, "inherited_bfd", item) for item in found)
        yield from _shared_push(scenario)


def _bgp(item: DrillSession, seen: Observed) -> Iterator[FleetFinding]:
    row = bgp_of(item, seen)
    state = row.state if row else "not shown"
    if state != ESTABLISHED:
        yield error("bgp_down", f"BGP {item}", state, ESTABLISHED, "Mend the session before it is cut.")


def _bfd(item: DrillSession, seen: Observed) -> Iterator[FleetFinding]:
    bgp, row = bgp_of(item, seen), bfd_of(item, seen)
    state = row.state if row else "no session"
    if state != "Up":
        yield error("bfd_down", f"BFD {item}", state, "Up", "Bring it up first: without it the hold timer decides.")
    elif bgp is not None and not bgp.bfd:
        remedy = "Configure `fall-over bfd`: BFD is up, but BGP does not listen to it."
        yield error("bfd_unused", f"BGP {item}", "no fall-over by BFD", "fall-over bfd", remedy)


def _shared_push(scenario: Scenario) -> Iterator[FleetFinding]:
    """Yield a finding where cut and lost BFD would be two changes of one router: only one can be pending."""
    if isinstance(scenario.cut, CommandCut) and scenario.cut.host in scenario.routers:
        allowed = "a host that is no router of the ends"
        remedy = "Cut by kind acl or interface, which shares its push with BFD, or run the command elsewhere."
        yield error("two_changes", f"scenario {scenario.name} cut host", scenario.cut.host, allowed, remedy)


def _rollback(scenario: Scenario, mode: str, ground: Ground) -> Iterator[FleetFinding]:
    timing, routers = ground.timing, configured_routers(scenario, mode)
    for router in routers:
        state = ground.rollback.get(router)
        if state is None:
            remedy = "See why it does not answer: without a timer nothing may be cut on it."
            yield error("rollback", f"{router} rollback", "unknown", "a router that says what it can take back", remedy)
            continue
        for item in rollback_findings(state, timing.revert_after_min, timing.command_timeout_s):
            finding = Finding(f"{router} {item.where}", item.seen, item.allowed, item.remedy)
            yield FleetFinding(ERROR, "rollback", finding)
    if routers and timing.revert_after_min * 60 <= timing.longest_s and not scenario.management_cut:
        allowed = f"more than {timing.longest_s:g} s, which the cycle can last"
        remedy = "Raise the minutes, or lower what the cycle waits for: the timer would heal the cut under way."
        yield error("short_timer", "revert timer", f"{timing.revert_after_min} min", allowed, remedy)


def _management(scenario: Scenario, ground: Ground) -> Iterator[FleetFinding]:
    """Yield a finding for each router whose own session goes over an interface that is cut."""
    for router in scenario.routers:
        address, stated = ground.reached_at.get(router), ground.management.get(router)
        carried = find_session(ground.running[router].model, address, stated).interfaces
        cut = [end.interface for end in scenario.ends_at(router) if end.interface in carried]
        if cut and not scenario.management_cut:
            remedy = "Reach it another way, or set management_cut: the cut then heals by the revert timer alone."
            seen = f"the session to {address or router} over {', '.join(cut)}"
            yield error("management", f"{router} management", seen, "a session that the cut leaves alone", remedy)
        if any(name.startswith("Loopback") for name in carried):
            better = "an address that no end carries"
            remedy = "Whether the cut takes the session along cannot be told; the revert timer heals it either way."
            yield warning("management_unknown", f"{router} management", str(address), better, remedy)


def _paths(scenario: Scenario, ground: Ground) -> Sequence[FleetFinding]:
    models = {router: config.model for router, config in ground.running.items()}
    network = read_network(models, ground.infos)
    found = list(path_findings(scenario, network, ground.source, ground.target))
    if isinstance(scenario.cut, InterfaceCut):
        path = trace_path(network, ground.source, ground.target)
        first = next((hop.router for hop in path.hops if hop.router in scenario.routers), None)
        if first == scenario.cut.at:
            where = f"scenario {scenario.name} cut at"
            remedy = "Its own shutdown resets BGP at once (fast external fall-over): this proves nothing about BFD."
            found.append(warning("near_side", where, scenario.cut.at, "the router on the far side", remedy))
    return found
