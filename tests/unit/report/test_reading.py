"""A drill's result is read into values; what is not as the schema says is an error that names the place."""

from __future__ import annotations

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import InvalidInput
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report.reading import read_drill

from .drills import EVERY_DRILL, compared_drill, failed_drill, several_scenarios_drill, void_drill


@pytest.mark.parametrize("make", EVERY_DRILL.values(), ids=EVERY_DRILL)
def test_every_drill_is_read(make):
    data = make()
    drill = read_drill(data)
    assert drill.passed == data["passed"]
    assert [scenario.name for scenario in drill.scenarios] == [item["name"] for item in data["scenarios"]]


def test_values_stand_where_they_were():
    drill = read_drill(compared_drill())
    without, with_bfd = drill.scenarios[0].modes
    assert (without.outage.median, with_bfd.outage.median) == (12400, 452)
    cycle = with_bfd.cycles[2]
    assert (cycle.number, cycle.outage_ms, cycle.cut.restored_by, cycle.lost) == (3, 452, "drill", 45)
    assert cycle.probes[0].sender == "PC1"
    assert cycle.cause.ends[0].evidence[0].endswith("ECHO FAILURE")
    assert [event.at for event in cycle.events] == sorted(event.at for event in cycle.events)
    assert dict(drill.configuration)["R1"][0] == "interface Ethernet0/0"


def test_another_version_is_refused():
    with pytest.raises(InvalidInput, match=r"drill.schema: 2 is not allowed; allowed: 1. Give the drill as"):
        read_drill({"schema": 2})


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("passed", "yes", "drill.passed: 'yes' is not allowed; allowed: true or false."),
        ("started_at", "today", "drill.started_at: 'today' is not allowed; allowed: a number or null."),
        ("started_at", True, "drill.started_at: True is not allowed; allowed: a number or null."),
        ("failures", "all", "drill.failures: 'all' is not allowed; allowed: a list."),
        ("settings", [], "drill.settings: [] is not allowed; allowed: a dict."),
        ("scenarios", ["x"], r"drill.scenarios[0]: 'x' is not allowed; allowed: a dict."),
        ("collection_version", {}, "drill.collection_version: {} is not allowed; allowed: a text."),
    ],
)
def test_wrong_type_is_named(key, value, text):
    with pytest.raises(InvalidInput) as caught:
        read_drill({**compared_drill(), key: value})
    assert str(caught.value).startswith(text)


def test_wrong_type_deep_inside_is_named():
    data = compared_drill()
    data["scenarios"][0]["modes"][1]["cycles"][3]["outage_ms"] = "long"
    with pytest.raises(InvalidInput, match=r"drill\.scenarios\[0\]\.modes\[1\]\.cycles\[3\]\.outage_ms: 'long'"):
        read_drill(data)


def test_missing_parts_are_unknown_not_wrong():
    drill = read_drill({"schema": 1, "scenarios": [{"name": "link_cut", "modes": [{"mode": "bfd", "cycles": [{}]}]}]})
    (cycle,) = drill.cycles
    assert (cycle.outage_ms, cycle.cut.at, cycle.cause.kind, cycle.events) == (None, None, "unknown", ())
    assert drill.scenarios[0].title == "link cut"


def test_event_without_a_time_has_no_place():
    data = compared_drill()
    cycle = data["scenarios"][0]["modes"][0]["cycles"][0]
    count = len(cycle["events"])
    cycle["events"][2]["at"] = None
    assert len(read_drill(data).cycles[0].events) == count - 1


def test_verdicts():
    assert [mode.verdict for mode in read_drill(failed_drill()).scenarios[0].modes] == ["passed", "failed"]
    assert read_drill(failed_drill()).scenarios[0].verdict == "failed"
    assert read_drill(void_drill()).scenarios[0].verdict == "void"
    verdicts = [cycle.verdict for cycle in read_drill(several_scenarios_drill()).scenarios[2].modes[0].cycles]
    assert verdicts == ["passed", "void", "passed"]
