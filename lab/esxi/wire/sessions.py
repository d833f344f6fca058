"""Sessions: login, the cookie by which a client is known, expiry, and what belongs to one session only."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lab.esxi.wire.call import Call, Peer
from lab.esxi.wire.faults import fault
from lab.esxi.wire.objects import ManagedObject

# Check a user's password: return the full name, or raise the fault by which the host refuses.
Authenticate = Callable[[str, str], str]

COOKIE = "vmware_soap_session"
# What ESXi closes an idle session after, unless Config.HostAgent.vmacore.soap.sessionTimeout says otherwise.
IDLE_S = 1800.0
_COOKIE = re.compile(rf'{COOKIE}="?([^";,\s]+)')


@dataclass
class Session:
    """Somebody who has logged in; `objects` are views, collectors and filters that nobody else sees."""

    key: str
    user: str
    full_name: str
    locale: str
    login_time: datetime
    last_active: datetime
    peer: Peer
    call_count: int = 0
    calls_open: int = 0
    objects: dict[str, ManagedObject] = field(default_factory=dict)

    def new_id(self) -> str:
        """Return an id for an object of this session."""
        return f"session[{self.key}]{secrets.token_hex(16)}"

    def end(self) -> None:
        """Dispose of everything that belongs to the session."""
        for each in tuple(self.objects.values()):
            each._dispose()
        self.objects.clear()


class Sessions:
    """Everybody who is logged in."""

    def __init__(self, authenticate: Authenticate, now: Callable[[], datetime], idle_s: float = IDLE_S) -> None:
        self.idle_s = idle_s
        self._authenticate = authenticate
        self._now = now
        self._open: dict[str, Session] = {}

    def login(self, call: Call, user: str, password: str, locale: str | None = None) -> Session:
        """Open a session; raise what the host's users raise, and InvalidLogin for who has one already."""
        if call.session is not None:
            raise fault("InvalidLogin")
        full_name = self._authenticate(user, password)
        key = secrets.token_hex(20)
        call.began_session = Session(key, user, full_name, locale or "en", call.time, call.time, call.peer)
        self._open[key] = call.began_session
        return call.began_session

    def logout(self, call: Call) -> None:
        """End the caller's own session."""
        if call.session is not None:
            call.ended_session = True
            self.end(call.session.key)

    def end(self, key: str) -> bool:
        """End a session; tell whether there was one."""
        session = self._open.pop(key, None)
        if session is not None:
            session.end()
        return session is not None

    def clear(self) -> None:
        """End all sessions, as a reboot does."""
        for key in tuple(self._open):
            self.end(key)

    def active(self) -> list[Session]:
        """Return the sessions that have not expired."""
        oldest = self._now() - timedelta(seconds=self.idle_s)
        for each in tuple(self._open.values()):
            if each.last_active < oldest and not each.calls_open:
                self.end(each.key)
        return list(self._open.values())

    def of_cookie(self, header: str) -> Session | None:
        """Return the session of a Cookie header, None if it names none or an expired one."""
        found = _COOKIE.search(header)
        return next((each for each in self.active() if found and each.key == found[1]), None)

    @contextmanager
    def use(self, session: Session | None) -> Iterator[None]:
        """Keep a session from expiring while a call in it is open."""
        if session is None:
            yield
            return
        session.call_count += 1
        session.calls_open += 1
        try:
            yield
        finally:
            session.calls_open -= 1
            session.last_active = self._now()
