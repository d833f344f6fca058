"""One action on the controller reaches every router and host of the lab, and leaves no process behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.lab.seed_lab import ROOT, ROUTERS, SeedLab

HOSTS = ["PC1", "PC2", "localhost"]


def run_action(lab: SeedLab, tmp_path: Path, arguments: dict[str, Any], *options: str) -> dict[str, Any]:
    """Run the test's action as the only task of a play on localhost, and return its result."""
    task = {"name": "open", "open_sessions": arguments}
    playbook, record = tmp_path / "play.json", tmp_path / "results.json"
    playbook.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
    record.unlink(missing_ok=True)
    environ = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections"),
        "ANSIBLE_ACTION_PLUGINS": str(ROOT / "tests/lab/action"),
        "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests/lab/callbacks"),
        "ANSIBLE_CALLBACKS_ENABLED": "record_results",
        "RECORD_RESULTS": str(record),
    }
    tool = Path(sys.executable).with_name("ansible-playbook")
    inventories = ["-i", "inventories/lab", "-i", str(lab.inventory)]
    done = subprocess.run(
        [str(tool), *inventories, *options, str(playbook)],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert record.exists(), done.stdout + done.stderr
    result: dict[str, Any] = json.loads(record.read_text().splitlines()[-1])["result"]
    return result


def test_one_action_reaches_routers_and_hosts_and_ends_every_session(seed_lab: SeedLab, tmp_path: Path) -> None:
    asked = {"routers": ROUTERS, "command": "show privilege", "hosts": HOSTS, "shell": "hostname -I; echo $((6*7))"}
    result = run_action(seed_lab, tmp_path, asked)
    assert not result["failed"], result
    assert {router: text.split()[-1] for router, text in result["answers"].items()} == dict.fromkeys(ROUTERS, "15")
    assert result["said"]["PC1"].split() == ["192.168.1.10", "42"]
    assert result["said"]["PC2"].split() == ["192.168.2.10", "42"]
    assert result["said"]["localhost"].endswith("42")
    assert len(result["open"]) == len(ROUTERS)
    assert result["left"] == []


def test_session_whose_process_was_killed_is_opened_again(seed_lab: SeedLab, tmp_path: Path) -> None:
    asked = {"routers": ["R1"], "command": "show privilege", "hosts": [], "shell": "", "kill": True}
    result = run_action(seed_lab, tmp_path, asked)
    assert not result["failed"], result
    assert result["again"] == result["answers"]
    assert result["left"] == []


@pytest.mark.parametrize(
    ("asked", "options", "message"),
    [
        ({"routers": ["R9"], "hosts": []}, [], "host: 'R9' is not allowed; allowed: PC1, PC2, R1, R2, R3, R4"),
        ({"routers": ["PC1"], "hosts": []}, [], "PC1: the connection is 'ssh'; allowed for a router"),
        ({"routers": ["R1"], "hosts": []}, ["-e", "ansible_password=wrong"], "R1: The session"),
        ({"routers": [], "hosts": ["PC1"]}, ["-e", "ansible_port=1"], "command on PC1: the host is not reached"),
        ({"routers": [], "hosts": ["localhost"], "shell": "false"}, [], "command on localhost: non-zero return code"),
    ],
)
def test_host_that_is_not_reached_is_named(
    seed_lab: SeedLab, tmp_path: Path, asked: dict[str, Any], options: list[str], message: str
) -> None:
    result = run_action(seed_lab, tmp_path, {"command": "show privilege", "shell": "true", **asked}, *options)
    assert result["failed"]
    assert message in result["msg"]
    assert result["left"] == []
