# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the routers are as they were: two snapshots compared, counters, ages and discriminators apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..ios.show_bfd import BfdSession
from ..ios.show_bgp import ESTABLISHED, BgpNeighbor
from ..ios.show_route import BgpRoute
from ..ios.show_standby import HsrpGroup
from ..ios.verify import observed_from_dict

Infos = Mapping[str, Mapping[str, Any]]
# What an object is called, and what counts of it.
Facts = dict[str, dict[str, object]]

NOTHING = "none"


def compare_snapshots(before: Infos, after: Infos) -> tuple[str, ...]:
    """Return one sentence for everything that differs between two snapshots of all routers.

    A snapshot without a single router or without a single fact proves nothing, which is a difference too.
    """
    if not before:
        return ("there is no snapshot from before",)
    found: list[str] = []
    for router in sorted({*before, *after}):
        if router not in after:
            found.append(f"{router}: did not answer afterwards")
        elif router not in before:
            found.append(f"{router}: did not answer before")
        else:
            found += [f"{router}: {line}" for line in _router(before[router], after[router])]
    return tuple(found)


def _router(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    old, new = observed_from_dict(before), observed_from_dict(after)
    found: list[str] = []
    for name, facts in PARTS.items():
        was, now = getattr(old, name), getattr(new, name)
        if was is None and now is None:
            continue
        if was is None or now is None:
            found.append(f"{name}: {'not read afterwards' if now is None else 'not read before'}")
        else:
            found += _part(facts(was), facts(now))
    if all(getattr(old, name) is None for name in PARTS):
        found.append("nothing was read before")
    return found


def _part(old: Facts, new: Facts) -> list[str]:
    """Return what differs in one part."""
    found = []
    for name in sorted({*old, *new}):
        if name not in new:
            found.append(f"{name} is gone")
        elif name not in old:
            found.append(f"{name} is new")
        else:
            found += [
                f"{name}: {fact} was {_word(old[name][fact])}, is {_word(new[name][fact])}"
                for fact in old[name]
                if old[name][fact] != new[name][fact]
            ]
    return found


def _word(value: object) -> str:
    if isinstance(value, (tuple, list)):
        return " ".join(str(item) for item in value) or NOTHING
    return NOTHING if value is None else str(value)


def _bfd(rows: Iterable[BfdSession]) -> Facts:
    return {
        f"BFD {row.neighbor} on {row.interface or 'an interface that is not shown'}": {
            "state": row.state,
            "echo": row.echo,
            "detection time": row.detection_time_ms,
            "protocols": tuple(sorted(row.protocols)),
        }
        for row in rows
    }


def _bgp(rows: Iterable[BgpNeighbor]) -> Facts:
    """Return the neighbors; the way of a session that is not up through its states counts as one."""
    return {
        f"BGP {row.neighbor}{_in_vrf(row.vrf)}": {
            "state": row.state if row.state == ESTABLISHED or row.state.startswith("Idle (") else "down",
            "hold time": row.hold_time_s if row.state == ESTABLISHED else None,
            "received prefixes": row.prefixes_received if row.state == ESTABLISHED else None,
            "BFD": row.bfd,
            "BFD peer": row.bfd_peer_state,
        }
        for row in rows
    }


def _routes(rows: Iterable[BgpRoute]) -> Facts:
    ways: dict[str, list[str]] = {}
    for row in rows:
        way = f"via {row.next_hop or row.interface} [{row.distance}/{row.metric}]"
        ways.setdefault(f"route {row.prefix}{_in_vrf(row.vrf)}", []).append(way)
    return {name: {"way": tuple(sorted(found))} for name, found in ways.items()}


def _hsrp(rows: Iterable[HsrpGroup]) -> Facts:
    return {
        f"HSRP group {row.group} on {row.interface} ({row.virtual_ip})": {
            "state": row.state,
            "active router": row.active_router,
            "standby router": row.standby_router,
            "priority": row.priority,
        }
        for row in rows
    }


def _in_vrf(vrf: str) -> str:
    return "" if vrf == "default" else f" in VRF {vrf}"


# By the names of the parts of what a router shows.
PARTS: Mapping[str, Callable[[Any], Facts]] = {"bfd": _bfd, "bgp": _bgp, "routes": _routes, "hsrp": _hsrp}
