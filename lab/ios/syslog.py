"""Syslog lines as IOS 15 writes them for what the engine reports.

Sources of the shapes: 15.x captures of a BFD failover (BGP-5-NBR_RESET, ADJCHANGE and the topology
line, in this order) and of a hold timer that expired (BGP-3-NOTIFICATION); genielibs' log checks for
BFDFSM ("ld:2039 handle:2,is going Down Reason: ECHO FAILURE", no blank after the comma);
Cisco IOS System Message Guide for LINK, LINEPROTO and HSRP. Notification codes: RFC 4271, 4.5,
RFC 4486, RFC 9384; diagnostics: RFC 5880, 4.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone

from lab.engine import Event
from lab.ios.store import RouterConfig

NOTIFICATIONS = {
    (2, 2): "peer in wrong AS",
    (2, 3): "BGP identifier wrong",
    (2, 6): "unacceptable hold time",
    (4, 0): "hold time expired",
    (6, 1): "Maximum Number of Prefixes Reached",
    (6, 2): "Administrative Shutdown",
    (6, 3): "Peer De-configured",
    (6, 4): "Administrative Reset",
    (6, 5): "Connection Rejected",
    (6, 6): "Other Configuration Change",
    (6, 7): "Connection Collision Resolution",
    (6, 8): "Out of Resources",
    (6, 10): "BFD Down",
}
WITHOUT_DATA = (4, 6)  # a notification of these codes carries no bytes (RFC 4271, 6.5; 6.7)

# What bfdd and RFC 5880 call it -> what IOS calls it. Only the first two were seen in captures, the
# others are unverified on a device.
BFD_REASONS = {
    "1": "DETECT TIMER EXPIRED",
    "control detection time expired": "DETECT TIMER EXPIRED",
    "2": "ECHO FAILURE",
    "echo function failed": "ECHO FAILURE",
    "3": "RX DOWN",
    "neighbor signaled session down": "RX DOWN",
    "7": "ADMIN DOWN",
    "administratively down": "ADMIN DOWN",
}

# IOS reports no reset where the neighbor itself is gone.
NO_RESET_REASONS = ("Neighbor deleted",)

# HSRP logs the changes that touch forwarding; Init, Learn, Listen and Speak come and go in silence
# (as in captures; that no other change is logged is unverified on a device).
LOGGED_HSRP_STATES = ("Active", "Standby")

Fields = Mapping[str, str]


def render_event(event: Event, config: RouterConfig) -> list[str]:
    """Return the log lines of one event, none for what IOS keeps to itself."""
    return [f"{render_timestamp(event.at)}: {line}" for line in _RENDERERS[event.kind](event.fields, config)]


def render_config_event(at: float, user: str, line: str) -> str:
    """Return `%SYS-5-CONFIG_I`, which IOS logs when a session leaves configuration mode.

    `line` names the session: "vty0 (127.0.0.1)", or "console", which has no user of its own.
    """
    source = "console" if line == "console" else f"{user} on {line}"
    return f"{render_timestamp(at)}: %SYS-5-CONFIG_I: Configured from console by {source}"


def render_timestamp(at: float) -> str:
    """Return "*Mar 29 07:36:15.391" (UTC); the star says that no time server set the clock."""
    moment = datetime.fromtimestamp(at, timezone.utc)
    return f"*{moment:%b} {moment.day:>2} {moment:%H:%M:%S}.{moment.microsecond // 1000:03}"


def _bgp_up(fields: Fields, config: RouterConfig) -> list[str]:
    return [f"%BGP-5-ADJCHANGE: neighbor {fields['neighbor']} Up "] if _logs_changes(config) else []


def _bgp_down(fields: Fields, config: RouterConfig) -> list[str]:
    neighbor, reason = fields["neighbor"], fields["reason"]
    # That the reset is logged without `bgp log-neighbor-changes` too is unverified on a device.
    lines = [] if reason in NO_RESET_REASONS else [f"%BGP-5-NBR_RESET: Neighbor {neighbor} reset ({reason})"]
    if _logs_changes(config):
        lines += [
            f"%BGP-5-ADJCHANGE: neighbor {neighbor} Down {reason}",
            f"%BGP_SESSION-5-ADJCHANGE: neighbor {neighbor} IPv4 Unicast topology base removed from session  {reason}",
        ]
    return lines


def _logs_changes(config: RouterConfig) -> bool:
    """Tell whether adjacency changes are logged; a process that was just removed still logs its end."""
    return config.bgp is None or config.bgp.log_neighbor_changes


def _notification_sent(fields: Fields, _config: RouterConfig) -> list[str]:
    return [_notification("sent to", fields)]


def _notification_received(fields: Fields, _config: RouterConfig) -> list[str]:
    return [_notification("received from", fields)]


def _notification(verb: str, fields: Fields) -> str:
    code, subcode = int(fields["code"]), int(fields.get("subcode", "0"))
    opened = f"{fields['direction']} " if fields.get("direction") in ("active", "passive") else ""
    text = fields.get("reason") or NOTIFICATIONS.get((code, subcode), "unknown subcode")
    data = " 0 bytes " if code in WITHOUT_DATA else ""
    return f"%BGP-3-NOTIFICATION: {verb} neighbor {fields['neighbor']} {opened}{code}/{subcode} ({text}){data}"


def _bfd_up(fields: Fields, _config: RouterConfig) -> list[str]:
    number = fields["local_discriminator"]
    return [f"%BFDFSM-6-BFD_SESS_UP: BFD-SYSLOG: BFD session ld:{number} handle:{number} is going UP"]


def _bfd_down(fields: Fields, _config: RouterConfig) -> list[str]:
    number, said = fields["local_discriminator"], fields["reason"]
    reason = BFD_REASONS.get(said.lower(), said.upper())
    return [
        f"%BFDFSM-6-BFD_SESS_DOWN: BFD-SYSLOG: BFD session ld:{number} handle:{number},is going Down Reason: {reason}"
    ]


def _hsrp_state(fields: Fields, _config: RouterConfig) -> list[str]:
    old, new = fields["old"], fields["new"]
    if old not in LOGGED_HSRP_STATES and new not in LOGGED_HSRP_STATES:
        return []
    return [f"%HSRP-5-STATECHANGE: {fields['interface']} Grp {fields['group']} state {old} -> {new}"]


def _link_up(fields: Fields, _config: RouterConfig) -> list[str]:
    return [f"%LINK-3-UPDOWN: Interface {fields['interface']}, changed state to up"]


def _link_down(fields: Fields, config: RouterConfig) -> list[str]:
    name = fields["interface"]
    interface = config.interfaces.get(name)
    if interface is not None and interface.shutdown:
        return [f"%LINK-5-CHANGED: Interface {name}, changed state to administratively down"]
    return [f"%LINK-3-UPDOWN: Interface {name}, changed state to down"]


def _line_up(fields: Fields, _config: RouterConfig) -> list[str]:
    return [f"%LINEPROTO-5-UPDOWN: Line protocol on Interface {fields['interface']}, changed state to up"]


def _line_down(fields: Fields, _config: RouterConfig) -> list[str]:
    return [f"%LINEPROTO-5-UPDOWN: Line protocol on Interface {fields['interface']}, changed state to down"]


_RENDERERS: Mapping[str, Callable[[Fields, RouterConfig], list[str]]] = {
    "bgp_up": _bgp_up,
    "bgp_down": _bgp_down,
    "bgp_notification_sent": _notification_sent,
    "bgp_notification_received": _notification_received,
    "bfd_up": _bfd_up,
    "bfd_down": _bfd_down,
    "hsrp_state": _hsrp_state,
    "link_up": _link_up,
    "link_down": _link_down,
    "line_up": _line_up,
    "line_down": _line_down,
}
