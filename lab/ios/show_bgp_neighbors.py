"""`show ip bgp neighbors [X]` from live neighbors and BFD sessions.

Sources of the shape: ntc-templates, tests/cisco_ios/show_ip_bgp_neighbors (`…_multiple.raw`: Established,
Idle, timers, route-maps, connections); Cisco, "BFD-BGP Multihop Client Support, cBit and Strict Mode"
(Fall over and BFD lines); a 15.x capture ("Last read …", gone with the session; "Configured hold time").

Left out, since bgpd does not report it in IOS' terms: capabilities, advertisement interval, update
groups, totals and withdrawals of prefixes, denied prefixes, refresh activity, the address tracking line
and TCP's internals.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address

from lab.engine import BfdSession, BgpNeighborState, BgpTable
from lab.ios.show_time import render_duration, render_duration_or_never
from lab.ios.store import BGP_HOLD_S, BGP_KEEPALIVE_S, BgpNeighbor, RouterConfig

NOT_ACTIVE = "% BGP not active"
NO_SUCH_NEIGHBOR = "% No such neighbor or address family"


def render_bgp_neighbors(
    config: RouterConfig,
    table: BgpTable | None,
    bfd_sessions: Sequence[BfdSession],
    neighbor: IPv4Address | None = None,
) -> str:
    """Return `show ip bgp neighbors`, all of them or one."""
    if table is None:
        return NOT_ACTIVE
    chosen = [known for known in table.neighbors if neighbor in (None, known.address)]
    if neighbor is not None and not chosen:
        return NO_SUCH_NEIGHBOR
    chosen.sort(key=lambda known: known.address)
    return "\n\n".join("\n".join(_neighbor(known, config, table, bfd_sessions)) for known in chosen)


def _neighbor(
    state: BgpNeighborState, config: RouterConfig, table: BgpTable, bfd_sessions: Sequence[BfdSession]
) -> list[str]:
    declared = config.bgp.neighbors.get(state.address) if config.bgp is not None else None
    logs = config.bgp is not None and config.bgp.log_neighbor_changes
    return [
        *_identity(state, declared),
        *_fall_over(state, declared, bfd_sessions),
        *_session(state),
        *_messages(state),
        *(["  Do log neighbor state changes (via global configuration)"] if logs else []),
        "",
        *_address_family(state, declared, table.version),
        "",
        *_connection(state),
    ]


def _identity(state: BgpNeighborState, declared: BgpNeighbor | None) -> list[str]:
    link = "internal" if state.remote_as == state.local_as else "external"
    lines = [f"BGP neighbor is {state.address},  remote AS {state.remote_as}, {link} link"]
    if declared is not None and declared.description:
        lines.append(f" Description: {declared.description}")
    if state.state == "Idle (Admin)":
        lines.append(" Administratively shut down")
    return lines


def _fall_over(state: BgpNeighborState, declared: BgpNeighbor | None, sessions: Sequence[BfdSession]) -> list[str]:
    """Return the BFD lines; a peer without a session is Down, as Cisco's guide shows it."""
    if declared is None or not declared.fall_over_bfd:
        return []
    up = any(session.neighbor == state.address and session.state == "Up" for session in sessions)
    return [
        " Fall over configured for session",
        f" BFD is configured. BFD peer is {'Up' if up else 'Down'}. Using BFD to detect fast fallover (single-hop).",
    ]


def _session(state: BgpNeighborState) -> list[str]:
    established = state.state == "Established"
    word = "Idle" if state.state == "Idle (Admin)" else state.state
    since = f"{'up' if established else 'down'} for {render_duration_or_never(state.state_for_s)}"
    return [
        f"  BGP version 4, remote router ID {state.remote_router_id or '0.0.0.0'}",
        f"  BGP state = {word}, {since}",
        *_timers(state),
        "  Neighbor sessions:",
        f"    {int(established)} active, is not multisession capable (disabled)",
    ]


def _timers(state: BgpNeighborState) -> list[str]:
    """Return the running timers while Established, the configured ones where they are not the defaults."""
    lines = []
    if state.state == "Established":
        lines.append(
            f"  Last read {_clock(state.last_read_s)}, last write {_clock(state.last_write_s)},"
            f" hold time is {state.hold_time_s}, keepalive interval is {state.keepalive_s} seconds"
        )
    configured = (state.configured_hold_time_s, state.configured_keepalive_s)
    if configured != (BGP_HOLD_S, BGP_KEEPALIVE_S):
        lines.append(f"  Configured hold time is {configured[0]}, keepalive interval is {configured[1]} seconds")
        lines.append("  Minimum holdtime from neighbor is 0 seconds")
    return lines


def _clock(seconds: float | None) -> str:
    return "never" if seconds is None else render_duration(seconds)


def _messages(state: BgpNeighborState) -> list[str]:
    rows = (
        ("Opens:", state.opens_sent, state.opens_received),
        ("Notifications:", state.notifications_sent, state.notifications_received),
        ("Updates:", state.updates_sent, state.updates_received),
        ("Keepalives:", state.keepalives_sent, state.keepalives_received),
        ("Route Refresh:", state.refreshes_sent, state.refreshes_received),
        ("Total:", state.messages_sent, state.messages_received),
    )
    return [
        "  Message statistics:",
        f"    InQ depth is {state.in_queue}",
        f"    OutQ depth is {state.out_queue}",
        "    ",
        "                         Sent       Rcvd",
        *(f"    {label:<15}{sent:>10}{received:>11}" for label, sent, received in rows),
    ]


def _address_family(state: BgpNeighborState, declared: BgpNeighbor | None, version: int) -> list[str]:
    established = state.state == "Established"
    return [
        " For address family: IPv4 Unicast",
        *([f"  Session: {state.address}"] if established else []),
        # bgpd keeps no version per neighbor; IOS shows 1 for one that was told nothing yet.
        f"  BGP table version {version}, neighbor version {f'{version}/0' if established else f'1/{version}'}",
        f"  Output queue size : {state.out_queue}",
        *_policies(declared),
        "                                 Sent       Rcvd",
        "  Prefix activity:               ----       ----",
        f"    Prefixes Current:{state.prefixes_sent:>16}{state.prefixes_received:>11}",
    ]


def _policies(declared: BgpNeighbor | None) -> list[str]:
    if declared is None:
        return []
    inbound, outbound = declared.route_map_in, declared.route_map_out
    lines = (
        (declared.next_hop_self, "NEXT_HOP is always this router for eBGP paths"),
        (inbound, "Inbound path policy configured"),
        (outbound, "Outbound path policy configured"),
        (inbound, f"Route map for incoming advertisements is {inbound}"),
        (outbound, f"Route map for outgoing advertisements is {outbound}"),
    )
    return [f"  {text}" for shown, text in lines if shown]


def _connection(state: BgpNeighborState) -> list[str]:
    lines = [f"  Connections established {state.connections_established}; dropped {state.connections_dropped}"]
    if state.last_reset_for_s is None:
        lines.append("  Last reset never")
    else:
        due = f", due to {state.last_reset_reason}" if state.last_reset_reason else ""
        lines.append(f"  Last reset {render_duration(state.last_reset_for_s)}{due}")
    if state.state != "Established" or state.local_address is None:
        return [*lines, "  No active TCP connection"]
    return [
        *lines,
        "Connection state is ESTAB",
        f"Local host: {state.local_address}, Local port: {state.local_port}",
        f"Foreign host: {state.address}, Foreign port: {state.remote_port}",
    ]
