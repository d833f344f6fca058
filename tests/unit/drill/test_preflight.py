from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.preflight import (
    Ground,
    Timing,
    configured_routers,
    drill_findings,
)
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.scenario import Scenario
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.rollback import RollbackState
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.running_config import (
    parse_running_config,
    render_model,
)

from .network_case import DEATH, PC1, PC2, STAMPS, Configs, command, infos, models, row, running, scenario

READY = RollbackState(archive_enabled=True, archive_path="flash:fastpath")


def ground(**changes: Any) -> Ground:
    """Return a network on which everything is right, changed by the case."""
    good = Ground(
        running=running(),
        infos=infos(),
        source=IPv4Address(PC1),
        target=IPv4Address(PC2),
        timing=Timing(revert_after_min=5, longest_s=200, command_timeout_s=30),
        rollback=dict.fromkeys(models(), READY),
        reached_at=dict.fromkeys(models(), "127.0.0.1"),
    )
    return replace(good, **changes)


def found(wanted: Scenario, mode: str = "bfd", **changes: Any) -> list[tuple[str, str]]:
    return [(item.severity, item.check) for item in drill_findings(wanted, mode, ground(**changes))]


@pytest.mark.parametrize("mode", ["bfd", "bgp_timers"])
@pytest.mark.parametrize("cut", [{"kind": "acl"}, {"kind": "interface", "at": "R3"}, command()])
def test_a_good_ground_has_no_finding(cut: dict[str, Any], mode: str) -> None:
    assert found(scenario(cut=cut), mode) == []


def test_all_findings_come_at_once_and_errors_first() -> None:
    seen = infos()
    row(seen, "R1", "bgp_neighbors", "10.10.10.2")["state"] = "Active"
    row(seen, "R3", "bfd_sessions", "10.10.10.1")["state"] = "Down"
    checks = found(
        scenario(cut={"kind": "interface", "at": "R1"}),
        running=running(R3="ip access-group X in"),
        infos=seen,
        rollback={},
        timing=Timing(1, 200, 90),
    )
    assert checks == [
        ("error", "bgp_down"),
        ("error", "bfd_down"),
        ("error", "rollback"),
        ("error", "short_timer"),
        ("warning", "near_side"),
    ]


def test_a_cut_that_cannot_be_made_is_found() -> None:
    assert found(scenario(), running=running(R3="ip access-group X in")) == [("error", "cut")]


def test_sessions_have_to_be_up() -> None:
    seen = infos()
    seen["R1"]["bgp_neighbors"] = []
    seen["R3"]["bfd_sessions"] = []
    texts = [str(item) for item in drill_findings(scenario(), "bfd", ground(infos=seen))]
    assert texts == [
        "BGP R1 Ethernet0/0 to 10.10.10.2: 'not shown' is not allowed; allowed: Established. Mend the session before "
        "it is cut.",
        "BFD R3 Ethernet0/0 to 10.10.10.1: 'no session' is not allowed; allowed: Up. Bring it up first: without it the "
        "hold timer decides.",
    ]
    assert found(scenario(), "bgp_timers", infos=seen) == [("error", "bgp_down")]


def test_bfd_that_bgp_does_not_listen_to_proves_nothing() -> None:
    seen = infos()
    row(seen, "R1", "bgp_neighbors", "10.10.10.2")["bfd"] = False
    assert found(scenario(), infos=seen) == [("error", "bfd_unused")]


def test_ends_without_a_session() -> None:
    def change(configs: Configs) -> None:
        for router in ("R1", "R3"):
            configs[router]["bgp"]["neighbors"].pop(0)

    checks = found(scenario(), running=running(models(change)))
    assert ("error", "no_session") in checks


def test_without_a_hold_timer_there_is_no_comparison() -> None:
    seen = infos()
    for router, neighbor in (("R1", "10.10.10.2"), ("R3", "10.10.10.1")):
        row(seen, router, "bgp_neighbors", neighbor).update(hold_time_s=0, keepalive_s=0)
    assert found(scenario(), "bgp_timers", infos=seen) == [("error", "no_hold_timer")] * 2
    assert found(scenario(), infos=seen) == []


def test_a_router_that_is_silent_stops_at_once() -> None:
    seen = infos()
    del seen["R3"]
    assert found(scenario(), infos=seen) == [("error", "unread")]


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (
            RollbackState(archive_enabled=False),
            "R1 archive: 'not enabled' is not allowed; allowed: an archive with a path",
        ),
        (
            RollbackState(archive_enabled=True, pending=True, remaining_s=60, started_by="ops"),
            "R1 pending change: 'begun by ops, taken back in 60 s' is not allowed; allowed: none.",
        ),
    ],
)
def test_a_router_that_cannot_roll_back_is_not_cut(state: RollbackState, text: str) -> None:
    rollback = {**ground().rollback, "R1": state}
    [finding] = drill_findings(scenario(), "bfd", ground(rollback=rollback))
    assert str(finding).startswith(text)
    assert found(scenario(cut=command()), rollback=rollback) == []
    assert found(scenario(cut=command()), "bgp_timers", rollback=rollback) == [("error", "rollback")]


def test_the_routers_that_a_cycle_configures() -> None:
    assert configured_routers(scenario(), "bfd") == ("R1", "R3")
    assert configured_routers(scenario(cut={"kind": "acl", "direction": "R3"}), "bfd") == ("R3",)
    assert configured_routers(scenario(cut={"kind": "acl", "direction": "R3"}), "bgp_timers") == ("R1", "R3")
    assert configured_routers(scenario(cut=command()), "bfd") == ()
    assert configured_routers(scenario(DEATH, cut=command()), "bgp_timers") == ("R1", "R3", "R2")


def test_a_timer_shorter_than_the_cycle_would_heal_the_cut_under_way() -> None:
    short = Timing(revert_after_min=3, longest_s=180, command_timeout_s=30)
    [finding] = drill_findings(scenario(), "bfd", ground(timing=short))
    assert str(finding).startswith(
        "revert timer: '3 min' is not allowed; allowed: more than 180 s, which the cycle can last"
    )
    assert found(scenario(management_cut=True), timing=short) == []
    assert found(scenario(cut=command()), timing=short) == []


def test_a_slow_command_would_outlast_the_timer() -> None:
    slow = Timing(revert_after_min=5, longest_s=200, command_timeout_s=300)
    assert found(scenario(), timing=slow) == [("error", "rollback")] * 2


def test_the_drills_own_way_to_a_router_is_not_cut_unasked() -> None:
    [finding] = drill_findings(scenario(), "bfd", ground(reached_at={"R3": "10.10.10.2"}))
    assert str(finding) == (
        "R3 management: 'the session to 10.10.10.2 over Ethernet0/0' is not allowed; allowed: a session that the cut "
        "leaves alone. Reach it another way, or set management_cut: the cut then heals by the revert timer alone."
    )
    assert found(scenario(management_cut=True), reached_at={"R3": "10.10.10.2"}) == []
    assert found(scenario(), reached_at={"R1": "192.168.1.2"}) == []
    assert found(scenario(), reached_at={}, management={"R1": "Et0/0"}) == [("error", "management")]
    assert found(scenario(), reached_at={}, management={"R1": "Loopback0"}) == [("warning", "management_unknown")]


def test_a_comparison_needs_cut_and_baseline_in_one_change() -> None:
    on_router = scenario(cut=command(host="R1"))
    assert found(on_router, "bgp_timers") == [("error", "two_changes")]
    assert found(on_router) == []


def test_bfd_that_cannot_be_taken_away_stops_the_comparison_only() -> None:
    def change(configs: Configs) -> None:
        configs["R1"]["bgp"]["neighbors"][0]["bfd"] = False

    inherited = running(models(change))
    assert found(scenario(), "bgp_timers", running=inherited) == [("error", "inherited_bfd")]


def test_the_near_side_proves_nothing() -> None:
    [finding] = drill_findings(scenario(cut={"kind": "interface", "at": "R1"}), "bfd", ground())
    assert str(finding).endswith(
        "Its own shutdown resets BGP at once (fast external fall-over): this proves nothing about BFD."
    )


def test_other_hosts_are_refused() -> None:
    assert found(scenario(), target=IPv4Address("192.168.1.20")) == [("error", "target_not_behind")]
    assert set(found(scenario(), target=IPv4Address("203.0.113.9"))) == {("error", "path_unknown")}


def logging(*lines: str) -> dict[str, Any]:
    """Return the network with these lines in R1's configuration in place of its stamps."""
    text = "\n".join([*lines, render_model(models()["R1"])])
    return {"running": {**running(), "R1": parse_running_config(text)}}


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ([], "R1 service timestamps log: 'none' is risky; better: service timestamps log datetime msec. Its messages "),
        (["service timestamps log uptime"], "R1 service timestamps log: 'uptime' is risky; "),
        (["service timestamps log datetime"], "R1 service timestamps log: 'datetime without msec' is risky; "),
        (
            [STAMPS, "logging buffered 8192 warnings"],
            "R1 logging buffered: 'warnings' is risky; better: informational, debugging. What BFD reports does not",
        ),
        ([STAMPS, "logging buffered 5"], "R1 logging buffered: 'notifications' is risky; "),
        ([STAMPS, "no logging buffered"], "R1 logging buffered: 'off' is risky; "),
    ],
)
def test_a_log_that_will_prove_nothing_is_told_before(lines: list[str], text: str) -> None:
    [finding] = drill_findings(scenario(), "bfd", ground(**logging(*lines)))
    assert str(finding).startswith(text)
    assert finding.severity == "warning"
    assert found(scenario(expect={"cause": "any"}), **logging(*lines)) == []


@pytest.mark.parametrize("line", ["logging buffered 8192", "logging buffered informational", "logging buffered 4096 6"])
def test_a_log_that_keeps_enough_is_no_finding(line: str) -> None:
    assert found(scenario(), **logging(STAMPS, line)) == []
