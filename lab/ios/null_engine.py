"""An engine with nothing behind it: interfaces are up, no neighbor ever answers."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Callable
from ipaddress import IPv4Address, IPv4Network

from lab.engine import (
    BfdSession,
    BgpNeighborState,
    BgpTable,
    EngineError,
    Event,
    HsrpState,
    InterfaceState,
    PingReply,
    Route,
)
from lab.ios.store import HsrpGroup, Interface, RouterConfig


class NullEngine:
    """Answers from the configuration alone; keeps what it was asked to do."""

    def __init__(self, config: RouterConfig) -> None:
        self.config = copy.deepcopy(config)
        self.applied = 0
        self.cleared: list[tuple[IPv4Address | None, str | None]] = []
        self.reachable: set[IPv4Address] = set()
        self.fails_with: str | None = None
        self._callbacks: list[Callable[[Event], None]] = []

    async def apply(self, config: RouterConfig) -> None:
        """Keep a copy, or fail once where a failure was ordered by `fails_with`."""
        if self.fails_with is not None:
            text, self.fails_with = self.fails_with, None
            raise EngineError(text)
        self.config = copy.deepcopy(config)
        self.applied += 1

    async def interfaces(self) -> list[InterfaceState]:
        """Return every interface as up unless it is shut down."""
        return [_interface_state(number, i) for number, i in enumerate(self.config.interfaces.values())]

    async def bfd_sessions(self) -> list[BfdSession]:
        """Return none."""
        return []

    async def bgp(self) -> BgpTable | None:
        """Return the configured neighbors, none of them connected."""
        bgp = self.config.bgp
        if bgp is None:
            return None
        neighbors = tuple(
            BgpNeighborState(n.address, n.remote_as, bgp.asn, "Idle (Admin)" if n.shutdown else "Idle")
            for n in bgp.neighbors.values()
        )
        return BgpTable(bgp.router_id or self._highest_address(), bgp.asn, 1, (), neighbors)

    def _highest_address(self) -> IPv4Address | None:
        return max((i.address.ip for i in self.config.interfaces.values() if i.address), default=None)

    async def routes(self) -> list[Route]:
        """Return the connected networks and the own addresses."""
        return [route for i in self.config.interfaces.values() if not i.shutdown for route in _connected(i)]

    async def hsrp_groups(self) -> list[HsrpState]:
        """Return every group in its first state."""
        return [_hsrp_state(i, group) for i in self.config.interfaces.values() for group in i.hsrp.values()]

    async def clear_bgp(self, neighbor: IPv4Address | None, soft: str | None) -> None:
        """Keep what was asked for."""
        self.cleared.append((neighbor, soft))

    async def ping(
        self, target: IPv4Address, count: int, size_bytes: int, timeout_s: float, source: IPv4Address | None
    ) -> AsyncIterator[PingReply]:
        """Let the own addresses and those in `reachable` answer."""
        own = {i.address.ip for i in self.config.interfaces.values() if i.address and not i.shutdown}
        for sequence in range(count):
            yield PingReply(sequence, 1.0 if target in own | self.reachable else None)

    def subscribe(self, callback: Callable[[Event], None]) -> None:
        """Keep the callback; `emit` calls it."""
        self._callbacks.append(callback)

    def emit(self, event: Event) -> None:
        """Report an event as an engine would."""
        for callback in self._callbacks:
            callback(event)


def _interface_state(number: int, interface: Interface) -> InterfaceState:
    up = not interface.shutdown
    return InterfaceState(interface.name, f"aabb.cc00.{number:04x}", admin_up=up, carrier=up)


def _connected(interface: Interface) -> list[Route]:
    if interface.address is None:
        return []
    own = IPv4Network((interface.address.ip, 32))
    return [
        Route(interface.address.network, "connected", 0, 0, None, interface.name),
        Route(own, "local", 0, 0, None, interface.name),
    ]


def _hsrp_state(interface: Interface, group: HsrpGroup) -> HsrpState:
    return HsrpState(
        interface=interface.name,
        group=group.number,
        state="Init" if group.enabled else "Disabled",
        virtual_ip=group.virtual_ip,
        virtual_mac=f"0000.0c07.ac{group.number:02x}",
        priority=group.priority,
        preempt=group.preempt,
        active_router=None,
        standby_router=None,
        active_is_local=False,
        standby_is_local=False,
        hello_ms=group.hello_ms,
        hold_ms=group.hold_ms,
    )
