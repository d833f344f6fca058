"""Golden cases of the plan: what a router shows and what was declared -> commands, words, refusals."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import InvalidInput, Refused
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.fast_failover import plan_fast_failover

GOLDEN = Path(__file__).parents[2] / "golden" / "ios" / "plan_fast_failover"


def cases(*files: str):
    return [
        pytest.param(case, id=f"{Path(file).stem}: {case['name']}")
        for file in files
        for case in yaml.safe_load((GOLDEN / file).read_text())
    ]


def planned(case):
    options = dict(case["options"])
    session_address = options.pop("session_address", None)
    return plan_fast_failover((GOLDEN / case["running"]).read_text(), options, session_address=session_address)


@pytest.mark.parametrize("case", cases("merged.yml", "replaced.yml", "deleted.yml"))
def test_commands(case):
    plan = planned(case)
    assert list(plan.plan.steps) == case["commands"]
    assert plan.plan.changed == bool(case["commands"])
    assert (plan.before == plan.after) == (not case["commands"])


WITH_WARNINGS = [case for case in cases("replaced.yml") if "warnings" in case.values[0]]


@pytest.mark.parametrize("case", cases("advice.yml", "deleted.yml") + WITH_WARNINGS)
def test_words(case):
    plan = planned(case)
    assert list(plan.plan.steps) == case["commands"]
    assert list(plan.warnings) == case.get("warnings", [])


@pytest.mark.parametrize("case", cases("advice.yml", "replaced.yml"))
def test_pending(case):
    plan = planned(case)
    waiting = [item for item in plan.pending if item["needs"] == "session reset"]
    resets = [item["neighbor"] for item in waiting]
    assert list(plan.soft_clears) == case.get("soft_clears", [])
    assert resets == case.get("resets", [])
    assert all(item["command"] == f"clear ip bgp {item['neighbor']}" for item in waiting)


@pytest.mark.parametrize("case", cases("refusals.yml"))
def test_refusals(case):
    with pytest.raises(Refused) as error:
        planned(case)
    for text in case["refused"]:
        assert text in str(error.value)
    for text in case.get("not_in_error", []):
        assert text not in str(error.value)


@pytest.mark.parametrize("case", cases("findings.yml"))
def test_findings(case):
    with pytest.raises(InvalidInput) as error:
        planned(case)
    assert [str(finding) for finding in error.value.findings] == case["findings"]
