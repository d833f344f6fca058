"""The cuts in force over time: side by side, replaced, healing, flapping."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from lab.errors import LabError
from lab.network.breaker import Breaker
from lab.network.cuts import Cut, CutKind, Flap

SOON_S = 0.05
LINK = Cut("r1-r3", CutKind(), ("R1.e0", "R3.e0"), ())
NODE = Cut("R1", CutKind(), ("R1.e0",), ("R1.e0",))
FLAPPING = Cut("r1-r3", CutKind(flap=Flap(0.1, 0.1)), ("R1.e0", "R3.e0"), ())


class Switch:
    """Records all that a switch was told to drop, and fails where it is told to."""

    def __init__(self) -> None:
        self.told: list[list[Cut]] = []
        self.fails = False
        self.refused = 0

    async def drop(self, cuts: Sequence[Cut]) -> None:
        if self.fails:
            self.refused += 1
            raise LabError("nft failed")
        self.told.append(list(cuts))


async def until(holds: Callable[[], bool]) -> None:
    async def poll() -> None:
        while not holds():
            await asyncio.sleep(0.005)

    await asyncio.wait_for(poll(), 5)


async def test_cuts_stand_side_by_side_until_each_is_restored() -> None:
    switch = Switch()
    breaker = Breaker(switch.drop)
    await breaker.cut(LINK, None)
    await breaker.cut(NODE, None)
    await breaker.restore("r1-r3")
    await breaker.restore("r1-r3")
    await breaker.restore("R1")
    assert switch.told == [[LINK], [LINK, NODE], [NODE], [NODE], []]


async def test_a_cut_heals_by_itself_and_says_when() -> None:
    switch = Switch()
    breaker = Breaker(switch.drop)
    await breaker.cut(NODE, None)
    await breaker.cut(LINK, SOON_S)
    assert breaker.status("r1-r3") == {
        "state": "cut",
        "loses": "everything",
        "restores_in_s": pytest.approx(0, abs=0.1),
    }
    assert breaker.status("R1") == {"state": "cut", "loses": "everything", "restores_in_s": None}
    await until(lambda: breaker.status("r1-r3") == {"state": "up", "loses": None, "restores_in_s": None})
    assert switch.told[-1] == [NODE]


async def test_a_later_cut_of_the_same_thing_outlives_the_end_of_the_former() -> None:
    switch = Switch()
    breaker = Breaker(switch.drop)
    await breaker.cut(LINK, SOON_S)
    await breaker.cut(LINK, None)
    await breaker.cut(NODE, 3 * SOON_S)
    await until(lambda: breaker.status("R1")["state"] == "up")
    assert breaker.status("r1-r3")["state"] == "cut"
    assert switch.told[-1] == [LINK]


async def test_a_flapping_cut_pauses_and_drops_in_turn_and_stays_cut() -> None:
    switch = Switch()
    breaker = Breaker(switch.drop)
    await breaker.cut(FLAPPING, None)
    await until(lambda: len(switch.told) >= 4)
    assert switch.told[:4] == [[FLAPPING], [], [FLAPPING], []]
    assert breaker.status("r1-r3")["state"] == "cut"


@pytest.mark.parametrize("seconds", [None, 0.25])
async def test_a_flapping_cut_ends_with_its_restoring(seconds: float | None) -> None:
    switch = Switch()
    breaker = Breaker(switch.drop)
    await breaker.cut(FLAPPING, seconds)
    await until(lambda: len(switch.told) >= 2)
    if seconds is None:
        await breaker.restore("r1-r3")
    await until(lambda: breaker.status("r1-r3")["state"] == "up")
    assert switch.told[-1] == []
    told = len(switch.told)
    await breaker.cut(NODE, 0.3)  # longer than both turns of the flap
    await until(lambda: breaker.status("R1")["state"] == "up")
    assert switch.told[told:] == [[NODE], []]


async def test_a_cut_that_fails_leaves_the_former_one_in_force() -> None:
    switch = Switch()
    breaker = Breaker(switch.drop)
    await breaker.cut(LINK, 2 * SOON_S)
    switch.fails = True
    with pytest.raises(LabError, match="nft failed"):
        await breaker.cut(FLAPPING, None)
    assert breaker.status("r1-r3")["loses"] == "everything"
    switch.fails = False
    await until(lambda: breaker.status("r1-r3")["state"] == "up")
    assert switch.told == [[LINK], []]


async def test_a_healing_that_fails_is_tried_again() -> None:
    switch = Switch()
    breaker = Breaker(switch.drop)
    await breaker.cut(LINK, SOON_S)
    switch.fails = True
    await until(lambda: switch.refused == 1)
    assert breaker.status("r1-r3")["state"] == "cut"
    switch.fails = False
    await until(lambda: breaker.status("r1-r3")["state"] == "up")
    assert switch.told == [[LINK], []]
