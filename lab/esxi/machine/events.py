"""The host's events, as the API's event manager tells them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

KEPT_EVENTS = 1000


@dataclass(frozen=True)
class Event:
    """One event: `type` is its wsdl name, `vm` the key of the VM that it is about.

    The type EventEx has its own id in `details["eventTypeId"]`.
    """

    key: int
    time: datetime
    type: str
    message: str
    user: str = ""
    vm: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


class Events:
    """The last events since the boot, oldest first; that a boot forgets the older ones is unverified."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Begin without events."""
        self._now = now
        self._events: deque[Event] = deque(maxlen=KEPT_EVENTS)
        self._listeners: list[Callable[[Event], None]] = []
        self._count = 0

    @property
    def all(self) -> tuple[Event, ...]:
        """Return the events, oldest first."""
        return tuple(self._events)

    def since(self, key: int) -> tuple[Event, ...]:
        """Return the events after one with this key."""
        return tuple(event for event in self._events if event.key > key)

    def post(self, type: str, message: str, user: str = "", vm: str = "", **details: str) -> Event:
        """Tell that something has happened."""
        self._count += 1
        event = Event(self._count, self._now(), type, message, user, vm, details)
        self._events.append(event)
        for listener in self._listeners:
            listener(event)
        return event

    def subscribe(self, listener: Callable[[Event], None]) -> None:
        """Call `listener` with every later event."""
        self._listeners.append(listener)

    def boot(self) -> None:
        """Forget what was before; keys go on counting."""
        self._events.clear()
