# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all routers show, as one text table for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .show_bfd import BfdSession
from .show_bgp import BgpNeighbor
from .show_route import BgpRoute
from .show_standby import LOCAL, HsrpGroup
from .verify import Observed, observed_from_dict

NOTHING = "-"

BFD_COLUMNS = ("router", "neighbor", "interface", "state", "mode", "interval", "detection time", "protocols", "up for")
BGP_COLUMNS = ("router", "neighbor", "AS", "state", "hold/keepalive", "prefixes", "BFD", "up for")
ROUTE_COLUMNS = ("router", "prefix", "via", "distance/metric", "age")
HSRP_COLUMNS = ("router", "interface", "group", "virtual IP", "priority", "state", "active", "standby")

Row = tuple[str, ...]


def render_table(infos: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a section for BFD, BGP, routes and HSRP each, with one line for everything that a router shows."""
    seen = {host: observed_from_dict(info) for host, info in infos.items()}
    sections = [
        _section("BFD sessions", BFD_COLUMNS, _rows(seen, "bfd", _bfd_row)),
        _section("BGP neighbors", BGP_COLUMNS, _rows(seen, "bgp", _bgp_row)),
        _section("BGP routes", ROUTE_COLUMNS, _rows(seen, "routes", _route_row)),
        _section("HSRP groups", HSRP_COLUMNS, _rows(seen, "hsrp", _hsrp_row)),
    ]
    return "\n\n".join(sections) + "\n"


def render_duration(seconds: int | None) -> str:
    """Return a duration as IOS prints it: hh:mm:ss, then days and hours, then weeks and days."""
    if seconds is None:
        return NOTHING
    days, rest = divmod(seconds, 86400)
    if days == 0:
        return f"{rest // 3600:02}:{rest % 3600 // 60:02}:{rest % 60:02}"
    return f"{days}d{rest // 3600:02}h" if days < 7 else f"{days // 7}w{days % 7}d"


def _rows(seen: Mapping[str, Observed], part: str, row: Any) -> list[Row]:
    """Return the rows of all routers; a part that a router could not give has a row that says so."""
    rows: list[Row] = []
    for host, observed in seen.items():
        items = getattr(observed, part)
        refused = (observed.not_supported or {}).get(part)
        if items is None:
            rows.append((host, "not supported" if refused else "not gathered"))
        rows += [(host, *row(item)) for item in items or ()]
    return rows


def _section(title: str, columns: Row, rows: Sequence[Row]) -> str:
    """Return a title, a head and the rows, every column as wide as the widest cell of a full row."""
    lines = [columns, *rows]
    full = [line for line in lines if len(line) == len(columns)]
    widths = [max(len(line[at]) for line in full) for at in range(len(columns))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]
    ruler = "  ".join("-" * width for width in widths)
    return "\n".join([title, text[0], ruler, *(text[1:] or ["none"])])


def _bfd_row(item: BfdSession) -> Row:
    mode = {True: "echo", False: "asynchronous", None: NOTHING}[item.echo]
    interval = NOTHING if item.interval_ms is None else f"{item.interval_ms} ms x {item.multiplier}"
    detection = NOTHING if item.detection_time_ms is None else f"{item.detection_time_ms} ms"
    return (
        item.neighbor,
        item.interface or NOTHING,
        item.state,
        mode,
        interval,
        detection,
        _words(item.protocols),
        render_duration(item.uptime_s),
    )


def _bgp_row(item: BgpNeighbor) -> Row:
    timers = NOTHING if item.hold_time_s is None else f"{item.hold_time_s}/{item.keepalive_s} s"
    bfd = (item.bfd_peer_state or "configured") if item.bfd else NOTHING
    return (
        item.neighbor,
        str(item.remote_as),
        item.state,
        timers,
        NOTHING if item.prefixes_received is None else str(item.prefixes_received),
        bfd,
        render_duration(item.uptime_s),
    )


def _route_row(item: BgpRoute) -> Row:
    via = item.next_hop or item.interface or NOTHING
    return (item.prefix, via, f"{item.distance}/{item.metric}", render_duration(item.age_s))


def _hsrp_row(item: HsrpGroup) -> Row:
    return (
        item.interface,
        str(item.group),
        item.virtual_ip or NOTHING,
        f"{item.priority}{' preempt' if item.preempt else ''}",
        item.state,
        "this one" if item.active_router == LOCAL else item.active_router,
        "this one" if item.standby_router == LOCAL else item.standby_router,
    )


def _words(words: Iterable[str]) -> str:
    return " ".join(words) or NOTHING
