from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.clocks import (
    Clock,
    Reading,
    RouterTime,
    join_clocks,
    join_router_times,
    read_clock,
    read_router_time,
)
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.events import (
    Event,
    events_within,
    note,
    read_router_log,
)
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.show_clock import ClockSettings, RouterClock
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.show_logging import parse_logging
from hypothesis import assume, given
from hypothesis import strategies as st

SECONDS = st.floats(min_value=-1000, max_value=1000)
DELAYS = st.floats(min_value=0, max_value=2)
NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc).timestamp()


def test_the_offset_is_taken_at_the_middle_of_the_round_trip() -> None:
    clock = read_clock([Reading(sent_at=10.0, received_at=10.2, remote_s=15.1, resolution_ms=0)])
    assert clock.offset_s == pytest.approx(5.0)
    assert clock.uncertainty_s == pytest.approx(0.1)
    assert clock.to_controller(15.1) == pytest.approx(10.1)
    assert clock.as_dict() == {"offset_ms": 5000.0, "uncertainty_ms": 100.0}


@given(SECONDS, st.lists(st.tuples(SECONDS, DELAYS, DELAYS), min_size=1, max_size=5), st.sampled_from([0.001, 1, 1000]))
def test_the_true_offset_lies_within_the_uncertainty(
    offset: float, trips: list[tuple[float, float, float]], resolution_ms: float
) -> None:
    unit = resolution_ms / 1000
    readings = []
    for sent, there, back in trips:
        remote = sent + there + offset
        readings.append(Reading(sent, sent + there + back, (remote // unit) * unit, resolution_ms))
    clock = read_clock(readings)
    assert abs(clock.offset_s - offset) <= clock.uncertainty_s + 1e-6
    assert clock.uncertainty_s <= min(there + back for _, there, back in trips) / 2 + unit / 2 + 1e-6


def test_readings_that_contradict_each_other_leave_everything_between_them_open() -> None:
    clock = read_clock([Reading(0, 0, 5.0, 0), Reading(10, 10, 25.0, 0)])
    assert clock == Clock(10.0, 5.0)


@given(st.lists(st.tuples(SECONDS, DELAYS), min_size=1, max_size=4))
def test_a_joined_clock_covers_all_its_parts(parts: list[tuple[float, float]]) -> None:
    joined = join_clocks(Clock(offset, uncertainty) for offset, uncertainty in parts)
    for offset, uncertainty in parts:
        assert abs(joined.offset_s - offset) + uncertainty <= joined.uncertainty_s + 1e-6


def test_a_clock_without_a_reading_and_time_that_runs_back_are_refused() -> None:
    with pytest.raises(ValueError, match="one reading at least"):
        read_clock([])
    with pytest.raises(ValueError, match="clock went back"):
        Reading(10.0, 9.0, 0.0)


def router_time(zone: str = "UTC", settings: ClockSettings | None = None, ahead_s: float = 0.0) -> RouterTime:
    """Return a router whose clock was read at noon and is ahead by so much."""
    known = settings or ClockSettings()
    shown = RouterClock(NOON + ahead_s + known.zones_min.get(zone, 0) * 60, zone)
    return read_router_time([(NOON, shown, NOON)], known)


def place(time: RouterTime, line: str) -> float | None:
    [record] = parse_logging(line)
    placed = time.place(record, NOON)
    return None if placed is None else round(placed[0] - NOON, 3)


CET = {"UTC": 0, "CET": 60}


@pytest.mark.parametrize(
    ("time", "stamp", "expected"),
    [
        (router_time(), "*Nov 23 12:00:01.500:", 1.5),
        (router_time(ahead_s=100.0), "*Nov 23 12:01:41.500:", 1.5),
        (router_time("CET", ClockSettings(CET)), "*Nov 23 12:00:01.500:", 1.5),
        (router_time("CET", ClockSettings(CET, log_localtime=True)), "*Nov 23 13:00:01.500:", 1.5),
        (router_time("CET", ClockSettings(CET)), "*Nov 23 13:00:01.500 CET:", 1.5),
        (router_time("CET", ClockSettings(CET)), "*Nov 23 2026 12:00:01.500 UTC:", 1.5),
        (router_time("XYZ", ClockSettings(log_localtime=True)), "*Nov 23 12:00:01.500:", 1.5),
        (router_time("XYZ"), "*Nov 23 12:00:01.500:", None),
        (router_time(), "*Nov 23 12:00:01.500 XYZ:", None),
        (router_time(), "1d02h:", None),
        (router_time(), "", None),
    ],
)
def test_a_message_is_placed_by_its_zone_or_not_at_all(time: RouterTime, stamp: str, expected: float | None) -> None:
    assert place(time, f"{stamp} %BGP-5-ADJCHANGE: neighbor 10.0.0.1 Up") == expected


def test_a_coarse_stamp_is_as_uncertain_as_it_is_coarse() -> None:
    [record] = parse_logging("*Nov 23 12:00:01: %BGP-5-ADJCHANGE: neighbor 10.0.0.1 Up")
    placed = router_time().place(record, NOON)
    assert placed is not None
    assert placed[0] - NOON == pytest.approx(1.5, abs=0.01)
    assert placed[1] == pytest.approx(0.5, abs=0.01)


def test_a_routers_clock_over_several_measurements() -> None:
    joined = join_router_times([router_time(), router_time(ahead_s=2.0)])
    assert joined.utc.offset_s == pytest.approx(1.0, abs=0.01)
    assert joined.utc.uncertainty_s == pytest.approx(1.0, abs=0.01)
    assert router_time("CET", ClockSettings(CET)).utc.offset_s == pytest.approx(0.0, abs=0.01)


LOG = """Syslog logging: enabled (0 messages dropped, 0 messages rate-limited)
    Buffer logging:  level debugging, 3 messages logged, xml disabled,
Log Buffer (4096 bytes):
*Nov 23 12:00:01.500: %BGP-5-ADJCHANGE: neighbor 10.0.0.1 Up
*Nov 23 12:00:03.000: BGP(0): debug
3w4d: %SYS-5-CONFIG_I: Configured from console by console
"""


def test_a_routers_log_on_the_controllers_clock() -> None:
    log = read_router_log("R1", LOG, router_time(), NOON)
    assert [(event.kind, event.source) for event in log.events] == [("bgp_up", "R1"), ("other", "R1")]
    assert log.unplaced == 1
    assert log.settings is not None
    assert log.settings.keeps(6)
    assert log.events[0].as_dict() == {
        "at": pytest.approx(NOON + 1.5, abs=0.01),
        "router": "R1",
        "kind": "bgp_up",
        "text": "%BGP-5-ADJCHANGE: neighbor 10.0.0.1 Up",
        "uncertainty_ms": pytest.approx(1.0, abs=0.1),
    }


def test_without_a_clock_nothing_is_placed() -> None:
    log = read_router_log("R1", LOG, None, NOON)
    assert log.events == ()
    assert log.unplaced == 3


@given(SECONDS, DELAYS, SECONDS, DELAYS)
def test_an_event_that_may_be_in_a_window_is_in_it(at: float, uncertainty: float, start: float, length: float) -> None:
    assume(length > 0)
    event = Event(at, "R1", "x", "x", uncertainty)
    found = events_within([event], start, start + length)
    assert bool(found) is (at + uncertainty >= start and at - uncertainty <= start + length)


def test_events_come_in_order() -> None:
    events = [note(3, "drill", "b", "b"), note(1, "drill", "a", "a")]
    assert [event.kind for event in events_within(events, 0, 9)] == ["a", "b"]
