# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong, or unwise, between the models of several routers; everything is reported at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv4Network

from .derive import Models, Port, hsrp_groups, neighbor_timers, ports
from .derive_routes import denied_networks
from .findings_hsrp import hsrp_findings
from .findings_session import External, session_findings
from .fleet import Configs, read_fleet
from .fleet_finding import ERROR, FleetFinding, error, warning
from .model import Bgp, Model

PEER_FLAPPING_HOLD_S = 20  # below this IOS itself warns of peer flapping
NEEDS_EVERY_ROUTER = ("unknown_peer", "hsrp_single_member")


def declared_findings(configs: Configs, external: External = (), platform: str = "auto") -> tuple[FleetFinding, ...]:
    """Return all findings about declared configurations: of each router by itself, and between them.

    What needs the model of every router is left out while one of them cannot be read.
    """
    fleet = read_fleet(configs, platform)
    invalid = [FleetFinding(ERROR, "invalid", finding) for finding in fleet.invalid]
    found = fleet_findings(fleet.models, external)
    kept = [item for item in found if not invalid or item.check not in NEEDS_EVERY_ROUTER]
    return _sorted([*invalid, *kept])


def fleet_findings(models: Models, external: External = ()) -> tuple[FleetFinding, ...]:
    """Return all findings between routers, errors first; `external` are peers outside of the models."""
    found = list(session_findings(models, external))
    found += [item for check in CHECKS for item in check(models)]
    return _sorted(found)


def _sorted(found: list[FleetFinding]) -> tuple[FleetFinding, ...]:
    return tuple(sorted(found, key=lambda item: item.severity != ERROR))


def _addresses_are_unique(models: Models) -> Iterator[FleetFinding]:
    """Find addresses that two interfaces have."""
    owners: dict[IPv4Address, list[Port]] = {}
    for port in ports(models):
        owners.setdefault(port.address, []).append(port)
    for address, twins in owners.items():
        for twin in twins[1:]:
            yield error(
                "duplicate_address",
                f"{twin.host} {twin.interface.name} ipv4",
                str(address),
                f"an address that no other interface has; {twins[0].host} {twins[0].interface.name} has it",
                "Give one of the two another address.",
            )


def _router_ids_are_unique(models: Models) -> Iterator[FleetFinding]:
    """Find router ids that two routers have."""
    owners: dict[IPv4Address, str] = {}
    for host, model in models.items():
        if model.bgp is None or model.bgp.router_id is None:
            continue
        first = owners.setdefault(model.bgp.router_id, host)
        if first != host:
            yield error(
                "duplicate_router_id",
                f"{host} bgp router_id",
                str(model.bgp.router_id),
                f"a router id that no other router has; {first} has it",
                "Give one of the two another router id.",
            )


def _hold_time_is_calm(models: Models) -> Iterator[FleetFinding]:
    """Warn of hold times at which IOS itself warns."""
    for host, model in models.items():
        for where, hold_s in _hold_times(model.bgp):
            if 0 < hold_s < PEER_FLAPPING_HOLD_S:
                yield warning(
                    "short_hold_time",
                    f"{host} {where}",
                    f"{hold_s} s",
                    f"{PEER_FLAPPING_HOLD_S} s or more",
                    "BFD finds failures; IOS warns of flapping.",
                )


def _hold_times(bgp: Bgp | None) -> list[tuple[str, int]]:
    if bgp is None:
        return []
    own = [("bgp timers holdtime", bgp.timers.holdtime_s)]
    named = [neighbor for neighbor in bgp.neighbors if neighbor.timers]
    return own + [
        (f"bgp neighbor {item.address} timers holdtime", neighbor_timers(bgp, item).holdtime_s) for item in named
    ]


def _echo_without_redirects(models: Models) -> Iterator[FleetFinding]:
    """Warn of echo on interfaces that send ICMP redirects, which costs CPU for every echo packet."""
    for host, model in models.items():
        for interface in model.interfaces:
            if interface.bfd is not None and interface.bfd_echo and interface.redirects:
                yield warning(
                    "echo_with_redirects",
                    f"{host} {interface.name} redirects",
                    True,
                    "false on an interface with BFD echo",
                    "Set redirects to false, or echo to false.",
                )


def _policy_lets_networks_out(models: Models) -> Iterator[FleetFinding]:
    """Find route-maps towards neighbors that are not declared, or that filter the router's own networks."""
    for host, model in models.items():
        for neighbor in model.bgp.neighbors if model.bgp else ():
            if neighbor.route_map_out is not None:
                yield from _route_map_out(model, f"{host} bgp neighbor {neighbor.address}", neighbor.route_map_out)


def _route_map_out(model: Model, where: str, name: str) -> Iterator[FleetFinding]:
    route_map = model.route_map(name)
    if route_map is None:
        yield warning(
            "undeclared_route_map",
            f"{where} route_map_out",
            name,
            "a route-map that is declared with the router",
            "Declare the route-map, so that what it filters can be told.",
        )
    elif not any(entry.action == "permit" and not entry.match_ip_address for entry in route_map.entries):
        denied = ", ".join(str(prefix) for prefix in denied_networks(model, name))
        last = max((entry.sequence for entry in route_map.entries), default=0)
        yield warning(
            "implicit_deny",
            f"{where} route_map_out",
            name,
            "a route-map that ends with a permit of everything" + (f"; now it filters {denied}" if denied else ""),
            f"Add permit {last + 10} without a match to {name}, unless the filter is meant.",
        )


def _standby_announces_lan(models: Models) -> Iterator[FleetFinding]:
    """Warn of gateways of a LAN that do not announce it, while another one of their AS does."""
    for (subnet, _number), members in hsrp_groups(models).items():
        hosts = dict.fromkeys(member.port.host for member in members)
        announcing = {host: models[host].bgp for host in hosts if _announces(models[host], subnet)}
        for host in hosts:
            bgp = models[host].bgp
            others = [other for other, process in announcing.items() if process and bgp and process.asn == bgp.asn]
            if others and host not in announcing:
                yield warning(
                    "lan_not_announced",
                    f"{host} bgp networks",
                    f"no network {subnet}",
                    f"network {subnet}, as {', '.join(others)} has it",
                    f"Announce {subnet} on {host} too, so that it is reachable when {others[0]} is gone.",
                )


def _announces(model: Model, subnet: IPv4Network) -> bool:
    return model.bgp is not None and any(network.prefix == subnet for network in model.bgp.networks)


CHECKS: tuple[Callable[[Models], Iterator[FleetFinding]], ...] = (
    _addresses_are_unique,
    _router_ids_are_unique,
    hsrp_findings,
    _hold_time_is_calm,
    _echo_without_redirects,
    _policy_lets_networks_out,
    _standby_announces_lan,
)
