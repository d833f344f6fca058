"""Everything of one running lab, seen from inside its sandbox."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket
from typing import Any

import asyncssh

from lab.control import Handler
from lab.credentials import Credentials, read_credentials
from lab.directory import LabDirectory
from lab.engine import Engine
from lab.errors import LabError
from lab.frr.daemons import RunningDaemon, is_alive, make_real_time, start_daemons
from lab.frr.engine import FrrEngine
from lab.frr.local_view import RouterPlace
from lab.frr.neighborhood import Neighborhood
from lab.hosts import HostPlace, serve_host
from lab.ios.faults import Fault
from lab.ios.null_engine import NullEngine
from lab.ios.router import Router
from lab.ios.ssh import serve_ios
from lab.ios.store import Interface, RouterConfig
from lab.network.breaker import Breaker
from lab.network.cuts import WHOLE, CutKind, Flap, plan_cut
from lab.network.wiring import build_network
from lab.topology import HostNode, Link, RouterNode, Topology

_LOG = logging.getLogger(__name__)


@dataclass
class Supervisor:
    """A lab's routers, hosts and links; `start` brings them up one after the other."""

    topology: Topology
    directory: LabDirectory
    with_engine: bool
    revert_minute_s: float
    daemons: dict[str, dict[str, RunningDaemon]] = field(default_factory=dict)
    routers: dict[str, Router] = field(default_factory=dict)
    realtime: bool = False
    _neighborhood: Neighborhood = field(default_factory=Neighborhood)
    _servers: list[asyncssh.SSHAcceptor] = field(default_factory=list)
    _breaker: Breaker = field(default_factory=Breaker)

    async def start(self, listeners: Mapping[str, socket], say: Callable[[str], None]) -> None:
        """Bring the whole lab up; `say` takes a line of progress."""
        say("network")
        await build_network(self.topology)
        if self.with_engine:
            say("routing daemons")
            await self._start_daemons()
        say("routers")
        await asyncio.gather(*(self._start_router(node) for node in self.topology.routers))
        say("ssh")
        await self._serve(listeners)

    async def _start_daemons(self) -> None:
        """Start every router's daemons at once; they are most of the time that `up` takes."""
        names = [router.name for router in self.topology.routers]
        for name in names:
            self.directory.logs(name).mkdir(parents=True, exist_ok=True)
        started = await asyncio.gather(*(start_daemons(name, self.directory.logs(name)) for name in names))
        self.daemons = dict(zip(names, started, strict=True))
        granted = [make_real_time(daemons["bfdd"].pid) for daemons in started]
        self.realtime = all(granted)

    async def _start_router(self, node: RouterNode) -> None:
        config = RouterConfig(node.name, interfaces={name: Interface(name) for name in node.interfaces})
        engine = await self._engine(node, config)
        router = Router(
            node.name,
            engine,
            config,
            startup_path=self.directory.startup(node.name),
            clock=time.time,
            unknown_path=self.directory.unknown,
            directory=self.directory.flash(node.name),
            revert_minute_s=self.revert_minute_s,
        )
        await router.start()
        self.routers[node.name] = router

    async def _engine(self, node: RouterNode, config: RouterConfig) -> Engine:
        if not self.with_engine:
            return NullEngine(config)
        place = RouterPlace(node.name, node.interfaces, self.directory.logs(node.name))
        vtys: dict[str, Path] = {name: daemon.vty for name, daemon in self.daemons[node.name].items()}
        engine = FrrEngine(place, vtys, self._neighborhood, time.time)
        await engine.start()
        return engine

    async def _serve(self, listeners: Mapping[str, socket]) -> None:
        credentials = read_credentials(self.directory)
        for router in self.topology.routers:
            self._servers.append(await self._serve_router(router.name, listeners[router.name], credentials))
        for host in self.topology.hosts:
            place = HostPlace(host.name, credentials.username, self.directory.host_key, self.directory.authorized_keys)
            self._servers.append(await serve_host(place, listeners[host.name]))

    async def _serve_router(self, name: str, listener: socket, credentials: Credentials) -> asyncssh.SSHAcceptor:
        return await serve_ios(
            self.routers[name],
            listener,
            host_key=self.directory.host_key,
            username=credentials.username,
            password=credentials.password,
            enable_secret=credentials.enable_secret,
            authorized_keys=self.directory.authorized_keys,
        )

    def verbs(self) -> Mapping[str, Handler]:
        """Return what the control socket answers."""
        return {"status": self._on_status, "cut": self._on_cut, "restore": self._on_restore, "fault": self._on_fault}

    async def _on_cut(self, request: Mapping[str, Any]) -> dict[str, str]:
        """Cut a link or node, for some seconds where given; it heals even if who asked is gone by then."""
        flap = request.get("flap")
        kind = CutKind(
            request.get("one_way_from"),
            bool(request.get("bfd_only")),
            request.get("loss", WHOLE),
            None if flap is None else Flap(*flap),
        )
        cut = plan_cut(self.topology, request["what"], kind)
        await self._breaker.cut(cut, request.get("seconds"))
        return {"what": cut.what, "loses": cut.loses}

    async def _on_restore(self, request: Mapping[str, Any]) -> str:
        what, _ports = self.topology.plugged(request["what"])
        await self._breaker.restore(what)
        return what

    async def _on_fault(self, request: Mapping[str, Any]) -> str:
        """Order a fault of a router's command line, or clear it."""
        router = self.routers[self.topology.router(request["router"]).name]
        if request["kind"] == "clear":
            router.faults.clear()
            return router.name
        given = {key: request[key] for key in ("after_line", "seconds", "text") if request.get(key) is not None}
        try:
            router.faults.set(Fault(request["kind"], **given))
        except ValueError as exc:
            raise LabError(str(exc)) from exc
        return router.name

    async def _on_status(self, _request: Mapping[str, Any]) -> dict[str, Any]:
        routers = await asyncio.gather(*(self._router_status(node) for node in self.topology.routers))
        return {
            "realtime": self.realtime,
            "engine": "frr" if self.with_engine else "none",
            "unknown_commands": sum(len(router.unknown) for router in self.routers.values()),
            "routers": {node.name: status for node, status in zip(self.topology.routers, routers, strict=True)},
            "hosts": {host.name: self._host_status(host) for host in self.topology.hosts},
            "links": {link.name: self._link_status(link) for link in self.topology.links},
        }

    async def _router_status(self, node: RouterNode) -> dict[str, Any]:
        router = self.routers[node.name]
        addresses = {name: interface.address for name, interface in router.config.interfaces.items()}
        return {
            "hostname": router.config.hostname,
            "daemons": {
                name: {"pid": daemon.pid, "alive": is_alive(daemon.pid)}
                for name, daemon in self.daemons.get(node.name, {}).items()
            },
            "interfaces": {
                state.name: {
                    "link": node.interfaces.get(state.name),
                    "address": str(addresses[state.name]) if addresses.get(state.name) else None,
                    "up": state.admin_up and state.carrier,
                }
                for state in await router.engine.interfaces()
            },
            **self._breaker.status(node.name),
            "unknown_commands": len(router.unknown),
            "fault": _fault_kind(router),
        }

    def _host_status(self, host: HostNode) -> dict[str, Any]:
        return {"address": str(host.address), "link": host.link, **self._breaker.status(host.name)}

    def _link_status(self, link: Link) -> dict[str, Any]:
        nodes = [port.node for port in link.ports]
        return {"nodes": nodes, "description": link.description, **self._breaker.status(link.name)}


def _fault_kind(router: Router) -> str | None:
    """Return the fault that a router has or waits for."""
    if router.faults.isolated:
        return "isolate"
    return router.faults.fault.kind if router.faults.fault is not None else None
