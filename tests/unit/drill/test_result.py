from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.result import CycleFacts, cycle_result
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.scenario import Scenario
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.summary import summarize_drill

from .cycle_case import (
    BACK,
    CUT,
    END,
    GOOD_LOGS,
    HEALING,
    after,
    at,
    bfd_down,
    bgp_down,
    cut,
    facts,
    hold_timer,
    host_readings,
    log,
    log_line,
    probe,
    probes,
    router_readings,
)
from .network_case import DEATH, LINK, command, infos, row, scenario

LIMITS = {"max_outage_ms": 1000, "max_failback_ms": 50}
NOTHING_LOGGED = {"R1": log(), "R3": log()}


def judged(changed: CycleFacts) -> tuple[bool, bool, list[str]]:
    """Return whether the cycle passed, whether it is void, and its failures."""
    found = cycle_result(changed)
    return found["passed"], found["void"], found["failures"]


def failures(**changes: Any) -> list[str]:
    """Return the failures of a good cycle that is changed by the case; it has to fail."""
    passed, _void, found = judged(facts(**changes))
    assert not passed
    assert found
    return found


def voids(**changes: Any) -> list[str]:
    """Return why a good cycle that is changed by the case is void."""
    passed, void, found = judged(facts(**changes))
    assert not passed
    assert void, found
    return [line for line in found if line.startswith("void: ")]


# --- a good cycle -----------------------------------------------------------------------------------------------------


def test_a_good_cycle_passes() -> None:
    found = cycle_result(facts())
    assert (found["passed"], found["void"], found["failures"], found["warnings"]) == (True, False, [], [])
    assert found["outage_ms"] == pytest.approx(430)
    assert found["outage_uncertainty_ms"] == 10
    assert (found["lost"], found["failback_outage_ms"], found["failback_lost"]) == (86, 0, 0)
    assert found["cause"]["proven"]
    assert found["cause"]["kind"] == "bfd"
    assert [end["how"] for end in found["cause"]["ends"]] == ["detected", "detected"]
    assert found["cause"]["ends"][0]["at"] == pytest.approx(at(CUT + 0.28), abs=0.03)
    assert found["clocks"]["R1"] == {
        "offset_ms": pytest.approx(100000, abs=1),
        "uncertainty_ms": pytest.approx(20, abs=1),
    }
    assert found["clocks"]["PC2"]["offset_ms"] == pytest.approx(-3000, abs=1)
    assert found["predicted"]["outage_max_ms"] == 800
    assert found["snapshot"]["differences"] == []
    assert found["cut"]["restored_by"] == "drill"


def test_events_of_all_stand_on_one_axis() -> None:
    found = cycle_result(facts())["events"]
    assert [(item["router"], item["kind"]) for item in found] == [
        ("drill", "cut"),
        ("probe", "outage_from"),
        ("R3", "bfd_down"),
        ("R3", "bgp_reset"),
        ("R3", "bgp_down"),
        ("R1", "bfd_down"),
        ("R1", "bgp_reset"),
        ("R1", "bgp_down"),
        ("probe", "outage_to"),
        ("drill", "moved"),
        ("drill", "restoring"),
        ("drill", "restored"),
        ("drill", "back"),
    ]


def test_the_result_is_the_schema_of_the_report() -> None:
    found = cycle_result(facts(phases=[{"name": "cut", "at": at(CUT), "took_s": 0.1}]))
    assert set(found) >= {
        "scenario", "title", "mode", "number", "passed", "void", "failures", "warnings", "cut", "source", "target",
        "probes", "outage_ms", "outage_uncertainty_ms", "lost", "failback_outage_ms", "failback_lost", "predicted",
        "cause", "events", "clocks", "snapshot", "phases",
    }  # fmt: skip
    assert set(found["cut"]) >= {"kind", "description", "at", "restored_at", "restored_by", "verified"}
    assert set(found["cause"]) == {"proven", "kind", "ends", "explanation"}
    assert set(found["cause"]["ends"][0]) == {"router", "neighbor", "interface", "how", "at", "evidence"}
    assert set(found["snapshot"]) == {"before", "after", "differences"}
    assert summarize_drill([found], {})["passed"]


def test_a_neighbor_that_was_told_is_as_good_as_one_that_detected() -> None:
    logs = {**GOOD_LOGS, "R3": log(bfd_down("R3", CUT + 0.3, "RX DOWN"), *bgp_down("R3", CUT + 0.31))}
    found = cycle_result(facts(logs=logs))
    assert found["passed"], found["failures"]
    assert [end["how"] for end in found["cause"]["ends"]] == ["detected", "signalled"]


def test_a_notification_that_tells_of_bfd_is_a_signal_too() -> None:
    told = "%BGP-3-NOTIFICATION: received from neighbor 10.10.10.1 6/10 (BFD Down) 0 bytes"
    lines = [log_line("R3", CUT + 0.29, told), *bgp_down("R3", CUT + 0.29, "BGP Notification received")]
    found = cycle_result(facts(logs={**GOOD_LOGS, "R3": log(*lines)}))
    assert found["passed"], found["failures"]
    assert [end["how"] for end in found["cause"]["ends"]] == ["detected", "signalled"]


def test_the_far_side_that_was_shut_needs_no_detection() -> None:
    wanted = scenario(cut={"kind": "interface", "at": "R3"}, expect=LIMITS)
    logs = {**GOOD_LOGS, "R3": log(*bgp_down("R3", CUT + 0.02, "Interface flap"))}
    assert judged(facts(wanted, logs=logs, after=after())) == (True, False, [])
    near = replace(facts(scenario(cut={"kind": "interface", "at": "R1"}, expect=LIMITS)), logs=logs)
    assert not judged(replace(near, logs={"R1": logs["R3"], "R3": logs["R3"]}))[0]


# --- the cause has to be proven ---------------------------------------------------------------------------------------


def test_no_log_and_no_reset_reason_is_no_proof() -> None:
    [line] = failures(logs=NOTHING_LOGGED, after=infos())
    assert line.startswith("cause: expected bfd, seen none (no session over the ends went down)")
    dropped = after()
    for router, neighbor in (("R1", "10.10.10.2"), ("R3", "10.10.10.1")):
        row(dropped, router, "bgp_neighbors", neighbor).update(last_reset_reason=None, last_reset_s=None)
    [line] = failures(logs=NOTHING_LOGGED, after=dropped)
    assert line.startswith("cause: expected bfd, seen unknown (not proven: neither the logs nor the reasons")


def test_a_reset_by_bfd_without_a_detection_is_no_proof() -> None:
    [line] = failures(logs=NOTHING_LOGGED)
    assert "cause: bfd is not proven: no local detection (timer expired, echo failed) is known for" in line
    assert "neither log nor diagnostic says how BFD went down" in line


def test_a_diagnostic_of_the_session_that_is_down_takes_the_place_of_a_log() -> None:
    during = infos()
    for router, neighbor, diagnostic in (("R1", "10.10.10.2", 2), ("R3", "10.10.10.1", 3)):
        row(during, router, "bfd_sessions", neighbor).update(state="Down", local_diagnostic=diagnostic)
    found = cycle_result(facts(logs=NOTHING_LOGGED, during=during))
    assert [end["how"] for end in found["cause"]["ends"]] == ["detected", "signalled"]
    assert found["passed"], found["failures"]  # the outage is shorter than any hold timer, which proves the order


def test_a_stale_reset_reason_is_no_evidence() -> None:
    [line] = failures(logs=NOTHING_LOGGED, after=after(seconds=-500.0))
    assert "seen unknown" in line


def test_a_hold_timer_that_fired_is_not_bfd() -> None:
    logs = {"R1": log(*hold_timer("R1", CUT + 2.5)), "R3": log(*hold_timer("R3", CUT + 2.6))}
    lines = failures(logs=logs)
    assert lines == ["cause: expected bfd, seen hold_timer (the hold timer expired, and BFD took no part)"]


def test_a_hold_timer_at_one_end_spoils_the_proof_of_the_other() -> None:
    logs = {**GOOD_LOGS, "R3": log(*hold_timer("R3", CUT + 2.5))}
    [line] = failures(logs=logs)
    assert "seen hold_timer" in line
    assert "BFD went down as well (detected)" in line


def test_a_last_reset_by_the_hold_timer_counts_too() -> None:
    changed = after()
    row(changed, "R3", "bgp_neighbors", "10.10.10.1")["last_reset_reason"] = "BGP Notification sent, hold time expired"
    assert "seen hold_timer" in failures(after=changed)[0]


def test_bfd_that_was_switched_off_is_no_detection() -> None:
    logs = {
        "R1": log(bfd_down("R1", CUT + 0.1, "ADMIN DOWN"), *bgp_down("R1", CUT + 0.1, "User reset")),
        "R3": log(bfd_down("R3", CUT + 0.1, "RX ADMINDOWN"), *bgp_down("R3", CUT + 0.1, "User reset")),
    }
    changed = after("User reset")
    assert "cause: expected bfd, seen admin" in failures(logs=logs, after=changed)[0]


def test_both_ends_signalled_detects_nobody() -> None:
    logs = {
        "R1": log(bfd_down("R1", CUT + 0.3, "RX DOWN"), *bgp_down("R1", CUT + 0.3)),
        "R3": log(bfd_down("R3", CUT + 0.3, "RX DOWN"), *bgp_down("R3", CUT + 0.3)),
    }
    assert "no local detection" in failures(logs=logs)[0]


def test_an_interface_that_went_down_is_no_bfd() -> None:
    logs = {router: log(*bgp_down(router, CUT + 0.02, "Interface flap")) for router in ("R1", "R3")}
    assert "seen interface" in failures(logs=logs, after=after("Interface flap"))[0]


def test_the_discriminator_of_another_session_proves_nothing() -> None:
    logs = {**GOOD_LOGS, "R1": log(bfd_down("R1", CUT + 0.28, number=2), *bgp_down("R1", CUT + 0.281))}
    assert "R1 Ethernet0/0 to 10.10.10.2: neither log nor diagnostic says how BFD went down" in failures(logs=logs)[0]


def test_a_session_that_fell_before_the_cut_proves_nothing() -> None:
    logs = {**GOOD_LOGS, "R1": log(bfd_down("R1", CUT - 1.0), *bgp_down("R1", CUT - 0.99))}
    [line] = failures(logs=logs, after=after(seconds=CUT - 1.0))
    assert "R1 Ethernet0/0 to 10.10.10.2 was down already before the cut (%BFDFSM-6-BFD_SESS_DOWN" in line
    assert "R1 Ethernet0/0 to 10.10.10.2: neither log nor diagnostic" in line


def test_a_router_whose_clock_was_not_read_has_no_log() -> None:
    clocks = {name: found for name, found in facts().clocks.items() if name != "R1"}
    found = cycle_result(facts(clocks=clocks))
    assert not found["passed"]
    assert "R1 Ethernet0/0 to 10.10.10.2: neither log nor diagnostic" in found["failures"][0]
    assert "R1: 3 messages of its log have no time that can be placed" in found["warnings"]
    assert "log: none of its 3 messages has a time that can be placed" in found["cause"]["ends"][0]["evidence"]


def test_a_clock_too_uncertain_to_tell_before_from_after_decides_nothing() -> None:
    vague = {**facts().clocks, "R1": router_readings("R1", 3.0), "R3": router_readings("R3", 3.0)}
    noisy = probes((5.0, 5.02), (CUT + 0.02, CUT + 0.45))
    [line] = failures(clocks=vague, probes=noisy)
    assert "no local detection" in line
    assert "log, not counted (its time may be wrong by 1501 ms, too much here)" in str(
        cycle_result(facts(clocks=vague, probes=noisy))["cause"]["ends"]
    )
    # On a network that was quiet until the cut, the same lines can only be of the cut.
    assert judged(facts(clocks=vague))[0]


def test_a_clock_too_uncertain_to_tell_bfd_from_the_hold_timer_is_helped_by_the_outage_only() -> None:
    vague = {**facts().clocks, "R1": router_readings("R1", 24.0), "R3": router_readings("R3", 24.0)}
    long_cut = cut(restoring_at=at(CUT + 60), restored_at=at(CUT + 60.5))
    slow = {
        "cut": long_cut,
        "clocks": vague,
        "ended_at": at(CUT + 70),
        "back_at": at(CUT + 65),
        "read_at": {"": at(CUT + 70)},
    }
    ended = {"ended_at": at(CUT + 69)}
    short = [probe("PC1", "PC2", (CUT + 0.02, CUT + 0.45), ended_at=ended["ended_at"] + 0.25)]
    assert judged(facts(**slow, probes=short, after=after(seconds=CUT - 30)))[0]
    lasting = [probe("PC1", "PC2", (CUT + 0.02, CUT + 11.0), ended_at=ended["ended_at"] + 0.25)]
    found = cycle_result(facts(scenario(expect={"max_outage_ms": 20000}), **slow, probes=lasting))
    assert "the clock cannot tell that BFD was before the hold timer" in str(found["failures"])


def test_a_buffer_that_does_not_keep_bfd_says_so() -> None:
    quiet = GOOD_LOGS["R1"].replace("level debugging", "level notifications")
    quiet = "\n".join(line for line in quiet.splitlines() if "BFDFSM" not in line)
    found = cycle_result(facts(logs={**GOOD_LOGS, "R1": quiet}))
    assert not found["passed"]
    text = "log: the buffer is at level notifications, BFD needs `logging buffered informational`"
    assert text in found["cause"]["ends"][0]["evidence"]


def test_without_a_session_nothing_can_be_proven() -> None:
    assert "no BGP session runs over the ends" in failures(sessions=())[0]


# --- what was measured has to mean something --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"cut": cut(at=None)}, "void: the cut was not made"),
        ({"cut": cut(restored_by="nobody")}, "void: the cut was not seen to be healed"),
        ({"cut": cut(verified=False)}, "void: the cut was not seen to be healed"),
        ({"cut": cut(restored_at=None)}, "void: the cut was not seen to be healed"),
        ({"cut": cut(restored_by="revert_timer")}, "void: the cut was healed before its time, by revert_timer"),
        ({"cut": cut(restored_by="bounded_command")}, "void: the cut was healed before its time, by bounded_command"),
        ({"probes": []}, "void: no probe brought a result"),
        ({"clocks": {"R1": router_readings("R1")}}, "void: PC1 -> PC2: the clock of its host is too uncertain"),
        ({"probes": [probe("PC1", "PC2", received=0)]}, "void: PC1 -> PC2: no probe was answered at all"),
        (
            {"probes": [probe("PC1", "PC2", (CUT + 0.02, CUT + 0.4), started_at=at(CUT + 0.5))]},
            "void: PC1 -> PC2: the probe did not run before the cut",
        ),
        (
            {"probes": [probe("PC1", "PC2", (CUT + 0.02, CUT + 0.4), ended_at=at(BACK - 1))]},
            "void: PC1 -> PC2: the probe ended before the fail-back",
        ),
        ({"probes": probes((CUT - 1.0, CUT + 0.4))}, "void: PC1 -> PC2: the loss began before the cut"),
    ],
)
def test_a_cycle_that_measured_nothing_is_void(changes: dict[str, Any], text: str) -> None:
    assert any(line.startswith(text) for line in voids(**changes)), voids(**changes)


def test_a_cut_of_the_own_way_may_heal_by_the_timer() -> None:
    wanted = scenario(expect=LIMITS, management_cut=True)
    assert judged(facts(wanted, cut=cut(restored_by="revert_timer"))) == (True, False, [])


def stalled(length_ms: float, start: float = CUT - 0.1) -> list[dict[str, Any]]:
    """Return both probes with a stall that borders on the outage."""
    found = probes((CUT + 0.02, CUT + 0.45))
    for item, ahead in zip(found, (0.25, -3.0)):
        item["stalls"] = [{"at": at(start) + ahead, "length_ms": length_ms}]
    return found


def test_a_stall_with_the_outage_widens_the_figure() -> None:
    found = cycle_result(facts(probes=stalled(120.0)))
    assert found["passed"], found["failures"]
    assert found["outage_uncertainty_ms"] == pytest.approx(130)
    assert "PC1 -> PC2: the prober stalled 1 times, at most for 120 ms" in found["warnings"]


def test_a_stall_that_takes_the_figure_over_its_limit_makes_it_void() -> None:
    lines = voids(probes=stalled(700.0, CUT - 0.6))
    assert lines == ["void: the prober itself stalled: outage 430 ms ± 710 cannot be told from its limit of 1000 ms"]


def test_an_outage_above_its_limit_fails_and_is_not_void() -> None:
    passed, void, lines = judged(facts(probes=probes((CUT + 0.02, CUT + 1.42))))
    assert (passed, void) == (False, False)
    assert lines == ["outage 1400 ms ± 10 is above the limit of 1000 ms"]


def test_an_outage_that_may_be_above_its_limit_fails() -> None:
    [line] = failures(probes=probes((CUT + 0.02, CUT + 1.015)))
    assert line == "outage 995 ms ± 10 cannot be told from the limit of 1000 ms"


def test_loss_at_failback_has_its_own_limit() -> None:
    lost = probes((CUT + 0.02, CUT + 0.45), (HEALING + 2.0, HEALING + 2.2))
    found = cycle_result(facts(probes=lost))
    assert found["failures"] == ["loss at fail-back 200 ms ± 10 is above the limit of 50 ms"]
    assert (found["outage_ms"], found["failback_lost"]) == (pytest.approx(430), 40)


def test_without_limits_the_figures_are_told_only() -> None:
    lost = probes((CUT + 0.02, CUT + 2.45), (HEALING + 2.0, HEALING + 2.2))
    assert judged(facts(scenario(), probes=lost))[0]


def test_an_outage_that_only_the_healing_ended_is_no_failover() -> None:
    [line] = failures(wanted=scenario(), probes=probes((CUT + 0.02, HEALING + 0.5)))
    assert line == "the outage lasted until the cut was healed: nothing shows that the failover ended it"


def test_traffic_that_was_not_seen_to_move_is_no_failover() -> None:
    assert failures(moved_at=None) == ["the traffic was not seen to take the other way"]


def test_a_cut_that_nobody_felt_is_no_success() -> None:
    assert failures(probes=probes()) == ["no probe was lost: the cut did not touch the way of the probes"]


def test_loss_before_the_cut_is_told() -> None:
    found = cycle_result(facts(probes=probes((10.0, 10.02), (CUT + 0.02, CUT + 0.45))))
    assert found["passed"], found["failures"]
    assert "PC1 -> PC2: 2 probes were lost before the cut" in found["warnings"]


def test_what_is_not_as_before_fails() -> None:
    changed = after()
    changed["R2"]["bgp_routes"].pop()
    assert failures(after=changed) == ["not as before: R2: route 192.168.2.0/24 is gone"]
    assert failures(back_at=None)[0] == "the network was not seen to come back to what it was"


def test_a_router_that_is_silent_afterwards_fails() -> None:
    changed = after()
    del changed["R3"]
    assert "not as before: R3: did not answer afterwards" in failures(after=changed)


def test_what_the_cycle_itself_found_wrong_fails() -> None:
    assert failures(failures=["failover: Not as expected after 60 s"]) == ["failover: Not as expected after 60 s"]


def test_secrets_of_a_command_are_hidden() -> None:
    found = cycle_result(facts(cut=cut(description="switch --password hunter2"), failures=["secret hunter2"]))
    assert "hunter2" not in str(found)


# --- without BFD, and other scenarios ---------------------------------------------------------------------------------


def timers(wanted: Scenario | None = None, **changes: Any) -> CycleFacts:
    """Return a good cycle without BFD: the hold timers fire 13 s after the cut."""
    before_cut = infos()
    for info in before_cut.values():
        info["bfd_sessions"] = [item for item in info["bfd_sessions"] if "10.10.10" not in item["neighbor"]]
    for router, neighbor in (("R1", "10.10.10.2"), ("R3", "10.10.10.1")):
        row(before_cut, router, "bgp_neighbors", neighbor).update(bfd=False, bfd_peer_state=None, connections_dropped=1)
    end = CUT + 40
    settled = after("BGP Notification sent, hold time expired", seconds=CUT + 13 - (end - END))
    both = [probe(a, b, (CUT + 0.02, CUT + 13.2), ended_at=at(end - 1)) for a, b in (("PC1", "PC2"), ("PC2", "PC1"))]
    values: dict[str, Any] = {
        "mode": "bgp_timers",
        "before_cut": before_cut,
        "cut": cut(restoring_at=at(CUT + 20), restored_at=at(CUT + 21)),
        "moved_at": at(CUT + 14),
        "back_at": at(CUT + 30),
        "ended_at": at(end),
        "read_at": {"": at(end)},
        "after": settled,
        "logs": {"R1": log(*hold_timer("R1", CUT + 13.0)), "R3": log(*hold_timer("R3", CUT + 13.1))},
        "probes": both,
        **changes,
    }
    return facts(wanted, **values)


def test_without_bfd_the_hold_timer_is_expected_and_no_limit_of_the_outage() -> None:
    found = cycle_result(timers())
    assert found["passed"], found["failures"]
    assert found["cause"]["kind"] == "hold_timer"
    assert found["outage_ms"] == pytest.approx(13180)
    assert found["predicted"]["outage_min_ms"] == 10000


def test_without_bfd_a_failover_by_bfd_proves_that_the_baseline_was_none() -> None:
    logs = {
        "R1": log(bfd_down("R1", CUT + 0.3), *bgp_down("R1", CUT + 0.3)),
        "R3": log(*bgp_down("R3", CUT + 0.3)),
    }
    passed, _void, lines = judged(timers(logs=logs, before_cut={}, after=after()))
    assert not passed
    assert "cause: expected hold_timer, seen bfd" in lines[0]


def bfd_only(**changes: Any) -> CycleFacts:
    """Return a good cycle without BFD in which only BFD's packets are dropped: nothing happens."""
    wanted = scenario(cut={"kind": "acl", "only": "bfd"}, expect=LIMITS)
    good = timers(wanted)
    still = {router: dict(info) for router, info in good.before_cut.items()}
    lossless = [{**item, "losses": [], "received": 3000} for item in good.probes]
    values: dict[str, Any] = {
        "moved_at": None,
        "logs": NOTHING_LOGGED,
        "probes": lossless,
        "before": still,
        "after": still,
    }
    return replace(good, **{**values, **changes})


def test_without_bfd_nothing_happens_when_only_bfd_is_dropped() -> None:
    found = cycle_result(bfd_only())
    assert found["passed"], found["failures"]
    assert found["cause"]["kind"] == "none"
    dropped = {router: dict(info) for router, info in bfd_only().after.items()}
    dropped["R1"]["bgp_neighbors"] = [{**item, "connections_dropped": 9} for item in dropped["R1"]["bgp_neighbors"]]
    assert "cause: expected none" in str(judged(bfd_only(after=dropped))[2])


def test_bfd_only_loss_moves_the_traffic_without_losing_any() -> None:
    wanted = scenario(cut={"kind": "acl", "only": "bfd"}, expect=LIMITS)
    assert judged(facts(wanted, probes=probes())) == (True, False, [])


def test_any_outcome_takes_any_cause_but_no_scar() -> None:
    wanted = scenario(cut=command(), expect={"outcome": "any", "cause": "any"})
    lossy = probes(*((CUT + step / 10, CUT + step / 10 + 0.02) for step in range(30)))
    loose = facts(wanted, moved_at=None, logs=NOTHING_LOGGED, after=infos(), probes=lossy)
    assert judged(loose) == (True, False, [])
    scarred = infos()
    scarred["R4"]["hsrp_groups"] = []
    assert not judged(replace(loose, after=scarred))[0]


def test_a_dead_router_needs_no_evidence_of_its_own() -> None:
    wanted = scenario(DEATH, cut=command(), expect=LIMITS)
    changed = after()
    row(changed, "R2", "bgp_neighbors", "192.168.1.2").update(
        last_reset_reason="BFD adjacency down", last_reset_s=int(END - CUT), connections_dropped=1
    )
    stamp = "*Nov 23 12:00:20.260"
    text = "%BFDFSM-6-BFD_SESS_DOWN: BFD-SYSLOG: BFD session ld:2 handle:2,is going Down Reason: DETECT TIMER EXPIRED"
    logs = {"R3": GOOD_LOGS["R3"], "R2": log(f"{stamp}: {text}"), "R1": log()}
    clocks: Mapping[str, Any] = {
        **facts().clocks,
        "R2": [(a, replace(c, local_s=c.local_s - 100.0), b) for a, c, b in router_readings("R1")],
    }
    dead = facts(wanted, logs=logs, after=changed, clocks=clocks)
    found = cycle_result(dead)
    assert found["passed"], found["failures"]
    assert {end["router"]: end["how"] for end in found["cause"]["ends"]} == {
        "R1": "none",
        "R2": "detected",
        "R3": "detected",
    }
    silent = cycle_result(replace(dead, logs={**logs, "R2": log()}))
    assert "R2 Ethernet0/1 to 192.168.1.2" in silent["failures"][0]


def test_one_end_alone_has_to_detect_by_itself() -> None:
    wanted = scenario(LINK[:1], expect=LIMITS)
    assert judged(facts(wanted)) == (True, False, [])
    told = {"R1": log(bfd_down("R1", CUT + 0.28, "RX DOWN"), *bgp_down("R1", CUT + 0.281))}
    assert "no local detection" in failures(wanted=wanted, logs=told)[0]


def test_debug_output_is_no_event_and_long_logs_are_cut() -> None:
    many = [log_line("R1", CUT + number / 1000, "%SYS-6-X: y") for number in range(600)]
    logs = {**GOOD_LOGS, "R1": log(*many, log_line("R1", CUT + 1, "BGP(0): debug"))}
    events = cycle_result(facts(logs=logs))["events"]
    assert not any("debug" in item["text"] for item in events)
    assert len([item for item in events if item["router"] in ("R1", "R3")]) == 500


def test_a_host_clock_read_twice_is_still_one_clock() -> None:
    found = cycle_result(facts(clocks={**facts().clocks, "PC1": host_readings("PC1") * 2}))
    assert found["passed"]
