"""Syslog lines of the lab, the real ones of captures first."""

from __future__ import annotations

from datetime import datetime, timezone
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from lab.engine import Event
from lab.ios.store import Bgp, Interface, RouterConfig
from lab.ios.syslog import render_config_event, render_event, render_timestamp

SHOWS = Path(__file__).parent / "shows"
AT = datetime(2021, 3, 29, 7, 36, 15, 391000, tzinfo=timezone.utc).timestamp()
STAMP = "*Mar 29 07:36:15.391: "
R3 = "10.10.10.2"


def config(log_neighbor_changes: bool = True) -> RouterConfig:
    interfaces = {"Ethernet0/0": Interface("Ethernet0/0"), "Ethernet0/1": Interface("Ethernet0/1", shutdown=True)}
    bgp = Bgp(64512, IPv4Address("1.1.1.1"), log_neighbor_changes=log_neighbor_changes)
    return RouterConfig("R1", interfaces=interfaces, bgp=bgp)


def lines(kind: str, router: RouterConfig | None = None, /, **fields: str) -> list[str]:
    """Return the lines of an event without their timestamp, which must be there."""
    rendered = render_event(Event(AT, kind, fields), config() if router is None else router)
    assert all(line.startswith(STAMP) for line in rendered)
    return [line.removeprefix(STAMP) for line in rendered]


def test_bfd_takes_bgp_down_as_captured() -> None:
    assert lines("bgp_down", neighbor=R3, reason="BFD adjacency down") == [
        "%BGP-5-NBR_RESET: Neighbor 10.10.10.2 reset (BFD adjacency down)",
        "%BGP-5-ADJCHANGE: neighbor 10.10.10.2 Down BFD adjacency down",
        "%BGP_SESSION-5-ADJCHANGE: neighbor 10.10.10.2 IPv4 Unicast topology base removed from session"
        "  BFD adjacency down",
    ]


def test_hold_timer_expires_as_captured() -> None:
    assert lines("bgp_notification_sent", neighbor=R3, code="4", subcode="0") == [
        "%BGP-3-NOTIFICATION: sent to neighbor 10.10.10.2 4/0 (hold time expired) 0 bytes "
    ]


def test_all_kinds() -> None:
    """One event of each kind, in one file that can be read like a log."""
    events = [
        Event(AT, "link_up", {"interface": "Ethernet0/0"}),
        Event(AT + 1, "line_up", {"interface": "Ethernet0/0"}),
        Event(AT + 2, "bfd_up", {"local_discriminator": "1"}),
        Event(AT + 3, "bgp_up", {"neighbor": R3}),
        Event(AT + 4, "hsrp_state", {"interface": "Ethernet0/1", "group": "1", "old": "Standby", "new": "Active"}),
        Event(AT + 5, "bfd_down", {"local_discriminator": "1", "reason": "echo function failed"}),
        Event(AT + 5.004, "bgp_down", {"neighbor": R3, "reason": "BFD adjacency down"}),
        Event(AT + 6, "bgp_notification_sent", {"neighbor": R3, "code": "6", "subcode": "2"}),
        Event(
            AT + 7, "bgp_notification_received", {"neighbor": R3, "code": "2", "subcode": "2", "direction": "active"}
        ),
        Event(AT + 8, "link_down", {"interface": "Ethernet0/1"}),
        Event(AT + 9, "line_down", {"interface": "Ethernet0/1"}),
        Event(AT + 259200, "link_down", {"interface": "Ethernet0/0"}),
    ]
    text = "\n".join(line for event in events for line in render_event(event, config()))
    assert text + "\n" == (SHOWS / "syslog.txt").read_text()


def test_adjacency_changes_only_when_asked_for() -> None:
    silent = config(log_neighbor_changes=False)
    assert lines("bgp_up", silent, neighbor=R3) == []
    assert lines("bgp_down", silent, neighbor=R3, reason="Peer closed the session") == [
        "%BGP-5-NBR_RESET: Neighbor 10.10.10.2 reset (Peer closed the session)"
    ]


def test_a_deleted_neighbor_is_not_reset() -> None:
    rendered = lines("bgp_down", RouterConfig("R1"), neighbor=R3, reason="Neighbor deleted")
    assert [line.split(":")[0] for line in rendered] == ["%BGP-5-ADJCHANGE", "%BGP_SESSION-5-ADJCHANGE"]


@pytest.mark.parametrize(
    ("fields", "end"),
    [
        ({"code": "6", "subcode": "10"}, "10.10.10.2 6/10 (BFD Down) 0 bytes "),
        ({"code": "2", "subcode": "2", "direction": "passive"}, "10.10.10.2 passive 2/2 (peer in wrong AS)"),
        ({"code": "2", "subcode": "2", "direction": "received"}, "10.10.10.2 2/2 (peer in wrong AS)"),
        ({"code": "3", "subcode": "99"}, "10.10.10.2 3/99 (unknown subcode)"),
        ({"code": "4"}, "10.10.10.2 4/0 (hold time expired) 0 bytes "),
        ({"code": "6", "subcode": "4", "reason": "said so"}, "10.10.10.2 6/4 (said so) 0 bytes "),
    ],
)
def test_notification(fields: dict[str, str], end: str) -> None:
    rendered = lines("bgp_notification_received", neighbor=R3, **fields)
    assert rendered == [f"%BGP-3-NOTIFICATION: received from neighbor {end}"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("1", "DETECT TIMER EXPIRED"),
        ("control detection time expired", "DETECT TIMER EXPIRED"),
        ("2", "ECHO FAILURE"),
        ("ECHO FAILURE", "ECHO FAILURE"),
        ("Neighbor Signaled Session Down", "RX DOWN"),
        ("administratively down", "ADMIN DOWN"),
        ("path down", "PATH DOWN"),
    ],
)
def test_bfd_reason(said: str, reason: str) -> None:
    assert lines("bfd_down", local_discriminator="2039", reason=said) == [
        "%BFDFSM-6-BFD_SESS_DOWN: BFD-SYSLOG: BFD session ld:2039 handle:2039,is going Down Reason: " + reason
    ]


@pytest.mark.parametrize(
    ("old", "new", "logged"),
    [
        ("Standby", "Active", True),
        ("Speak", "Standby", True),
        ("Active", "Init", True),
        ("Init", "Listen", False),
        ("Listen", "Speak", False),
    ],
)
def test_hsrp_logs_what_touches_forwarding(old: str, new: str, logged: bool) -> None:
    rendered = lines("hsrp_state", interface="Ethernet0/1", group="1", old=old, new=new)
    assert rendered == ([f"%HSRP-5-STATECHANGE: Ethernet0/1 Grp 1 state {old} -> {new}"] if logged else [])


@pytest.mark.parametrize(
    ("line", "source"),
    [("vty0 (127.0.0.1)", "console by fastpath on vty0 (127.0.0.1)"), ("console", "console by console")],
)
def test_config_event(line: str, source: str) -> None:
    assert render_config_event(AT, "fastpath", line) == f"{STAMP}%SYS-5-CONFIG_I: Configured from {source}"


def test_timestamp_pads_the_day_and_cuts_the_milliseconds() -> None:
    moment = datetime(2026, 11, 1, 8, 57, 10, 876900, tzinfo=timezone.utc)
    assert render_timestamp(moment.timestamp()) == "*Nov  1 08:57:10.876"
