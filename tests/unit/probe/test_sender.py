"""The prober's loop in a simulated time: the schedule does not drift, stalls are skipped, the end is waited for."""

from __future__ import annotations

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe.outage import summarize
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe.recorder import Recorder
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe.sender import Sender, Surroundings, next_slot
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe.wire import Reply
from hypothesis import given
from hypothesis import strategies as st

START_S = 1000.0


class Network:
    """A network and a clock in one: replies come after `rtt_s`, but for probes sent while it is cut."""

    def __init__(self, rtt_s=0.002, cut=(0.0, 0.0), stalls=(), stop_s=None):
        self.now_s = START_S
        self.rtt_s = rtt_s
        self.cut = cut
        self.stalls = dict(stalls)  # at the n-th wait -> so many seconds longer
        self.stop_s = stop_s
        self.waits = 0
        self.flying = []
        self.refusal = None

    def clock(self):
        return self.now_s

    def stopped(self):
        return self.stop_s is not None and self.now_s - START_S >= self.stop_s

    def wait(self, timeout_s):
        self.waits += 1
        until_s = self.now_s + max(0.0, timeout_s)
        if self.flying:
            until_s = min(until_s, max(self.now_s, self.flying[0][1]))
        self.now_s = until_s + self.stalls.pop(self.waits, 0.0) + 1e-6

    def send(self, sequence):
        if self.refusal:
            raise OSError(101, self.refusal)
        if not self.cut[0] <= self.now_s - START_S < self.cut[1]:
            self.flying.append((sequence, self.now_s + self.rtt_s))

    def receive(self):
        while self.flying and self.flying[0][1] <= self.now_s:
            sequence, at_s = self.flying.pop(0)
            yield Reply(sequence, at_s, 0)


def run(network, interval_s=0.01, duration_s=1.0):
    books = Recorder(interval_s)
    Sender(books, duration_s, Surroundings(network, network.clock, network.wait, network.stopped)).run()
    return books


def test_sends_by_the_clock_and_does_not_drift():
    books = run(Network(), duration_s=10.0)
    assert len(books.sent_s) == books.received == 1000
    for sequence, at_s in enumerate(books.sent_s):
        assert at_s - START_S == pytest.approx(sequence * 0.01, abs=1e-4)


def test_measures_a_cut():
    outage = summarize(run(Network(cut=(0.3, 0.73))).samples(0.0))
    assert (outage.sent, len(outage.losses)) == (100, 1)
    assert outage.outage_ms == pytest.approx(430, abs=10.1)
    assert outage.longest.from_at - START_S == pytest.approx(0.3, abs=0.011)
    assert outage.longest.to_at - START_S == pytest.approx(0.73, abs=0.011)


def test_a_stall_is_neither_caught_up_with_nor_an_outage():
    books = run(Network(stalls={50: 0.5}))
    outage = summarize(books.samples(0.0))
    assert len(books.sent_s) == pytest.approx(50, abs=1)
    assert [stall.length_ms for stall in outage.stalls] == [pytest.approx(500, abs=10)]
    assert (outage.outage_ms, outage.losses) == (0.0, ())
    slots = [(at_s - START_S) / 0.01 for at_s in books.sent_s]
    late = [slot for slot in slots if abs(slot - round(slot)) > 0.05]
    assert len(late) <= 1, "only the probe after the stall leaves the schedule"


def test_waits_a_second_for_the_last_replies():
    patient = run(Network(rtt_s=0.9))
    assert patient.received == 100
    network = Network(cut=(0.9, 99.0))
    assert run(network).received == 90
    assert network.now_s - START_S == pytest.approx(1.99, abs=0.05)
    quick = Network()
    run(quick)
    assert quick.now_s - START_S < 1.03


def test_ends_when_asked_to_and_still_counts_the_replies():
    network = Network(rtt_s=0.2, stop_s=0.5)
    books = run(network)
    assert len(books.sent_s) == books.received == 50
    assert network.now_s - START_S < 0.75


def test_what_the_host_refuses_is_a_loss_with_a_reason():
    network = Network()
    network.refusal = "Network is unreachable"
    books = run(network, duration_s=0.1)
    assert (len(books.sent_s), books.received) == (10, 0)
    assert dict(books.errors) == {"Network is unreachable": 10}


@pytest.mark.parametrize(("slot", "elapsed", "following"), [(0, 0.0, 1), (3, 3.01, 4), (3, 3.99, 4), (3, 7.2, 8)])
def test_next_slot(slot, elapsed, following):
    assert next_slot(slot, elapsed) == following


@given(
    st.integers(5, 1000),
    st.floats(0.1, 5),
    st.dictionaries(st.integers(1, 300), st.floats(0, 2), max_size=5),
    st.floats(0, 0.9),
)
def test_stalls_and_delay_make_no_loss_and_no_drift(interval_ms, duration_s, stalls, rtt_s):
    interval_s = interval_ms / 1000
    books = run(Network(rtt_s=rtt_s, stalls=stalls), interval_s, duration_s)
    assert books.received == len(books.sent_s) >= 1
    assert books.sent_s[-1] - START_S < duration_s + 2.0 * (len(stalls) + 1)
    stalled = sum(stalls.values())
    assert len(books.sent_s) <= duration_s / interval_s + 1
    assert len(books.sent_s) >= (duration_s - stalled) / interval_s - 2 * len(stalls) - 1


@given(st.integers(5, 200), st.floats(0.1, 0.8), st.floats(0.05, 1.0))
def test_a_cut_is_measured_within_its_uncertainty(interval_ms, begin_s, length_s):
    network = Network(cut=(begin_s, begin_s + length_s))
    outage = summarize(run(network, interval_ms / 1000, 3.0).samples(0.0))
    truth_ms = length_s * 1000
    assert abs(outage.outage_ms - truth_ms) <= outage.outage_uncertainty_ms + 0.1
