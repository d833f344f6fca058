from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.clocks import Clock
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.windows import (
    Probe,
    is_quiet,
    measure,
    measure_all,
    read_probe,
)
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe.outage import NO_REPLY, Samples, summarize
from hypothesis import given
from hypothesis import strategies as st

EXACT = Clock(0.0, 0.0)


def loss(start: float | None, end: float | None, outage_ms: float, **changes: Any) -> dict[str, Any]:
    """Return a run of lost probes as the probe reports it."""
    count = round(outage_ms / 10)
    return {"from_at": start, "to_at": end, "count": count, "outage_ms": outage_ms, "uncertainty_ms": 10.0, **changes}


def probe(*losses: dict[str, Any], clock: Clock = EXACT, **changes: Any) -> Probe:
    """Return a probe that ran from 0 to 100 s at 10 ms."""
    result = {
        "direction": "PC1 -> PC2",
        "interval_ms": 10,
        "started_at": 0.0,
        "ended_at": 100.0,
        "sent": 10000,
        "received": 9000,
        "losses": list(losses),
        "stalls": [],
        **changes,
    }
    return read_probe(result, {"PC1": clock})


def test_the_longest_outage_of_a_window() -> None:
    found = measure(probe(loss(10.0, 10.1, 90.0), loss(20.0, 20.5, 490.0), loss(50.0, 50.1, 90.0)), 5.0, 40.0)
    assert (found.outage_ms, found.uncertainty_ms, found.lost) == (490.0, 10.0, 58)
    assert (found.from_at, found.to_at) == (20.0, 20.5)
    assert (found.most_ms, found.least_ms) == (500.0, 480.0)
    assert not found.stalled


def test_nothing_lost_is_an_outage_of_less_than_an_interval() -> None:
    found = measure(probe(loss(50.0, 50.1, 90.0)), 5.0, 40.0)
    assert (found.outage_ms, found.most_ms, found.lost) == (0.0, 10.0, 0)


def test_times_are_those_of_the_controller() -> None:
    ahead = probe(loss(1020.0, 1020.5, 490.0), clock=Clock(1000.0, 0.05), started_at=1000.0, ended_at=1100.0)
    assert (ahead.started_at, ahead.ended_at) == (0.0, 100.0)
    assert measure(ahead, 5.0, 40.0).from_at == 20.0


def test_a_run_near_the_border_belongs_to_both_windows_where_the_clock_cannot_tell() -> None:
    vague = probe(loss(20.0, 20.5, 490.0), clock=Clock(0.0, 0.2))
    assert measure(vague, 5.0, 19.9).outage_ms == 490.0
    assert measure(vague, 19.9, 40.0).outage_ms == 490.0
    assert measure(vague, 20.3, 40.0).outage_ms == 0.0
    assert measure(probe(loss(20.0, 20.5, 490.0)), 5.0, 19.9).outage_ms == 0.0


def test_a_loss_begins_up_to_one_interval_behind_the_last_answered_probe() -> None:
    slow = probe(
        loss(9.6, 12.6, 2000.0, uncertainty_ms=1000.0),
        loss(29.6, 31.6, 1000.0, uncertainty_ms=1000.0),
        interval_ms=1000,
    )
    assert measure(slow, 10.0, 30.0).outage_ms == 2000.0
    assert measure(slow, 30.0, 40.0).outage_ms == 1000.0
    assert measure(slow, 10.7, 29.0).outage_ms == 0.0
    assert is_quiet([slow], 10.0)
    assert not is_quiet([slow], 10.7)


def test_a_run_that_is_open_is_said_to_be() -> None:
    assert measure(probe(loss(20.0, None, 490.0)), 5.0, 40.0).open
    assert measure(probe(loss(None, 0.5, 490.0)), 0.0, 40.0).open


def test_a_host_without_a_clock_cannot_be_placed() -> None:
    assert read_probe({"direction": "PC9 -> PC2"}, {"PC1": EXACT}).clock.uncertainty_s == float("inf")
    named = read_probe({"direction": "the left host -> PC2", "host": "PC1"}, {"PC1": Clock(1.0, 0.1)})
    assert named.clock == Clock(1.0, 0.1)


def test_a_clock_that_was_set_meanwhile_is_as_uncertain_as_the_step() -> None:
    assert probe(clock_step_ms=-250.0).clock.uncertainty_s == 0.25


def test_a_stall_at_the_border_of_an_outage_widens_it() -> None:
    found = measure(probe(loss(20.0, 20.5, 490.0), stalls=[{"at": 19.7, "length_ms": 295.0}]), 5.0, 40.0)
    assert found.stalled
    assert found.outage_ms == 490.0
    assert found.most_ms >= 490.0 + 295.0


@pytest.mark.parametrize("at", [20.1, 30.0, 4.0])
def test_a_stall_inside_of_an_outage_or_far_from_it_adds_nothing(at: float) -> None:
    found = measure(probe(loss(20.0, 20.5, 490.0), stalls=[{"at": at, "length_ms": 100.0}]), 5.0, 40.0)
    assert not found.stalled
    assert found.most_ms == 500.0


def test_the_direction_that_did_not_stall_sees_it_better() -> None:
    stalled = probe(loss(20.0, 20.5, 490.0), stalls=[{"at": 19.7, "length_ms": 295.0}])
    found = measure_all([stalled, probe(loss(20.01, 20.5, 480.0))], 5.0, 40.0)
    assert found is not None
    assert (found.outage_ms, found.uncertainty_ms, found.stalled) == (480.0, 10.0, False)
    assert found.lost == 97


def test_what_a_prober_saw_in_spite_of_its_stall_outweighs_one_that_saw_nothing() -> None:
    stalled = probe(loss(20.0, 20.5, 490.0), stalls=[{"at": 19.95, "length_ms": 40.0}])
    found = measure_all([stalled, probe()], 5.0, 40.0)
    assert found is not None
    assert (found.outage_ms, found.stalled, found.lost) == (490.0, True, 49)
    assert found.most_ms >= 530.0


def test_an_outage_is_hidden_only_where_all_probers_stood_still() -> None:
    one, other = [{"at": 20.0, "length_ms": 400.0}], [{"at": 20.3, "length_ms": 400.0}]
    alone = measure_all([probe(stalls=one)], 5.0, 40.0)
    assert alone is not None
    assert (alone.outage_ms, alone.stalled) == (0.0, True)
    assert alone.most_ms == pytest.approx(410.0)
    both = measure_all([probe(stalls=one), probe(stalls=other)], 5.0, 40.0)
    assert both is not None
    assert both.most_ms == pytest.approx(110.0)
    clear = measure_all([probe(stalls=one), probe()], 5.0, 40.0)
    assert clear is not None
    assert (clear.most_ms, clear.stalled) == (10.0, False)
    later = measure_all([probe(stalls=one), probe(stalls=other)], 50.0, 60.0)
    assert later is not None
    assert later.most_ms == 10.0


def test_without_a_probe_nothing_is_measured() -> None:
    assert measure_all([], 0.0, 1.0) is None
    assert not is_quiet([], 1.0)


def test_quiet_means_no_loss_before_as_far_as_the_clocks_tell() -> None:
    assert is_quiet([probe(loss(20.0, 20.5, 490.0))], 19.0)
    assert not is_quiet([probe(loss(20.0, 20.5, 490.0))], 21.0)
    assert not is_quiet([probe(loss(None, 20.5, 490.0))], 1.0)
    assert is_quiet([probe(loss(20.0, 20.5, 490.0), clock=Clock(0.0, 0.3))], 20.2)
    assert not is_quiet([probe(loss(20.0, 20.5, 490.0), clock=Clock(0.0, 0.6))], 20.2)
    assert not is_quiet([read_probe({"direction": "PC9 -> PC2"}, {})], 1.0)
    assert not is_quiet([probe(started_at=20.0)], 19.0)


@st.composite
def outages(draw: st.DrawFn) -> tuple[float, float, list[bool], list[float]]:
    """Return a true outage (start, length in s), which probes it swallowed, and when they were sent."""
    pauses = draw(st.lists(st.sampled_from([0.01, 0.01, 0.01, 0.01, 0.011, 0.08, 0.4]), min_size=60, max_size=120))
    sent = [sum(pauses[:number]) for number in range(len(pauses))]
    start = draw(st.floats(min_value=0.15, max_value=max(0.2, sent[-1] - 0.3)))
    length = draw(st.floats(min_value=0.0, max_value=0.6))
    lost = [start <= at < start + length for at in sent]
    return start, length, lost, sent


@given(outages())
def test_the_true_outage_lies_within_the_figure_whatever_the_prober_does(
    case: tuple[float, float, list[bool], list[float]],
) -> None:
    _start, length, lost, sent = case
    if lost[-1] or lost[0]:
        return
    samples = Samples(sent, [NO_REPLY if gone else 0.001 for gone in lost], 0.01)
    shown = summarize(samples)
    result = {
        "direction": "PC1 -> PC2",
        "interval_ms": 10,
        "started_at": 0.0,
        "ended_at": sent[-1],
        "received": lost.count(False),
        "losses": [item.as_dict() for item in shown.losses],
        "stalls": [item.as_dict() for item in shown.stalls],
    }
    found = measure_all([read_probe(result, {"PC1": EXACT})], -1.0, sent[-1] + 1)
    assert found is not None
    assert found.least_ms - 12 <= 1000 * length <= found.most_ms + 12
    assert found.lost == lost.count(True)
