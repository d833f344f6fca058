"""`show ip bgp` and `show ip bgp summary` from the live BGP process.

Sources of the shape: ntc-templates, tests/cisco_ios/show_ip_bgp (`…bgp3.raw`: columns, iBGP, long
prefixes) and show_ip_bgp_summary. The memory lines of the summary ("5 network entries using … bytes")
are left out, as IOS does with an empty table: bgpd does not count its bytes as IOS does.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from lab.engine import BgpNeighborState, BgpPath, BgpTable
from lab.ios.show_bgp_neighbors import NOT_ACTIVE, render_bgp_neighbors
from lab.ios.show_names import render_prefix
from lab.ios.show_time import render_duration_or_never

__all__ = ["render_bgp_neighbors", "render_bgp_summary", "render_bgp_table"]

TABLE_HEADER = """\
Status codes: s suppressed, d damped, h history, * valid, > best, i - internal,\x20
              r RIB-failure, S Stale, m multipath, b backup-path, f RT-Filter,\x20
              x best-external, a additional-path, c RIB-compressed,\x20
Origin codes: i - IGP, e - EGP, ? - incomplete
RPKI validation codes: V valid, I invalid, N Not found

     Network          Next Hop            Metric LocPrf Weight Path"""
SUMMARY_HEADER = "Neighbor        V           AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd"
PREFIX_WIDTH = 17
BGP_VERSION = 4


def render_bgp_table(table: BgpTable | None) -> str:
    """Return `show ip bgp`; None where no process is configured, "" for an empty table."""
    if table is None:
        return NOT_ACTIVE
    if not table.paths:
        return ""
    ordered = sorted(table.paths, key=lambda path: path.prefix)
    rows = [row for _prefix, paths in groupby(ordered, key=lambda path: path.prefix) for row in _rows(list(paths))]
    version = f"BGP table version is {table.version}, local router ID is {table.router_id or '0.0.0.0'}"
    return "\n".join([version, TABLE_HEADER, *rows])


def _rows(paths: Sequence[BgpPath]) -> list[str]:
    """Return the rows of one prefix, which is named in the first of them only."""
    first, *others = paths
    name = render_prefix(first.prefix)
    named = name.ljust(PREFIX_WIDTH) if len(name) < PREFIX_WIDTH else f"{name}\n{'':23}"
    return [_row(first, named), *(_row(path, " " * PREFIX_WIDTH) for path in others)]


def _row(path: BgpPath, name: str) -> str:
    codes = f"{'*' if path.valid else ' '}{'>' if path.best else ' '}{'i' if path.internal else ' '}"
    metric = "" if path.metric is None else path.metric
    preference = "" if path.local_preference is None else path.local_preference
    way = f"{path.as_path} {path.origin}".strip()
    return f" {codes} {name}{path.next_hop!s:<16}{metric:>10}{preference:>7}{path.weight:>7} {way}"


def render_bgp_summary(table: BgpTable | None) -> str:
    """Return `show ip bgp summary`; None where no process is configured."""
    if table is None:
        return NOT_ACTIVE
    lines = [
        f"BGP router identifier {table.router_id or '0.0.0.0'}, local AS number {table.local_as}",
        f"BGP table version is {table.version}, main routing table version {table.version}",
    ]
    if table.neighbors:
        ordered = sorted(table.neighbors, key=lambda neighbor: neighbor.address)
        lines += ["", SUMMARY_HEADER, *(_summary_row(neighbor, table.version) for neighbor in ordered)]
    return "\n".join(lines)


def _summary_row(neighbor: BgpNeighborState, table_version: int) -> str:
    established = neighbor.state == "Established"
    result = f"{neighbor.prefixes_received:>8}" if established else neighbor.state
    return (
        f"{neighbor.address!s:<15} {BGP_VERSION:>1} {neighbor.remote_as:>12}"
        f" {neighbor.messages_received:>7} {neighbor.messages_sent:>7}"
        # bgpd keeps no version per neighbor; IOS shows 1 for one that was told nothing yet.
        f" {table_version if established else 1:>8} {neighbor.in_queue:>4} {neighbor.out_queue:>4}"
        f" {render_duration_or_never(neighbor.state_for_s):<8} {result}"
    )
