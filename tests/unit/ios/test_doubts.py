"""What stands against keeping a change: one text per router, the first failure counts."""

from __future__ import annotations

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.doubts import find_doubts

UNCONFIRMED = {"failed": False, "unconfirmed": True}
SEEN = {"failed": False, "waited_s": 3}


@pytest.mark.parametrize(
    ("configured", "seen", "doubts"),
    [
        (UNCONFIRMED, SEEN, []),
        ({"failed": False, "unconfirmed": False}, {}, []),
        ({}, {}, []),
        (UNCONFIRMED, {"skipped": True}, []),
        ({"failed": True, "msg": "Line 2: refused."}, {}, ["R1: Line 2: refused."]),
        ({"unreachable": True, "msg": "no route"}, {"skipped": True}, ["R1: no route"]),
        (UNCONFIRMED, {"failed": True, "msg": "BGP is down"}, ["R1: BGP is down"]),
        (UNCONFIRMED, {"unreachable": True, "msg": "no route"}, ["R1: no route"]),
        ({"failed": True, "msg": "first"}, {"failed": True, "msg": "second"}, ["R1: first"]),
        (UNCONFIRMED, {}, ["R1: the change was not verified. Run configure and verify together."]),
    ],
)
def test_doubts_of_one_router(configured, seen, doubts):
    assert find_doubts({"R1": {"configured": configured, "seen": seen}}) == doubts


def test_before_verify_a_change_that_nobody_looked_at_is_no_doubt():
    assert find_doubts({"R1": {"configured": UNCONFIRMED, "seen": {}}}, verified=False) == []


def test_every_router_is_heard():
    bad = {"configured": {"failed": True, "msg": "x"}, "seen": {}}
    good = {"configured": UNCONFIRMED, "seen": SEEN}
    assert find_doubts({"R1": bad, "R2": good, "R3": bad}) == ["R1: x", "R3: x"]
