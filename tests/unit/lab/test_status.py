"""What `status` says of a lab."""

from __future__ import annotations

from typing import Any

from lab.status import dead_daemons, render_status


def status(alive: bool) -> dict[str, Any]:
    daemons = {"zebra": {"pid": 7, "alive": True}, "bgpd": {"pid": 8, "alive": alive}}
    router = {"host": "127.1.0.1", "port": 2222, "daemons": daemons, "fault": None, "interfaces": {}}
    common = {
        "name": "seed",
        "running": True,
        "rootless": False,
        "directory": "/lab",
        "realtime": True,
        "revert_minute_s": 3.0,
    }
    return {**common, "unknown_commands": 0, "routers": {"R1": router}, "hosts": {}, "links": {}}


def test_a_dead_daemon_is_told_at_the_top_and_at_its_router() -> None:
    text = render_status(status(alive=False))
    assert text.splitlines()[1].startswith("DEAD: R1 bgpd;")
    assert "bgpd dead" in text
    assert dead_daemons(status(alive=False)) == ["R1 bgpd"]


def test_living_daemons_are_not_worth_a_word() -> None:
    assert "dead" not in render_status(status(alive=True)).lower()
    assert dead_daemons(status(alive=True)) == dead_daemons({"name": "seed", "running": False}) == []
