"""What the action of the drill does beside calling the core: consent, check mode, and what it makes of a cycle."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.edgeworks.fastpath.plugins.action import failover_drill

SCENARIO = {
    "name": "link_cut",
    "ends": [{"router": "R1", "interface": "Ethernet0/0"}, {"router": "R3", "interface": "Ethernet0/0"}],
    "cut": {"kind": "interface", "at": "R3"},
}
SETTINGS = {
    "routers": ["R1", "R3"],
    "source": {"address": "10.0.1.1", "host": "PC1"},
    "target": {"address": "10.0.2.1", "host": "PC2"},
}


class FakeDrill:
    """A drill that notes what it is asked for; `verified` is whether its cut is seen to be restored."""

    asked: list[str]
    verified: bool

    def __init__(self, settings, around):
        self.around = around

    def plan(self, scenarios, modes):
        self.asked.append("plan")
        return SimpleNamespace(plans=(), configuration={})

    def run(self, scenario, mode, number):
        self.asked.append("run")
        failures = [] if self.verified else ["not restored: R3: a change is pending"]
        return {"void": False, "warnings": [], "failures": failures, "cut": {"verified": self.verified}}


@pytest.fixture
def drill(monkeypatch):
    monkeypatch.setattr(failover_drill, "Drill", FakeDrill)
    FakeDrill.asked, FakeDrill.verified = [], True
    return FakeDrill


def run(check_mode=False, **args):
    plugin = failover_drill.ActionModule(
        task=SimpleNamespace(
            args={"scenarios": [SCENARIO], "settings": SETTINGS, **args},
            async_val=0,
            check_mode=check_mode,
            action="failover_drill",
        ),
        connection=SimpleNamespace(transport="local", _shell=SimpleNamespace(tmpdir="/tmp")),
        play_context=None,
        loader=None,
        templar=None,
    )
    plugin._load_name = "failover_drill"
    return plugin.run(task_vars={"hostvars": {}})


def test_cycle_that_was_restored_is_no_failure(drill):
    result = run(state="run", confirm=True)
    assert "failed" not in result
    assert result["cycle"]["cut"]["verified"]


def test_cut_that_is_not_seen_to_be_restored_fails_the_task_and_keeps_its_result(drill):
    drill.verified = False
    result = run(state="run", confirm=True)
    assert result["failed"]
    assert result["msg"] == "The cut was not seen to be restored:\nnot restored: R3: a change is pending"
    assert result["cycles"] == [result["cycle"]]


def test_nothing_is_run_without_consent(drill):
    result = run(state="run")
    assert result["failed"]
    assert "confirm: true" in result["msg"]
    assert drill.asked == []


@pytest.mark.parametrize("confirm", [False, True])
def test_check_mode_only_plans(drill, confirm):
    assert not run(check_mode=True, state="run", confirm=confirm)["changed"]
    assert drill.asked == ["plan"]
