"""The host on which a command cuts: its guards, told from those of other drills."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.drill_parts import LiveHost


class FakeTimers:
    """Sessions to a host that keeps timers by their names."""

    def __init__(self) -> None:
        self.waiting: dict[str, str] = {}
        self.rc = 0

    def run_module(self, host: str, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        assert (host, name) == ("switch", "edgeworks.fastpath.command_timer")
        if arguments["state"] == "armed":
            self.waiting[arguments["name"]] = arguments["shell"]
            return {"changed": True}
        found = self.waiting.pop(arguments["name"], None) is not None
        return {"changed": found, "fired": found, "rc": self.rc if found else None}


def test_guard_of_another_drill_stays_armed() -> None:
    timers = FakeTimers()
    killed, later = (LiveHost(timers, "switch", None) for _ in range(2))  # type: ignore[arg-type]
    killed.arm("mend the first link", 60)
    later.arm("mend the second link", 60)
    assert sorted(timers.waiting.values()) == ["mend the first link", "mend the second link"]
    later.disarm()
    assert list(timers.waiting.values()) == ["mend the first link"]


def test_name_of_a_guard_is_one_that_the_timer_takes() -> None:
    timers = FakeTimers()
    LiveHost(timers, "switch", None).arm("mend it", 60)  # type: ignore[arg-type]
    (name,) = timers.waiting
    assert name.startswith("failover-drill-")
    assert len(name) <= 40


def test_timer_that_fired_has_mended_where_its_command_succeeded() -> None:
    timers = FakeTimers()
    host = LiveHost(timers, "switch", None)  # type: ignore[arg-type]
    assert not host.mended(), "none is armed"
    host.arm("mend it", 60)
    assert host.mended()
    host.arm("mend it", 60)
    timers.rc = 1
    assert not host.mended()
