"""The context of one call: who asks, in which session, in which version of the API."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.esxi.wire.sessions import Session


@dataclass(frozen=True)
class Peer:
    """The other end of the connection."""

    address: str = ""
    user_agent: str = ""


@dataclass
class Call:
    """What every operation gets as its first argument.

    `version` is pyVmomi's name of the client's API version. `began_session` and `ended_session` are set
    by login and logout: the answer then sets or clears the cookie.
    """

    operation: str
    version: str
    time: datetime
    session: Session | None = None
    operation_id: str = ""
    peer: Peer = field(default_factory=Peer)
    began_session: Session | None = None
    ended_session: bool = False

    @property
    def user(self) -> str:
        """Return the name of who is logged in, empty if nobody is."""
        return self.session.user if self.session is not None else ""
