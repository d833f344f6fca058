"""The drill on a lab: what it measures, what it refuses, and that nothing of it is left."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.drill_play import ACL_CUT, CYCLE, LINK_ENDS, PLAN, REVERT_MINUTE_S, Run, declared_archive, play
from tests.lab.seed_lab import ROUTERS, SEED_ROUTES, SeedLab, fresh_lab, seed_listing, wait_until

DRILL = "playbooks/failover_drill.yml"
UP_S, BACK_S = 60, 30
# 30 minutes of the lab, 90 s: longer than a cycle with an access list lasts.
ACL_REVERT_MIN = 30
COMMAND_CUT = {"kind": "command", "host": "localhost", "cut": "true {seconds}", "restore": "true", "bounded": True}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeedLab]:
    """A lab that is configured and up, whose revert timers run fast."""
    with fresh_lab(tmp_path_factory.mktemp("drill"), REVERT_MINUTE_S) as lab:
        for router in ROUTERS:
            lab.configure(router, *declared_archive(), *seed_listing(router))
        lab.settle(UP_S)
        wait_until(lambda: all(lab.shows_standby(name, "Active") for name in ("R1", "R3")), UP_S, "R1 and R3 active")
        yield lab


@pytest.fixture
def configs(lab: SeedLab) -> Iterator[dict[str, str]]:
    """The running-configs; whatever a test does, they and the routes are as before when it ends."""
    before = running(lab)
    yield before
    wait_until(lambda: running(lab) == before, BACK_S, "the running-configs as before")
    wait_until(lambda: lab.all_routes() == SEED_ROUTES, BACK_S, "the seed's routes")


def running(lab: SeedLab) -> dict[str, str]:
    """Return every router's running-config without the line that says when it was changed."""
    texts = {router: lab.ios(router, "show running-config") for router in ROUTERS}
    return {router: text[text.index("\nversion") :] for router, text in texts.items()}


def drill(lab: SeedLab, tmp_path: Path, *options: str, **changed: Any) -> Run:
    return play(lab, DRILL, tmp_path / "results.json", *options, **changed)


# --- what it measures -------------------------------------------------------------------------------------------------


def test_access_list_with_and_without_bfd(lab: SeedLab, tmp_path: Path, configs: dict[str, str]) -> None:
    """Both modes through one change of each router, BFD taken away and cut under the same timer."""
    run = drill(
        lab,
        tmp_path,
        failover_drill_scenarios=[ACL_CUT],
        failover_drill_compare=["bgp_timers", "bfd"],
        failover_drill_revert_min=ACL_REVERT_MIN,
    )
    assert run.status == 0, run.output
    slow, fast = run.cycles[0], run.cycles[-1]
    assert (slow["mode"], fast["mode"]) == ("bgp_timers", "bfd")
    assert slow["outage_ms"] > 9000 > 1000 > fast["outage_ms"]
    assert (slow["cause"]["kind"], fast["cause"]["kind"]) == ("hold_timer", "bfd")
    assert slow["cause"]["proven"]
    assert fast["cause"]["proven"]
    for cycle in (slow, fast):
        assert cycle["cut"]["restored_by"] == "drill"
        assert cycle["cut"]["verified"]
        assert cycle["snapshot"]["differences"] == []
    assert running(lab) == configs
    latest = json.loads((lab.directory.parent / "reports/latest/drill.json").read_text())
    assert latest["passed"]
    assert latest["scenarios"][0]["ratio"] > 9


# --- what it refuses --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [[], ["--check"]])
def test_without_confirmation_it_plans_and_cuts_nothing(
    lab: SeedLab, tmp_path: Path, configs: dict[str, str], options: list[str]
) -> None:
    run = drill(lab, tmp_path, *options, failover_drill_confirm=bool(options), failover_drill_scenarios=[ACL_CUT])
    assert run.status == 0, run.output
    assert run.cycles == []
    assert "ip access-group FASTPATH_DRILL in" in run.output
    assert "Nothing was cut: " + ("this is check mode" if options else "failover_drill_confirm") in run.output
    assert running(lab) == configs


# Lines that stand against a cut of the link by access lists, those that take them back, and what is said.
OBSTACLES = [
    ("R1", ["archive", "no path"], declared_archive(), "R1 archive: 'not enabled' is not allowed; allowed: an archive"),
    (
        "R2",
        ["interface Ethernet0/0", "shutdown"],
        ["interface Ethernet0/0", "no shutdown"],
        "another way, which the traffic can take when the ends are cut",
    ),
    (
        "R3",
        ["ip access-list extended MINE", "permit ip any any", "interface Ethernet0/0", "ip access-group MINE in"],
        ["interface Ethernet0/0", "no ip access-group MINE in", "no ip access-list extended MINE"],
        "R3 Ethernet0/0: 'ip access-group MINE in' is not allowed; allowed: no inbound access list",
    ),
]


def test_everything_that_speaks_against_the_cut_is_said_at_once(
    lab: SeedLab, tmp_path: Path, configs: dict[str, str]
) -> None:
    for router, lines, _, _ in OBSTACLES:
        lab.configure(router, *lines)
    try:
        spoiled = running(lab)
        run = drill(lab, tmp_path, failover_drill_scenarios=[ACL_CUT])
        assert running(lab) == spoiled
    finally:
        for router, _, lines, _ in OBSTACLES:
            lab.configure(router, *lines)
    assert run.status != 0
    assert run.failure.startswith("Nothing was cut:\n")
    for _, _, _, sentence in OBSTACLES:
        assert sentence in run.failure
    assert CYCLE not in run.tasks()


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "probe cannot reach": (
        {"failover_drill_target": {"address": "192.168.2.99"}, "failover_drill_directions": ["source_to_target"]},
        "Nothing was cut: probe: Not as expected after 10 s; last seen:\nPC1 -> 192.168.2.99: 0 of ",
    ),
    "target not behind the link": (
        {"failover_drill_target": {"address": "192.168.1.3"}, "failover_drill_directions": ["source_to_target"]},
        "The target is not behind the link",
    ),
    "unknown cut kind": (
        {"failover_drill_scenarios": [{"name": "axe", "ends": LINK_ENDS, "cut": {"kind": "axe"}}]},
        "Nothing was cut:\nscenario axe cut kind: 'axe' is not allowed; allowed: acl, interface, command.",
    ),
    "unknown host": (
        {"failover_drill_source": {"host": "PC9", "address": "192.168.1.10"}},
        "host: 'PC9' is not allowed; allowed: PC1, PC2, R1, R2, R3, R4. Name a host of the inventory.",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal_says_why_and_cuts_nothing(lab: SeedLab, tmp_path: Path, configs: dict[str, str], name: str) -> None:
    changed, message = REFUSALS[name]
    run = drill(lab, tmp_path, **changed)
    assert run.status != 0
    assert message in run.failure
    assert run.cycles == []
    assert running(lab) == configs


def test_pending_change_of_somebody_else_is_left_alone(lab: SeedLab, tmp_path: Path, configs: dict[str, str]) -> None:
    lab.ios("R1", "configure terminal revert timer 30", "interface Ethernet0/0", "description somebody's", "end")
    try:
        run = drill(lab, tmp_path, failover_drill_scenarios=[ACL_CUT])
        assert "somebody's" in lab.ios("R1", "show running-config")
    finally:
        lab.ios("R1", "configure revert now")
    assert run.status != 0
    assert "R1 pending change: 'begun by " in run.failure
    assert PLAN in run.tasks()
    assert CYCLE not in run.tasks()


def test_action_itself_refuses_to_run_unconfirmed(lab: SeedLab, tmp_path: Path) -> None:
    task = {
        "edgeworks.fastpath.failover_drill": {
            "state": "run",
            "scenarios": [{"name": "x", "ends": LINK_ENDS, "cut": COMMAND_CUT}],
            "settings": {
                "routers": ["R1", "R3"],
                "source": {"address": "192.168.1.10", "host": "PC1"},
                "target": {"address": "192.168.2.10", "host": "PC2"},
            },
        }
    }
    path = tmp_path / "play.json"
    path.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
    run = play(lab, str(path), tmp_path / "results.json")
    assert run.failure == "Nothing was cut: the drill takes links down. Set confirm: true where that may be done."
