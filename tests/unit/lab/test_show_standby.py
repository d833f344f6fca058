"""`show standby` of the lab: whole texts as files, and each live value traced to its place."""

from __future__ import annotations

from dataclasses import fields, replace
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from lab.engine import HsrpState
from lab.ios.show_standby import render_standby, render_standby_brief
from lab.ios.store import HsrpGroup, Interface, RouterConfig

SHOWS = Path(__file__).parent / "shows"
VIP, PEER, OWN = IPv4Address("192.168.1.1"), IPv4Address("192.168.1.3"), IPv4Address("192.168.1.2")

ACTIVE = HsrpState(
    interface="Ethernet0/1",
    group=1,
    state="Active",
    virtual_ip=VIP,
    virtual_mac="0000.0c07.ac01",
    priority=100,
    preempt=True,
    active_router=OWN,
    standby_router=PEER,
    active_is_local=True,
    standby_is_local=False,
    state_changes=2,
    state_for_s=721.0,
    next_hello_s=1.264,
    standby_priority=10,
    standby_expires_s=9.648,
)
STANDBY = replace(
    ACTIVE,
    group=2,
    state="Standby",
    virtual_ip=IPv4Address("192.168.1.254"),
    virtual_mac="0000.0c07.ac02",
    priority=10,
    preempt=False,
    active_router=PEER,
    standby_router=OWN,
    active_is_local=False,
    standby_is_local=True,
    hello_ms=250,
    hold_ms=750,
    state_changes=1,
    state_for_s=2 * 86400.0,
    active_priority=110,
    active_expires_s=0.512,
    standby_priority=None,
    standby_expires_s=None,
)
INIT = HsrpState("Ethernet0/0", 7, "Init", None, "0000.0c07.ac07", 100, False, None, None, False, False)
LISTEN = replace(
    STANDBY,
    group=3,
    state="Listen",
    standby_router=IPv4Address("192.168.1.4"),
    standby_is_local=False,
    hello_ms=3000,
    hold_ms=10000,
)


def config(**of_group_1: Any) -> RouterConfig:
    """Return R1's configuration; the arguments change group 1 of Ethernet0/1."""
    groups = {
        1: HsrpGroup(1, VIP, **{"preempt": True, "preempt_delay_min_s": 5, **of_group_1}),
        2: HsrpGroup(2, IPv4Address("192.168.1.254"), priority=10),
        3: HsrpGroup(3, IPv4Address("192.168.1.254")),
    }
    lan = Interface("Ethernet0/1", hsrp=groups)
    wan = Interface("Ethernet0/0", shutdown=True, hsrp={7: HsrpGroup(7)})
    return RouterConfig("R1", interfaces={"Ethernet0/1": lan, "Ethernet0/0": wan})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("standby", render_standby(config(), [LISTEN, ACTIVE, STANDBY, INIT])),
        ("standby_brief", render_standby_brief([LISTEN, ACTIVE, STANDBY, INIT])),
    ],
)
def test_text(name: str, text: str) -> None:
    assert text + "\n" == (SHOWS / f"{name}.txt").read_text()


def test_no_group_prints_nothing() -> None:
    assert render_standby(config(), []) == ""
    assert render_standby_brief([]) == ""


def test_a_group_that_is_no_longer_configured_is_not_shown() -> None:
    assert render_standby(config(), [replace(ACTIVE, group=9), replace(ACTIVE, interface="Ethernet0/9")]) == ""


REMOTE = replace(STANDBY, group=1, standby_is_local=False, standby_router=PEER, preempt=True)
# field -> state to start from, new value, what `show standby` says, what the brief form says
SHOWN: dict[str, tuple[HsrpState, Any, str, str]] = {
    "interface": (INIT, "Ethernet0/1", "", "Et0/1       7 "),
    "group": (ACTIVE, 3, "Ethernet0/1 - Group 3\n", "Et0/1       3    100"),
    "state": (ACTIVE, "Speak", "State is Speak", "P Speak   local"),
    "virtual_ip": (ACTIVE, IPv4Address("192.168.1.9"), "Virtual IP address is 192.168.1.9", "192.168.1.9"),
    "virtual_mac": (ACTIVE, "0000.0c07.ac0f", "Local virtual MAC address is 0000.0c07.ac0f (v1 default)", ""),
    "priority": (ACTIVE, 120, "Priority 120 (default 100)", "1    120 P Active"),
    "preempt": (ACTIVE, False, "Preemption disabled", "1    100   Active"),
    "active_router": (REMOTE, IPv4Address("192.168.1.8"), "Active router is 192.168.1.8,", "192.168.1.8     "),
    "standby_router": (REMOTE, IPv4Address("192.168.1.8"), "Standby router is 192.168.1.8", "192.168.1.8     "),
    "active_is_local": (REMOTE, True, "Active router is local", "Standby local  "),
    "standby_is_local": (REMOTE, True, "Standby router is local", "192.168.1.3     local"),
    "hello_ms": (ACTIVE, 1000, "  Hello time 1 sec, hold time 10 sec", ""),
    "hold_ms": (ACTIVE, 1750, "  Hello time 3 sec, hold time 1750 msec", ""),
    "state_changes": (ACTIVE, 1, "    1 state change, last", ""),
    "state_for_s": (ACTIVE, 5.0, "last state change 00:00:05", ""),
    "next_hello_s": (ACTIVE, 0.4, "Next hello sent in 0.400 secs", ""),
    "active_priority": (REMOTE, 111, "Active router is 192.168.1.3, priority 111 (", ""),
    "standby_priority": (ACTIVE, 11, "Standby router is 192.168.1.3, priority 11 (", ""),
    "active_expires_s": (REMOTE, 3.5, "priority 110 (expires in 3.500 sec)", ""),
    "standby_expires_s": (ACTIVE, 3.5, "priority 10 (expires in 3.500 sec)", ""),
}


def test_every_field_is_shown() -> None:
    assert {field.name for field in fields(HsrpState)} == set(SHOWN)


@pytest.mark.parametrize("name", SHOWN)
def test_field_changes_the_text(name: str) -> None:
    state, value, full, brief = SHOWN[name]
    changed = replace(state, **{name: value})
    for snippet, before, after in (
        (full, render_standby(config(), [state]), render_standby(config(), [changed])),
        (brief, render_standby_brief([state]), render_standby_brief([changed])),
    ):
        assert snippet in after
        assert not snippet or snippet not in before


@pytest.mark.parametrize(
    ("of_group", "line"),
    [
        ({"preempt_delay_min_s": 0}, "  Preemption enabled"),
        ({"preempt_delay_min_s": 30}, "  Preemption enabled, delay min 30 secs"),
        ({"priority": 100}, "  Priority 100 (default 100)"),
        ({"priority": 110}, "  Priority 100 (configured 110)"),
    ],
)
def test_configured_values(of_group: dict[str, Any], line: str) -> None:
    assert line in render_standby(config(**of_group), [ACTIVE]).splitlines()


def test_the_timers_are_those_in_use_not_those_configured() -> None:
    learned = replace(STANDBY, group=1, hello_ms=1000, hold_ms=3000)
    assert "  Hello time 1 sec, hold time 3 sec" in render_standby(config(hello_ms=5000, hold_ms=15000), [learned])


@pytest.mark.parametrize("state", ["Init", "Learn", "Listen"])
def test_a_silent_state_names_no_next_hello(state: str) -> None:
    assert "Next hello" in render_standby(config(), [ACTIVE])
    assert "Next hello" not in render_standby(config(), [replace(ACTIVE, state=state)])


def test_init_says_that_the_interface_is_down_only_when_it_is() -> None:
    assert "  State is Init (interface down)" in render_standby(config(), [INIT]).splitlines()
    assert "  State is Init" in render_standby(config(), [replace(ACTIVE, state="Init")]).splitlines()
