"""One router's engine: the kernel, FRR and HSRP behind a command line."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from pathlib import Path

from lab.engine import BfdSession, BgpTable, EngineError, Event, HsrpState, InterfaceState, PingReply, Route
from lab.errors import LabError
from lab.frr.events import EventParser
from lab.frr.local_view import LocalView, RouterPlace
from lab.frr.log_tail import LogTail
from lab.frr.neighborhood import Neighborhood
from lab.frr.observe import read_bfd_sessions, read_bgp_table, read_established, read_routes, with_reset
from lab.frr.render import (
    FrrConfig,
    PeerSet,
    render_frr,
)
from lab.frr.resets import Resets
from lab.frr.section import EMPTY, plan_additions, plan_removals
from lab.frr.vty import Vty, open_vty
from lab.hsrp.speaker import HsrpSpeaker
from lab.ios.store import RouterConfig
from lab.network.access import render_access
from lab.network.interfaces import KernelInterface, plan_interfaces, read_interfaces, want_interfaces
from lab.network.ip import run_batch, run_what_can_be
from lab.network.names import ios_name, linux_name
from lab.network.namespaces import NETNS_DIR, write_sysctls
from lab.network.netns import netns_opener
from lab.network.nft import load_rules
from lab.network.ping import ping

_LOG = logging.getLogger(__name__)
_UNCONFIGURED = FrrConfig(EMPTY, EMPTY)
_SOFT = {None: "", "both": " soft", "in": " soft in", "out": " soft out"}


@dataclass(frozen=True)
class _Applied:
    """What was last asked of everything behind the router."""

    interfaces: Mapping[str, KernelInterface]
    frr: FrrConfig = _UNCONFIGURED
    access: str = render_access(RouterConfig(hostname=""))


class FrrEngine:
    """Engine of one router; its daemons run already, `start` connects to them."""

    def __init__(
        self, place: RouterPlace, vtys: Mapping[str, Path], neighborhood: Neighborhood, clock: Callable[[], float]
    ) -> None:
        self._place, self._paths, self._clock = place, vtys, clock
        self._view = LocalView(place, neighborhood)
        self._vtys: dict[str, Vty] = {}
        self._tail: LogTail | None = None
        self._lock = asyncio.Lock()
        self._callbacks: list[Callable[[Event], None]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._config = RouterConfig(hostname=place.name)
        self._applied = _Applied({linux_name(interface): KernelInterface() for interface in place.links})
        self._uncertain = False  # an apply failed: what is there now may be neither the old nor the new
        self._parser = EventParser()
        self._resets = Resets()
        self._speaker = HsrpSpeaker(
            netns_opener(NETNS_DIR / place.name), lambda lines: run_batch(lines, place.name), wall_clock=clock
        )

    async def start(self) -> None:
        """Connect to the daemons, follow their logs, and listen to HSRP and to the other routers."""
        self._vtys = {name: await open_vty(path) for name, path in self._paths.items()}
        logs = [self._place.logs / f"{name}.log" for name in ("bfdd", "bgpd")]
        for log in logs:
            log.write_bytes(b"")
            debug = ["debug bfd peer"] if log.stem == "bfdd" else []
            lines = [f"hostname {self._place.name}", "log timestamp precision 6", f"log file {log} debugging"]
            await self._vtys[log.stem].configure([*lines, *debug])
        self._tail = LogTail(logs, self._on_log_line)
        self._speaker.subscribe(self._tell)
        self._speaker.subscribe_peers(self._on_hsrp_peers)
        self._view.neighborhood.join(self._place.name, lambda: self._spawn(self._refresh()))

    async def close(self) -> None:
        """Let go of daemons and sockets."""
        await self._speaker.close()
        if self._tail is not None:
            self._tail.close()
        for task in self._tasks:
            task.cancel()
        for vty in self._vtys.values():
            vty.close()

    def subscribe(self, callback: Callable[[Event], None]) -> None:
        """Call back with every event."""
        self._callbacks.append(callback)

    async def apply(self, config: RouterConfig) -> None:
        """Make kernel, FRR and HSRP match `config`, changing only what differs."""
        async with self._lock:
            before = self._applied.interfaces
            await self._apply_or_doubt(config)
        # Not before we return: how IOS words these lines depends on the configuration that is then in effect.
        asyncio.get_running_loop().call_soon(self._tell_lines, before, self._applied.interfaces)

    async def _apply_or_doubt(self, config: RouterConfig) -> None:
        """Apply, and remember where that failed, so that the next time takes what it finds."""
        try:
            await self._apply(config)
        except (LabError, EngineError, OSError) as exc:
            self._uncertain = True
            raise EngineError(f"{self._place.name}: {exc}") from exc

    async def _apply(self, config: RouterConfig) -> None:
        """Take away first, then the kernel, then add; each in the order that keeps references whole."""
        have, around = self._applied, self._view.move(self._config, config, self._clock())
        want = _Applied(want_interfaces(config), render_frr(config, around), render_access(config))
        tolerant, self._uncertain = self._uncertain, False
        self._config, self._applied = config, want
        self._resets.keep(config.bgp.neighbors if config.bgp is not None else ())
        await self._configure("bgpd", plan_removals(have.frr.bgpd, want.frr.bgpd), tolerant)
        await self._configure("bfdd", plan_removals(have.frr.bfdd, want.frr.bfdd), tolerant)
        await self._speaker.retire(config)
        await self._apply_interfaces(have.interfaces, want.interfaces, tolerant)
        if tolerant or have.access != want.access:
            await load_rules(self._place.name, want.access)
        await self._configure("bfdd", plan_additions(have.frr.bfdd, want.frr.bfdd), tolerant)
        await self._configure("bgpd", plan_additions(have.frr.bgpd, want.frr.bgpd), tolerant)
        await self._speaker.configure(config)

    async def _configure(self, daemon: str, commands: Sequence[str], tolerant: bool) -> None:
        if not commands:
            return
        if not tolerant:
            await self._vtys[daemon].configure(commands)
        elif refused := await self._vtys[daemon].configure_what_can_be(commands):
            _LOG.warning("%s: %s does not take %s", self._place.name, daemon, refused)

    async def _apply_interfaces(
        self, have: Mapping[str, KernelInterface], want: Mapping[str, KernelInterface], tolerant: bool
    ) -> None:
        change = plan_interfaces(have, want)
        await (run_what_can_be if tolerant else run_batch)(change.ip_lines, self._place.name)
        await write_sysctls(self._place.name, change.sysctls)

    def _tell_lines(self, have: Mapping[str, KernelInterface], want: Mapping[str, KernelInterface]) -> None:
        """Report the interfaces that changed, and their line protocol."""
        for name, after in want.items():
            if (name in have and have[name].up) != after.up:
                way = "up" if after.up else "down"
                for kind in ("link", "line"):
                    self._tell(Event(self._clock(), f"{kind}_{way}", {"interface": ios_name(name) or name}))

    async def interfaces(self) -> list[InterfaceState]:
        """Return the interfaces in the order of the configuration."""
        try:
            states = {state.name: state for state in await read_interfaces(self._place.name)}
        except LabError as exc:
            raise EngineError(f"{self._place.name}: {exc}") from exc
        return [states[name] for name in self._config.interfaces if name in states]

    async def bfd_sessions(self) -> list[BfdSession]:
        """Return the sessions as IOS has them: one that BGP alone asked for exists while BGP is established."""
        sessions = [self._view.as_on_ios(session, self._config) for session in await self._sessions()]
        return [session for session in sessions if self._view.exists_on_ios(session)]

    async def _sessions(self) -> list[BfdSession]:
        peers = await self._vtys["bfdd"].show("show bfd peers json")
        counters = await self._vtys["bfdd"].show("show bfd peers counters json")
        return read_bfd_sessions(peers or [], counters or [], self._config)

    async def bgp(self) -> BgpTable | None:
        """Return the BGP process with neighbors and paths, None where none is configured."""
        bgp, bgpd = self._config.bgp, self._vtys["bgpd"]
        if bgp is None:
            return None
        table = await bgpd.show("show bgp ipv4 unicast json")
        summary = await bgpd.show("show bgp ipv4 unicast summary json")
        read = read_bgp_table(table, summary, await bgpd.show("show bgp neighbors json"), bgp)
        now = self._clock()
        return replace(read, neighbors=tuple(with_reset(n, self._resets.of(n.address), now) for n in read.neighbors))

    async def routes(self) -> list[Route]:
        """Return the routes of the main table."""
        return read_routes(await self._vtys["zebra"].show("show ip route json"), self._config)

    async def hsrp_groups(self) -> list[HsrpState]:
        """Return every group's live state."""
        return self._speaker.states()

    async def clear_bgp(self, neighbor: IPv4Address | None, soft: str | None) -> None:
        """Reset sessions (all for None); soft is None (hard), "in", "out" or "both".

        A hard reset of all lets BGP choose its identifier anew (unverified on a device).
        """
        if neighbor is None and soft is None:
            async with self._lock:
                self._view.forget_router_id()
                await self._apply_or_doubt(self._config)
        await self._vtys["bgpd"].run(f"clear ip bgp {neighbor or '*'}{_SOFT[soft]}")

    def ping(
        self, target: IPv4Address, count: int, size_bytes: int, timeout_s: float, source: IPv4Address | None
    ) -> AsyncGenerator[PingReply, None]:
        """Yield one result per echo request."""
        return ping(self._place.name, target, count, size_bytes, timeout_s, source)

    def _on_hsrp_peers(self, peers: PeerSet) -> None:
        self._view.hsrp_peers = peers
        self._spawn(self._refresh())

    async def _refresh(self) -> None:
        """Apply the same configuration to changed surroundings, and tell HSRP which of its peers BFD sees."""
        async with self._lock:
            try:
                self._view.established = read_established(await self._vtys["bgpd"].show("show bgp neighbors json"))
                await self._apply(self._config)
                for session in await self._sessions():
                    if (session.interface, session.neighbor) in self._view.hsrp_peers and session.state == "Up":
                        self._speaker.bfd_state(session.interface, session.neighbor, True)
            except (LabError, EngineError, OSError):
                self._uncertain = True
                _LOG.exception("%s: changed surroundings could not be applied", self._place.name)

    def _on_log_line(self, line: str) -> None:
        event = self._parser.parse(line)
        if event is None:
            return
        if event.kind in ("bfd_up", "bfd_down"):
            self._on_bfd_event(event)
            return
        self._resets.note(event)
        if event.kind in ("bgp_up", "bgp_down"):
            self._spawn(self._refresh())
        self._tell(event)

    def _on_bfd_event(self, event: Event) -> None:
        """Let HSRP know first; then report, for which a new session's discriminator has to be asked for."""
        pair, up = (event.fields["interface"], IPv4Address(event.fields["neighbor"])), event.kind == "bfd_up"
        if pair in self._view.hsrp_peers and (up or not self._view.ended_on_purpose(*pair, event.at)):
            self._speaker.bfd_state(*pair, up)
        if up:
            self._spawn(self._tell_numbered(event))
        else:
            self._tell(self._numbered(event))

    async def _tell_numbered(self, event: Event) -> None:
        for session in await self._sessions():
            self._view.as_on_ios(session, self._config)
        self._tell(self._numbered(event))

    def _numbered(self, event: Event) -> Event:
        number = self._view.number(event.fields["interface"], IPv4Address(event.fields["neighbor"]))
        return replace(event, fields={**event.fields, "local_discriminator": str(number)})

    def _tell(self, event: Event) -> None:
        for callback in self._callbacks:
            callback(event)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
