# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cut takes away from the network, and the way that is left for the traffic.

Whether another way exists is computed before the cut, from the models; whether the traffic has taken it is
seen afterwards, in the routers' tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network

from ..ios.derive import Models, peerings, ports
from ..ios.derive_routes import expected_routes
from ..ios.fleet_finding import FleetFinding, error, warning
from ..ios.model import Model
from .paths import Network, Path, read_route, trace_path
from .scenario import ALL_TRAFFIC, AclCut, End, InterfaceCut, Scenario
from .sessions import find_sessions


@dataclass(frozen=True)
class Loss:
    """What a cut takes away: whole routers, interfaces for all traffic, and sessions between ends."""

    routers: frozenset[str] = frozenset()
    closed: frozenset[End] = frozenset()


def loss_of(scenario: Scenario, models: Models) -> Loss:
    """Return what the cut takes away for good as long as it lasts.

    An access list or a shutdown closes the interface. Of a command nothing is known but its ends: a router
    all of whose BGP and HSRP interfaces are among them is taken for dead.
    """
    if isinstance(scenario.cut, AclCut):
        closed = [end for router in scenario.cut_routers for end in scenario.ends_at(router)]
        return Loss(closed=frozenset(closed) if scenario.cut.only == ALL_TRAFFIC else frozenset())
    if isinstance(scenario.cut, InterfaceCut):
        return Loss(closed=frozenset(scenario.ends_at(scenario.cut.at)))
    dead = [router for router in scenario.routers if router in models and _is_dead(scenario, models, router)]
    return Loss(routers=frozenset(dead))


def _is_dead(scenario: Scenario, models: Models, router: str) -> bool:
    used = {item.own.interface.name for item in peerings(models) if item.host == router and item.own}
    used |= {item.name for item in models[router].interfaces if item.hsrp and item.enabled}
    own = {end.interface for end in scenario.ends_at(router)}
    return len(own) > 1 and used <= own


def without_ends(scenario: Scenario, models: Models) -> dict[str, Model]:
    """Return the models of what is left while the cut lasts."""
    loss = loss_of(scenario, models)
    cut = {(item.router, item.neighbor) for item in find_sessions(models, scenario.ends)}
    return {router: _left(router, model, loss, cut) for router, model in models.items() if router not in loss.routers}


def _left(router: str, model: Model, loss: Loss, cut: set[tuple[str, str]]) -> Model:
    closed = {end.interface for end in loss.closed if end.router == router}
    interfaces = tuple(replace(item, enabled=False) if item.name in closed else item for item in model.interfaces)
    bgp = model.bgp
    if bgp is not None:
        shut = [replace(item, shutdown=True) if (router, str(item.address)) in cut else item for item in bgp.neighbors]
        bgp = replace(bgp, neighbors=tuple(shut))
    return replace(model, interfaces=interfaces, bgp=bgp)


def expected_network(models: Models, network: Network, scenario: Scenario) -> Network:
    """Return the network as it settles while the cut lasts, computed from the models."""
    left = without_ends(scenario, models)
    tables = {
        router: tuple(filter(None, (read_route(row.prefix, row.next_hop) for row in rows)))
        for router, rows in expected_routes(left).items()
    }
    return Network(left, tables, _active(left, network))


def _active(left: Models, network: Network) -> frozenset[End]:
    """Return the active interfaces of the HSRP groups that are left: who is active stays, else the highest priority."""
    groups: dict[tuple[IPv4Network, int], list[tuple[int, int, End]]] = {}
    for port in ports(left):
        end = End(port.host, port.interface.name)
        for group in port.interface.hsrp if port.interface.enabled else ():
            rank = (int(end in network.active), group.priority, end)
            groups.setdefault((port.subnet, group.group), []).append(rank)
    return frozenset(max(members, key=lambda item: (item[0], item[1], str(item[2])))[2] for members in groups.values())


def path_findings(
    scenario: Scenario, network: Network, source: IPv4Address, target: IPv4Address
) -> tuple[FleetFinding, ...]:
    """Return what is wrong with the way between the hosts: not over the ends, or no other way than over them."""
    ways = {"to the target": (source, target), "back": (target, source)}
    paths = {name: trace_path(network, *pair) for name, pair in ways.items()}
    lost = [
        error(
            "path_unknown",
            f"scenario {scenario.name}: the way {name}",
            str(path),
            f"a way from {ways[name][0]} to {ways[name][1]} over routers of the drill",
            f"It ends because {path.why}.",
        )
        for name, path in paths.items()
        if not path.reached
    ]
    if lost:
        return tuple(lost)
    crossed = [name for name, path in paths.items() if path.ends & frozenset(scenario.ends)]
    if not crossed:
        return (_not_behind(scenario, paths),)
    return (*_one_way(scenario, paths, crossed), *_alternative(scenario, network, ways))


def _not_behind(scenario: Scenario, paths: Mapping[str, Path]) -> FleetFinding:
    ends = ", ".join(str(end) for end in scenario.ends)
    return error(
        "target_not_behind",
        f"scenario {scenario.name}",
        " and back ".join(str(path) for path in paths.values()),
        f"a way over {ends}",
        "The target is not behind the link, so its cut would show nothing: choose other hosts, or another link.",
    )


def _one_way(scenario: Scenario, paths: Mapping[str, Path], crossed: list[str]) -> Iterator[FleetFinding]:
    for name, path in paths.items():
        if name not in crossed:
            yield warning(
                "one_way_over_ends",
                f"scenario {scenario.name}: the way {name}",
                str(path),
                "a way over the ends in both directions",
                "Only one direction is cut; the other one keeps its way.",
            )


def _alternative(
    scenario: Scenario, network: Network, ways: Mapping[str, tuple[IPv4Address, IPv4Address]]
) -> Iterator[FleetFinding]:
    """Yield a finding for a direction that has no way without the ends."""
    rest = expected_network(network.models, network, scenario)
    for name, (source, target) in ways.items():
        path = trace_path(rest, source, target)
        if not path.reached:
            told = _is_told(network.models)
            say = error if told else warning
            yield say(
                "no_alternative",
                f"scenario {scenario.name}: the way {name} without the ends",
                f"none: {path.why}" if told else f"not to be told: {path.why}",
                "another way, which the traffic can take when the ends are cut",
                "The cut would last until it is healed: add another way, or drill a link that has one.",
            )


def _is_told(models: Models) -> bool:
    """Return whether the models say all that decides: no neighbor outside of them, no policy beyond them."""
    outside = any(item.peer is None for item in peerings(models))
    beyond = any(entry.lines for model in models.values() for item in model.route_maps for entry in item.entries)
    return not outside and not beyond


def still_crossing(scenario: Scenario, network: Network, source: IPv4Address, target: IPv4Address) -> tuple[str, ...]:
    """Return a sentence for each direction whose way is broken or still leads over the ends; none: it has moved."""
    loss = loss_of(scenario, network.models)
    models = {router: model for router, model in network.models.items() if router not in loss.routers}
    alive = Network(models, network.tables, frozenset(end for end in network.active if end.router in models))
    found = []
    for start, end in ((source, target), (target, source)):
        path = trace_path(alive, start, end)
        if not path.reached:
            found.append(f"from {start} to {end}: {path.why}")
        elif not loss.routers and path.ends & frozenset(scenario.ends):
            found.append(f"from {start} to {end}: still over {path}")
    return tuple(found)
