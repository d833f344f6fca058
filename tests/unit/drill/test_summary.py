from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.edgeworks.fastpath.plugins.filter import failover_drill_summary
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.statistics import ratio, spread
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.summary import summarize_drill
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import InvalidInput
from hypothesis import given
from hypothesis import strategies as st

FILTERS = Path(__file__).parents[3] / "plugins" / "filter"
NUMBERS = st.floats(min_value=0, max_value=1e6, allow_nan=False)


def cycle(number: int, mode: str = "bfd", **changes: Any) -> dict[str, Any]:
    """Return a cycle that passed, changed by the case."""
    return {
        "scenario": "link_cut",
        "title": "The link is cut",
        "mode": mode,
        "number": number,
        "passed": True,
        "void": False,
        "failures": [],
        "outage_ms": 400.0 + number,
        "failback_outage_ms": 0.0,
        "lost": 40 + number,
        "predicted": {"detection_ms": 300},
        "started_at": 100.0 * number,
        "ended_at": 100.0 * number + 50,
        **changes,
    }


@given(st.lists(st.one_of(st.none(), NUMBERS)))
def test_the_median_lies_between_the_ends_and_none_counts_for_nothing(values: list[float | None]) -> None:
    known = sorted(value for value in values if value is not None)
    found = spread(values)
    if not known:
        assert found == {"min": None, "median": None, "max": None}
        return
    low, middle, high = found["min"], found["median"], found["max"]
    assert low == known[0]
    assert high == known[-1]
    assert middle is not None
    assert known[0] - 0.001 <= middle <= known[-1] + 0.001
    assert spread(reversed(values)) == found


@given(NUMBERS, st.floats(min_value=0.001, max_value=1e6))
def test_the_ratio_is_that_of_the_medians(without: float, with_bfd: float) -> None:
    assert ratio(without, with_bfd) == pytest.approx(without / with_bfd, abs=0.051)


@pytest.mark.parametrize("pair", [(None, 1.0), (1.0, None), (1.0, 0.0)])
def test_no_ratio_without_both_figures(pair: tuple[float | None, float | None]) -> None:
    assert ratio(*pair) is None


def test_a_drill_of_two_modes() -> None:
    cycles = [cycle(1, "bgp_timers", outage_ms=12000.0), *(cycle(number) for number in (1, 2, 3))]
    settings = {"scenarios": [{"name": "link_cut", "expect": {"max_outage_ms": 1000}}], "repeats": 3}
    found = summarize_drill(cycles, settings, {"R1": ["interface Ethernet0/0"]}, "1.0.0")
    assert found["schema"] == 1
    assert found["collection_version"] == "1.0.0"
    assert (found["started_at"], found["ended_at"]) == (100.0, 350.0)
    assert found["passed"] is True
    assert found["failures"] == []
    [scenario] = found["scenarios"]
    assert scenario["title"] == "The link is cut"
    assert scenario["expect"] == {"max_outage_ms": 1000}
    assert [mode["mode"] for mode in scenario["modes"]] == ["bgp_timers", "bfd"]
    assert scenario["modes"][1]["outage_ms"] == {"min": 401.0, "median": 402.0, "max": 403.0}
    assert scenario["modes"][1]["lost"] == {"min": 41, "median": 42, "max": 43}
    assert scenario["modes"][1]["predicted"] == {"detection_ms": 300}
    assert scenario["ratio"] == 29.9
    assert found["configuration"] == {"R1": ["interface Ethernet0/0"]}


def test_one_failed_cycle_fails_the_drill() -> None:
    found = summarize_drill([cycle(1), cycle(2, passed=False, failures=["outage is above"])], {})
    assert found["passed"] is False
    assert found["failures"] == ["link_cut, bfd, cycle 2: outage is above"]
    assert found["scenarios"][0]["modes"][0]["passed"] is False


def test_a_void_cycle_is_no_figure_and_fails_unless_it_is_run_again() -> None:
    void = cycle(2, passed=False, void=True, failures=["void: the prober stalled"], outage_ms=9999.0)
    alone = summarize_drill([cycle(1), void], {})
    assert alone["passed"] is False
    assert alone["failures"] == ["link_cut, bfd, cycle 2: void: the prober stalled"]
    assert alone["scenarios"][0]["modes"][0]["outage_ms"]["max"] == 401.0
    again = summarize_drill([cycle(1), void, cycle(2)], {})
    assert again["passed"] is True
    assert again["failures"] == []
    assert len(again["scenarios"][0]["modes"][0]["cycles"]) == 3


def test_a_good_cycle_does_not_hide_a_failed_one_of_its_number() -> None:
    failed = cycle(2, passed=False, failures=["cause"])
    assert summarize_drill([failed, cycle(2)], {})["passed"] is False


def test_no_cycle_is_no_success() -> None:
    found = summarize_drill([], {})
    assert found["passed"] is False
    assert found["failures"] == ["no cycle was run"]


def test_secrets_of_settings_and_configuration_are_hidden() -> None:
    settings = {"cut": {"cut": "switch --password hunter2"}, "list": ["enable secret hunter2"], "repeats": 3}
    found = summarize_drill([cycle(1)], settings, {"R1": ["neighbor 10.0.0.1 password hunter2"]})
    assert "hunter2" not in str(found)
    assert found["settings"]["repeats"] == 3


@given(st.lists(st.tuples(st.integers(1, 4), st.booleans(), st.booleans()), min_size=1, max_size=8))
def test_a_drill_passes_only_where_each_number_has_a_valid_cycle_and_all_valid_ones_passed(
    runs: list[tuple[int, bool, bool]],
) -> None:
    cycles = [
        cycle(number, passed=passed and not void, void=void, failures=[] if passed and not void else ["x"])
        for number, passed, void in runs
    ]
    found = summarize_drill(copy.deepcopy(cycles), {})
    expected = all(
        [item for item in cycles if item["number"] == number and not item["void"]]
        and all(item["passed"] for item in cycles if item["number"] == number and not item["void"])
        for number, _, _ in runs
    )
    assert found["passed"] is expected
    assert bool(found["failures"]) is not expected


@pytest.mark.parametrize("cycles", [None, "x", {"scenario": "x"}, [None], [{"scenario": "x"}]])
def test_what_is_no_list_of_cycles_is_refused(cycles: Any) -> None:
    with pytest.raises(InvalidInput, match=r"cycles.*allowed: a list of cycles, each with scenario, mode, number"):
        summarize_drill(cycles, {})


def test_the_filter() -> None:
    call = failover_drill_summary.FilterModule().filters()["failover_drill_summary"]
    assert call([cycle(1)], {"repeats": 1}, {"R1": ["x"]}, "1.0.0") == summarize_drill(
        [cycle(1)], {"repeats": 1}, {"R1": ["x"]}, "1.0.0"
    )
    document = yaml.safe_load((FILTERS / "failover_drill_summary.yml").read_text())
    assert document["DOCUMENTATION"]["name"] == "failover_drill_summary"
    assert document["DOCUMENTATION"]["positional"] == "settings, configuration, collection_version"
    assert "edgeworks.fastpath.failover_drill_summary" in document["EXAMPLES"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("x", {}), "expected a list of cycles, got 'x'"),
        (({}, {}), "expected a list of cycles"),
        (([cycle(1)], None), "expected settings as a dict, got None"),
        (([cycle(1)], {}, ["R1"]), "expected configuration as a dict of router and lines"),
        (([cycle(1)], {}, {"R1": "x"}), "expected configuration as a dict of router and lines"),
        (([{"scenario": "x"}], {}), "allowed: a list of cycles"),
    ],
)
def test_the_filter_refuses(arguments: tuple[Any, ...], text: str) -> None:
    with pytest.raises(AnsibleFilterError, match=r"edgeworks\.fastpath\.failover_drill_summary: ") as caught:
        failover_drill_summary.failover_drill_summary(*arguments)
    assert text in str(caught.value)
