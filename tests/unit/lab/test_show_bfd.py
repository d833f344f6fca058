"""`show bfd …` of the lab: whole texts as files, and each live value traced to its place."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from lab.engine import BfdSession
from lab.ios.show_bfd import render_bfd_neighbors, render_bfd_summary

SHOWS = Path(__file__).parent / "shows"

ECHO = BfdSession(
    neighbor=IPv4Address("10.10.10.2"),
    local=IPv4Address("10.10.10.1"),
    interface="Ethernet0/0",
    local_discriminator=4,
    remote_discriminator=4,
    state="Up",
    remote_state="Up",
    echo=True,
    tx_interval_ms=1000,
    rx_interval_ms=1000,
    echo_interval_ms=100,
    multiplier=3,
    remote_tx_interval_ms=1000,
    remote_rx_interval_ms=1000,
    remote_echo_interval_ms=100,
    remote_multiplier=3,
    state_for_s=542.0,
    rx_packets=617,
    tx_packets=613,
    echo_rx_packets=5400,
    echo_tx_packets=5401,
    clients=("BGP",),
)
ASYNC = replace(
    ECHO,
    neighbor=IPv4Address("192.168.1.3"),
    local=IPv4Address("192.168.1.2"),
    interface="Ethernet0/1",
    local_discriminator=5,
    remote_discriminator=7,
    echo=False,
    tx_interval_ms=100,
    rx_interval_ms=150,
    multiplier=4,
    remote_tx_interval_ms=200,
    remote_rx_interval_ms=250,
    remote_echo_interval_ms=0,
    remote_multiplier=5,
    state_for_s=8 * 86400 + 3600,
    clients=("HSRP", "BGP"),
)
DOWN = replace(
    ASYNC, state="Down", remote_discriminator=0, diagnostic=1, remote_diagnostic=3, state_for_s=93.0, tx_packets=700
)
NEVER_HEARD = replace(
    ECHO,
    neighbor=IPv4Address("10.10.20.2"),
    local=IPv4Address("10.10.20.1"),
    local_discriminator=4098,
    remote_discriminator=0,
    state="Down",
    remote_state="Down",
    remote_tx_interval_ms=0,
    remote_rx_interval_ms=0,
    remote_echo_interval_ms=0,
    remote_multiplier=0,
    state_for_s=26 * 3600,
    rx_packets=0,
    tx_packets=90,
)


@pytest.mark.parametrize(
    ("name", "sessions", "details"),
    [
        ("bfd_details_echo", [ECHO], True),
        ("bfd_details_async", [ASYNC], True),
        ("bfd_details_down", [DOWN], True),
        ("bfd_details_never_heard", [NEVER_HEARD], True),
        ("bfd_details_several", [NEVER_HEARD, ASYNC, ECHO], True),
        ("bfd_neighbors", [NEVER_HEARD, DOWN, ECHO], False),
    ],
)
def test_text(name: str, sessions: list[BfdSession], details: bool) -> None:
    assert render_bfd_neighbors(sessions, details) + "\n" == (SHOWS / f"{name}.txt").read_text()


def test_what_bfdd_assumes_before_the_first_packet_is_not_shown() -> None:
    assumed = replace(NEVER_HEARD, remote_tx_interval_ms=1000, remote_rx_interval_ms=1000, remote_multiplier=3)
    assert render_bfd_neighbors([assumed], True) == render_bfd_neighbors([NEVER_HEARD], True)


@pytest.mark.parametrize("details", [True, False])
def test_no_session_prints_nothing(details: bool) -> None:
    assert render_bfd_neighbors([], details) == ""


# The capture of a 15.x router with the values of ECHO, its column blanks collapsed. Left out: what bfdd
# does not know (Handle, timer hits, Rx/Tx intervals).
CAPTURE = """\
IPv4 Sessions
NeighAddr LD/RD RH/RS State Int
10.10.10.2 4/4 Up Up Et0/0
Session state is UP and using echo function with 100 ms interval.
Session Host: Software
OurAddr: 10.10.10.1
Local Diag: 0, Demand mode: 0, Poll bit: 0
MinTxInt: 1000000, MinRxInt: 1000000, Multiplier: 3
Received MinRxInt: 1000000, Received Multiplier: 3
Elapsed time watermarks: 0 0 (last: 0)
Registered protocols: BGP
Uptime: 00:09:02
Last packet: Version: 1 - Diagnostic: 0
State bit: Up - Demand bit: 0
Poll bit: 0 - Final bit: 0
C bit: 0
Multiplier: 3 - Length: 24
My Discr.: 4 - Your Discr.: 4
Min tx interval: 1000000 - Min rx interval: 1000000
Min Echo interval: 100000
"""


def test_details_say_what_a_real_router_said() -> None:
    text = render_bfd_neighbors([ECHO], True)
    lines = [re.sub(r" +", " ", line).strip() for line in text.splitlines()]
    unknown = ("Handle:", "Holddown", "Rx Count", "Tx Count")
    assert [line for line in lines if line and not line.startswith(unknown)] == CAPTURE.splitlines()


SHOWN: dict[str, tuple[Any, str]] = {
    "neighbor": (IPv4Address("10.9.8.7"), "10.9.8.7     "),
    "local": (IPv4Address("10.9.8.6"), "OurAddr: 10.9.8.6"),
    "interface": ("Ethernet1/2", "Et1/2"),
    "local_discriminator": (12, "12/4 "),
    "remote_discriminator": (13, "4/13 "),
    "state": ("Init", "Up        Init      Et0/0"),
    "remote_state": ("Init", "State bit: Init"),
    "echo": (False, "not using echo function"),
    "tx_interval_ms": (1234, "MinTxInt: 1234000,"),
    "rx_interval_ms": (1234, "MinRxInt: 1234000,"),
    "echo_interval_ms": (222, "with 222 ms interval"),
    "multiplier": (9, ", Multiplier: 9"),
    "remote_tx_interval_ms": (1500, "Min tx interval: 1500000 "),
    "remote_rx_interval_ms": (1600, "Received MinRxInt: 1600000,"),
    "remote_echo_interval_ms": (333, "with 333 ms interval"),
    "remote_multiplier": (8, "Received Multiplier: 8"),
    "diagnostic": (2, "Local Diag: 2,"),
    "remote_diagnostic": (3, "- Diagnostic: 3"),
    "state_for_s": (61.9, "Uptime: 00:01:01"),
    "rx_packets": (42, "Rx Count: 42,"),
    "tx_packets": (43, "Tx Count: 43,"),
    "clients": (("HSRP", "BGP"), "Registered protocols: HSRP BGP "),
}
# IOS 15 has no place for these (the echo counters came with IOS XE 16).
NOT_SHOWN = {"echo_rx_packets", "echo_tx_packets", "session_down_count"}


def test_every_field_is_decided_on() -> None:
    assert {field.name for field in fields(BfdSession)} == set(SHOWN) | NOT_SHOWN


@pytest.mark.parametrize("name", SHOWN)
def test_field_changes_the_text(name: str) -> None:
    value, snippet = SHOWN[name]
    assert snippet not in render_bfd_neighbors([ECHO], True)
    assert snippet in render_bfd_neighbors([replace(ECHO, **{name: value})], True)


@pytest.mark.parametrize("session", [DOWN, NEVER_HEARD, replace(ECHO, state="Init"), replace(ECHO, state="AdminDown")])
def test_a_session_that_is_not_up_never_says_so(session: BfdSession) -> None:
    text = render_bfd_neighbors([session], True)
    assert "Session state is" not in text
    assert "Downtime: " in text
    assert "Uptime: " not in text


def test_a_silent_peer_is_no_longer_heard() -> None:
    text = render_bfd_neighbors([DOWN], True)
    assert "5/0          Down      Down      Et0/1" in text
    assert "State bit: Up" in text  # the last packet stays what it was


def test_echo_needs_a_peer_that_returns_it() -> None:
    deaf = replace(ECHO, remote_echo_interval_ms=0)
    assert "not using echo function" in render_bfd_neighbors([deaf], True)


def test_slow_timer_while_not_up() -> None:
    assert "MinTxInt: 100000," in render_bfd_neighbors([ASYNC], True)
    assert "MinTxInt: 1000000," in render_bfd_neighbors([DOWN], True)


def test_hello_is_the_negotiated_interval() -> None:
    assert "Hello (hits): 250(613)" in render_bfd_neighbors([ASYNC], True)


@pytest.mark.parametrize(
    ("sessions", "total"),
    [
        ([], "Total                     0           0             0"),
        ([ECHO, ASYNC], "Total                     2           2             0"),
        (
            [ECHO, DOWN, replace(ECHO, state="AdminDown")],
            "Total                     3           1             2",
        ),
    ],
)
def test_summary(sessions: list[BfdSession], total: str) -> None:
    header = "\n                    Session          Up          Down\n\n"
    assert render_bfd_summary(sessions) == header + total
