"""The session manager: login and logout, and who else is logged in."""

from __future__ import annotations

from typing import Any

from lab.esxi.wire.call import Call
from lab.esxi.wire.faults import fault
from lab.esxi.wire.objects import ManagedObject
from lab.esxi.wire.sessions import Session, Sessions
from lab.esxi.wire.vmodl import vim


class SessionManager(ManagedObject):
    """Logs users in and out."""

    wsdl_name = "SessionManager"
    defaultLocale = "en"

    def __init__(self, moid: str, sessions: Sessions) -> None:
        super().__init__(moid)
        self._sessions = sessions

    def currentSession(self, call: Call) -> Any:
        """Return the caller's session, unset if there is none."""
        return _user_session(call.session) if call.session is not None else None

    @property
    def sessionList(self) -> list[Any]:
        """Return all sessions."""
        return [_user_session(each) for each in self._sessions.active()]

    def Login(self, call: Call, userName: str, password: str, locale: str | None = None) -> Any:
        """Open a session."""
        return _user_session(self._sessions.login(call, userName, password, locale))

    def Logout(self, call: Call) -> None:
        """End the caller's session."""
        self._sessions.logout(call)

    def TerminateSession(self, call: Call, sessionId: list[str]) -> None:
        """End other sessions by their keys."""
        if call.session is not None and call.session.key in sessionId:
            raise fault("InvalidArgument", invalidProperty="sessionId")
        for key in sessionId:
            if not self._sessions.end(key):
                raise fault("NotFound")

    def SetLocale(self, call: Call, locale: str) -> None:
        """Change the language of the caller's session."""
        assert call.session is not None
        call.session.locale = locale


def _user_session(session: Session) -> Any:
    return vim.UserSession(
        key=session.key,
        userName=session.user,
        fullName=session.full_name,
        loginTime=session.login_time,
        lastActiveTime=session.last_active,
        locale=session.locale,
        messageLocale=session.locale,
        extensionSession=False,
        ipAddress=session.peer.address,
        userAgent=session.peer.user_agent,
        callCount=session.call_count,
    )
