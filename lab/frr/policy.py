"""Compile IOS route policy for FRR.

FRR applies a changed `neighbor X route-map` line at once, and keeps a pointer to a route-map that was
deleted; IOS waits for a clear. So every neighbor has route-maps of its own in FRR, one per direction,
which are attached once and for all; only what stands in them changes, and `bgp route-map delay-timer 0`
makes that wait for a clear.
"""

from __future__ import annotations

from dataclasses import dataclass

from lab.frr.section import Line, Section
from lab.ios.store import AccessList, RouteMap, RouteMapEntry, RouterConfig

LAST_SEQUENCE = 65535  # always there: a route-map without entries would vanish in FRR


@dataclass(frozen=True)
class PolicyStep:
    """One entry of a compiled route-map; a step without access list matches everything."""

    action: str
    access_list: str | None
    metric: int | None


def compile_policy(config: RouterConfig, route_map: str | None) -> tuple[PolicyStep, ...]:
    """Return the steps of a route-map as IOS evaluates it, the final one included.

    No route-map permits everything. One that does not exist denies everything (unverified on a device).
    """
    if route_map is None:
        return (PolicyStep("permit", None, None),)
    steps: list[PolicyStep] = []
    for entry in _entries(config.route_maps.get(route_map)):
        lists = [_existing(config, name) for name in entry.match_access_lists]
        names: list[str | None] = [name for name in lists if name is not None]
        # IOS: several lists of one match are alternatives; a list that does not exist matches everything.
        matches = [None] if not names or None in lists else names
        steps += [PolicyStep(entry.action, name, entry.metric) for name in matches]
    return (*steps, PolicyStep("deny", None, None))


def _entries(route_map: RouteMap | None) -> list[RouteMapEntry]:
    return [] if route_map is None else [route_map.entries[sequence] for sequence in sorted(route_map.entries)]


def _existing(config: RouterConfig, name: str) -> str | None:
    access_list = config.access_lists.get(name)
    return name if access_list is not None and access_list.entries else None


def render_route_map(name: str, steps: tuple[PolicyStep, ...]) -> tuple[Section, ...]:
    """Return the sections of a compiled route-map, its last step at the last sequence."""
    sequences = [*range(1, len(steps)), LAST_SEQUENCE]
    return tuple(_render_step(name, sequence, step) for sequence, step in zip(sequences, steps, strict=True))


def _render_step(name: str, sequence: int, step: PolicyStep) -> Section:
    key = f"route-map {name} {sequence}"
    enter = f"route-map {name} {step.action} {sequence}"
    lines = []
    if step.access_list is not None:
        lines.append(Line(f"{key} match", f"match ip address {step.access_list}", "no match ip address"))
    if step.metric is not None:
        lines.append(Line(f"{key} metric", f"set metric {step.metric}", "no set metric"))
    return Section(key, enter, f"no {enter}", tuple(lines))


def render_access_list(access_list: AccessList) -> tuple[Line, ...]:
    """Return the lines of a standard access list, in the order of their sequence."""
    entries = [access_list.entries[sequence] for sequence in sorted(access_list.entries)]
    texts = [
        (
            entry.sequence,
            f"access-list {access_list.name} seq {entry.sequence} {entry.action} {entry.source} {entry.wildcard}",
        )
        for entry in entries
    ]
    return tuple(
        Line(f"access-list {access_list.name} {sequence}", text, f"no {text}", undo_first=True)
        for sequence, text in texts
    )
