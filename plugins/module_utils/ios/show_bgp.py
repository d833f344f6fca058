# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`show ip bgp summary` and `show ip bgp neighbors` as values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .names import read_address, read_asn
from .show_text import clean_lines, matched, matched_int, read_duration_s, split_blocks, unread

ESTABLISHED = "Established"
IPV4_UNICAST = "IPv4 Unicast"
ROW_WORDS = 10  # Neighbor V AS MsgRcvd MsgSent TblVer InQ OutQ Up/Down State/PfxRcd

_FAMILY = re.compile(r"^For address family: ?(.+)$")
_PROCESS = re.compile(r"BGP router identifier ([0-9.]+), ?local AS number (\d+(?:\.\d+)?)")
_ROW = re.compile(
    r"\*?(?P<address>\S+) (?P<version>\d) (?P<asn>\d+(?:\.\d+)?) (?P<received>\d+) (?P<sent>\d+) \d+ "
    r"(?P<in_queue>\d+) (?P<out_queue>\d+) (?P<age>\S+) (?P<state>.+)"
)
_ROW_START = re.compile(r"\*?(?P<address>[0-9A-Fa-f.:]+) \d \d+(?:\.\d+)?(?: |$)")
_STATE_WORDS = re.compile(r"[A-Za-z]+(?: ?\([^)]*\))?|\([^)]*\)")

_HEAD = re.compile(
    r"^BGP neighbor is \*?(?P<address>[0-9A-Fa-f:.]+)(?:%\S+)?,(?: ?vrf (?P<vrf>[^,]+),)? ?"
    r"remote AS (?P<asn>\d+(?:\.\d+)?)"
    r"(?:,.*?\b(?P<link>internal|external|confed\w*) link)?"
)
_STATE = re.compile(r"\b(?:BGP|Session) state ?= ?([A-Za-z]+(?: ?\([^)]*\))?)")
_SHUT_DOWN = re.compile(r"Administratively shut ?down", re.IGNORECASE)
_UPTIME = re.compile(r"\bstate ?= ?Established, ?up for (\S+)")
_ROUTER_ID = re.compile(r"remote router ID ([0-9.]+)")
_HOLD = re.compile(r"(?<!Configured )hold time is (\d+), ?keepalive interval is \d+")
_KEEPALIVE = re.compile(r"(?<!Configured )hold time is \d+, ?keepalive interval is (\d+)")
_CONFIGURED_HOLD = re.compile(r"Configured hold time is (\d+)")
_CONFIGURED_KEEPALIVE = re.compile(r"Configured hold time is \d+, ?keepalive interval is (\d+)")
_PREFIXES_SENT = re.compile(r"Prefixes Current: ?(\d+)")
_PREFIXES = re.compile(r"Prefixes Current: ?\d+ (\d+)|(\d+) accepted prefixes")
_BFD = re.compile(r"BFD is configured|Using BFD to detect fast ?fallover", re.IGNORECASE)
_BFD_PEER = re.compile(r"BFD peer is (\w+)", re.IGNORECASE)
_BFD_HOP = re.compile(r"Using BFD to detect fast ?fallover ?\((single-hop|multi-hop)\)", re.IGNORECASE)
_BFD_C_BIT = re.compile(r"Using BFD to detect fast ?fallover[^.]*check-control-plane-failure", re.IGNORECASE)
_BFD_STRICT = re.compile(r"Using BFD to detect fast ?fallover[^.]*strict-mode", re.IGNORECASE)
_DESCRIPTION = re.compile(r"^Description: ?(.+)$")
_RESET = re.compile(r"^Last reset (?:never|[^,]*, ?due to (.+))$")
_RESET_AGE = re.compile(r"^Last reset (\d[^\s,]*)")
_ESTABLISHED_COUNT = re.compile(r"Connections established (\d+)")
_DROPPED_COUNT = re.compile(r"Connections established \d+; ?dropped (\d+)")
_LOCAL_HOST = re.compile(r"Local host: ?([0-9A-Fa-f:.]+)")


@dataclass(frozen=True)
class BgpSummaryRow:
    """One neighbor of the summary; `prefixes_received` is None while the session is not established."""

    neighbor: str
    remote_as: int
    state: str
    prefixes_received: int | None
    state_for_s: int | None
    address_family: str = IPV4_UNICAST
    router_id: str | None = None
    local_as: int | None = None
    version: int = 4
    messages_received: int = 0
    messages_sent: int = 0
    in_queue: int = 0
    out_queue: int = 0


@dataclass(frozen=True)
class BgpNeighbor:
    """One neighbor in detail; None where the device did not print a value.

    hold_time_s and keepalive_s are the running (negotiated) timers; the configured ones stand beside them.
    last_reset_s is how long ago the session went down last.
    """

    neighbor: str
    remote_as: int
    state: str
    vrf: str = "default"
    link: str | None = None
    description: str | None = None
    router_id: str | None = None
    local_address: str | None = None
    uptime_s: int | None = None
    hold_time_s: int | None = None
    keepalive_s: int | None = None
    configured_hold_time_s: int | None = None
    configured_keepalive_s: int | None = None
    prefixes_received: int | None = None
    prefixes_sent: int | None = None
    bfd: bool = False
    bfd_peer_state: str | None = None
    bfd_hop: str | None = None
    bfd_check_control_plane: bool = False
    bfd_strict_mode: bool = False
    last_reset_reason: str | None = None
    last_reset_s: int | None = None
    connections_established: int | None = None
    connections_dropped: int | None = None


def parse_bgp_summary(text: str) -> tuple[BgpSummaryRow, ...]:
    """Return the rows of all address families in the order in which the device prints them.

    DeviceError on a row that is not understood.
    """
    family, router_id, local_as = IPV4_UNICAST, None, None
    rows: list[BgpSummaryRow] = []
    for line in _rejoin(clean_lines(text)):
        found, process, row = _FAMILY.match(line), _PROCESS.search(line), _ROW.fullmatch(line)
        if found:
            family, router_id, local_as = found.group(1), None, None
        elif process:
            router_id, local_as = process.group(1), read_asn(process.group(2))
        elif row and read_address(row.group("address")):
            rows.append(_summary_row(row, family, router_id, local_as))
        else:
            _require_no_row(line)
    return tuple(rows)


def _require_no_row(line: str) -> None:
    start = _ROW_START.match(line)
    if start and read_address(start.group("address")):
        raise unread("show ip bgp summary", line)


def _rejoin(lines: Sequence[str]) -> list[str]:
    """Put rows that the device broke, mostly behind a long IPv6 address, back into one line."""
    joined: list[str] = []
    for line in lines:
        before = joined[-1].split() if joined else []
        broken = bool(before) and len(before) < ROW_WORDS and _starts_row(before)
        if broken and line and not _starts_row(line.split()):
            joined[-1] += " " + line
        else:
            joined.append(line)
    return joined


def _starts_row(words: Sequence[str]) -> bool:
    """Return whether a line begins with a neighbor's address; `*` marks a dynamic neighbor."""
    return bool(words) and read_address(words[0].lstrip("*")) is not None


def _summary_row(row: re.Match[str], family: str, router_id: str | None, local_as: int | None) -> BgpSummaryRow:
    """Return one neighbor; a number in the last column means that the session is established."""
    count = re.match(r"\d+\b", row.group("state"))
    words = _STATE_WORDS.match(row.group("state"))
    return BgpSummaryRow(
        neighbor=str(read_address(row.group("address"))),
        remote_as=read_asn(row.group("asn")),
        state=ESTABLISHED if count else (words.group(0) if words else row.group("state")),
        prefixes_received=int(count.group(0)) if count else None,
        state_for_s=read_duration_s(row.group("age")),
        address_family=family,
        router_id=router_id,
        local_as=local_as,
        version=int(row.group("version")),
        messages_received=int(row.group("received")),
        messages_sent=int(row.group("sent")),
        in_queue=int(row.group("in_queue")),
        out_queue=int(row.group("out_queue")),
    )


def parse_bgp_neighbors(text: str) -> tuple[BgpNeighbor, ...]:
    """Return the neighbors in the order in which the device prints them; DeviceError where a head is not understood."""
    blocks = split_blocks(clean_lines(text), lambda line: line.startswith("BGP neighbor is "))
    return tuple(_neighbor(_head(block), block) for block in blocks)


def _head(block: Sequence[str]) -> re.Match[str]:
    """Return the match of a neighbor's first line, which may be broken into two."""
    head = _HEAD.match(" ".join(block[:2]))
    if head is None or read_address(head.group("address")) is None:
        raise unread("show ip bgp neighbors", block[0])
    return head


def _neighbor(head: re.Match[str], block: Sequence[str]) -> BgpNeighbor:
    """Return one neighbor from its first line and all lines below it."""
    text = " ".join(block)
    family = _family_part(text)
    prefixes = _PREFIXES.search(family)
    return BgpNeighbor(
        neighbor=str(read_address(head.group("address"))),
        remote_as=read_asn(head.group("asn")),
        state=_read_state(text),
        vrf=(head.group("vrf") or "default").strip(),
        link=head.group("link"),
        description=_line_value(_DESCRIPTION, block),
        router_id=matched(_ROUTER_ID, text),
        local_address=matched(_LOCAL_HOST, text),
        uptime_s=read_duration_s(matched(_UPTIME, text)),
        hold_time_s=matched_int(_HOLD, text),
        keepalive_s=matched_int(_KEEPALIVE, text),
        configured_hold_time_s=matched_int(_CONFIGURED_HOLD, text),
        configured_keepalive_s=matched_int(_CONFIGURED_KEEPALIVE, text),
        prefixes_received=int(prefixes.group(1) or prefixes.group(2)) if prefixes else None,
        prefixes_sent=matched_int(_PREFIXES_SENT, family),
        bfd=_BFD.search(text) is not None,
        bfd_peer_state=matched(_BFD_PEER, text),
        bfd_hop=matched(_BFD_HOP, text),
        bfd_check_control_plane=_BFD_C_BIT.search(text) is not None,
        bfd_strict_mode=_BFD_STRICT.search(text) is not None,
        last_reset_reason=_line_value(_RESET, block),
        last_reset_s=read_duration_s(_line_value(_RESET_AGE, block)),
        connections_established=matched_int(_ESTABLISHED_COUNT, text),
        connections_dropped=matched_int(_DROPPED_COUNT, text),
    )


def _read_state(text: str) -> str:
    """Return the state in the words of the summary; a shut neighbor is "Idle (Admin)" there."""
    state = matched(_STATE, text) or "unknown"
    return "Idle (Admin)" if state == "Idle" and _SHUT_DOWN.search(text) else state


def _family_part(text: str) -> str:
    """Return the part about IPv4 unicast, or all of it where the device prints no such heading."""
    _before, found, part = text.partition(f"For address family: {IPV4_UNICAST}")
    return part if found else text


def _line_value(pattern: re.Pattern[str], block: Sequence[str]) -> str | None:
    """Return what stands behind a label that has its line to itself."""
    found = [match.group(1) for match in (pattern.match(line) for line in block) if match]
    return found[0] if found else None
