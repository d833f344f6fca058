"""Render a router's configuration as FRR's, one tree per daemon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from lab.frr.policy import compile_policy, render_access_list, render_route_map
from lab.frr.section import Line, Section
from lab.ios.store import Bgp, BgpNeighbor, BgpNetwork, Interface, RouterConfig
from lab.network.names import linux_name

PeerSet = frozenset[tuple[str, IPv4Address]]  # (canonical interface name, neighbor)

_WITH_ECHO = "-echo"

# What makes FRR behave as IOS does by default; FRR 8.4 has no more that matters here.
_LIKE_IOS = (
    "no bgp ebgp-requires-policy",
    "no bgp hard-administrative-reset",
    "bgp graceful-restart-disable",
    "bgp network import-check",
    "bgp log-neighbor-changes",  # always: the events of `show logging` come from these lines
)


@dataclass(frozen=True)
class FrrConfig:
    """The configuration of both daemons that the lab configures."""

    bfdd: Section
    bgpd: Section


@dataclass(frozen=True)
class Surroundings:
    """What the configuration alone does not say.

    The identifier that BGP uses, the neighbors with which it has been established, those that BFD watches
    for HSRP, and those that send no echo packets back.
    """

    router_id: IPv4Address | None = None
    met: PeerSet = frozenset()
    hsrp_peers: PeerSet = frozenset()
    without_echo: PeerSet = frozenset()


def render_frr(config: RouterConfig, around: Surroundings) -> FrrConfig:
    """Return what FRR must hold."""
    return FrrConfig(render_bfdd(config, around), render_bgpd(config, around))


def choose_router_id(config: RouterConfig, previous: IPv4Address | None) -> IPv4Address | None:
    """Return the BGP identifier as IOS chooses it.

    Configured, else the one in use while an interface has it, shut down or not, else the highest loopback
    address, else the highest address, both of interfaces that are not shut down. That a shutdown alone
    does not make IOS choose anew is unverified on a device.
    """
    if config.bgp is not None and config.bgp.router_id is not None:
        return config.bgp.router_id
    addressed = [(i, i.address.ip) for i in config.interfaces.values() if i.address]
    if previous in [address for _interface, address in addressed]:
        return previous
    usable = [(i.name.startswith("Loopback"), address) for i, address in addressed if _up(i)]
    return max(usable, default=(False, None))[1]


def _up(interface: Interface) -> bool:
    return not interface.shutdown


def interface_towards(config: RouterConfig, address: IPv4Address) -> Interface | None:
    """Return the interface whose subnet holds an address."""
    for interface in config.interfaces.values():
        if interface.address is not None and address in interface.address.network:
            return interface
    return None


def bfd_interface(config: RouterConfig, neighbor: BgpNeighbor) -> Interface | None:
    """Return the interface on which a BGP neighbor has a BFD session, None where it has none.

    As on IOS, `fall-over bfd` alone makes no session: the interface must have `bfd interval`.
    """
    interface = interface_towards(config, neighbor.address)
    return interface if neighbor.fall_over_bfd and interface is not None and interface.bfd is not None else None


def bgp_bfd_peers(config: RouterConfig) -> PeerSet:
    """Return (interface, neighbor) of all BFD sessions that BGP asks for."""
    neighbors = config.bgp.neighbors.values() if config.bgp is not None else ()
    pairs = [(bfd_interface(config, neighbor), neighbor.address) for neighbor in neighbors]
    return frozenset((interface.name, address) for interface, address in pairs if interface is not None)


def render_bfdd(config: RouterConfig, around: Surroundings) -> Section:
    """Return bfdd's tree: profiles per interface, a peer per HSRP neighbor.

    bfdd makes one session of a peer that both HSRP and BGP watch.
    """
    with_bfd = [interface for interface in config.interfaces.values() if interface.bfd is not None]
    profiles = [profile for interface in with_bfd for profile in _profiles(interface, config.bfd_slow_timer_ms)]
    known = {interface.name: interface for interface in with_bfd}
    peers = [_bfd_peer(known[name], address, around) for name, address in sorted(around.hsrp_peers) if name in known]
    return Section("", "", sections=(Section("bfd", "bfd", sections=(*profiles, *peers)),))


def _profiles(interface: Interface, slow_timer_ms: int) -> Iterator[Section]:
    """Yield an interface's timers: those for control packets alone, and those beside echo.

    With echo the configured interval is the echo's, and control packets go by the slow timer. Without
    it the interface does not send back what others send (unverified on a device).
    """
    if interface.bfd is None:
        return
    bfd, name = interface.bfd, linux_name(interface.name)
    reflect = f"echo receive-interval {bfd.min_rx_ms if interface.bfd_echo else 'disabled'}"
    yield _profile(name, bfd.interval_ms, bfd.min_rx_ms, bfd.multiplier, [reflect])
    if interface.bfd_echo:
        echo = [reflect, f"echo transmit-interval {bfd.interval_ms}", "echo-mode"]
        yield _profile(f"{name}{_WITH_ECHO}", slow_timer_ms, slow_timer_ms, bfd.multiplier, echo)


def _profile(name: str, transmit_ms: int, receive_ms: int, multiplier: int, echo: list[str]) -> Section:
    key = f"profile {name}"
    timers = [f"transmit-interval {transmit_ms}", f"receive-interval {receive_ms}", f"detect-multiplier {multiplier}"]
    lines = [Line(f"{key} {text.rpartition(' ')[0] or text}", text) for text in [*timers, *echo]]
    # It stays when it is no longer wanted: bgpd's word that its session is gone comes later, and a session
    # that has lost its profile sends FRR's own 300 ms first.
    return Section(key, key, lines=tuple(lines))


def _bfd_peer(interface: Interface, neighbor: IPv4Address, around: Surroundings) -> Section:
    enter = f"peer {neighbor} interface {linux_name(interface.name)}"
    profile = Line(f"{enter} profile", f"profile {_profile_towards(interface, neighbor, around)}")
    return Section(enter, enter, f"no {enter}", (profile,))


def _profile_towards(interface: Interface, neighbor: IPv4Address, around: Surroundings) -> str:
    with_echo = interface.bfd_echo and (interface.name, neighbor) not in around.without_echo
    return linux_name(interface.name) + (_WITH_ECHO if with_echo else "")


def render_bgpd(config: RouterConfig, around: Surroundings) -> Section:
    """Return bgpd's tree: policy first, then the process that refers to it."""
    policy = [line for access_list in config.access_lists.values() for line in render_access_list(access_list)]
    lines = (Line("delay-timer", "bgp route-map delay-timer 0"), *policy)
    if config.bgp is None:
        return Section("", "", lines=lines)
    process = _process(config, config.bgp, around)
    return Section("", "", lines=lines, sections=(*_policies(config, config.bgp), process))


def _policies(config: RouterConfig, bgp: Bgp) -> Iterator[Section]:
    for neighbor in bgp.neighbors.values():
        for direction, name in (("in", neighbor.route_map_in), ("out", neighbor.route_map_out)):
            yield from render_route_map(_neighbor_policy(neighbor, direction), compile_policy(config, name))
    for network in bgp.networks.values():
        if network.route_map is not None:
            yield from render_route_map(_network_policy(network.prefix), compile_policy(config, network.route_map))


def _neighbor_policy(neighbor: BgpNeighbor, direction: str) -> str:
    return f"neighbor-{neighbor.address}-{direction}"


def _network_policy(prefix: IPv4Network) -> str:
    return f"network-{prefix.network_address}-{prefix.prefixlen}"


def _process(config: RouterConfig, bgp: Bgp, around: Surroundings) -> Section:
    enter = f"router bgp {bgp.asn}"
    lines = [Line(f"{enter} {text}", text) for text in _LIKE_IOS]
    if around.router_id is not None:
        lines.append(Line("router-id", f"bgp router-id {around.router_id}", "no bgp router-id"))
    lines.append(Line("timers", f"timers bgp {bgp.keepalive_s} {bgp.hold_s}"))
    for neighbor in bgp.neighbors.values():
        lines += _session_lines(config, neighbor, around)
    return Section(enter, enter, f"no {enter}", tuple(lines), (_address_family(config, bgp),))


def _session_lines(config: RouterConfig, neighbor: BgpNeighbor, around: Surroundings) -> Iterator[Line]:
    start = f"neighbor {neighbor.address}"

    def option(key: str, text: str) -> Line:
        return Line(f"{start} {key}", f"{start} {text}", f"no {start} {key}", owner=start)

    yield Line(start, f"{start} remote-as {neighbor.remote_as}", f"no {start}")
    if _waits_for(config, neighbor.address):
        yield option("passive", "passive")
    yield Line(f"{start} connect", f"{start} timers connect 1", owner=start)  # FRR's own 120 s are too slow
    if neighbor.keepalive_s is not None and neighbor.hold_s is not None:
        yield option("timers", f"timers {neighbor.keepalive_s} {neighbor.hold_s}")
    if neighbor.shutdown:
        yield option("shutdown", "shutdown")
    interface = bfd_interface(config, neighbor)
    # bgpd would ask for a session at once, and for another one as soon as it knows the way to the neighbor,
    # which the other end takes for a failure. IOS too makes the session when BGP is established.
    if interface is not None and (interface.name, neighbor.address) in around.met:
        yield option("bfd", f"bfd profile {_profile_towards(interface, neighbor.address, around)}")


def _waits_for(config: RouterConfig, neighbor: IPv4Address) -> bool:
    """Tell whether this end lets the other one connect: the one with the higher address does.

    Two ends that retry every second connect at the same moment, and FRR 8.4 now and then drops the
    session that it has just established when it resolves such a collision (RFC 4271, 6.8).
    """
    interface = interface_towards(config, neighbor)
    return interface is not None and interface.address is not None and interface.address.ip > neighbor


def _address_family(config: RouterConfig, bgp: Bgp) -> Section:
    enter = "address-family ipv4 unicast"
    lines = [_network(config, network) for network in bgp.networks.values()]
    for neighbor in bgp.neighbors.values():
        lines += _family_lines(neighbor)
    return Section(enter, enter, lines=tuple(lines))


def _network(config: RouterConfig, network: BgpNetwork) -> Line:
    """Return a network line, sent again when its route-map changes: IOS applies that one without a clear.

    (unverified on a device)
    """
    text = f"network {network.prefix}"
    if network.route_map is None:
        return Line(text, text, f"no {text}")
    steps = compile_policy(config, network.route_map)
    lists = [line.text for step in steps if step.access_list for line in _list_lines(config, step.access_list)]
    attached = f"{text} route-map {_network_policy(network.prefix)}"
    return Line(text, attached, f"no {text}", revision=repr((steps, lists)))


def _list_lines(config: RouterConfig, name: str) -> tuple[Line, ...]:
    return render_access_list(config.access_lists[name])


def _family_lines(neighbor: BgpNeighbor) -> Iterator[Line]:
    start = f"neighbor {neighbor.address}"
    yield Line(f"{start} send-community", f"no {start} send-community all", owner=start)  # IOS sends none
    # FRR 8.4 asks the other end for a refresh upon `soft in`, but the answer does not come.
    yield Line(f"{start} received", f"{start} soft-reconfiguration inbound", owner=start)
    for direction in ("in", "out"):
        text = f"{start} route-map {_neighbor_policy(neighbor, direction)} {direction}"
        yield Line(f"{start} policy {direction}", text, owner=start)
    if neighbor.next_hop_self:
        text = f"{start} next-hop-self"
        yield Line(text, text, f"no {text}", owner=start)
