"""When and why each BGP session of a router went down last.

bgpd's own record is of its last connection, also of one that it dropped for another to the same
neighbor: after such a collision it says that the session waits for an OPEN.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from lab.engine import Event
from lab.frr.reasons import NEIGHBOR_DELETED


@dataclass(frozen=True)
class Reset:
    """The end of a session: when (UTC epoch seconds), and why in IOS' words."""

    at: float
    reason: str


@dataclass
class Resets:
    """The last reset of each neighbor."""

    _last: dict[IPv4Address, Reset] = field(default_factory=dict)

    def note(self, event: Event) -> None:
        """Remember a session that went down; with a neighbor that is deleted goes its memory."""
        if event.kind != "bgp_down":
            return
        neighbor = IPv4Address(event.fields["neighbor"])
        if event.fields["reason"] == NEIGHBOR_DELETED:
            self._last.pop(neighbor, None)
        else:
            self._last[neighbor] = Reset(event.at, event.fields["reason"])

    def keep(self, neighbors: Iterable[IPv4Address]) -> None:
        """Forget all neighbors but those that are configured."""
        self._last = {address: self._last[address] for address in self._last.keys() & set(neighbors)}

    def of(self, neighbor: IPv4Address) -> Reset | None:
        """Return a neighbor's last reset, None where its session never went down."""
        return self._last.get(neighbor)
