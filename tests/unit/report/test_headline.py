"""The one thing that a drill says."""

from __future__ import annotations

import pytest
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report.headline import build_headline
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report.reading import read_drill

from .drills import (
    EVERY_DRILL,
    compared_drill,
    cycle,
    drill,
    empty_drill,
    mode,
    one_cycle_drill,
    scenario,
    several_scenarios_drill,
)


def headline(data):
    return build_headline(read_drill(data))


def test_comparison_is_the_headline():
    found = headline(compared_drill())
    assert (found.verdict, found.number, found.instead) == ("passed", "452 ms", "12.4 s")
    assert found.sentence == (
        "The traffic stood still for 452 ms with BFD (median of 5 cycles) and for 12.4 s without BFD (one cycle):"
        " 27 times as long."
    )
    assert [(length.title, length.text, length.is_bfd) for length in found.lengths] == [
        ("without BFD", "12.4 s", False),
        ("with BFD", "452 ms", True),
    ]
    assert [length.share for length in found.lengths] == pytest.approx([1, 452 / 12400])


def test_bfd_alone_compares_nothing():
    found = headline(one_cycle_drill())
    assert found.sentence == "The traffic stood still for 452 ms with BFD (one cycle)."
    assert (found.lengths, found.instead) == ((), "")


def test_timers_alone_compare_nothing():
    found = headline(drill([scenario([mode("bgp_timers", [cycle("bgp_timers", 1, 12400)])])]))
    assert found.sentence == "The traffic stood still for 12.4 s without BFD (one cycle)."


def test_compared_scenario_goes_first():
    data = several_scenarios_drill()
    data["scenarios"].reverse()
    assert headline(data).number == "615 ms"


@pytest.mark.parametrize(
    ("name", "verdict", "number"),
    [("failed", "failed", "6.31 s"), ("void", "void", ""), ("empty", "empty", ""), ("uncut", "failed", "")],
)
def test_verdicts(name, verdict, number):
    found = headline(EVERY_DRILL[name]())
    assert (found.verdict, found.number) == (verdict, number)
    assert number or found.sentence == "No outage was measured."


def test_drill_that_failed_before_its_first_cycle_failed():
    assert headline({**empty_drill(), "failures": ["No other path is left."]}).verdict == "failed"


def test_nothing_lost_divides_nothing():
    quiet = drill([scenario([mode("bgp_timers", [cycle("bgp_timers", 1, 0)]), mode("bfd", [cycle("bfd", 1, 0)])])])
    found = headline(quiet)
    assert (found.number, found.lengths) == ("0 ms", ())
