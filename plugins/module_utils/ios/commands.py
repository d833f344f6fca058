# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole order of commands: definitions before what refers to them, removals the other way round."""

from __future__ import annotations

from . import access_list, route_map
from .archive import plan_archive
from .bfd import plan_slow_timers
from .bgp import plan_bgp
from .interface import plan_interfaces
from .model import Model


def plan_commands(have: Model, target: Model) -> tuple[str, ...]:
    """Return the commands, as typed in configuration mode, that lead from one model to the other."""
    commands: list[str] = []
    if target.archive is not None:
        commands += plan_archive(have.archive, target.archive)
    if target.bgp is None:
        commands += plan_bgp(have.bgp, None)
    for wanted in target.access_lists:
        commands += access_list.plan_access_list(have.access_list(wanted.name), wanted)
    for wanted_map in target.route_maps:
        commands += route_map.plan_route_map(have.route_map(wanted_map.name), wanted_map)
    commands += plan_slow_timers(have, target)
    commands += plan_interfaces(have.interfaces, target.interfaces)
    if target.bgp is not None:
        commands += plan_bgp(have.bgp, target.bgp)
    for old_map in have.route_maps:
        if target.route_map(old_map.name) is None:
            commands += route_map.plan_removal(old_map.name)
    for old_list in have.access_lists:
        if target.access_list(old_list.name) is None:
            commands += access_list.plan_removal(old_list.name)
    if target.archive is None:
        commands += plan_archive(have.archive, None)
    return tuple(commands)
