"""Everything of the wire put together for one host: its objects are what is left to add."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lab.esxi.journal import Journal
from lab.esxi.wire.certificate import ensure_certificate
from lab.esxi.wire.collector import PropertyCollector
from lab.esxi.wire.endpoint import PATH, SdkEndpoint
from lab.esxi.wire.http import Handler, HttpServer
from lab.esxi.wire.objects import Registry
from lab.esxi.wire.service import Service
from lab.esxi.wire.session_manager import SessionManager
from lab.esxi.wire.sessions import Authenticate, Sessions
from lab.esxi.wire.tasks import Scheduler, Tasks
from lab.esxi.wire.versions import ApiVersions
from lab.esxi.wire.views import ViewManager

# The ids under which ESXi keeps what every host has.
COLLECTOR, VIEWS, SESSIONS = "ha-property-collector", "ViewManager", "ha-sessionmgr"


@dataclass(frozen=True)
class Identity:
    """How a host is known: by name, address and API version; its certificate lies in `directory`."""

    name: str
    address: str
    api_version: str
    directory: Path


@dataclass(frozen=True)
class Surroundings:
    """What a host is given: a clock that strictly increases, what calls functions later, its journal, its users."""

    now: Callable[[], datetime]
    scheduler: Scheduler
    journal: Journal
    authenticate: Authenticate


class Stack:
    """Registry, sessions, tasks, service and server of one host, with collector, views and session manager added."""

    def __init__(self, identity: Identity, around: Surroundings) -> None:
        """Put it together; nothing is served before `server.start`."""
        self.registry = Registry()
        self.sessions = Sessions(around.authenticate, around.now)
        self.tasks = Tasks(self.registry, around.scheduler, around.now)
        self.service = Service(self.registry, self.sessions, ApiVersions(identity.api_version), around.journal)
        self.certificate = ensure_certificate(identity.directory, identity.name, identity.address)
        self.mounts: dict[str, Handler] = {PATH: SdkEndpoint(self.service, around.now)}
        self.server = HttpServer(self.mounts, self.certificate.context(), self.registry.crashed)
        self.registry.add(ViewManager(VIEWS, self.service), SessionManager(SESSIONS, self.sessions))
        self.registry.add_per_session(COLLECTOR, lambda: PropertyCollector(COLLECTOR, self.service))

    def cut_off(self) -> None:
        """End every connection and session at once, as a host that goes down does; `server.start` brings it back."""
        self.server.abort()
        self.sessions.clear()
