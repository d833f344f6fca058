"""A change under IOS' revert timer on the lab: what is kept, what is taken back, what outlives the controller."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.seed_lab import ROOT, ROUTERS, SeedLab, wait_until
from tests.lab.test_action import changed, seed

MARK = "FASTPATH_TEST_RUN"
TIMER = "show archive config rollback timer"
NOTHING_PENDING = "%No Rollback Confirmed Change pending"
SOON_S, LONG_S = 30, 90
LOOKED_AT = ("R1", "R2")  # whose configuration the tests change
SEEDS = {router: seed(router) for router in ROUTERS}
# R1 takes R3 for a router of another AS. Preflight would refuse that; here it is passed over to see what verify does.
WRONG_AS = {**SEEDS, "R1": changed(SEEDS["R1"], "bgp", "neighbors", 0, "remote_as", 64999)}
HARMLESS = {**SEEDS, "R2": changed(SEEDS["R2"], "interfaces", 0, "description", "to R4")}
WITHOUT_PREFLIGHT = ("--tags", "configure,verify")
ALLOWED = {"fast_failover_allow": ["change_asn"]}


class Controller:
    """Runs the playbook with a rollback against a lab, in processes that can be found again by their environment."""

    def __init__(self, lab: SeedLab, directory: Path) -> None:
        self._lab = lab
        self._variables = directory / "variables.json"
        self._mark = uuid.uuid4().hex
        self._output = directory / "output"

    def start(self, models: dict[str, Any], *options: str, **variables: Any) -> subprocess.Popen[bytes]:
        shared = {"fast_failover_rollback": True, "fast_failover_rollback_min": 60, "models": models, **variables}
        shared["fast_failover_config"] = "{{ models[inventory_hostname] }}"
        self._variables.write_text(json.dumps(shared))
        tool = Path(sys.executable).with_name("ansible-playbook")
        command = [str(tool), "-i", "inventories/lab", "-i", str(self._lab.inventory), "-e", f"@{self._variables}"]
        environ = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), MARK: self._mark}
        with self._output.open("wb") as output:
            return subprocess.Popen(
                [*command, *options, "playbooks/fast_failover.yml"], cwd=ROOT, env=environ, stdout=output, stderr=output
            )

    def run(self, models: dict[str, Any], *options: str, **variables: Any) -> tuple[int, str]:
        """Return the exit code and what was printed, its lines joined where they were wrapped."""
        code = self.start(models, *options, **variables).wait(timeout=240)
        return code, " ".join(self._output.read_text().split())

    def kill(self) -> None:
        """Kill every process of the last run at once, those that left its process group and session included."""
        marked = f"{MARK}={self._mark}".encode()
        pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and marked in environ(path)]
        assert pids
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(marked in environ(Path(f"/proc/{pid}")) for pid in pids), SOON_S, "all are gone")


def environ(process: Path) -> bytes:
    """Return a process' environment, nothing of one that is gone."""
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""


def lines(text: str) -> list[str]:
    """Return the configuration that a router showed, without its comments."""
    shown = [line for line in text.splitlines() if not line.startswith("!")]
    first = next(number for number, line in enumerate(shown) if line.startswith("version "))
    return shown[first : shown.index("end") + 1]


def running(lab: SeedLab) -> dict[str, list[str]]:
    return {router: lines(lab.ios(router, "show running-config")) for router in LOOKED_AT}


def startup(lab: SeedLab) -> dict[str, list[str]]:
    return {router: lines(lab.ios(router, "show startup-config")) for router in LOOKED_AT}


@pytest.fixture(scope="module")
def archived(typed_lab: SeedLab) -> Iterator[SeedLab]:
    """The lab with an archive on every router, saved."""
    for router in ROUTERS:
        typed_lab.configure(router, "archive", "path flash:fastpath", "maximum 5")
        typed_lab.ios(router, "write memory")
    yield typed_lab
    for router in ROUTERS:
        typed_lab.configure(router, "archive", "no maximum", "no path")


@pytest.fixture
def lab(archived: SeedLab, configured_lab: SeedLab) -> SeedLab:
    """That lab with everything up."""
    return archived


@pytest.fixture
def controller(lab: SeedLab, tmp_path: Path) -> Controller:
    return Controller(lab, tmp_path)


def test_a_change_that_holds_is_confirmed_and_saved(lab: SeedLab, controller: Controller) -> None:
    code, output = controller.run(HARMLESS)
    assert code == 0, output
    for router in ROUTERS:
        assert NOTHING_PENDING in lab.ios(router, TIMER)
    assert startup(lab) == running(lab)
    assert " description to R4" in startup(lab)["R2"]
    lab.configure("R2", "interface Ethernet0/0", "no description")
    lab.ios("R2", "write memory")


def test_a_session_that_breaks_is_brought_back_and_the_failure_names_it(lab: SeedLab, controller: Controller) -> None:
    before, saved = running(lab), startup(lab)
    code, output = controller.run(WRONG_AS, *WITHOUT_PREFLIGHT, fast_failover_verify_timeout=5, **ALLOWED)
    assert code == 2, output
    assert "The change was not kept on any router: R1: Not as expected after" in output
    assert "BGP 10.10.10.2: expected Established" in output
    assert running(lab) == before
    assert startup(lab) == saved
    lab.settle(SOON_S)


def test_the_routers_take_a_change_back_whose_controller_was_killed(lab: SeedLab, controller: Controller) -> None:
    before, saved = running(lab), startup(lab)
    # 15 of the lab's minutes: long enough to look while the change is pending, short enough to wait for.
    wrong = {"fast_failover_rollback_min": 15, "fast_failover_verify_timeout": 800, **ALLOWED}
    process = controller.start(WRONG_AS, *WITHOUT_PREFLIGHT, **wrong)
    wait_until(lambda: "remote-as 64999" in lab.ios("R1", "show running-config"), LONG_S, "the change is on the router")
    controller.kill()
    assert process.wait(timeout=SOON_S) == -signal.SIGKILL
    assert "Timer value: 15 min" in lab.ios("R1", TIMER)
    code, output = controller.run(WRONG_AS, "--check", "--limit", "R1", *WITHOUT_PREFLIGHT, **wrong)
    assert code == 2, output
    assert "pending change: 'begun by" in output
    wait_until(lambda: NOTHING_PENDING in lab.ios("R1", TIMER), LONG_S, "the timer has run out")
    assert running(lab) == before
    assert startup(lab) == saved
    lab.settle(LONG_S)  # FRR waits longer, up to a minute, the more often the wrong AS was refused
    code, output = controller.run(WRONG_AS, "--check", "--limit", "R1", *WITHOUT_PREFLIGHT, **wrong)
    assert code == 0, output
    assert "The router took an unconfirmed change back by itself" in output
    assert "Check mode: R1 would be changed" in output
