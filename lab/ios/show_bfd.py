"""`show bfd neighbors [details]` and `show bfd summary` from live sessions (IOS 15, software BFD).

Sources of the shape: a 15.x capture with echo; ntc-templates, tests/cisco_ios/show_bfd_neighbors_details
(`…15.raw`: echo, asynchronous and Down; `…-echo-mode.raw`: Downtime; `…-without-last.raw`: no "last").
Discriminators are right-aligned before the slash, left-aligned after it.

Fields that the engine cannot observe are never made up:
- Handle: the local discriminator, since bfdd knows no second number for a session; the syslog uses the same.
- Holddown (hits): 0(0), as IOS shows where the timer runs elsewhere (hardware sessions, echo).
- Hello (hits): the negotiated sending interval and the count of packets sent, both live.
- Rx/Tx Interval min/max/avg: 0/0/0, IOS' form of "not measured" (hardware sessions), without "last".
- Elapsed time watermarks: zero, as IOS prints them until its scheduler was late.
- Demand mode, poll, final and C bits: 0, what bfdd sends outside of a poll sequence (RFC 5880, 6.8.7);
  bfdd does not report the bits that it received.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lab.engine import BfdSession
from lab.ios.show_names import short_name
from lab.ios.show_time import render_duration

HEADER = "NeighAddr                              LD/RD         RH/RS     State     Int"
SLOW_TIMER_MS = 1000  # RFC 5880, 6.8.3: no faster than this while the session is not Up
CONTROL_PACKET_BYTES = 24  # RFC 5880, 4.1: mandatory section, no authentication


def render_bfd_neighbors(sessions: Sequence[BfdSession], details: bool) -> str:
    """Return `show bfd neighbors`, with `details` the long form; "" without sessions."""
    ordered = sorted(sessions, key=lambda session: session.local_discriminator)
    if not ordered:
        return ""
    if details:
        return "\n".join("\n".join(_details(session)) for session in ordered)
    return "\n".join(["", "IPv4 Sessions", HEADER, *(_row(session) for session in ordered)])


def render_bfd_summary(sessions: Sequence[BfdSession]) -> str:
    """Return `show bfd summary`; a session that is not Up counts as Down."""
    up = sum(session.state == "Up" for session in sessions)
    total = f"{'Total':<20}{len(sessions):>7}{up:>12}{len(sessions) - up:>14}"
    return "\n".join(["", "                    Session          Up          Down", "", total])


def _row(session: BfdSession) -> str:
    return (
        f"{session.neighbor!s:<31}{session.local_discriminator:>10}/{session.remote_discriminator:<11}"
        f"{_heard_state(session):<10}{session.state:<10}{short_name(session.interface)}"
    )


def _heard_state(session: BfdSession) -> str:
    """Return the RH/RS column: what was last heard of a peer that went silent counts no more."""
    # Seen in one capture of a Down session whose last packet said Up; Init is unverified on a device.
    stale = session.state == "Down" and session.remote_state in ("Up", "Init")
    return "Down" if stale else session.remote_state


def _details(session: BfdSession) -> list[str]:
    return ["", "IPv4 Sessions", HEADER, _row(session), *_state(session), *_counters(session), *_last_packet(session)]


def _state(session: BfdSession) -> list[str]:
    local_tx_us, local_rx_us = 1000 * _wanted_tx_ms(session), 1000 * session.rx_interval_ms
    heard = _as_heard(session)
    return [
        *_session_state(session),
        "Session Host: Software",
        f"OurAddr: {session.local!s:<15}",
        f"Handle: {session.local_discriminator}",
        f"Local Diag: {session.diagnostic}, Demand mode: 0, Poll bit: 0",
        f"MinTxInt: {local_tx_us}, MinRxInt: {local_rx_us}, Multiplier: {session.multiplier}",
        f"Received MinRxInt: {1000 * heard.remote_rx_interval_ms}, Received Multiplier: {heard.remote_multiplier}",
    ]


def _session_state(session: BfdSession) -> list[str]:
    """Return the "Session state is UP" line, which IOS prints for sessions that are Up only."""
    if session.state != "Up":
        return []
    if not _echo_runs(session):
        return ["Session state is UP and not using echo function."]
    interval_ms = max(session.echo_interval_ms, session.remote_echo_interval_ms)
    return [f"Session state is UP and using echo function with {interval_ms} ms interval."]


def _echo_runs(session: BfdSession) -> bool:
    """Tell whether echo packets are sent: RFC 5880, 6.8.9 forbids it where the peer announces 0."""
    return session.echo and session.remote_echo_interval_ms > 0


def _wanted_tx_ms(session: BfdSession) -> int:
    return session.tx_interval_ms if session.state == "Up" else max(session.tx_interval_ms, SLOW_TIMER_MS)


def _counters(session: BfdSession) -> list[str]:
    hello_ms = max(_wanted_tx_ms(session), session.remote_rx_interval_ms)
    clock = "Uptime" if session.state == "Up" else "Downtime"
    return [
        f"Holddown (hits): 0(0), Hello (hits): {hello_ms}({session.tx_packets})",
        f"Rx Count: {session.rx_packets}, Rx Interval (ms) min/max/avg: 0/0/0",
        f"Tx Count: {session.tx_packets}, Tx Interval (ms) min/max/avg: 0/0/0",
        "Elapsed time watermarks: 0 0 (last: 0)",
        f"Registered protocols: {''.join(client + ' ' for client in session.clients)}",
        f"{clock}: {render_duration(session.state_for_s)}",
    ]


def _as_heard(session: BfdSession) -> BfdSession:
    """Return the session with what the peer said; bfdd fills in RFC 5880's initial values before the first packet."""
    if session.rx_packets > 0:
        return session
    return replace(
        session, remote_multiplier=0, remote_tx_interval_ms=0, remote_rx_interval_ms=0, remote_echo_interval_ms=0
    )


def _last_packet(session: BfdSession) -> list[str]:
    """Return what the last packet said; before the first one IOS shows zeros and AdminDown (state 0)."""
    heard, session = session.rx_packets > 0, _as_heard(session)
    fields = (
        ("Last packet: ", "Version: 1", f"Diagnostic: {session.remote_diagnostic}"),
        ("", f"State bit: {session.remote_state if heard else 'AdminDown'}", "Demand bit: 0"),
        ("", "Poll bit: 0", "Final bit: 0"),
        ("", "C bit: 0", ""),
        ("", f"Multiplier: {session.remote_multiplier}", f"Length: {CONTROL_PACKET_BYTES if heard else 0}"),
        (
            "",
            f"My Discr.: {session.remote_discriminator}",
            f"Your Discr.: {session.local_discriminator if heard else 0}",
        ),
        (
            "",
            f"Min tx interval: {1000 * session.remote_tx_interval_ms}",
            f"Min rx interval: {1000 * session.remote_rx_interval_ms}",
        ),
        ("", f"Min Echo interval: {1000 * session.remote_echo_interval_ms}", ""),
    )
    return [f"{label:<13}{left:<28}{'- ' + right if right else ''}".rstrip() for label, left, right in fields]
