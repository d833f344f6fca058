"""Neighbors of the BGP process."""

from __future__ import annotations

from lab.ios.commands.bgp_process import bgp_process, checked_timers
from lab.ios.commands.change import Change, ConfigCommand, ConfigHandler, Refused, other_keywords, setting
from lab.ios.grammar import Command
from lab.ios.store import BgpNeighbor

DESCRIPTION_LENGTH = 80
NO_REMOTE_AS = "% Specify remote-as or peer-group commands first"
_NEIGHBOR = "neighbor <address:ipv4>"


def _neighbor(change: Change) -> BgpNeighbor:
    """Return the neighbor that the line names; it must have a remote AS."""
    neighbor = bgp_process(change).neighbors.get(change.address("address"))
    if neighbor is None:
        raise Refused(NO_REMOTE_AS)
    return neighbor


def set_remote_as(change: Change) -> None:
    """Create the neighbor, or move it to another AS."""
    address, remote_as = change.address("address"), change.args.number("remote_as")
    if any(i.address is not None and i.address.ip == address for i in change.config.interfaces.values()):
        raise Refused("% Cannot configure the local system as neighbor")
    if address.is_multicast or address.is_unspecified or address.is_reserved:
        raise Refused("% Invalid neighbor address")  # the wording is unverified on a device
    neighbors = bgp_process(change).neighbors
    neighbors.setdefault(address, BgpNeighbor(address, remote_as)).remote_as = remote_as


def remove_neighbor(change: Change) -> None:
    """Remove the neighbor with all its lines; one that is not there is passed over."""
    bgp_process(change).neighbors.pop(change.address("address"), None)


def set_description(change: Change) -> None:
    """Keep a description."""
    _neighbor(change).description = change.description(DESCRIPTION_LENGTH)


def remove_description(change: Change) -> None:
    """Forget the description."""
    _neighbor(change).description = None


def use_bfd(change: Change) -> None:
    """Take the session down when BFD says so."""
    _neighbor(change).fall_over_bfd = True


def stop_bfd(change: Change) -> None:
    """Do without BFD."""
    _neighbor(change).fall_over_bfd = False


def set_next_hop_self(change: Change) -> None:
    """Announce the own address as next hop."""
    _neighbor(change).next_hop_self = True


def remove_next_hop_self(change: Change) -> None:
    """Leave next hops alone."""
    _neighbor(change).next_hop_self = False


def set_route_map(change: Change) -> None:
    """Filter by a route-map in one direction."""
    _put_route_map(change, change.args.text("route_map"))


def remove_route_map(change: Change) -> None:
    """Filter no more in one direction; another map than the one in use stays (unverified on a device)."""
    neighbor, name = _neighbor(change), change.args.text("route_map")
    current = neighbor.route_map_in if change.args.text("direction") == "in" else neighbor.route_map_out
    if current == name:
        _put_route_map(change, None)


def _put_route_map(change: Change, name: str | None) -> None:
    if change.args.text("direction") == "in":
        _neighbor(change).route_map_in = name
    else:
        _neighbor(change).route_map_out = name


def set_timers(change: Change) -> None:
    """Set timers of the neighbor's own."""
    neighbor = _neighbor(change)
    neighbor.keepalive_s, neighbor.hold_s = checked_timers(change)


def remove_timers(change: Change) -> None:
    """Let the timers of the process apply."""
    neighbor = _neighbor(change)
    neighbor.keepalive_s = neighbor.hold_s = None


def shut_down(change: Change) -> None:
    """Close the session and keep it closed."""
    _neighbor(change).shutdown = True


def bring_up(change: Change) -> None:
    """Allow the session."""
    _neighbor(change).shutdown = False


_OTHER = (
    "activate additional-paths advertise advertise-map advertisement-interval aigp allowas-in as-override"
    " default-originate disable-connected-check distribute-list dmzlink-bw ebgp-multihop filter-list"
    " ha-mode inherit local-as maximum-prefix next-hop-unchanged password peer-group prefix-list"
    " remove-private-as route-reflector-client send-community send-label slow-peer soft-reconfiguration"
    " soo translate-topology transport ttl-security unsuppress-map update-source version weight"
)


def _of_neighbor(rest: str, set_to: ConfigHandler, no: str, unset: ConfigHandler) -> list[ConfigCommand]:
    return setting(f"{_NEIGHBOR} {rest}", set_to, f"{_NEIGHBOR} {no}", unset)


_ROUTE_MAP = "route-map <route_map:word> (direction:in|out)"
_REMOTE_AS = "<remote_as:asn>"
_TIMERS = "<keepalive:0-65535> <hold:0-65535>"

ROUTER: list[ConfigCommand] = [
    *_of_neighbor(f"remote-as {_REMOTE_AS}", set_remote_as, f"remote-as [{_REMOTE_AS}]", remove_neighbor),
    Command(f"no {_NEIGHBOR}", remove_neighbor),
    *_of_neighbor("description <text:line>", set_description, "description [<text:line>]", remove_description),
    *_of_neighbor("fall-over bfd", use_bfd, "fall-over [bfd]", stop_bfd),
    *_of_neighbor("next-hop-self", set_next_hop_self, "next-hop-self", remove_next_hop_self),
    *_of_neighbor(_ROUTE_MAP, set_route_map, _ROUTE_MAP, remove_route_map),
    *_of_neighbor(f"timers {_TIMERS}", set_timers, f"timers [{_TIMERS}]", remove_timers),
    *_of_neighbor("shutdown", shut_down, "shutdown", bring_up),
    *other_keywords("check-control-plane-failure multi-hop single-hop strict-mode", f"{_NEIGHBOR} fall-over bfd "),
    *other_keywords("route-map", f"{_NEIGHBOR} fall-over "),
    *other_keywords("all", f"{_NEIGHBOR} next-hop-self "),
    *other_keywords(_OTHER, f"{_NEIGHBOR} "),
]


def write_neighbor(neighbor: BgpNeighbor) -> list[str]:
    """Return the lines of one neighbor; their order beyond the usual ones is unverified on a device."""
    lines = [f"remote-as {neighbor.remote_as}"]
    if neighbor.description is not None:
        lines.append(f"description {neighbor.description}")
    if neighbor.shutdown:
        lines.append("shutdown")
    if neighbor.hold_s is not None:
        lines.append(f"timers {neighbor.keepalive_s} {neighbor.hold_s}")
    if neighbor.fall_over_bfd:
        lines.append("fall-over bfd")
    if neighbor.next_hop_self:
        lines.append("next-hop-self")
    if neighbor.route_map_in is not None:
        lines.append(f"route-map {neighbor.route_map_in} in")
    if neighbor.route_map_out is not None:
        lines.append(f"route-map {neighbor.route_map_out} out")
    return [f" neighbor {neighbor.address} {line}" for line in lines]
