# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which BGP routes each router ends up with, computed from the models of all routers.

Exact for what the model can say: sessions between declared routers, originated networks, route-maps with
`match ip address` and `set metric`, next-hop-self, the decision process of RFC 4271 section 9.1.2 with
IOS' defaults. Where the model cannot tell (a policy object that is not declared, a network that no declared
interface has, a tie that only the device breaks) the outcome is unknown, and nothing is expected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network

from .derive import Models, Peering, peerings, port_towards, ports
from .model import AccessList, Model, Network, Source

EXTERNAL_DISTANCE = 20
INTERNAL_DISTANCE = 200
MAX_ROUNDS = 64  # far above the longest path that routers of a plausible fleet need to settle


@dataclass(frozen=True)
class Path:
    """One path of a prefix at one router; `metric` is None where IOS and other speakers may differ."""

    prefix: IPv4Network
    as_path: tuple[int, ...] = ()
    metric: int | None = 0
    next_hop: IPv4Address | None = None
    learned: str = "local"  # "local" | "external" | "internal"
    sender: IPv4Address | None = None
    sender_id: IPv4Address | None = None
    certain: bool = True


@dataclass(frozen=True)
class ExpectedRoute:
    """One BGP route that the routing table should have; `metric` is None where it cannot be told."""

    prefix: str
    next_hop: str
    distance: int | None = None
    metric: int | None = None


@dataclass(frozen=True)
class _Verdict:
    """What a policy does to a path; `certain` is false where it rests on something not declared."""

    permitted: bool
    metric: int | None = None
    certain: bool = True


Table = dict[IPv4Network, Path]


def expected_routes(models: Models) -> dict[str, tuple[ExpectedRoute, ...]]:
    """Return for each router the BGP routes that its routing table should have.

    A fleet with neighbors outside of the models may learn any prefix over them as well, in a path of two
    AS hops or more, so only shorter paths are told there.
    """
    sessions = [session for session in peerings(models) if session.can_establish]
    outside = any(item.peer is None for item in peerings(models))
    before: dict[str, Table] = {}
    tables = {host: _originated(model) for host, model in models.items()}
    for _round in range(MAX_ROUNDS):
        before, tables = tables, _next_tables(models, sessions, tables)
        if before == tables:
            break
    limit = 1 if outside else MAX_ROUNDS
    return {host: _routes(models[host], host, tables[host], before[host], limit) for host in models}


def denied_networks(model: Model, route_map: str) -> tuple[IPv4Network, ...]:
    """Return the networks of the router that a declared route-map filters out."""
    networks = model.bgp.networks if model.bgp else ()
    verdicts = [(network.prefix, _verdict(model, route_map, network.prefix)) for network in networks]
    return tuple(prefix for prefix, verdict in verdicts if verdict.certain and not verdict.permitted)


def _routes(model: Model, host: str, table: Table, before: Table, limit: int) -> tuple[ExpectedRoute, ...]:
    """Return what of the settled table goes into the routing table, where connected networks win."""
    connected = {port.subnet for port in ports({host: model}) if port.interface.enabled}
    found = []
    for prefix, path in sorted(table.items()):
        settled = path.certain and before.get(prefix) == path and len(path.as_path) <= limit
        if settled and path.learned != "local" and prefix not in connected and path.next_hop is not None:
            distance = EXTERNAL_DISTANCE if path.learned == "external" else INTERNAL_DISTANCE
            found.append(ExpectedRoute(str(prefix), str(path.next_hop), distance, path.metric))
    return tuple(found)


def _originated(model: Model) -> dict[IPv4Network, Path]:
    """Return the paths of the router's own networks."""
    networks = model.bgp.networks if model.bgp else ()
    paths = [path for path in (_origin(model, network) for network in networks) if path is not None]
    return {path.prefix: path for path in paths}


def _origin(model: Model, network: Network) -> Path | None:
    """Return the path that a network statement makes, which needs the very route in the routing table."""
    connected = {port.subnet for port in ports({"": model}) if port.interface.enabled}
    path = Path(network.prefix, certain=network.prefix in connected)
    return _filtered(model, network.route_map, path)


def _next_tables(models: Models, sessions: Sequence[Peering], tables: Mapping[str, Table]) -> dict[str, Table]:
    """Return every router's best paths after one exchange with all of its neighbors."""
    found: dict[str, Table] = {}
    for host, model in models.items():
        candidates = dict(_as_lists(_originated(model).values()))
        for session in sessions:
            if session.host == host:
                for path in _received(models, session, tables):
                    candidates.setdefault(path.prefix, []).append(path)
        found[host] = {
            prefix: best
            for prefix, best in ((prefix, _best(model, paths, tables[host])) for prefix, paths in candidates.items())
            if best is not None
        }
    return found


def _as_lists(paths: Iterable[Path]) -> list[tuple[IPv4Network, list[Path]]]:
    return [(path.prefix, [path]) for path in paths]


def _received(models: Models, session: Peering, tables: Mapping[str, Table]) -> list[Path]:
    """Return the paths that the peer of the session announces and the router accepts."""
    if session.peer is None or session.peer_bgp is None or session.entry is None:
        return []
    sent = [_sent(models, session, path) for path in tables[session.peer.host].values()]
    arrived = [path for path in sent if path is not None and session.bgp.asn not in path.as_path]
    model = models[session.host]
    taken = [_filtered(model, session.neighbor.route_map_in, path) for path in arrived]
    return [path for path in taken if path is not None]


def _sent(models: Models, session: Peering, path: Path) -> Path | None:
    """Return the path as the peer of the session announces it, None where it does not."""
    peer, peer_bgp, entry = session.peer, session.peer_bgp, session.entry
    if peer is None or peer_bgp is None or entry is None or session.own is None:
        return None
    internal = session.is_internal
    if (internal and path.learned == "internal") or path.sender == session.own.address:
        return None
    hop = path.next_hop
    on_link = hop is not None and hop in session.own.subnet and hop != session.own.address
    keeps = hop is not None and not entry.next_hop_self and (internal or on_link)
    announced = replace(
        path,
        as_path=path.as_path if internal else (peer_bgp.asn, *path.as_path),
        # RFC 4271, 5.1.4: a metric that was learned does not go to a further AS; IOS still sends the one
        # that came over an internal session (seen in a debug log), other speakers do not.
        metric=path.metric if internal or path.learned == "local" else None,
        next_hop=hop if keeps else peer.address,
        learned="internal" if internal else "external",
        sender=peer.address,
        sender_id=peer_bgp.router_id,
    )
    return _filtered(models[peer.host], entry.route_map_out, announced)


def _filtered(model: Model, route_map: str | None, path: Path) -> Path | None:
    """Return the path behind a route-map of the router, None where it is denied."""
    if route_map is None:
        return path
    verdict = _verdict(model, route_map, path.prefix)
    if not verdict.permitted:
        return None
    metric = path.metric if verdict.metric is None else verdict.metric
    return replace(path, metric=metric, certain=path.certain and verdict.certain)


def _verdict(model: Model, name: str, prefix: IPv4Network) -> _Verdict:
    """Return what a route-map does to a prefix: the first matching entry decides, the rest is denied."""
    route_map = model.route_map(name)
    if route_map is None:
        return _Verdict(permitted=True, certain=False)
    for entry in sorted(route_map.entries, key=lambda entry: entry.sequence):
        lists = [model.access_list(acl) for acl in entry.match_ip_address]
        if entry.lines or any(access_list is None for access_list in lists):
            return _Verdict(permitted=True, certain=False)
        if not lists or any(access_list and _permits(access_list, prefix) for access_list in lists):
            return _Verdict(permitted=entry.action == "permit", metric=entry.set_metric)
    return _Verdict(permitted=False)


def _permits(access_list: AccessList, prefix: IPv4Network) -> bool:
    """Return whether a standard list permits a prefix, of which it sees the address but not the length."""
    for entry in sorted(access_list.entries, key=lambda entry: entry.sequence):
        if _matches(entry.source, prefix.network_address):
            return entry.action == "permit"
    return False


def _matches(source: Source, address: IPv4Address) -> bool:
    """Return whether the bits that the wildcard leaves are equal."""
    compared = ~int(source.wildcard) & 0xFFFFFFFF
    return int(source.address) & compared == int(address) & compared


def _best(model: Model, paths: Sequence[Path], table: Table) -> Path | None:
    """Return the path that wins (RFC 4271, 9.1.2.2 in IOS' order), uncertain where the model cannot tell."""
    usable = [path for path in paths if _is_reachable(model, path, table)]
    if not usable:
        return None
    own = [path for path in usable if path.learned == "local"]
    if own:
        return own[0]
    shortest = min(len(path.as_path) for path in usable)
    rest = [path for path in usable if len(path.as_path) == shortest]
    certain = all(path.certain for path in rest) and _metrics_are_told(rest)
    rest = [path for path in rest if not any(_has_lower_metric(other, path) for other in rest)]
    rest = [path for path in rest if path.learned == "external"] or rest
    first = sorted(rest, key=_router_id_order)[0]
    return replace(first, certain=certain and (len(rest) == 1 or _is_tie_told(model, rest)))


def _is_reachable(model: Model, path: Path, table: Table) -> bool:
    """Return whether the next hop is on a connected subnet, or behind another route of BGP."""
    if path.next_hop is None or _is_connected(model, path.next_hop):
        return True
    through = [prefix for prefix in table if path.next_hop in prefix and prefix != path.prefix]
    return any(_is_connected(model, hop) for hop in (table[prefix].next_hop for prefix in through) if hop)


def _is_connected(model: Model, address: IPv4Address) -> bool:
    """Return whether the address is on the subnet of an interface that is up."""
    port = port_towards(model, "", address)
    return port is not None and port.interface.enabled


def _metrics_are_told(paths: Sequence[Path]) -> bool:
    """Return whether the metrics that the decision compares are known, and in an order that is.

    Without `bgp deterministic-med` the outcome among three paths of two neighboring ASes hangs on their age;
    whether IOS compares the metrics of paths from inside the AS is unverified on a device.
    """
    by_as: dict[int | None, list[int | None]] = {}
    for path in paths:
        by_as.setdefault(_neighboring_as(path), []).append(path.metric)
    compared = [metrics for metrics in by_as.values() if len(metrics) > 1]
    differ = any(len(set(metrics)) > 1 for metrics in compared)
    own_differ = len(set(by_as.get(None, ()))) > 1
    return not any(None in metrics for metrics in compared) and not (differ and len(by_as) > 1) and not own_differ


def _has_lower_metric(one: Path, other: Path) -> bool:
    """Return whether the metric of one path beats that of the other; only those of one AS are compared."""
    same = _neighboring_as(one) == _neighboring_as(other)
    return same and one.metric is not None and other.metric is not None and one.metric < other.metric


def _neighboring_as(path: Path) -> int | None:
    """Return the AS that the path came from, None for one from inside."""
    return path.as_path[0] if path.as_path else None


def _is_tie_told(model: Model, paths: Sequence[Path]) -> bool:
    """Return whether the router id decides: not among external paths (the oldest stays), nor at unlike costs."""
    ids = {path.sender_id for path in paths}
    internal = all(path.learned == "internal" for path in paths)
    connected = all(path.next_hop is not None and _is_connected(model, path.next_hop) for path in paths)
    return internal and connected and None not in ids and len(ids) == len(paths)


def _router_id_order(path: Path) -> tuple[int, int]:
    """Return the last criteria: lowest router id, lowest neighbor address."""
    return (int(path.sender_id or 0), int(path.sender or 0))
