"""Turn FRR's JSON into the engine's values.

Shapes: FRR 8.4, `show bfd peers [counters] json`, `show bgp ipv4 unicast [summary] json`,
`show bgp neighbors json`, `show ip route json`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from lab.engine import BfdSession, BgpNeighborState, BgpPath, BgpTable, Route
from lab.frr.reasons import diagnostic_number
from lab.frr.render import interface_towards
from lab.frr.resets import Reset
from lab.ios.store import Bgp, BgpNeighbor, Interface, RouterConfig
from lab.network.names import ios_name

Json = Mapping[str, Any]

_BFD_STATES = {"up": "Up", "down": "Down", "init": "Init", "shutdown": "AdminDown"}
# What the other end last said, as far as the own state tells (RFC 5880, 6.2); bfdd does not show it.
_HEARD_STATES = {"up": "Up", "down": "Down", "init": "Down", "shutdown": "Down"}
_BGP_STATES = {
    "Idle": "Idle",
    "Connect": "Connect",
    "Active": "Active",
    "OpenSent": "OpenSent",
    "OpenConfirm": "OpenConfirm",
    "Established": "Established",
}
_ORIGINS = {"IGP": "i", "EGP": "e", "incomplete": "?"}
_IBGP_DISTANCE = 200
_UNITS_S = {"y": 31536000, "w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}


def read_bfd_sessions(peers: Sequence[Json], counters: Sequence[Json], config: RouterConfig) -> list[BfdSession]:
    """Return bfdd's sessions; discriminators are those that bfdd drew, clients are not filled in."""
    counted = {(row["peer"], row.get("interface")): row for row in counters}
    sessions = []
    for peer in peers:
        interface = _session_interface(peer, config)
        if interface is not None:
            sessions.append(_bfd_session(peer, counted.get((peer["peer"], peer.get("interface")), {}), interface))
    return sessions


def _session_interface(peer: Json, config: RouterConfig) -> Interface | None:
    """Return the interface of a session; bfdd names none until BGP knows the way to the neighbor."""
    if "interface" in peer:
        return config.interfaces.get(ios_name(peer["interface"]) or "")
    return interface_towards(config, IPv4Address(peer["peer"]))


def _bfd_session(peer: Json, counters: Json, interface: Interface) -> BfdSession:
    echo = interface.bfd is not None and interface.bfd_echo
    return BfdSession(
        neighbor=IPv4Address(peer["peer"]),
        local=IPv4Address(peer.get("local", "0.0.0.0")),
        interface=interface.name,
        local_discriminator=peer["id"],
        remote_discriminator=peer["remote-id"],
        state=_BFD_STATES[peer["status"]],
        remote_state=_HEARD_STATES[peer["status"]],
        echo=echo,
        tx_interval_ms=peer["transmit-interval"],
        rx_interval_ms=peer["receive-interval"],
        echo_interval_ms=interface.bfd.interval_ms if echo and interface.bfd is not None else 0,
        multiplier=peer["detect-multiplier"],
        remote_tx_interval_ms=peer["remote-transmit-interval"],
        remote_rx_interval_ms=peer["remote-receive-interval"],
        remote_echo_interval_ms=peer.get("remote-echo-receive-interval", 0),
        remote_multiplier=peer["remote-detect-multiplier"],
        diagnostic=diagnostic_number(peer["diagnostic"]),
        remote_diagnostic=diagnostic_number(peer["remote-diagnostic"]),
        state_for_s=float(peer.get("uptime", peer.get("downtime", 0))),
        rx_packets=counters.get("control-packet-input", 0),
        tx_packets=counters.get("control-packet-output", 0),
        echo_rx_packets=counters.get("echo-packet-input", 0),
        echo_tx_packets=counters.get("echo-packet-output", 0),
        session_down_count=counters.get("session-down", 0),
    )


def read_bgp_table(table: Json, summary: Json, neighbors: Json, bgp: Bgp) -> BgpTable:
    """Return the BGP process; the configuration says which neighbors there are and in which order.

    Last resets are not filled in (see `with_reset`).
    """
    rows = summary.get("ipv4Unicast", summary).get("peers", {})
    states = [
        _neighbor(neighbor, neighbors.get(str(neighbor.address), {}), rows.get(str(neighbor.address), {}), bgp)
        for neighbor in bgp.neighbors.values()
    ]
    router_id = table.get("routerId", "0.0.0.0")
    return BgpTable(
        router_id=None if router_id == "0.0.0.0" else IPv4Address(router_id),
        local_as=bgp.asn,
        version=table.get("tableVersion", 0),
        paths=tuple(_paths(table.get("routes", {}))),
        neighbors=tuple(states),
    )


def read_established(neighbors: Json) -> frozenset[IPv4Address]:
    """Return the neighbors with which BGP is established."""
    shown = {address: value for address, value in neighbors.items() if isinstance(value, dict)}
    return frozenset(IPv4Address(a) for a, value in shown.items() if value.get("bgpState") == "Established")


def _paths(routes: Mapping[str, Sequence[Json]]) -> Iterator[BgpPath]:
    for prefix, paths in routes.items():
        for path in paths:
            yield BgpPath(
                prefix=IPv4Network(prefix),
                next_hop=IPv4Address(path["nexthops"][0]["ip"]),
                metric=path.get("metric"),
                local_preference=path.get("locPrf"),
                weight=path.get("weight", 0),
                as_path=path.get("path", ""),
                origin=_ORIGINS.get(path.get("origin", ""), "?"),
                valid=path.get("valid", False),
                best=path.get("bestpath", False),
                internal=path.get("pathFrom") == "internal",
            )


def _neighbor(neighbor: BgpNeighbor, shown: Json, row: Json, bgp: Bgp) -> BgpNeighborState:
    messages: Json = shown.get("messageStats", {})
    established = shown.get("bgpState") == "Established"
    return BgpNeighborState(
        address=neighbor.address,
        remote_as=neighbor.remote_as,
        local_as=bgp.asn,
        state=_bgp_state(neighbor, shown),
        remote_router_id=_router_id(shown),
        state_for_s=_uptime_s(row),
        hold_time_s=_seconds(shown, "bgpTimerHoldTimeMsecs") if established else 0,
        keepalive_s=_seconds(shown, "bgpTimerKeepAliveIntervalMsecs") if established else 0,
        configured_hold_time_s=bgp.hold_s if neighbor.hold_s is None else neighbor.hold_s,
        configured_keepalive_s=bgp.keepalive_s if neighbor.keepalive_s is None else neighbor.keepalive_s,
        messages_received=messages.get("totalRecv", 0),
        messages_sent=messages.get("totalSent", 0),
        opens_sent=messages.get("opensSent", 0),
        opens_received=messages.get("opensRecv", 0),
        notifications_sent=messages.get("notificationsSent", 0),
        notifications_received=messages.get("notificationsRecv", 0),
        updates_sent=messages.get("updatesSent", 0),
        updates_received=messages.get("updatesRecv", 0),
        keepalives_sent=messages.get("keepalivesSent", 0),
        keepalives_received=messages.get("keepalivesRecv", 0),
        refreshes_sent=messages.get("routeRefreshSent", 0),
        refreshes_received=messages.get("routeRefreshRecv", 0),
        in_queue=messages.get("depthInq", 0),
        out_queue=messages.get("depthOutq", 0),
        prefixes_received=row.get("pfxRcd", 0),
        prefixes_sent=row.get("pfxSnt", 0),
        connections_established=shown.get("connectionsEstablished", 0),
        connections_dropped=shown.get("connectionsDropped", 0),
        local_address=_address(shown, "hostLocal"),
        local_port=shown.get("portLocal", 0),
        remote_port=shown.get("portForeign", 0),
        last_read_s=_milliseconds(shown, "bgpTimerLastRead") if established else None,
        last_write_s=_milliseconds(shown, "bgpTimerLastWrite") if established else None,
    )


def with_reset(neighbor: BgpNeighborState, reset: Reset | None, now: float) -> BgpNeighborState:
    """Give a neighbor its last reset, if it had one."""
    if reset is None:
        return neighbor
    return replace(neighbor, last_reset_for_s=max(0.0, now - reset.at), last_reset_reason=reset.reason)


def _bgp_state(neighbor: BgpNeighbor, shown: Json) -> str:
    return "Idle (Admin)" if neighbor.shutdown else _BGP_STATES.get(shown.get("bgpState", ""), "Idle")


def _router_id(shown: Json) -> IPv4Address | None:
    address = _address(shown, "remoteRouterId")
    return None if address == IPv4Address(0) else address


def _address(shown: Json, key: str) -> IPv4Address | None:
    return IPv4Address(shown[key]) if key in shown and "." in shown[key] else None


def _uptime_s(row: Json) -> float | None:
    """Return how long the neighbor is up or down, None where it has never been up."""
    milliseconds = row.get("peerUptimeMsec", 0)
    return milliseconds / 1000 if milliseconds else None


def _seconds(shown: Json, key: str) -> int:
    return int(shown.get(key, 0)) // 1000


def _milliseconds(shown: Json, key: str) -> float | None:
    return shown[key] / 1000 if key in shown else None


def read_routes(table: Mapping[str, Sequence[Json]], config: RouterConfig) -> list[Route]:
    """Return the routes that forward, with the own addresses that IOS shows as local."""
    routes = [route for rows in table.values() for row in rows for route in _routes(row)]
    connected = {route.interface: route.age_s for route in routes if route.protocol == "connected"}
    for interface in config.interfaces.values():
        if interface.address is not None and interface.name in connected and interface.address.network.prefixlen < 32:
            own = IPv4Network((interface.address.ip, 32))
            routes.append(Route(own, "local", 0, 0, None, interface.name, connected[interface.name]))
    return sorted(routes, key=lambda route: (route.prefix, route.protocol))


def _routes(row: Json) -> Iterator[Route]:
    """Yield one route per next hop in use; HSRP's virtual addresses are none of IOS' routes."""
    if not row.get("selected") or not row.get("installed"):
        return
    for hop in row["nexthops"]:
        interface = ios_name(hop.get("interfaceName", ""))
        if interface is None or not hop.get("fib"):
            continue
        yield Route(
            prefix=IPv4Network(row["prefix"]),
            protocol=row["protocol"],
            distance=row["distance"],
            metric=row["metric"],
            next_hop=IPv4Address(hop["ip"]) if "ip" in hop else None,
            interface=interface,
            age_s=parse_uptime(row["uptime"]),
            bgp_internal=row["protocol"] == "bgp" and row["distance"] == _IBGP_DISTANCE,
        )


def parse_uptime(text: str) -> float:
    """Return seconds of zebra's "00:01:02", "1d02h03m" or "01w2d03h"."""
    if ":" in text:
        hours, minutes, seconds = (int(part) for part in text.split(":"))
        return float(3600 * hours + 60 * minutes + seconds)
    return float(sum(int(number) * _UNITS_S[unit] for number, unit in re.findall(r"(\d+)([ywdhms])", text)))
