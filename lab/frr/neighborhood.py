"""What a lab's routers know of each other that no protocol tells them.

IOS' discriminators are small numbers and both ends show the same pair, while bfdd draws 32 random bits.
IOS falls back from echo to asynchronous mode with the configured interval where the other end does not
reflect echo packets, while bfdd would stay at the slow timer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address

_WITHDRAWAL_S = 2.0


@dataclass(frozen=True)
class Presence:
    """A router on a link: its address there, and whether it sends echo packets back."""

    address: IPv4Address
    reflects_echo: bool


@dataclass
class Neighborhood:
    """The routers of one lab, by link and address."""

    _present: dict[str, Mapping[str, Presence]] = field(default_factory=dict)
    _numbers: dict[str, dict[int, int]] = field(default_factory=dict)
    _callbacks: dict[str, Callable[[], None]] = field(default_factory=dict)
    _withdrawn: dict[tuple[str, IPv4Address], float] = field(default_factory=dict)

    def join(self, router: str, callback: Callable[[], None]) -> None:
        """Call back whenever another router's presence has changed."""
        self._callbacks[router] = callback

    def announce(self, router: str, presences: Mapping[str, Presence]) -> None:
        """Take note of where a router is now, by link."""
        if self._present.get(router, {}) == presences:
            return
        self._present[router] = dict(presences)
        for name, callback in self._callbacks.items():
            if name != router:
                callback()

    def reflects_echo(self, link: str, neighbor: IPv4Address) -> bool:
        """Tell whether a neighbor sends echo packets back; one that is not of the lab is taken to."""
        found = self._find(link, neighbor)
        return True if found is None else found[1].reflects_echo

    def withdraw(self, link: str, address: IPv4Address, at: float) -> None:
        """Take note that a router ends BFD sessions of an address by configuration."""
        self._withdrawn[link, address] = at

    def has_withdrawn(self, link: str, neighbor: IPv4Address, at: float) -> bool:
        """Tell whether a session that goes down now was ended on purpose.

        RFC 5882, 3.2: no reason to give the neighbor up. bfdd calls it down like any other.
        """
        since = self._withdrawn.get((link, neighbor))
        return since is not None and at - since < _WITHDRAWAL_S

    def local_discriminator(self, router: str, drawn: int) -> int:
        """Return the number of a router's own session; each router counts its own from 1."""
        if drawn == 0:
            return 0
        numbers = self._numbers.setdefault(router, {})
        return numbers.setdefault(drawn, len(numbers) + 1)

    def remote_discriminator(self, link: str, neighbor: IPv4Address, drawn: int) -> int:
        """Return the number that the neighbor shows for its own end, 0 where nothing was heard of it."""
        found = self._find(link, neighbor)
        return drawn if found is None else self.local_discriminator(found[0], drawn)

    def _find(self, link: str, address: IPv4Address) -> tuple[str, Presence] | None:
        for router, presences in self._present.items():
            presence = presences.get(link)
            if presence is not None and presence.address == address:
                return router, presence
        return None
