from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.cause import Cause, judge_cause
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.clocks import read_router_time
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.events import Event, read_router_log
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.evidence import Seen, Window
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.sessions import as_observed, find_sessions
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.show_clock import ClockSettings
from hypothesis import given, settings
from hypothesis import strategies as st

from .cycle_case import (
    CUT,
    END,
    HEALING,
    after,
    at,
    bfd_down,
    bgp_down,
    hold_timer,
    log,
    log_line,
    router_readings,
)
from .network_case import Infos, infos, models, row, scenario

WINDOW = Window(at(CUT), at(HEALING))
SESSIONS = as_observed(find_sessions(models(), scenario().ends), infos())
LINES = [
    ("R1", bfd_down("R1", CUT + 0.28)),
    *(("R1", line) for line in bgp_down("R1", CUT + 0.281)),
    ("R3", bfd_down("R3", CUT + 0.25)),
    *(("R3", line) for line in bgp_down("R3", CUT + 0.251)),
]
NOISE = [
    log_line("R1", CUT + 0.2, "%SYS-5-CONFIG_I: Configured from console by admin on vty0 (192.0.2.9)"),
    log_line("R1", CUT + 0.3, "%BGP-5-ADJCHANGE: neighbor 192.168.1.3 Down BFD adjacency down"),
    log_line("R1", CUT + 0.3, "%BGP-3-NOTIFICATION: sent to neighbor 192.168.1.3 4/0 (hold time expired) 0 bytes"),
    log_line("R1", CUT + 6.0, "%BGP-5-ADJCHANGE: neighbor 10.10.10.2 Up"),
    log_line(
        "R1", CUT - 15.0, "%BFDFSM-6-BFD_SESS_DOWN: BFD-SYSLOG: BFD session ld:1 handle:1,is going Down Reason: X"
    ),
    bfd_down("R1", CUT + 0.28, number=2),
    bfd_down("R1", CUT + 8.0, "ADMIN DOWN"),
    "R1#show logging",
]


def judge(lines: list[tuple[str, str]], end: Infos | None = None, **changes: Any) -> Cause:
    """Return the verdict about these messages; `sessions`, `window` and the keyword arguments are the case's."""
    logs = {}
    for router in ("R1", "R3"):
        time = read_router_time(router_readings(router), ClockSettings())
        own = [line for name, line in lines if name == router]
        logs[router] = read_router_log(router, log(*own), time, at(END))
    final = after() if end is None else end
    seen = Seen(infos(), final, logs, dict.fromkeys(final, at(END)), changes.pop("during", {}))
    return judge_cause(changes.pop("sessions", SESSIONS), seen, changes.pop("window", WINDOW), **changes)


@settings(deadline=None)  # a busy machine is no failure
@given(st.sets(st.integers(0, len(LINES) - 1)))
def test_bfd_is_proven_exactly_where_both_ends_say_how_it_went_down(kept: set[int]) -> None:
    found = judge([line for number, line in enumerate(LINES) if number in kept])
    assert found.proven is ({0, 3} <= kept), found.explanation


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.sampled_from(NOISE)), st.randoms(use_true_random=False))
def test_what_is_not_about_the_session_and_the_cut_changes_nothing(noise: list[str], random: Any) -> None:
    lines = [*LINES, *(("R1", line) for line in noise)]
    random.shuffle(lines)
    assert judge(lines).proven


@settings(deadline=None)  # a busy machine is no failure
@given(st.floats(min_value=-30, max_value=30))
def test_a_detection_counts_only_while_the_cut_lasts(seconds: float) -> None:
    shifted = [("R1", bfd_down("R1", CUT + seconds)), *LINES[1:]]
    inside = 0.05 < seconds < HEALING - CUT - 0.05
    outside = seconds < -0.05 or seconds > HEALING - CUT + 0.05
    found = judge(shifted)
    assert found.proven or not inside
    assert not found.proven or not outside


def test_bgp_that_stayed_up_was_not_taken_down() -> None:
    found = judge([LINES[0], LINES[3]], infos())
    assert "R1 Ethernet0/0 to 10.10.10.2: the BGP session did not go down" in found.explanation


def test_a_bgp_reset_for_another_reason_is_no_bfd() -> None:
    lines = [LINES[0], *(("R1", line) for line in bgp_down("R1", CUT + 0.1, "Peer closed the session")), *LINES[3:]]
    found = judge(lines)
    assert found.explanation == (
        "not proven: R1 Ethernet0/0 to 10.10.10.2: BGP went down for another reason (Peer closed the session)"
    )


def test_a_session_without_a_hold_timer_has_none_to_be_faster_than() -> None:
    sessions = tuple(replace(item, hold_s=0, keepalive_s=0) for item in SESSIONS)
    assert judge(LINES, sessions=sessions).proven


def test_a_detection_later_than_the_earliest_hold_timer_is_not_before_it() -> None:
    window = Window(at(CUT), at(CUT + 40))
    late = [("R1", bfd_down("R1", CUT + 10.5)), ("R3", bfd_down("R3", CUT + 0.25)), *LINES[1:3], *LINES[4:]]
    found = judge(late, window=window)
    assert "R1 Ethernet0/0 to 10.10.10.2: the clock cannot tell that BFD was before the hold timer" in found.explanation
    assert not judge(late, window=window, longest_ms=12000.0).proven


def test_ends_that_the_cut_takes_down_prove_nothing() -> None:
    exempt = [item.end for item in SESSIONS]
    assert judge(LINES, exempt=exempt).explanation == (
        "not proven: the cut takes down every end of the sessions itself"
    )
    assert judge(LINES[3:], exempt=exempt[:1]).proven
    assert not judge(LINES[:3], exempt=exempt[:1]).proven


def test_hold_timers_have_to_be_known_of_every_session() -> None:
    one = [("R1", line) for line in hold_timer("R1", CUT + 3)]
    found = judge(one, after("BGP Notification sent"))
    assert (found.proven, found.kind) == (True, "hold_timer")
    other = replace(SESSIONS[0], neighbor="10.9.9.9", local_address="10.9.9.1")
    lacking = judge(one, after("BGP Notification sent"), sessions=(*SESSIONS, other))
    assert lacking.explanation == ("not proven: no hold timer is known to have expired for R1 Ethernet0/0 to 10.9.9.9")


def test_a_hold_timer_at_one_end_proves_nothing_where_bfd_took_the_other_down() -> None:
    end = after("BGP Notification sent")
    row(end, "R1", "bgp_neighbors", "10.10.10.2").update(last_reset_reason="BFD adjacency down")
    found = judge([("R3", line) for line in hold_timer("R3", CUT + 3)], end)
    assert (found.proven, found.kind) == (False, "hold_timer")
    assert "R1 Ethernet0/0 to 10.10.10.2: BGP went down by BFD (BFD adjacency down)" in found.explanation


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "none"),
        ({"connections_dropped": 1}, "unknown"),
        ({"connections_dropped": None, "uptime_s": 500}, "none"),
        ({"connections_dropped": None, "uptime_s": 5}, "unknown"),
        ({"connections_dropped": None, "uptime_s": 90000}, "unknown"),
        ({"connections_dropped": None, "uptime_s": None}, "unknown"),
        ({"state": "Active"}, "unknown"),
    ],
)
def test_that_nothing_fell_is_proven_by_counts_or_ages(changes: dict[str, Any], kind: str) -> None:
    end = infos()
    row(end, "R1", "bgp_neighbors", "10.10.10.2").update(changes)
    found = judge([], end)
    assert (found.kind, found.proven) == (kind, kind == "none")


def test_a_session_that_was_not_up_before_proves_nothing() -> None:
    end = infos()
    end["R1"]["bgp_neighbors"] = []
    assert judge([], end).kind == "unknown"


@settings(deadline=None)  # a busy machine is no failure
@given(
    st.floats(min_value=0, max_value=100),
    st.floats(min_value=0, max_value=10),
    st.booleans(),
    st.floats(min_value=-20, max_value=120),
)
def test_an_event_is_placed_only_where_its_true_time_cannot_be_elsewhere(
    at_s: float, uncertainty_s: float, quiet: bool, true_s: float
) -> None:
    window = Window(20.0, 60.0, quiet)
    if abs(true_s - at_s) > uncertainty_s:
        return
    place = window.place(Event(at_s, "R1", "x", "x", uncertainty_s))
    if place == "before":
        assert true_s < 20.0
    elif place == "after":
        assert true_s > 60.0
    elif place == "during":
        assert true_s <= 60.0
        assert quiet or true_s >= 20.0
