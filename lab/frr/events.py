"""Turn lines of FRR's logs into events of a router."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timezone

from lab.engine import Event
from lab.frr.reasons import BFD_DOWN, COLLISION, bfd_reason, reset_reason
from lab.network.names import ios_name

_STAMP = re.compile(r"(?P<at>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{6}) (?:BGP|BFD): (?:\[[^\]]*\])*\s*(?P<text>.*)")
_ADJACENCY = re.compile(r"%ADJCHANGE: neighbor (?P<neighbor>[\d.]+)\S* in vrf \S+ (?P<way>Up|Down)\s*(?P<reason>.*)")
_NOTIFICATION = re.compile(
    r"%NOTIFICATION(?:\(Hard Reset\))?: (?P<way>sent to|received from) neighbor (?P<neighbor>[\d.]+)"
    r" (?P<code>\d+)/(?P<subcode>\d+) "
)
_BFD = re.compile(
    r"state-change: \[mhop:no peer:(?P<neighbor>[\d.]+) .*?ifname:(?P<interface>\S+)\]"
    r" (?P<old>\S+) -> (?P<new>\S+)(?: reason:(?P<reason>\S+))?"
)

# IOS does not report these: it sends no notification when BFD goes down, and keeps to itself which of
# two connections it dropped.
_SILENT = {"sent to": (BFD_DOWN, COLLISION), "received from": (COLLISION,)}


@dataclass
class EventParser:
    """Reads the logs of one router line by line; remembers each neighbor's last notification."""

    _notified: dict[str, tuple[int, int]] = field(default_factory=dict)

    def parse(self, line: str) -> Event | None:
        """Return the event of a line, None for what IOS would not log."""
        stamped = _STAMP.match(line)
        if stamped is None:
            return None
        at = datetime.strptime(stamped["at"], "%Y/%m/%d %H:%M:%S.%f").replace(tzinfo=timezone.utc).timestamp()
        text = stamped["text"]
        if match := _ADJACENCY.match(text):
            return self._adjacency(at, match)
        if match := _NOTIFICATION.match(text):
            return self._notification(at, match)
        if match := _BFD.match(text):
            return self._bfd(at, match)
        return None

    def _adjacency(self, at: float, match: re.Match[str]) -> Event:
        neighbor = match["neighbor"]
        notification = self._notified.pop(neighbor, None)
        if match["way"] == "Up":
            return Event(at, "bgp_up", {"neighbor": neighbor})
        reason = reset_reason(match["reason"].strip(), notification)
        return Event(at, "bgp_down", {"neighbor": neighbor, "reason": reason})

    def _notification(self, at: float, match: re.Match[str]) -> Event | None:
        seen = int(match["code"]), int(match["subcode"])
        if seen != COLLISION:
            self._notified[match["neighbor"]] = seen
        if seen in _SILENT[match["way"]]:
            return None
        kind = "bgp_notification_sent" if match["way"] == "sent to" else "bgp_notification_received"
        return Event(at, kind, {"neighbor": match["neighbor"], "code": str(seen[0]), "subcode": str(seen[1])})

    def _bfd(self, at: float, match: re.Match[str]) -> Event | None:
        interface = ios_name(match["interface"])
        if interface is None or "up" not in (match["old"], match["new"]):
            return None
        fields = {"neighbor": match["neighbor"], "interface": interface}
        if match["new"] == "up":
            return Event(at, "bfd_up", fields)
        return Event(at, "bfd_down", {**fields, "reason": bfd_reason(match["reason"] or "")})
