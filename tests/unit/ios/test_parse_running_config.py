"""Golden cases of the parser: a running-config in, the model and all that is not in it out."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.fast_failover import plan_fast_failover
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.running_config import parse_running_config

GOLDEN = Path(__file__).parents[2] / "golden" / "ios" / "parse_running_config"
CASES = sorted(path.name for path in GOLDEN.iterdir())


def running(name: str) -> str:
    return (GOLDEN / name / "running.cfg").read_text()


@pytest.mark.parametrize("name", CASES)
def test_parse(name):
    expected = yaml.safe_load((GOLDEN / name / "parsed.yml").read_text())
    found = parse_running_config(running(name))
    plan = plan_fast_failover(running(name), {"state": "parsed"}, session_address=None)
    assert (found.version, found.hostname) == (expected["version"], expected["hostname"])
    assert plan.after == expected["model"]
    assert plan.unmanaged == expected["unmanaged"]
    assert list(plan.warnings) == expected["warnings"]


@pytest.mark.parametrize("name", CASES)
def test_carriage_returns_change_nothing(name):
    text = running(name)
    assert parse_running_config(text.replace("\n", "\r\n")) == parse_running_config(text)
    mixed = "".join(line + ("\r\n" if number % 3 else "\n") for number, line in enumerate(text.splitlines()))
    assert parse_running_config(mixed) == parse_running_config(text)


@pytest.mark.parametrize("state", ["merged", "replaced"])
@pytest.mark.parametrize("name", CASES)
def test_what_was_gathered_is_a_config_that_changes_nothing(name, state):
    gathered = plan_fast_failover(running(name), {"state": "gathered"}, session_address=None).after
    plan = plan_fast_failover(running(name), {"state": state, "config": gathered}, session_address=None)
    assert plan.plan.steps == ()
    assert plan.before == plan.after == gathered


@pytest.mark.parametrize("name", CASES)
def test_no_secret_is_shown(name):
    plan = plan_fast_failover(running(name), {"state": "parsed"}, session_address=None)
    shown = repr((plan.before, plan.after, plan.unmanaged, plan.warnings, plan.plan))
    for secret in ("0822455D0A16", "094F471A1A0A", "121A0C041104", "02050D480809", "s3cret", "s3cr3t", "$9$"):
        assert secret not in shown
