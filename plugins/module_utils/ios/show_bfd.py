# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`show bfd neighbors [details]` as values, in every layout that IOS and IOS-XE print it.

The layouts: OurAddr in front of NeighAddr with a Holddown(mult) column (IOS 12.4 to 15.1), OurAddr on
a line of its own (IOS 15.2 and later, IOS-XE), BFD version 0 with "1(RH)" and "Holdown". The device
prints times in microseconds; here they are milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Union

from .names import interface_name, read_address
from .show_text import clean_lines, matched, matched_int, read_duration_s, split_blocks, unread

Milliseconds = Union[int, float]

_ROW = re.compile(
    r"(?:(?P<local>[0-9A-Fa-f.:]+) )?(?P<neighbor>[0-9A-Fa-f.:]+)(?: ?\[(?P<vrf>[^]]*)\])? "
    r"(?P<ld>\d+) ?/ ?(?P<rd>\d+) (?P<heard>[\w/]+(?: ?\(R[HS]\))?) "
    r"(?:(?:\d+|N/A) ?\( ?\d+ ?\) )?(?P<state>Up|Down|Init|Admin ?Down|Admin ?Dn|Fail\w*)\b(?: (?P<interface>\S+))?",
    re.IGNORECASE,
)
_ROW_START = re.compile(r"(?:\S+ )?(?P<neighbor>[0-9A-Fa-f.:]+)(?: ?\[[^]]*\])? \d+ ?/ ?\d+(?: |$)")
_DISCRIMINATORS = re.compile(r"\d+ ?/ ?\d+ ")
_STATES = {"up": "Up", "down": "Down", "init": "Init", "admindown": "AdminDown", "admindn": "AdminDown"}
_ECHO = re.compile(r"(?<!not )using echo function(?: with (\d+) ms)?", re.IGNORECASE)
_NO_ECHO = re.compile(r"not using echo function", re.IGNORECASE)
_OWN_ADDRESS = re.compile(r"OurAddr: ?([0-9A-Fa-f.:]+)")
_MIN_TX = re.compile(r"MinTxInt: ?(\d+)")
_MIN_RX = re.compile(r"(?<!Received )MinRxInt: ?(\d+)")
_MULTIPLIER = re.compile(r"(?<!Received )Multiplier: ?(\d+)")
_RECEIVED_MIN_RX = re.compile(r"Received MinRxInt: ?(\d+)")
_RECEIVED_MULTIPLIER = re.compile(r"Received Multiplier: ?(\d+)")
_PEER_MIN_TX = re.compile(r"Min tx interval: ?(\d+)")
_PEER_MIN_RX = re.compile(r"Min rx interval: ?(\d+)")
_PEER_MIN_ECHO = re.compile(r"Min Echo interval: ?(\d+)")
_LOCAL_DIAGNOSTIC = re.compile(r"Local Diag: ?(\d+)")
_PEER_DIAGNOSTIC = re.compile(r"Diagnostic: ?(\d+)")
_VERSION = re.compile(r"Version: ?(\d+)")
_UPTIME = re.compile(r"\bUptime: ?(\S+)")
_DOWNTIME = re.compile(r"\bDowntime: ?(\S+)")
_RX_COUNT = re.compile(r"(?<!Echo )Rx Count: ?(\d+)")
_TX_COUNT = re.compile(r"(?<!Echo )Tx Count: ?(\d+)")
_ECHO_RX_COUNT = re.compile(r"Echo Rx Count: ?(\d+)")
_ECHO_TX_COUNT = re.compile(r"Echo Tx Count: ?(\d+)")
_HANDLE = re.compile(r"\bHandle: ?(\d+)")
_HOST = re.compile(r"\bHost: ?(\S+)")
_C_BIT = re.compile(r"C bit: ?(\d)")
_PROTOCOLS = re.compile(r"^Registered protocols: ?(.*)$")
_TEMPLATE = re.compile(r"^Template: ?(\S+)$")


@dataclass(frozen=True)
class BfdSession:
    """One BFD session as this end sees it; None where the device did not print a value.

    interval_ms is the pace of the packets by which a failure is detected: the echo interval, or without
    echo the negotiated transmit interval. min_tx_ms and min_rx_ms are of the control packets, which go
    at the slow timer while echo is used.
    """

    neighbor: str
    local_address: str | None
    interface: str | None
    state: str
    local_discriminator: int
    remote_discriminator: int
    remote_heard: str
    vrf: str | None = None
    echo: bool | None = None
    interval_ms: Milliseconds | None = None
    multiplier: int | None = None
    detection_time_ms: Milliseconds | None = None
    min_tx_ms: Milliseconds | None = None
    min_rx_ms: Milliseconds | None = None
    received_min_rx_ms: Milliseconds | None = None
    received_multiplier: int | None = None
    peer_min_tx_ms: Milliseconds | None = None
    peer_min_rx_ms: Milliseconds | None = None
    peer_min_echo_ms: Milliseconds | None = None
    protocols: tuple[str, ...] = ()
    uptime_s: int | None = None
    downtime_s: int | None = None
    template: str | None = None
    session_host: str | None = None
    local_diagnostic: int | None = None
    peer_diagnostic: int | None = None
    packet_version: int | None = None
    c_bit: bool | None = None
    rx_count: int | None = None
    tx_count: int | None = None
    echo_rx_count: int | None = None
    echo_tx_count: int | None = None
    handle: int | None = None


@dataclass(frozen=True)
class _Timers:
    """The values that the detection time is made of."""

    echo_interval_ms: Milliseconds | None
    min_tx_ms: Milliseconds | None
    min_rx_ms: Milliseconds | None
    multiplier: int | None
    received_min_rx_ms: Milliseconds | None
    received_multiplier: int | None
    peer_min_tx_ms: Milliseconds | None


def parse_bfd_neighbors(text: str) -> tuple[BfdSession, ...]:
    """Return the sessions in the order in which the device prints them; DeviceError on a row that is not understood."""
    lines = _rejoin(clean_lines(text))
    for line in lines:
        start = _ROW_START.match(line)
        if start and read_address(start.group("neighbor")) and not _row(line):
            raise unread("show bfd neighbors", line)
    blocks = split_blocks(lines, lambda line: _row(line) is not None)
    sessions = [session for session in (_session(block) for block in blocks) if session is not None]
    return _without_repeats(sessions)


def _rejoin(lines: Sequence[str]) -> list[str]:
    """Put rows that the device broke behind a long address back into one line."""
    joined: list[str] = []
    for line in lines:
        before = joined[-1].split() if joined else []
        broken = bool(before) and all(read_address(word) for word in before)
        if broken and (_DISCRIMINATORS.match(line) or read_address(line.partition(" ")[0])):
            joined[-1] += " " + line
        else:
            joined.append(line)
    return joined


def _row(line: str) -> re.Match[str] | None:
    """Return the match of a session's table row, None for any other line."""
    found = _ROW.match(line)
    if not found or read_address(found.group("neighbor")) is None:
        return None
    local = found.group("local")
    return found if local is None or read_address(local) else None


def _session(block: Sequence[str]) -> BfdSession | None:
    """Return the session that a row and the lines below it describe."""
    row = _row(block[0])
    if row is None:
        return None
    own, _heading, last_packet = " ".join(block[1:]).partition("Last packet:")
    state = _STATES.get(row.group("state").replace(" ", "").lower(), row.group("state"))
    echo = _read_echo(own)
    timers = _read_timers(own, last_packet)
    up = state == "Up"
    local = row.group("local") or matched(_OWN_ADDRESS, own)
    interface = row.group("interface")
    c_bit = matched_int(_C_BIT, last_packet)
    return BfdSession(
        neighbor=str(read_address(row.group("neighbor"))),
        local_address=read_address(local) if local else None,
        interface=interface_name(interface) if interface else None,
        state=state,
        local_discriminator=int(row.group("ld")),
        remote_discriminator=int(row.group("rd")),
        remote_heard=row.group("heard"),
        vrf=row.group("vrf"),
        echo=echo,
        interval_ms=_interval_ms(echo, timers) if up else None,
        multiplier=timers.multiplier,
        detection_time_ms=_detection_time_ms(echo, timers) if up else None,
        min_tx_ms=timers.min_tx_ms,
        min_rx_ms=timers.min_rx_ms,
        received_min_rx_ms=timers.received_min_rx_ms,
        received_multiplier=timers.received_multiplier,
        peer_min_tx_ms=timers.peer_min_tx_ms,
        peer_min_rx_ms=_ms(_PEER_MIN_RX, last_packet),
        peer_min_echo_ms=_ms(_PEER_MIN_ECHO, last_packet),
        protocols=_line_value(_PROTOCOLS, block),
        uptime_s=read_duration_s(matched(_UPTIME, own)) if up else None,
        downtime_s=None if up else read_duration_s(matched(_DOWNTIME, own)),
        template=next(iter(_line_value(_TEMPLATE, block)), None),
        session_host=matched(_HOST, own),
        local_diagnostic=matched_int(_LOCAL_DIAGNOSTIC, own),
        peer_diagnostic=matched_int(_PEER_DIAGNOSTIC, last_packet),
        packet_version=matched_int(_VERSION, last_packet),
        c_bit=None if c_bit is None else bool(c_bit),
        rx_count=matched_int(_RX_COUNT, own),
        tx_count=matched_int(_TX_COUNT, own),
        echo_rx_count=matched_int(_ECHO_RX_COUNT, own),
        echo_tx_count=matched_int(_ECHO_TX_COUNT, own),
        handle=matched_int(_HANDLE, own),
    )


def _read_echo(own: str) -> bool | None:
    """Return whether echo detects failures; a session that is not up says nothing about it."""
    if _NO_ECHO.search(own):
        return False
    return True if _ECHO.search(own) else None


def _read_timers(own: str, last_packet: str) -> _Timers:
    """Return the timers of both ends."""
    return _Timers(
        echo_interval_ms=matched_int(_ECHO, own),
        min_tx_ms=_ms(_MIN_TX, own),
        min_rx_ms=_ms(_MIN_RX, own),
        multiplier=matched_int(_MULTIPLIER, own),
        received_min_rx_ms=_ms(_RECEIVED_MIN_RX, own),
        received_multiplier=matched_int(_RECEIVED_MULTIPLIER, own),
        peer_min_tx_ms=_ms(_PEER_MIN_TX, last_packet),
    )


def _interval_ms(echo: bool | None, timers: _Timers) -> Milliseconds | None:
    """Return the pace of the detecting packets that this end sends (RFC 5880, 6.8.3 and 6.8.9)."""
    if echo:
        return timers.echo_interval_ms
    if echo is None or timers.min_tx_ms is None or timers.received_min_rx_ms is None:
        return None
    return max(timers.min_tx_ms, timers.received_min_rx_ms)


def _detection_time_ms(echo: bool | None, timers: _Timers) -> Milliseconds | None:
    """Return after what silence this end declares the neighbor down (RFC 5880, 6.8.4 and 6.8.5)."""
    if echo:
        if timers.echo_interval_ms is None or timers.multiplier is None:
            return None
        return timers.echo_interval_ms * timers.multiplier
    if echo is None or timers.min_rx_ms is None or timers.peer_min_tx_ms is None or not timers.received_multiplier:
        return None
    return _whole(timers.received_multiplier * max(timers.min_rx_ms, timers.peer_min_tx_ms))


def _ms(pattern: re.Pattern[str], text: str) -> Milliseconds | None:
    """Return the microseconds that the pattern finds as milliseconds, whole where they are whole."""
    found = matched_int(pattern, text)
    return None if found is None else _whole(found / 1000)


def _whole(value: Milliseconds) -> Milliseconds:
    """Return a time to the microsecond, as a whole number where it is one."""
    return int(value) if value == int(value) else round(value, 3)


def _line_value(pattern: re.Pattern[str], block: Sequence[str]) -> tuple[str, ...]:
    """Return the words behind a label that has its line to itself."""
    found = [match for match in (pattern.match(line) for line in block) if match]
    return tuple(found[0].group(1).replace(",", " ").split()) if found else ()


def _without_repeats(sessions: Sequence[BfdSession]) -> tuple[BfdSession, ...]:
    """Drop the brief row of a session that the same capture also shows in detail.

    A local discriminator names one session of a router (RFC 5880 6.3).
    """
    kept: dict[tuple[str, int], BfdSession] = {}
    for session in sessions:
        key = (session.neighbor, session.local_discriminator)
        if key not in kept or session.multiplier is not None:
            kept[key] = session
    return tuple(kept.values())
