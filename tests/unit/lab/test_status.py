"""What `status` says of a lab."""

from __future__ import annotations

from typing import Any

from lab.status import dead_daemons, render_status

WHOLE = {"state": "up", "loses": None, "restores_in_s": None}
WIRE = {"nodes": ["R1", "R2"], "description": "a wire"}


def status(alive: bool = True, router: dict[str, Any] = WHOLE, link: dict[str, Any] = WHOLE) -> dict[str, Any]:
    daemons = {"zebra": {"pid": 7, "alive": True}, "bgpd": {"pid": 8, "alive": alive}}
    shown = {"host": "127.1.0.1", "port": 2222, "daemons": daemons, "fault": None, "interfaces": {}, **router}
    return {
        "name": "seed",
        "running": True,
        "rootless": False,
        "directory": "/lab",
        "realtime": True,
        "revert_minute_s": 3.0,
        "unknown_commands": 0,
        "routers": {"R1": shown},
        "hosts": {},
        "links": {"wire": {**WIRE, **link}},
    }


def test_a_dead_daemon_is_told_at_the_top_and_at_its_router() -> None:
    text = render_status(status(alive=False))
    assert text.splitlines()[1].startswith("DEAD: R1 bgpd;")
    assert "bgpd dead" in text
    assert dead_daemons(status(alive=False)) == ["R1 bgpd"]


def test_living_daemons_and_whole_links_are_not_worth_a_word() -> None:
    text = render_status(status())
    assert "dead" not in text.lower()
    assert "cut" not in text.lower()
    assert dead_daemons(status()) == dead_daemons({"name": "seed", "running": False}) == []


def test_cuts_are_told_with_what_is_lost_and_when_that_ends() -> None:
    router = {"state": "cut", "loses": "everything", "restores_in_s": None}
    link = {"state": "cut", "loses": "30 % of BFD from R1", "restores_in_s": 2.5}
    lines = render_status(status(router=router, link=link)).splitlines()
    assert "R1    127.1.0.1 port 2222  ok, cut" in lines
    assert "wire  cut    R1 R2  a wire" in lines
    assert lines[-3:] == [
        "CUT   LOSES                RESTORED",
        "wire  30 % of BFD from R1  in 2.5 s",
        "R1    everything           by hand",
    ]


def test_the_length_of_a_revert_minute_is_told() -> None:
    assert "a minute of a revert timer lasts: 3 s" in render_status(status()).splitlines()
