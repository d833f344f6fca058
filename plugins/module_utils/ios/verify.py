# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a router should show once it is configured, and what is missing when it does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from ..errors import Finding, InvalidInput
from .derive import (
    HsrpMember,
    Models,
    Peering,
    bfd_end,
    detection,
    hsrp_groups,
    neighbor_timers,
    peerings,
    running_timers,
)
from .derive_routes import ExpectedRoute, expected_routes
from .show_bfd import BfdSession
from .show_bgp import ESTABLISHED, BgpNeighbor
from .show_route import BgpRoute
from .show_standby import LOCAL, HsrpGroup
from .show_text import plain_values

ACTIVE = "Active"
STANDBY = "Standby"
LISTEN = "Listen"
UP = "Up"
BFD_PROTOCOL = "BGP"

Value = TypeVar("Value")


@dataclass(frozen=True)
class ExpectedBfd:
    """One BFD session; None where the far end is not in the models and decides as well."""

    neighbor: str
    interface: str
    local_address: str
    multiplier: int | None
    mode: str | None = None
    detection_time_ms: int | None = None
    protocols: tuple[str, ...] = (BFD_PROTOCOL,)


@dataclass(frozen=True)
class ExpectedBgp:
    """One BGP session with its running timers; towards an external peer only the largest are known."""

    neighbor: str
    remote_as: int
    hold_time_s: int
    keepalive_s: int
    exact: bool = True
    bfd: bool = False


@dataclass(frozen=True)
class ExpectedHsrp:
    """One HSRP group: the states that are right, and the addresses of the other members."""

    interface: str
    group: int
    virtual_ip: str
    states: tuple[str, ...]
    others: tuple[str, ...] = ()
    active_router: str | None = None


@dataclass(frozen=True)
class Expectations:
    """Everything that one router should show."""

    bfd: tuple[ExpectedBfd, ...] = ()
    bgp: tuple[ExpectedBgp, ...] = ()
    routes: tuple[ExpectedRoute, ...] = ()
    hsrp: tuple[ExpectedHsrp, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the expectations as plain values."""
        return {
            "bfd": plain_values(self.bfd),
            "bgp": plain_values(self.bgp),
            "routes": plain_values(self.routes),
            "hsrp": plain_values(self.hsrp),
        }


@dataclass(frozen=True)
class Observed:
    """What one router shows; `not_supported` tells which parts its commands do not know."""

    bfd: tuple[BfdSession, ...] | None = None
    bgp: tuple[BgpNeighbor, ...] | None = None
    routes: tuple[BgpRoute, ...] | None = None
    hsrp: tuple[HsrpGroup, ...] | None = None
    not_supported: Mapping[str, str] | None = None


def expected_state(models: Models, host: str) -> Expectations:
    """Return what the router should show, derived from the models of all routers."""
    if host not in models:
        allowed = ", ".join(sorted(models)) or "none"
        raise InvalidInput([Finding("host", host, allowed, "Give the model of the router that is asked about.")])
    own = [item for item in peerings(models) if item.host == host and _is_wanted(item)]
    members = [(group, member) for group in hsrp_groups(models).values() for member in group]
    return Expectations(
        bfd=tuple(_expected_bfd(item) for item in own if item.neighbor.bfd),
        bgp=tuple(_expected_bgp(item) for item in own),
        routes=expected_routes(models)[host],
        hsrp=tuple(
            _expected_hsrp(group, member)
            for group, member in members
            if member.port.host == host and member.port.interface.enabled and member.group.virtual_ip
        ),
    )


def expectations_from_dict(values: Mapping[str, Any]) -> Expectations:
    """Return the expectations that `as_dict` made plain."""
    return Expectations(
        bfd=_values(ExpectedBfd, values, "bfd") or (),
        bgp=_values(ExpectedBgp, values, "bgp") or (),
        routes=_values(ExpectedRoute, values, "routes") or (),
        hsrp=_values(ExpectedHsrp, values, "hsrp") or (),
    )


def observed_from_dict(info: Mapping[str, Any]) -> Observed:
    """Return what the info use case reported; a part that it did not gather is None."""
    return Observed(
        bfd=_values(BfdSession, info, "bfd_sessions"),
        bgp=_values(BgpNeighbor, info, "bgp_neighbors"),
        routes=_values(BgpRoute, info, "bgp_routes"),
        hsrp=_values(HsrpGroup, info, "hsrp_groups"),
        not_supported=dict(info.get("not_supported") or {}),
    )


def check_state(expected: Expectations, observed: Observed) -> tuple[str, ...]:
    """Return one line for everything that is not as expected; nothing expected is a failure as well."""
    if expected == Expectations():
        return ("nothing is expected of this router: its model has no BGP neighbor, no route and no HSRP group",)
    refused = observed.not_supported or {}
    failures: list[str] = []
    if expected.bfd:
        failures += _part("bfd", observed.bfd, refused) or _check_bfd(expected.bfd, observed.bfd or ())
    if expected.bgp:
        failures += _part("bgp", observed.bgp, refused) or _check_bgp(expected.bgp, observed.bgp or ())
    if expected.routes:
        failures += _part("routes", observed.routes, refused) or _check_routes(expected.routes, observed.routes or ())
    if expected.hsrp:
        failures += _part("hsrp", observed.hsrp, refused) or _check_hsrp(expected.hsrp, observed.hsrp or ())
    return tuple(failures)


def routes_from_dicts(items: Sequence[Mapping[str, Any]]) -> tuple[ExpectedRoute, ...]:
    """Return routes that the user states in place of the derived ones."""
    return _values(ExpectedRoute, {"expected_routes": items}, "expected_routes") or ()


def _values(kind: type[Value], source: Mapping[str, Any], name: str) -> tuple[Value, ...] | None:
    """Return a list of plain dicts as values; keys that the type does not know are left out."""
    items = source.get(name)
    if items is None:
        return None
    known = {item.name for item in fields(kind)}  # type: ignore[arg-type]
    try:
        return tuple(kind(**{key: _frozen(value) for key, value in item.items() if key in known}) for item in items)
    except (AttributeError, TypeError) as error:
        remedy = "Hand over what the collection returned, unchanged."
        raise InvalidInput([Finding(name, items, f"a list of {kind.__name__} dicts", remedy)]) from error


def _frozen(value: Any) -> Any:
    """Return lists as tuples, as the types have them."""
    return tuple(value) if isinstance(value, list) else value


def _is_wanted(item: Peering) -> bool:
    """Return whether the session should be up: neither end is shut."""
    shut = item.neighbor.shutdown or bool(item.entry and item.entry.shutdown)
    ends = [port.interface.enabled for port in (item.own, item.peer) if port]
    return not shut and all(ends)


def _expected_bfd(item: Peering) -> ExpectedBfd:
    """Return the BFD session of a neighbor with `fall-over bfd`."""
    own = bfd_end(item.own.interface) if item.own else None
    peer = bfd_end(item.peer.interface) if item.peer else None
    told = detection(own, peer) if own and peer else None
    return ExpectedBfd(
        neighbor=str(item.neighbor.address),
        interface=item.own.interface.name if item.own else "",
        local_address=str(item.own.address) if item.own else "",
        multiplier=own.multiplier if own else None,
        mode=told.mode if told else None,
        detection_time_ms=told.detection_time_ms if told else None,
    )


def _expected_bgp(item: Peering) -> ExpectedBgp:
    """Return the BGP session of a neighbor."""
    timers = neighbor_timers(item.bgp, item.neighbor)
    if item.peer_bgp and item.entry:
        timers = running_timers(timers, neighbor_timers(item.peer_bgp, item.entry))
    return ExpectedBgp(
        neighbor=str(item.neighbor.address),
        remote_as=item.neighbor.remote_as or 0,
        hold_time_s=timers.holdtime_s,
        keepalive_s=timers.keepalive_s,
        exact=item.entry is not None,
        bfd=item.neighbor.bfd,
    )


def _expected_hsrp(group: Sequence[HsrpMember], member: HsrpMember) -> ExpectedHsrp:
    """Return the role of a member.

    The highest priority is active for sure only with preempt and without an equal: among equals the
    address decides, but only when both start together (RFC 2281, 5.3).
    """
    alive = [item for item in group if item.port.interface.enabled]
    others = tuple(str(item.port.address) for item in alive if item is not member)
    winner = _sure_winner(alive)
    states: tuple[str, ...] = (ACTIVE, STANDBY) if len(alive) < 3 else (ACTIVE, STANDBY, LISTEN)
    if winner is not None:
        states = (ACTIVE,) if winner is member else tuple(state for state in states if state != ACTIVE)
    return ExpectedHsrp(
        interface=member.port.interface.name,
        group=member.group.group,
        virtual_ip=str(member.group.virtual_ip),
        states=states,
        others=others,
        active_router=None if winner is None else LOCAL if winner is member else str(winner.port.address),
    )


def _sure_winner(members: Sequence[HsrpMember]) -> HsrpMember | None:
    """Return the member that becomes active whatever the order of the start, None where that decides."""
    first = max(members, key=lambda item: item.group.priority)
    rivals = [item for item in members if item.group.priority == first.group.priority]
    return first if len(members) > 1 and len(rivals) == 1 and first.group.preempt else None


def _part(name: str, seen: Sequence[object] | None, refused: Mapping[str, str]) -> list[str]:
    """Return why a part cannot be checked at all."""
    if name in refused:
        return [f"{name}: not supported on this device: {refused[name]}"]
    return [f"{name}: expected, but not gathered from the device"] if seen is None else []


def _check_bfd(expected: Sequence[ExpectedBfd], seen: Sequence[BfdSession]) -> list[str]:
    """Return what is wrong with the BFD sessions."""
    failures: list[str] = []
    for want in expected:
        found = [item for item in seen if item.neighbor == want.neighbor and _is_on(item, want)]
        name = f"BFD {want.neighbor} on {want.interface}"
        failures += _compare_bfd(name, want, found[0]) if found else [_missing(name, [x.neighbor for x in seen])]
    return failures


def _is_on(session: BfdSession, want: ExpectedBfd) -> bool:
    """Return whether the session runs where it is expected; the device may not print the interface."""
    return session.interface is None or not want.interface or session.interface == want.interface


def _compare_bfd(name: str, want: ExpectedBfd, have: BfdSession) -> list[str]:
    """Return what differs in one BFD session."""
    if have.state != UP:
        return [f"{name}: expected {UP}, seen {have.state}"]
    mode = None if have.echo is None else "echo" if have.echo else "asynchronous"
    failures = []
    if want.mode is not None and mode != want.mode:
        failures.append(f"{name}: expected {want.mode} mode, seen {mode or 'no word about it'}")
    if want.detection_time_ms is not None and have.detection_time_ms != want.detection_time_ms:
        seen = "none" if have.detection_time_ms is None else f"{have.detection_time_ms} ms"
        failures.append(f"{name}: expected detection time {want.detection_time_ms} ms, seen {seen}")
    elif want.multiplier is not None and have.multiplier != want.multiplier:
        failures.append(f"{name}: expected multiplier {want.multiplier}, seen {have.multiplier}")
    missing = [item for item in want.protocols if item not in have.protocols]
    if missing:
        failures.append(f"{name}: expected protocol {', '.join(missing)}, seen {', '.join(have.protocols) or 'none'}")
    return failures


def _check_bgp(expected: Sequence[ExpectedBgp], seen: Sequence[BgpNeighbor]) -> list[str]:
    """Return what is wrong with the BGP sessions."""
    failures: list[str] = []
    for want in expected:
        found = [item for item in seen if item.neighbor == want.neighbor and item.vrf == "default"]
        name = f"BGP {want.neighbor}"
        failures += _compare_bgp(name, want, found[0]) if found else [_missing(name, [x.neighbor for x in seen])]
    return failures


def _compare_bgp(name: str, want: ExpectedBgp, have: BgpNeighbor) -> list[str]:
    """Return what differs in one BGP session."""
    failures = []
    if have.remote_as != want.remote_as:
        failures.append(f"{name}: expected AS {want.remote_as}, seen {have.remote_as}")
    if have.state != ESTABLISHED:
        return [*failures, f"{name}: expected {ESTABLISHED}, seen {have.state}"]
    failures += _compare_timer(name, "hold time", want.hold_time_s, have.hold_time_s, want.exact)
    failures += _compare_timer(name, "keepalive", want.keepalive_s, have.keepalive_s, want.exact)
    if want.bfd and not have.bfd:
        failures.append(f"{name}: expected fall-over by BFD, seen none")
    elif want.bfd and have.bfd_peer_state not in (None, UP):
        failures.append(f"{name}: expected BFD peer {UP}, seen {have.bfd_peer_state}")
    return failures


def _compare_timer(name: str, timer: str, want_s: int, have_s: int | None, exact: bool) -> list[str]:
    """Return what is wrong with a running timer; an external peer may have made it smaller."""
    if have_s == want_s or (have_s is not None and not exact and have_s < want_s):
        return []
    most = "" if exact else "at most "
    seen = "none" if have_s is None else f"{have_s} s"
    return [f"{name}: expected running {timer} {most}{want_s} s, seen {seen}; new timers need a reset of the session"]


def _check_routes(expected: Sequence[ExpectedRoute], seen: Sequence[BgpRoute]) -> list[str]:
    """Return which prefixes are not reached over the expected next hop."""
    failures = []
    for want in expected:
        hops = [str(item.next_hop) for item in seen if item.prefix == want.prefix and item.vrf == "default"]
        if want.next_hop not in hops:
            via = ", ".join(hops) or "no BGP route"
            failures.append(f"route {want.prefix}: expected via {want.next_hop}, seen {via}")
    return failures


def _check_hsrp(expected: Sequence[ExpectedHsrp], seen: Sequence[HsrpGroup]) -> list[str]:
    """Return what is wrong with the HSRP groups."""
    failures: list[str] = []
    for want in expected:
        name = f"HSRP group {want.group} on {want.interface}"
        found = [
            item
            for item in seen
            if (item.interface, item.group) == (want.interface, want.group) and _is_ipv4(item.virtual_ip)
        ]
        shown = [f"group {item.group} on {item.interface}" for item in seen]
        failures += _compare_hsrp(name, want, found[0]) if found else [_missing(name, shown)]
    return failures


def _is_ipv4(address: str | None) -> bool:
    """Return whether the group is one for IPv4; one number can stand for both families."""
    return address is None or ":" not in address


def _compare_hsrp(name: str, want: ExpectedHsrp, have: HsrpGroup) -> list[str]:
    """Return what differs in one group; exactly one member may be active."""
    failures = []
    if have.virtual_ip != want.virtual_ip:
        failures.append(f"{name}: expected virtual IP {want.virtual_ip}, seen {have.virtual_ip or 'none'}")
    if have.state not in want.states:
        return [*failures, f"{name}: expected {' or '.join(want.states)}, seen {have.state}"]
    if not want.others:
        return failures
    if have.state == ACTIVE and have.standby_router not in want.others:
        failures.append(f"{name}: expected standby router {_any_of(want.others)}, seen {have.standby_router}")
    active = (want.active_router,) if want.active_router else want.others
    if have.state != ACTIVE and have.active_router not in active:
        failures.append(f"{name}: expected active router {_any_of(active)}, seen {have.active_router}")
    return failures


def _any_of(names: Sequence[str]) -> str:
    """Return the names as a choice for people."""
    return " or ".join(names)


def _missing(name: str, seen: Sequence[str]) -> str:
    """Return the failure of something that is expected and not shown at all."""
    return f"{name}: expected, not in the output; seen: {', '.join(seen) or 'none'}"
