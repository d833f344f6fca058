"""The HSRP process of one lab router: machines, sockets and virtual links of all its groups.

It runs inside an asyncio loop that it may share with other routers. The engine calls, in this order:
`retire` before it takes interfaces or addresses away (so that a resign can still leave), and
`configure` after the kernel has what the configuration says.
"""

from __future__ import annotations

import asyncio
import copy
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from lab.engine import Event, HsrpState
from lab.hsrp import virtual_link
from lab.hsrp.declared import group_settings, own_address, usable
from lab.hsrp.group import Announce, Changed, Install, Output, Remove, Send
from lab.hsrp.machine import GroupMachine
from lab.hsrp.observed import observe
from lab.hsrp.packet import PacketError, parse
from lab.hsrp.port import Port, open_port
from lab.ios.store import Interface, RouterConfig
from lab.network.names import linux_name
from lab.network.netns import NetnsOpener

RunIp = Callable[[Sequence[str]], Awaitable[None]]
PeerSet = frozenset[tuple[str, IPv4Address]]

_READ_SIZE = 2048
_DISABLED = "Disabled"  # as IOS names the state of a group that is gone
_log = logging.getLogger(__name__)


@dataclass
class _Group:
    """One running group: its machine, its macvlan, the timer that wakes it."""

    interface: str
    number: int
    machine: GroupMachine
    link: virtual_link.VirtualLink
    timer: asyncio.TimerHandle | None = None


class HsrpSpeaker:
    """HSRP of one router.

    `open_in_netns` runs a short function inside the router's network namespace; `run_ip` runs lines of
    `ip -batch` there. Interfaces are named as IOS names them.
    """

    def __init__(
        self, open_in_netns: NetnsOpener, run_ip: RunIp, *, wall_clock: Callable[[], float] = time.time
    ) -> None:
        self._open_in_netns = open_in_netns
        self._run_ip = run_ip
        self._wall_clock = wall_clock
        self._config = RouterConfig(hostname="")
        self._ports: dict[str, Port] = {}
        self._groups: dict[tuple[str, int], _Group] = {}
        self._bfd_up: set[tuple[str, IPv4Address]] = set()
        self._peers: PeerSet = frozenset()
        self._subscribers: list[Callable[[Event], None]] = []
        self._peer_subscribers: list[Callable[[PeerSet], None]] = []
        self._lock = asyncio.Lock()

    def subscribe(self, callback: Callable[[Event], None]) -> None:
        """Call back at every change of a group's state."""
        self._subscribers.append(callback)

    def subscribe_peers(self, callback: Callable[[PeerSet], None]) -> None:
        """Call back whenever `peers()` has changed."""
        self._peer_subscribers.append(callback)

    async def configure(self, config: RouterConfig) -> None:
        """Run exactly the groups of `config`; what has not changed is not disturbed."""
        config = copy.deepcopy(config)  # the command line goes on changing its own
        async with self._lock:
            await self._retire(config)
            self._config = config
            for interface in self._config.interfaces.values():
                if interface.hsrp:
                    await self._configure_interface(interface)
            self._tell_peers()

    async def retire(self, config: RouterConfig) -> None:
        """Stop what `config` no longer has: groups, interfaces that are shut, changed addresses."""
        config = copy.deepcopy(config)
        async with self._lock:
            await self._retire(config)
            self._tell_peers()

    async def close(self) -> None:
        """Resign everywhere and release every socket and link."""
        await self.configure(RouterConfig(hostname=self._config.hostname))

    def peers(self) -> PeerSet:
        """Return the neighbors that BFD is to watch for HSRP: those known, on interfaces with `bfd interval`.

        Cisco, FHRP-HSRP BFD Peering: "If BFD is configured on an interface, all HSRP groups will
        automatically support BFD".
        """
        return frozenset(
            (group.interface, peer.address)
            for group in self._groups.values()
            if self._config.interfaces[group.interface].bfd is not None
            for peer in (group.machine.active, group.machine.standby)
            if peer is not None
        )

    def bfd_state(self, interface: str, neighbor: IPv4Address, up: bool) -> None:
        """Take note of a BFD session's state; one that goes down ends its neighbor's timers at once.

        A session that was not reported up since its neighbor came into `peers()` cannot go down; the other
        end's AdminDown is no failure.
        """
        session = interface, neighbor
        if up:
            self._bfd_up.add(session)
            return
        if session not in self._bfd_up:
            return
        self._bfd_up.discard(session)
        for group in self._groups_of(interface):
            self._execute(group, group.machine.lose_peer(neighbor, self._now()))

    def states(self) -> list[HsrpState]:
        """Return every group's state, in the order of interfaces and numbers."""
        return [
            observe(interface.name, self._groups[interface.name, number].machine, self._now(), group.enabled)
            for interface in self._config.interfaces.values()
            for number, group in sorted(interface.hsrp.items())
            if (interface.name, number) in self._groups
        ]

    async def _retire(self, config: RouterConfig) -> None:
        gone: list[str] = []
        for group in list(self._groups.values()):
            interface = config.interfaces.get(group.interface)
            if interface is None or group.number not in interface.hsrp:
                gone.append(self._drop(group))
            elif not usable(interface, group.number) or own_address(interface) != group.machine.settings.own_address:
                self._execute(group, group.machine.disable(self._now()))
        for name in list(self._ports):
            interface = config.interfaces.get(name)
            if interface is None or not interface.hsrp or own_address(interface) != self._ports[name].address:
                port = self._ports.pop(name)
                asyncio.get_running_loop().remove_reader(port.receiver)
                port.close()
        if gone:
            await self._run_ip(gone)

    def _drop(self, group: _Group) -> str:
        """Resign from a group and forget it; return the line that deletes its link."""
        old = group.machine.state
        self._execute(group, group.machine.disable(self._now()), quiet=True)
        self._emit(group, old.name.capitalize(), _DISABLED)
        if group.timer is not None:
            group.timer.cancel()
        group.link.close()
        if port := self._ports.get(group.interface):
            port.drop_group(group.number)
        del self._groups[group.interface, group.number]
        return virtual_link.delete_line(linux_name(group.interface), group.number)

    async def _configure_interface(self, interface: Interface) -> None:
        await self._create_groups(interface)
        self._open_port(interface)
        for group in self._groups_of(interface.name):
            settings = group_settings(interface, interface.hsrp[group.number])
            if settings != group.machine.settings:
                self._execute(group, group.machine.reconfigure(settings, self._now()))
            self._start_or_stop(group)

    async def _create_groups(self, interface: Interface) -> None:
        new = [group for number, group in interface.hsrp.items() if (interface.name, number) not in self._groups]
        if not new:
            return
        parent = linux_name(interface.name)
        await self._run_ip([virtual_link.create_line(parent, group.number) for group in new])
        for group in new:
            machine = GroupMachine(group_settings(interface, group), self._now())
            link = virtual_link.open_virtual_link(self._open_in_netns, parent, group.number)
            self._groups[interface.name, group.number] = _Group(interface.name, group.number, machine, link)

    def _open_port(self, interface: Interface) -> None:
        """Open what the interface lacks: its sockets, and a sender for each group."""
        if interface.address is None:
            return
        port = self._ports.get(interface.name)
        if port is None:
            port = open_port(self._open_in_netns, linux_name(interface.name), interface.address.ip)
            self._ports[interface.name] = port
            asyncio.get_running_loop().add_reader(port.receiver, self._read, interface.name)
        for group in self._groups_of(interface.name):
            if not port.has_group(group.number):
                port.add_group(self._open_in_netns, group.number, group.link.name)

    def _start_or_stop(self, group: _Group) -> None:
        interface = self._config.interfaces[group.interface]
        if usable(interface, group.number):
            self._execute(group, group.machine.enable(self._now()))
        else:
            self._execute(group, group.machine.disable(self._now()))

    def _read(self, interface: str) -> None:
        """Hand every waiting packet to its group's machine."""
        port = self._ports[interface]
        while True:
            try:
                data, (source, _) = port.receiver.recvfrom(_READ_SIZE)
            except OSError:  # nothing more, or the interface went down: the engine tells us about that
                return
            try:
                packet = parse(data)
            except PacketError as exc:
                _log.debug("%s: packet from %s ignored: %s", interface, source, exc)
                continue
            if group := self._groups.get((interface, packet.group)):
                self._execute(group, group.machine.receive(packet, IPv4Address(source), self._now()))

    def _wake(self, group: _Group) -> None:
        group.timer = None
        self._execute(group, group.machine.poll(self._now()))

    def _execute(self, group: _Group, outputs: list[Output], *, quiet: bool = False) -> None:
        """Do what the machine wants, in its order, and set the timer anew."""
        for output in outputs:
            try:
                self._do(group, output, quiet)
            except OSError as exc:  # a line that just went down; the machine goes on, as a router does
                _log.warning("%s group %d: %s: %s", group.interface, group.number, type(output).__name__, exc)
        if group.timer is not None:
            group.timer.cancel()
        deadline = group.machine.next_deadline()
        loop = asyncio.get_running_loop()
        group.timer = None if deadline is None else loop.call_at(deadline, self._wake, group)
        self._tell_peers()

    def _do(self, group: _Group, output: Output, quiet: bool) -> None:
        port = self._ports.get(group.interface)
        if isinstance(output, Install):
            group.link.install(output.virtual_ip)
        elif isinstance(output, Remove):
            group.link.remove()
        elif isinstance(output, Changed) and not quiet:
            self._emit(group, output.old.name.capitalize(), output.new.name.capitalize())
        elif isinstance(output, Send) and port is not None:
            port.send(output.packet, virtual_source=output.virtual_source)
        elif isinstance(output, Announce) and port is not None:
            port.announce(group.number, output.virtual_ip)

    def _emit(self, group: _Group, old: str, new: str) -> None:
        fields = {"interface": group.interface, "group": str(group.number), "old": old, "new": new}
        event = Event(self._wall_clock(), "hsrp_state", fields)
        for callback in self._subscribers:
            callback(event)

    def _tell_peers(self) -> None:
        peers = self.peers()
        if peers == self._peers:
            return
        self._peers = peers
        self._bfd_up &= peers  # what is no longer watched may go down, or be made anew, without our being told
        for callback in self._peer_subscribers:
            callback(peers)

    def _groups_of(self, interface: str) -> list[_Group]:
        return [group for group in self._groups.values() if group.interface == interface]

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
