"""What one router knows of its own place: its links, the neighbors on them, its sessions with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address
from pathlib import Path

from lab.engine import BfdSession
from lab.frr.neighborhood import Neighborhood, Presence
from lab.frr.render import PeerSet, Surroundings, bgp_bfd_peers, choose_router_id, interface_towards
from lab.ios.store import RouterConfig


@dataclass(frozen=True)
class RouterPlace:
    """Where a router is: its name, which is its namespace too, and the link behind each interface."""

    name: str
    links: Mapping[str, str]
    logs: Path


@dataclass
class LocalView:
    """What happened to a router's sessions so far, as far as its configuration in FRR depends on it."""

    place: RouterPlace
    neighborhood: Neighborhood
    established: frozenset[IPv4Address] = frozenset()
    hsrp_peers: PeerSet = frozenset()
    _met: PeerSet = frozenset()
    _router_id: IPv4Address | None = None
    _numbers: dict[tuple[str, IPv4Address], int] = field(default_factory=dict)

    def move(self, before: RouterConfig, after: RouterConfig, now: float) -> Surroundings:
        """Take note of a change of the configuration, let the neighbors know, and return what FRR must know."""
        self._announce(after)
        self._withdraw(before, after, now)
        unmoved = _unmoved(before, after)
        self.established &= {neighbor for _interface, neighbor in unmoved}
        self._met = (self._met & unmoved) | _towards(after, self.established)
        self._router_id = choose_router_id(after, self._router_id) if after.bgp is not None else None
        return Surroundings(self._router_id, self._met, self.hsrp_peers, self._without_echo(after))

    def forget_router_id(self) -> None:
        """Let the next move choose the BGP identifier anew."""
        self._router_id = None

    def as_on_ios(self, session: BfdSession, config: RouterConfig) -> BfdSession:
        """Give a session its clients and small discriminators."""
        pair = session.interface, session.neighbor
        clients = [("BGP", bgp_bfd_peers(config)), ("HSRP", self.hsrp_peers)]
        known, link = self.neighborhood, self._link(session.interface)
        self._numbers[pair] = known.local_discriminator(self.place.name, session.local_discriminator)
        return replace(
            session,
            local_discriminator=self._numbers[pair],
            remote_discriminator=known.remote_discriminator(link, session.neighbor, session.remote_discriminator),
            clients=tuple(name for name, peers in clients if pair in peers),
        )

    def exists_on_ios(self, session: BfdSession) -> bool:
        """Tell whether IOS would have a session: one that BGP alone asked for exists while BGP is established."""
        return session.state == "Up" or session.clients != ("BGP",) or session.neighbor in self.established

    def number(self, interface: str, neighbor: IPv4Address) -> int:
        """Return the small local discriminator that a session had when it was last looked at, else 0."""
        return self._numbers.get((interface, neighbor), 0)

    def ended_on_purpose(self, interface: str, neighbor: IPv4Address, at: float) -> bool:
        """Tell whether the other end took a session down by configuration."""
        return self.neighborhood.has_withdrawn(self._link(interface), neighbor, at)

    def _announce(self, config: RouterConfig) -> None:
        addressed = [(i, i.address) for i in config.interfaces.values() if i.address is not None]
        presences = {self._link(i.name): Presence(address.ip, i.bfd_echo) for i, address in addressed}
        self.neighborhood.announce(self.place.name, presences)

    def _withdraw(self, before: RouterConfig, after: RouterConfig, now: float) -> None:
        """Let the other routers know of the BFD sessions that this change ends on purpose."""
        for name, _neighbor in bgp_bfd_peers(before) - bgp_bfd_peers(after):
            address = before.interfaces[name].address
            if address is not None:
                self.neighborhood.withdraw(self._link(name), address.ip, now)

    def _without_echo(self, config: RouterConfig) -> PeerSet:
        return frozenset(
            (interface, address)
            for interface, address in bgp_bfd_peers(config) | self.hsrp_peers
            if not self.neighborhood.reflects_echo(self._link(interface), address)
        )

    def _link(self, interface: str) -> str:
        """Return the link behind an interface; a loopback is a link of its own."""
        return self.place.links.get(interface, f"{self.place.name} {interface}")


def _towards(config: RouterConfig, neighbors: frozenset[IPv4Address]) -> PeerSet:
    """Return neighbors with the interfaces towards them."""
    pairs = [(interface_towards(config, address), address) for address in neighbors]
    return frozenset((interface.name, address) for interface, address in pairs if interface is not None)


def _unmoved(before: RouterConfig, after: RouterConfig) -> PeerSet:
    """Return the BGP neighbors that both configurations have behind the same interface and address."""
    if before.bgp is None or after.bgp is None or before.bgp.asn != after.bgp.asn:
        return frozenset()
    kept = before.bgp.neighbors.keys() & after.bgp.neighbors.keys()
    pairs = [(interface_towards(before, a), interface_towards(after, a), a) for a in kept]
    return frozenset(
        (now.name, neighbor)
        for was, now, neighbor in pairs
        if was is not None and now is not None and (was.name, was.address) == (now.name, now.address)
    )
