"""The books of a running probe: duplicates, order, late replies, rows of replies; directions, round trips, result."""

from __future__ import annotations

import json

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe.directions import split_losses
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe.outage import NO_REPLY, Samples
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe.recorder import Recorder
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe.result import Run, build_result
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe.round_trip import curve, percentiles
from hypothesis import given
from hypothesis import strategies as st

INTERVAL_S = 0.01
RUN = Run("icmp", "192.0.2.1", 1000.0, 1010.0, 0.0, False)


def recorder_of(count, interval_s=INTERVAL_S):
    books = Recorder(interval_s)
    for sequence in range(count):
        assert books.record_sent(50 + sequence * interval_s) == sequence
    return books


def replied(books, *sequences, after_s=0.001):
    for sequence in sequences:
        books.record_reply(sequence, books.sent_s[sequence] + after_s)
    return books


def test_of_several_replies_the_first_counts():
    books = replied(recorder_of(3), 0, 1, 1, 1, 2)
    assert (books.received, books.duplicates, books.reordered) == (3, 2, 0)
    books.record_reply(2, books.sent_s[2] + 5)
    assert (books.duplicates, books.late) == (3, 0)


def test_what_comes_behind_a_later_one_is_reordered_and_received():
    books = replied(recorder_of(5), 0, 3, 1, 2, 4)
    assert (books.received, books.reordered) == (5, 2)


def test_a_lost_probe_is_not_reordering():
    assert replied(recorder_of(5), 0, 3, 4).reordered == 0


def test_a_reply_after_a_second_is_late_and_lost():
    books = replied(recorder_of(2), 0, after_s=1.0)
    replied(books, 1, after_s=1.001)
    assert (books.received, books.late) == (1, 1)
    assert not books.samples(0).answered(1)
    replied(books, 1, after_s=1.5)
    assert (books.late, books.duplicates) == (1, 1)


@pytest.mark.parametrize("sequence", [-1, 2, 99])
def test_a_reply_to_nothing_is_passed_over(sequence):
    books = recorder_of(2)
    books.record_reply(sequence, 51.0)
    assert (books.received, books.duplicates, books.late) == (0, 0, 0)


def test_a_reply_before_its_probe_takes_no_time():
    books = recorder_of(1)
    books.record_reply(0, 49.0)
    assert books.rtt_s[0] == 0.0


def test_a_row_of_replies_ends_with_a_loss_or_with_silence():
    books = replied(recorder_of(10), 0, 1, 2)
    now_s = books.sent_s[2] + 0.001
    assert books.consecutive(now_s) == 3
    assert books.consecutive(now_s + 0.05) == 3
    assert books.consecutive(now_s + 0.051) == 0
    replied(books, 4)
    assert books.consecutive(books.sent_s[4] + 0.001) == 1
    replied(books, 5)
    assert books.consecutive(books.sent_s[5] + 0.001) == 2


def test_long_intervals_may_be_silent_for_longer():
    books = replied(recorder_of(3, 1.0), 0)
    assert books.consecutive(books.sent_s[0] + 3.0) == 1
    assert books.consecutive(books.sent_s[0] + 3.1) == 0


def test_waits_for_replies_that_may_still_come():
    books = replied(recorder_of(3), 0, 2)
    assert books.waiting(books.sent_s[1] + 1.0)
    assert not books.waiting(books.sent_s[1] + 1.001)
    assert not replied(recorder_of(3), 0, 1, 2).waiting(50.03)
    assert not Recorder(INTERVAL_S).waiting(0)


@given(st.lists(st.tuples(st.integers(-2, 30), st.floats(0, 3)), max_size=100), st.integers(0, 30))
def test_every_reply_lands_in_exactly_one_place(replies, count):
    books = recorder_of(count)
    for sequence, after_s in replies:
        at_s = (books.sent_s[sequence] if 0 <= sequence < count else 50.0) + after_s
        books.record_reply(sequence, at_s)
    known = [sequence for sequence, _after in replies if 0 <= sequence < count]
    assert books.received + books.late == len(set(known))
    assert books.received + books.late + books.duplicates == len(known)
    assert books.reordered <= books.received
    assert sum(rtt >= 0 for rtt in books.rtt_s) == books.received


# --- directions -------------------------------------------------------------------------------------------------------


def split(fates):
    """Return forward and backward losses of probes: "." answered, "f" lost on the way out, "r" on the way back."""
    counters, rtt, arrived = [], [], 0
    for fate in fates:
        arrived += fate != "f"
        counters.append(arrived if fate == "." else 0)
        rtt.append(0.001 if fate == "." else NO_REPLY)
    return split_losses(Samples([1.0 * at for at in range(len(fates))], rtt, 1.0), counters)


def test_losses_by_direction():
    assert split("..ff.rrr.") == (2, 3)
    assert split("frfr.") == (2, 2)
    assert split("..rf") == (0, 0), "no later reply tells of these"
    assert split("") == (0, 0)


@given(st.text(".fr", max_size=100))
def test_losses_by_direction_are_exact_up_to_the_last_reply(fates):
    known = fates[: fates.rfind(".") + 1]
    assert split(fates) == (known.count("f"), known.count("r"))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 50)), max_size=50))
def test_odd_counters_never_change_the_sum(probes):
    rtt = [0.001 if answered else NO_REPLY for answered, _counter in probes]
    found = split_losses(Samples([1.0 * at for at in range(len(rtt))], rtt, 1.0), [counter for _a, counter in probes])
    last = max((at for at, rtt_s in enumerate(rtt) if rtt_s >= 0), default=-1)
    assert min(found) >= 0
    assert sum(found) == sum(rtt_s < 0 for rtt_s in rtt[: last + 1])


# --- round trips ------------------------------------------------------------------------------------------------------


def test_percentiles_are_round_trips_that_were_seen():
    samples = Samples([1.0 * at for at in range(100)], [(at + 1) / 1000 for at in range(100)], 1.0)
    assert percentiles(samples) == {"min": 1.0, "p50": 50.0, "p95": 95.0, "p99": 99.0, "max": 100.0}
    alone = percentiles(Samples([1.0], [0.005], 1.0))
    assert alone == dict.fromkeys(("min", "p50", "p95", "p99", "max"), 5.0)
    assert percentiles(Samples([1.0], [NO_REPLY], 1.0)) == dict.fromkeys(("min", "p50", "p95", "p99", "max"))


@given(st.lists(st.one_of(st.just(NO_REPLY), st.floats(0, 1)), max_size=300), st.integers(1, 50))
def test_the_curve_is_bounded_and_keeps_the_slowest(rtt, most):
    samples = Samples([1.0 * at for at in range(len(rtt))], rtt, 1.0, 500.0)
    points = curve(samples, most)
    assert len(points) <= most
    assert [at for at, _ms in points] == sorted(at for at, _ms in points)
    answered = [rtt_s for rtt_s in rtt if rtt_s >= 0]
    assert max([ms for _at, ms in points], default=None) == (round(max(answered) * 1000, 3) if answered else None)


# --- the result -------------------------------------------------------------------------------------------------------


def test_result_has_what_is_promised():
    books = replied(recorder_of(10), 0, 1, 5, 6, 7, 8, 9)
    books.errors["Network is unreachable"] += 3
    result = build_result(books, RUN, 950.0)
    assert {key: result[key] for key in ("sent", "received", "lost", "interval_ms")} == {
        "sent": 10,
        "received": 7,
        "lost": 3,
        "interval_ms": 10,
    }
    assert (result["outage_ms"], result["outage_uncertainty_ms"], result["outage_open"]) == (30.0, 10.0, "none")
    assert (result["outage_from"], result["outage_to"]) == (1000.02, 1000.05)
    assert result["errors"] == {"Network is unreachable": 3}
    assert (result["forward_lost"], result["return_lost"], result["truncated"]) == (None, None, False)
    assert (result["started_at"], result["ended_at"], result["clock_step_ms"]) == (1000.0, 1010.0, 0.0)
    assert json.loads(json.dumps(result)) == result


@pytest.mark.parametrize(
    ("answered", "side"), [((0, 1), "end"), ((8, 9), "start"), ((), "both"), ((0, 9), "none"), (range(10), "none")]
)
def test_result_says_where_the_outage_is_open(answered, side):
    result = build_result(replied(recorder_of(10), *answered), RUN, 0.0)
    assert result["outage_open"] == side
    assert (result["outage_to"] is None) == (side in ("end", "both") or not result["lost"])


def test_result_is_bounded_and_keeps_the_longest():
    books = recorder_of(6002)
    books = replied(books, *(at for at in range(0, 6002, 2) if at != 3000))
    result = build_result(books, RUN, 0.0)
    assert result["truncated"]
    assert len(result["losses"]) == 1000
    assert max(loss["count"] for loss in result["losses"]) == 3
    assert [loss["from_at"] for loss in result["losses"]] == sorted(loss["from_at"] for loss in result["losses"])
    assert result["lost"] == 3002
    assert len(result["rtt_series"]) <= 600
