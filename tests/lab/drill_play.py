"""How tests run the drill's playbook on a lab: as a newcomer does, with the results of its tasks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.lab.seed_lab import ROOT, SeedLab

PLAN = "Read the routers and plan every cycle"
CYCLE = "Cut, measure and restore"
LINK_ENDS = [{"router": "R1", "interface": "Ethernet0/0"}, {"router": "R3", "interface": "Ethernet0/0"}]
ACL_CUT = {"name": "acl_cut", "ends": LINK_ENDS, "cut": {"kind": "acl"}}
# Seconds that a minute of the routers' revert timers lasts in these labs.
REVERT_MINUTE_S = 3.0


def variables(lab: SeedLab, **changed: Any) -> dict[str, Any]:
    """Return the variables of a short drill of the link between R1 and R3, with what a test wants changed."""
    reports = lab.directory.parent / "reports"
    base = {"lab_name": lab.name, "failover_drill_repeats": 1, "failover_drill_reports": str(reports)}
    only = {} if "failover_drill_scenarios" in changed else {"failover_drill_only": ["link_cut"]}
    return {**base, "failover_drill_confirm": True, **only, **changed}


def command(lab: SeedLab, playbook: str, *options: str, **changed: Any) -> list[str]:
    """Return the words that run a playbook on a lab."""
    tool = str(Path(sys.executable).with_name("ansible-playbook"))
    inventories = ["-i", "inventories/lab", "-i", str(lab.inventory)]
    return [tool, *inventories, "-e", json.dumps(variables(lab, **changed)), *options, playbook]


def environ(lab: SeedLab, record: Path) -> dict[str, str]:
    """Return the environment of a run that writes the results of its tasks to a file."""
    return {
        **lab.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests/lab/callbacks"),
        "ANSIBLE_CALLBACKS_ENABLED": "record_results",
        "RECORD_RESULTS": str(record),
    }


@dataclass(frozen=True)
class Run:
    """One run of a playbook: its exit status, its output, and the results of its tasks in order."""

    status: int
    output: str
    rows: list[dict[str, Any]]

    @property
    def failure(self) -> str:
        """Return what the first failed task said; of a loop, what its first failed item said."""
        failed = next(row["result"] for row in self.rows if row["result"]["failed"])
        items = [item for item in failed.get("results", []) if item.get("failed")]
        return str([*items, failed][0].get("msg", ""))

    @property
    def cycles(self) -> list[dict[str, Any]]:
        """Return the results of all cycles that ran."""
        results = [item for row in self.rows if row["task"] == CYCLE for item in row["result"].get("results", [])]
        return [cycle for item in results for cycle in item.get("cycles", [])]

    def tasks(self) -> list[str]:
        """Return the names of the tasks that ran, in order."""
        return list(dict.fromkeys(row["task"] for row in self.rows))


def play(lab: SeedLab, playbook: str, record: Path, *options: str, **changed: Any) -> Run:
    """Run a playbook on a lab."""
    record.unlink(missing_ok=True)
    done = subprocess.run(
        command(lab, playbook, *options, **changed),
        cwd=ROOT,
        env=environ(lab, record),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    rows = [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []
    return Run(done.returncode, done.stdout + done.stderr, rows)


def declared_archive() -> list[str]:
    """Return the lines of the archive that the lab's inventory declares for R1."""
    model = yaml.safe_load((ROOT / "inventories/lab/host_vars/R1.yml").read_text())["fast_failover_config"]
    archive = model["archive"]
    return ["archive", f"path {archive['path']}", f"maximum {archive['maximum']}"]
