"""The arithmetic of an outage: examples for people, properties for everything else."""

from __future__ import annotations

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe.outage import (
    LATE_REPLY,
    NO_REPLY,
    Samples,
    find_stalls,
    losses_within,
    summarize,
)
from hypothesis import given
from hypothesis import strategies as st

EPOCH_S = 1_700_000_000.0
INTERVAL_S = 0.01
RTT_S = 0.002


def run_of(pattern, interval_s=INTERVAL_S, delays=None):
    """Return samples: "." answered, "x" lost, "l" late; `delays` are the seconds that probes were sent too late."""
    sent, now = [], 100.0
    for sequence in range(len(pattern)):
        now += (interval_s if sequence else 0.0) + (delays or {}).get(sequence, 0.0)
        sent.append(now)
    rtt = [{".": RTT_S, "x": NO_REPLY, "l": LATE_REPLY}[mark] for mark in pattern]
    return Samples(sent, rtt, interval_s, EPOCH_S - 100.0)


def test_outage_is_the_gap_minus_one_interval():
    found = summarize(run_of("....xxx...."))
    assert (found.sent, found.received) == (11, 8)
    assert found.longest_gap_ms == 40.0
    assert found.outage_ms == 30.0
    assert found.outage_uncertainty_ms == 10.0
    (loss,) = found.losses
    assert loss == found.longest
    assert (loss.count, loss.gap_ms, loss.outage_ms) == (3, 40.0, 30.0)
    assert loss.from_at == pytest.approx(EPOCH_S + 0.04)
    assert loss.to_at == pytest.approx(EPOCH_S + 0.07)


def test_without_a_loss_there_is_no_outage_longer_than_an_interval():
    found = summarize(run_of("......"))
    assert (found.outage_ms, found.outage_uncertainty_ms, found.longest, found.losses) == (0.0, 10.0, None, ())
    assert found.longest_gap_ms == 10.0


def test_a_late_reply_is_a_loss():
    assert summarize(run_of("..l..")).losses == summarize(run_of("..x..")).losses


def test_the_longest_of_several_losses_counts():
    found = summarize(run_of(".x..xxx..xx."))
    assert [loss.count for loss in found.losses] == [1, 3, 2]
    assert found.longest == found.losses[1]


@pytest.mark.parametrize(
    ("pattern", "from_at", "to_at", "outage_ms"),
    [
        ("..xxx", EPOCH_S + 0.02, None, 30.0),
        ("xxx..", None, EPOCH_S + 0.03, 30.0),
        ("xxxxx", None, None, 50.0),
        ("x", None, None, 10.0),
    ],
)
def test_an_outage_at_an_end_of_the_run_is_open(pattern, from_at, to_at, outage_ms):
    found = summarize(run_of(pattern))
    assert found.longest.from_at == (from_at and pytest.approx(from_at))
    assert found.longest.to_at == (to_at and pytest.approx(to_at))
    assert found.outage_ms == outage_ms


def test_nothing_sent_is_nothing_seen():
    found = summarize(Samples([], [], INTERVAL_S))
    assert (found.sent, found.received, found.outage_ms, found.longest_gap_ms) == (0, 0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("interval_s", "late_s", "stalls"),
    [(0.005, 0.019, 0), (0.005, 0.021, 1), (0.01, 0.019, 0), (0.01, 0.021, 1), (0.1, 0.19, 0), (0.1, 0.21, 1)],
)
def test_a_stall_is_two_intervals_or_20_ms_too_late(interval_s, late_s, stalls):
    found = list(find_stalls(run_of("....", interval_s, {2: late_s})))
    assert len(found) == stalls
    for stall in found:
        assert stall.at == pytest.approx(EPOCH_S + 2 * interval_s)
        assert stall.length_ms == pytest.approx(late_s * 1000)


def test_a_stall_alone_is_no_outage():
    found = summarize(run_of("......", delays={3: 0.5}))
    assert (found.outage_ms, found.losses) == (0.0, ())
    assert found.longest_gap_ms == 510.0
    assert [stall.length_ms for stall in found.stalls] == [500.0]


@pytest.mark.parametrize("stalled", [2, 3, 4])
def test_a_stall_next_to_a_loss_is_not_counted_and_widens_the_uncertainty(stalled):
    found = summarize(run_of("..xx..", delays={stalled: 0.5}))
    assert found.outage_ms == 20.0
    assert found.longest.gap_ms == 530.0
    assert found.outage_uncertainty_ms == 510.0


def test_send_times_that_go_back_are_refused():
    with pytest.raises(ValueError, match="not of a monotonic clock"):
        Samples([1.0, 0.9], [0.1, 0.1], INTERVAL_S)
    with pytest.raises(ValueError, match="2 send times and 1 round trips"):
        Samples([1.0, 1.1], [0.1], INTERVAL_S)


def test_losses_within_a_window():
    losses = [loss.as_dict() for loss in summarize(run_of("xx..xx..xx..xx")).losses]
    first, second, third, last = losses
    assert losses_within(losses, None, None) == losses
    assert losses_within(losses, EPOCH_S + 0.05, EPOCH_S + 0.05) == [second]
    assert losses_within(losses, EPOCH_S + 0.065, EPOCH_S + 0.085) == [third]
    assert losses_within(losses, EPOCH_S + 0.07, EPOCH_S + 0.075) == []
    assert losses_within(losses, None, EPOCH_S - 9) == [first], "open at the start: it may reach back"
    assert losses_within(losses, EPOCH_S + 9, None) == [last], "open at the end: it may still last"


# --- properties -------------------------------------------------------------------------------------------------------

INTERVALS_S = st.integers(5, 1000).map(lambda ms: ms / 1000)
DELAYS_S = st.lists(st.one_of(st.just(0.0), st.floats(0, 3)), min_size=1, max_size=40)


@st.composite
def outages(draw):
    """Return samples of one outage, and how long it truly was; the prober sends late now and then."""
    interval_s = draw(INTERVALS_S)
    sent, now = [], 50.0
    for delay_s in draw(DELAYS_S):
        now += interval_s + delay_s
        sent.append(now)
    begin = draw(st.floats(0.0, 1.0)) * (sent[-1] - sent[0]) + sent[0]
    end = begin + draw(st.floats(0.0, 1.0)) * (sent[-1] - begin)
    rtt = [NO_REPLY if begin <= at < end else RTT_S for at in sent]
    return Samples(sent, rtt, interval_s, EPOCH_S), end - begin


@given(outages())
def test_the_true_outage_lies_within_the_uncertainty(case):
    samples, truth_s = case
    found = summarize(samples)
    closed = found.longest is not None and None not in (found.longest.from_at, found.longest.to_at)
    if closed:
        assert abs(found.outage_ms - truth_s * 1000) <= found.outage_uncertainty_ms + 0.01
    assert found.outage_ms <= (truth_s + 2 * samples.interval_s) * 1000 + 0.01 + sum(
        max(0.0, samples.late_s(at)) * 1000 for at in range(len(samples.sent_s)) if not samples.stalled_s(at)
    ), "never longer than what was lost, an interval on both sides, and lateness below a stall"


@given(st.text(".xl", max_size=200), INTERVALS_S)
def test_every_probe_is_counted_once(pattern, interval_s):
    samples = run_of(pattern, interval_s)
    found = summarize(samples)
    assert found.sent == len(pattern)
    assert found.received == pattern.count(".")
    assert sum(loss.count for loss in found.losses) == len(pattern) - pattern.count(".")
    assert found.stalls == ()
    for loss in found.losses:
        assert loss.outage_ms == pytest.approx(loss.count * interval_s * 1000, abs=0.01)
        assert loss.uncertainty_ms == pytest.approx(interval_s * 1000, abs=0.01)


@given(st.text(".x", min_size=1, max_size=60), st.data())
def test_stalls_never_lengthen_an_outage(pattern, data):
    stalled = data.draw(st.dictionaries(st.integers(1, len(pattern)), st.floats(0.03, 5)))
    assert [loss.outage_ms for loss in summarize(run_of(pattern, delays=stalled)).losses] == pytest.approx(
        [loss.outage_ms for loss in summarize(run_of(pattern)).losses], abs=0.01
    )


@given(st.text(".x", max_size=80), st.floats(-1e9, 1e9))
def test_the_clock_places_and_never_measures(pattern, step_s):
    here = run_of(pattern)
    there = Samples(here.sent_s, here.rtt_s, here.interval_s, here.epoch_offset_s + step_s)
    for before, after in zip(summarize(here).losses, summarize(there).losses):
        assert (before.gap_ms, before.outage_ms, before.count) == (after.gap_ms, after.outage_ms, after.count)
        if before.from_at is not None:
            assert after.from_at - before.from_at == pytest.approx(step_s, abs=0.001)


@given(st.text(".x", max_size=80), st.floats(-1, 2), st.floats(0, 1))
def test_a_window_and_what_is_outside_make_the_whole(pattern, start_s, length_s):
    losses = [loss.as_dict() for loss in summarize(run_of(pattern)).losses]
    from_at, to_at = EPOCH_S + start_s, EPOCH_S + start_s + length_s
    inside = losses_within(losses, from_at, to_at)
    outside = [loss for loss in losses if loss not in inside]
    for loss in outside:
        assert (loss["to_at"] or 2 * EPOCH_S) < from_at or (loss["from_at"] or 0.0) > to_at
