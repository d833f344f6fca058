# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a log message says about BFD, BGP, HSRP and interfaces.

Shapes: public captures of IOS 15 and IOS XE 16/17 (BFDFSM, BFD, BGP, BGP_SESSION, HSRP) and Cisco's system
message guides (LINK, LINEPROTO, STANDBY). `BFD_SESS_DOWN` names no neighbor but the local discriminator.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .names import interface_name, read_address
from .show_logging import LogRecord

BFD_DOWN, BFD_UP, BFD_CREATED, BFD_DESTROYED = "bfd_down", "bfd_up", "bfd_created", "bfd_destroyed"
BGP_DOWN, BGP_UP, BGP_RESET = "bgp_down", "bgp_up", "bgp_reset"
NOTIFICATION_SENT, NOTIFICATION_RECEIVED = "notification_sent", "notification_received"
HSRP, LINE_DOWN, LINE_UP, CONFIGURED, OTHER = "hsrp", "line_down", "line_up", "configured", "other"

# Why a BFD session went down: this end saw it, the neighbor said so, somebody switched it off.
DETECTED, SIGNALLED, ADMIN = "detected", "signalled", "admin"
HOLD_TIME_EXPIRED, BFD_DOWN_NOTIFICATION = "4/0", "6/10"
_HOLD_TIME_EXPIRED = re.compile(r"hold ?timer? expired")

# Longest words first. The first two were seen in captures and "RX DOWN" is cited from Cisco's
# troubleshooting guide; the words for an administrative end are unverified on a device.
_BFD_REASONS = (
    ("DETECT TIMER EXPIRED", DETECTED),
    ("DETECTION TIME EXPIRED", DETECTED),
    ("ECHO FAILURE", DETECTED),
    ("ECHO FUNCTION FAILED", DETECTED),
    ("ADMIN", ADMIN),
    ("RX DOWN", SIGNALLED),
    ("NEIGHBOR SIGNALED", SIGNALLED),
    ("NEIGHBOR SIGNALLED", SIGNALLED),
)
# Diagnostics of RFC 5880, 4.1.
BFD_DIAGNOSTICS = {1: DETECTED, 2: DETECTED, 3: SIGNALLED, 7: ADMIN}


@dataclass(frozen=True)
class LogFact:
    """What one message says; None where it does not say it."""

    kind: str
    neighbor: str | None = None
    interface: str | None = None
    discriminator: int | None = None
    handle: int | None = None
    vrf: str | None = None
    reason: str | None = None


# Facility, mnemonic, pattern and kind; a pattern's groups are named as the fields.
_BFD_SESSION = r"ld: ?(?P<discriminator>\d+)\b(?:.*?\bhandle: ?(?P<handle>\d+))?.*?\bis going"
_VRF = r"(?: (?:vpn )?vrf (?P<vrf>\S+))?"
_MESSAGES: Sequence[tuple[str, str, str, str]] = (
    (r"BFD(?:FSM)?", "BFD_SESS_DOWN", _BFD_SESSION + r" down,? ?(?:reason: ?(?P<reason>.+))?", BFD_DOWN),
    (r"BFD(?:FSM)?", "BFD_SESS_UP", _BFD_SESSION + r" up", BFD_UP),
    (
        r"BFD",
        "BFD_SESS_CREATED",
        r"neigh (?P<neighbor>[0-9A-Fa-f:.]+)\b.*?(?:, ?idb: ?(?P<interface>\S+?),?)? handle: ?(?P<handle>\d+)",
        BFD_CREATED,
    ),
    (
        r"BFD",
        "BFD_SESS_DESTROYED",
        r"ld: ?(?P<discriminator>\d+)\b.*?(?:, ?idb: ?(?P<interface>\S+?),?)?(?: handle: ?(?P<handle>\d+))",
        BFD_DESTROYED,
    ),
    (r"BGP", "ADJCHANGE", rf"neighbor (?P<neighbor>\S+){_VRF} Down ?(?P<reason>.*)", BGP_DOWN),
    (r"BGP", "ADJCHANGE", rf"neighbor (?P<neighbor>\S+){_VRF} Up", BGP_UP),
    (r"BGP", "NBR_RESET", rf"Neighbor (?P<neighbor>\S+){_VRF} (?:\S+ )?reset \((?P<reason>.+)\)", BGP_RESET),
    (
        r"BGP",
        "NOTIFICATION",
        rf"sent to neighbor (?P<neighbor>\S+){_VRF} (?:\S+ )?(?P<reason>\d+/\d+ ?\(.*?\))",
        NOTIFICATION_SENT,
    ),
    (
        r"BGP",
        "NOTIFICATION",
        rf"received from neighbor (?P<neighbor>\S+){_VRF} (?:\S+ )?(?P<reason>\d+/\d+ ?\(.*?\))",
        NOTIFICATION_RECEIVED,
    ),
    (r"HSRP", "STATECHANGE", r"(?P<interface>\S+) Gr\w* (?P<reason>\d+ state \S+ -> \S+)", HSRP),
    (r"STANDBY", "STATECHANGE", r"(?P<interface>\S+) Group (?P<reason>\d+ state \S+ -> \S+)", HSRP),
    (r"LINEPROTO", "UPDOWN", r"Interface (?P<interface>\S+), changed state to (?P<reason>down)", LINE_DOWN),
    (r"LINEPROTO", "UPDOWN", r"Interface (?P<interface>\S+), changed state to (?P<reason>up)", LINE_UP),
    (
        r"LINK",
        "CHANGED|UPDOWN",
        r"Interface (?P<interface>\S+), changed state to (?P<reason>(?:administratively )?down)",
        LINE_DOWN,
    ),
    (r"LINK", "CHANGED|UPDOWN", r"Interface (?P<interface>\S+), changed state to (?P<reason>up)", LINE_UP),
    (r"SYS", "CONFIG_I", r"(?P<reason>Configured from .*)", CONFIGURED),
)
_COMPILED = tuple(
    (re.compile(facility), re.compile(mnemonic), re.compile(pattern, re.IGNORECASE), kind)
    for facility, mnemonic, pattern, kind in _MESSAGES
)


def read_message(record: LogRecord) -> LogFact:
    """Return what a message says; a message that is not known says nothing."""
    for facility, mnemonic, pattern, kind in _COMPILED:
        if not (facility.fullmatch(record.facility or "") and mnemonic.fullmatch(record.mnemonic or "")):
            continue
        found = pattern.search(record.text)
        if found:
            return _fact(kind, found.groupdict())
    return LogFact(OTHER)


def _fact(kind: str, found: dict[str, str | None]) -> LogFact:
    neighbor, interface = found.get("neighbor"), found.get("interface")
    discriminator, handle = found.get("discriminator"), found.get("handle")
    return LogFact(
        kind=kind,
        neighbor=(read_address(neighbor.lstrip("*")) or neighbor) if neighbor else None,
        interface=interface_name(interface) if interface else None,
        discriminator=int(discriminator) if discriminator else None,
        handle=int(handle) if handle else None,
        vrf=found.get("vrf"),
        reason=(found.get("reason") or "").strip() or None,
    )


def bfd_reason(words: str | None) -> str | None:
    """Return how a BFD session's end came about by its words, None where they are not known."""
    plain = (words or "").upper().replace("_", " ")
    return next((how for phrase, how in _BFD_REASONS if phrase in plain), None)


def is_hold_time_expired(reason: str | None) -> bool:
    """Return whether a notification or a reset says that the hold timer fired (RFC 4271, 6.5)."""
    plain = (reason or "").lower()
    return plain.startswith(HOLD_TIME_EXPIRED) or _HOLD_TIME_EXPIRED.search(plain) is not None


def is_bfd_down(reason: str | None) -> bool:
    """Return whether a notification tells that BFD went down (RFC 9384); other speakers than IOS send it."""
    return (reason or "").startswith(BFD_DOWN_NOTIFICATION)


def is_bfd_reset(reason: str | None) -> bool:
    """Return whether the reason of a BGP reset is BFD."""
    return "bfd adjacency down" in (reason or "").lower()
