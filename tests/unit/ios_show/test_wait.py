"""Waiting for a state: bounded, with a clock of the test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import InvalidInput, TransportError
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.wait import (
    Bound,
    Looked,
    late_message,
    wait_for_state,
)

SPEAK = "HSRP group 1 on Ethernet0/1: expected Active, seen Speak"
DOWN = "BFD 10.10.10.2 on Ethernet0/0: expected Up, seen Down"


class Bench:
    """A clock that moves by sleeping, and a router that shows one failure list after the other."""

    def __init__(self, *shown: Sequence[str] | Exception, look_s: float = 0) -> None:
        self.now, self.look_s = 100.0, look_s
        self.shown = list(shown)
        self.slept: list[float] = []
        self.lines: list[str] = []

    def observe(self) -> dict[str, Any]:
        self.now += self.look_s
        shown = self.shown.pop(0) if len(self.shown) > 1 else self.shown[0]
        if isinstance(shown, Exception):
            raise shown
        return {"wrong": tuple(shown)}

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def wait(self, timeout_s: int = 90, interval_s: int = 5) -> Looked:
        return wait_for_state(
            self.observe,
            lambda info: info["wrong"],
            Bound(timeout_s, interval_s),
            clock=lambda: self.now,
            sleep=self.sleep,
            progress=self.lines.append,
        )


def test_a_router_that_is_right_is_looked_at_once() -> None:
    bench = Bench([])
    assert bench.wait() == Looked({"wrong": ()}, (), 0)
    assert (bench.slept, bench.lines) == ([], [])


def test_what_is_missing_is_told_when_it_changes() -> None:
    bench = Bench([DOWN, SPEAK], [DOWN, SPEAK], [SPEAK], [SPEAK], [])
    assert bench.wait() == Looked({"wrong": ()}, (), 20)
    assert bench.lines == [f"waiting, 0 of 90 s: {DOWN} (and 1 more)", f"waiting, 10 of 90 s: {SPEAK}"]


def test_the_last_look_is_at_the_end_of_the_time() -> None:
    bench = Bench([SPEAK])
    looked = bench.wait(timeout_s=12)
    assert looked == Looked({"wrong": (SPEAK,)}, (SPEAK,), 12)
    assert bench.slept == [5, 5, 2]
    assert late_message(looked) == f"Not as expected after 12 s; last seen:\n{SPEAK}"


def test_looks_that_take_long_count() -> None:
    bench = Bench([SPEAK], look_s=8)
    assert bench.wait(timeout_s=12).waited_s == 20
    assert bench.slept == [4]


def test_no_time_is_one_look() -> None:
    bench = Bench([SPEAK])
    assert bench.wait(timeout_s=0).failures == (SPEAK,)
    assert bench.slept == []


def test_an_error_of_a_look_ends_it_at_once() -> None:
    bench = Bench([SPEAK], TransportError("the device closed the connection"))
    with pytest.raises(TransportError, match="closed the connection"):
        bench.wait()
    assert bench.slept == [5]


PAUSE = "is not allowed; allowed: 1 to 20. State seconds; in a longer pause the session would close."


@pytest.mark.parametrize(
    ("timeout_s", "interval_s", "message"),
    [
        (-1, 5, "wait_timeout: -1 is not allowed; allowed: 0 or more. State seconds; 0 looks once."),
        (90, 0, f"wait_interval: 0 {PAUSE}"),
        (90, 21, f"wait_interval: 21 {PAUSE}"),
    ],
)
def test_bounds_are_checked(timeout_s: int, interval_s: int, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Bound(timeout_s, interval_s)
    assert str(caught.value) == message
