# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change waits for: a soft clear for policy, a session reset for timers. Nothing here is ever done unasked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .model import Bgp, BgpTimers, Model, Neighbor

SOFT_CLEAR = "soft clear"
SESSION_RESET = "session reset"


@dataclass(frozen=True)
class Pending:
    """A change of one neighbor that is configured and not yet in effect; `command` would bring it about."""

    neighbor: str
    needs: str
    reason: str
    command: str

    def as_dict(self) -> dict[str, str]:
        """Return the form of the module's result."""
        return {"neighbor": self.neighbor, "needs": self.needs, "reason": self.reason, "command": self.command}


def find_pending(have: Model, target: Model) -> tuple[Pending, ...]:
    """Return what waits, for the neighbors that have a session now or may open one during the push."""
    before, after = have.bgp, target.bgp
    if after is None:
        return ()
    if before is None or before.asn != after.asn:
        return tuple(item for neighbor in after.neighbors for item in _opening(neighbor))
    changed = changed_route_maps(have, target)
    old = {neighbor.key: neighbor for neighbor in before.neighbors}
    found: list[Pending] = []
    for neighbor in after.neighbors:
        then = old.get(neighbor.key)
        if then is None or then.shutdown or then.remote_as != neighbor.remote_as:
            found += _opening(neighbor)
            continue
        if neighbor.shutdown:
            continue
        found += _timers(before, then, after, neighbor)
        found += _soft(then, neighbor, changed, "in", [])
        found += _soft(then, neighbor, changed, "out", _networks(before, after, changed))
    return tuple(found)


def _opening(neighbor: Neighbor) -> Iterator[Pending]:
    """Yield what may wait of a session that opens: it can come up between its first line and its policy."""
    if neighbor.shutdown:
        return
    reason = "the session may have opened before its policy was in place"
    if neighbor.route_map_in:
        yield Pending(str(neighbor.address), SOFT_CLEAR, reason, f"clear ip bgp {neighbor.address} soft in")
    if neighbor.route_map_out or neighbor.next_hop_self:
        yield Pending(str(neighbor.address), SOFT_CLEAR, reason, f"clear ip bgp {neighbor.address} soft out")


def changed_route_maps(have: Model, target: Model) -> frozenset[str]:
    """Return the route-maps whose meaning changes: their own entries, or a list that they match."""
    names = {item.name for item in have.route_maps + target.route_maps}
    return frozenset(name for name in names if _meaning(have, name) != _meaning(target, name))


def _meaning(model: Model, name: str) -> object:
    route_map = model.route_map(name)
    if route_map is None:
        return None
    lists = [model.access_list(acl) for entry in route_map.entries for acl in entry.match_ip_address]
    return route_map, [
        tuple((entry.action, entry.source) for entry in item.entries) if item else None for item in lists
    ]


def _timers(before: Bgp, then: Neighbor, after: Bgp, now: Neighbor) -> Iterator[Pending]:
    old: BgpTimers = then.timers or before.timers
    new: BgpTimers = now.timers or after.timers
    if old != new:
        reason = (
            f"timers {new.keepalive_s}/{new.holdtime_s} s are configured, "
            f"the session keeps those it was opened with ({old.keepalive_s}/{old.holdtime_s} s or what was negotiated)"
        )
        yield Pending(str(now.address), SESSION_RESET, reason, f"clear ip bgp {now.address}")


def _soft(
    then: Neighbor, now: Neighbor, changed: frozenset[str], direction: str, reasons: list[str]
) -> Iterator[Pending]:
    """Yield what waits for a soft clear in one direction."""
    old = then.route_map_in if direction == "in" else then.route_map_out
    new = now.route_map_in if direction == "in" else now.route_map_out
    why = list(reasons)
    if old != new:
        why.append(f"route-map {new or 'none'} {direction} instead of {old or 'none'}")
    elif new in changed:
        why.append(f"route-map {new} {direction} changed")
    if direction == "out" and then.next_hop_self != now.next_hop_self:
        why.append(f"next_hop_self is {'on' if now.next_hop_self else 'off'}")
    if why:
        command = f"clear ip bgp {now.address} soft {direction}"
        yield Pending(str(now.address), SOFT_CLEAR, "; ".join(why), command)


def _networks(before: Bgp, after: Bgp, changed: frozenset[str]) -> list[str]:
    """Return what changes about networks that stay: their attributes were set when they were announced."""
    old = {network.key: network for network in before.networks}
    return [
        f"route-map of network {network.prefix} changed"
        for network in after.networks
        if network.key in old and (old[network.key].route_map != network.route_map or network.route_map in changed)
    ]
