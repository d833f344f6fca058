"""The table at the end of a play."""

from __future__ import annotations

import pytest
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report.reading import read_drill
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report.terminal import WIDTH, render_terminal

from .drills import EVERY_DRILL, compared_drill, cycle, drill, failed_drill, mode, scenario, void_cycle

PATH = "/reports/20260921T141320Z/index.html"

COMPARED = """\
Failover drill: PASSED
The traffic stood still for 452 ms with BFD (median of 5 cycles) and for 12.4 s without BFD (one
cycle): 27 times as long.
2026-09-21 14:13:20 UTC, 6 cycles in 3 min 12 s

The link between R1 and R3 is cut, both carriers stay: passed
               cycles       predicted     min  median     max  fail-back  lost  verdict
  without BFD       1  10.0 to 15.5 s  12.4 s  12.4 s  12.4 s       0 ms  1240  passed
  with BFD          5   200 to 800 ms  405 ms  452 ms  470 ms       0 ms    45  passed
  ratio of the medians: 27 times

report: /reports/20260921T141320Z/index.html
"""


def table(data, title="Failover drill"):
    return render_terminal(read_drill(data), title, PATH)


def test_comparison():
    assert table(compared_drill()) == COMPARED


@pytest.mark.parametrize("make", EVERY_DRILL.values(), ids=EVERY_DRILL)
def test_every_table_fits_and_names_the_report(make):
    lines = table(make(), "A drill with a long title, that nobody would read to its end, but that stands there " * 2)
    *above, last = lines.splitlines()
    assert last == f"report: {PATH}"
    assert max(map(len, above)) <= WIDTH
    assert lines.isascii()


def test_widest_numbers_fit():
    data = compared_drill()
    for found in data["scenarios"][0]["modes"]:
        found["outage_ms"] = found["failback_outage_ms"] = {"min": 123456, "median": 123456, "max": 123456}
        found["predicted"] = {"outage_min_ms": 999, "outage_max_ms": 123456}
        found["lost"] = {"min": 1, "median": 12345.5, "max": 99999}
    assert max(map(len, table(data).splitlines())) <= WIDTH


def test_void_cycles_are_told_from_those_that_were_measured():
    two = scenario([mode("bfd", [cycle("bfd", 1, 610), void_cycle("bfd", 2), cycle("bfd", 3, 585)])])
    [line] = [line for line in table(drill([two])).splitlines() if line.startswith("  with BFD")]
    assert line.split()[2:5] == ["2", "of", "3"]


def test_failures_are_a_list():
    text = table(failed_drill())
    assert text.startswith("Failover drill: FAILED\n")
    assert "\nfailures:\n  - link_cut with BFD, cycle 2: outage 12180 ms, expected at most 800 ms.\n" in text


def test_long_failure_is_wrapped_below_its_bullet():
    lines = table(drill([], failures=["word " * 40])).splitlines()
    at = lines.index("failures:")
    assert lines[at + 1].startswith("  - word word")
    assert lines[at + 2].startswith("    word")


def test_texts_cannot_steer_the_terminal():
    text = table(drill([scenario([], title="cut \x1b[2J\rhere")], failures=["\x1b[31mred"]))
    assert "\x1b" not in text
    assert "\r" not in text
    assert "cut  [2J here" in text
