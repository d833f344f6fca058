"""Probe and timer on the lab's hosts, over SSH: a cut is measured, a lost connection changes nothing, nothing stays."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe.outage import losses_within

from tests.lab.seed_lab import ROOT, SeedLab, processes_in, wait_until

ADDRESSES = {"PC1": "192.168.1.10", "PC2": "192.168.2.10"}
DETACHED = {"outage_probe", "outage_responde", "command_timer"}


class Hosts:
    """The lab's hosts as Ansible reaches them, over SSH connections that this test may kill."""

    def __init__(self, lab: SeedLab, sockets: Path) -> None:
        self.lab = lab
        self.sockets = sockets

    def module(self, host: str, module: str, /, **options: Any) -> dict[str, Any]:
        """Run one module on one host and return its result."""
        tool = str(Path(sys.executable).with_name("ansible"))
        env = {
            **os.environ,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections"),
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.sockets),
        }
        place = ["-i", str(self.lab.inventory)]
        if host == "localhost":
            place = ["-i", "localhost,", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}"]
        command = [tool, *place, host, "-m", f"edgeworks.fastpath.{module}", "-a", json.dumps(options)]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120)
        _head, arrow, answer = done.stdout.partition(" => ")
        assert arrow, done.stdout + done.stderr
        result: dict[str, Any] = json.loads(answer)
        return result

    def probe(self, host: str, **options: Any) -> dict[str, Any]:
        return self.module(host, "outage_probe", **{"name": "lab-test", **options})

    def other(self, host: str) -> str:
        return ADDRESSES["PC2" if host == "PC1" else "PC1"]

    def connections(self) -> list[int]:
        """Return the ssh processes that hold the connections."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if str(self.sockets).encode() in path.read_bytes():
                    found.append(int(path.parts[2]))
        return found

    def end_connections(self) -> None:
        """Kill them."""
        for pid in self.connections():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not self.connections(), 10, "the connections are gone")

    def left_behind(self) -> list[str]:
        """Return what of probes and timers is still on the hosts: processes and files."""
        left = []
        for pid in processes_in(self.lab.process_namespace()):
            with contextlib.suppress(OSError):
                comm = Path("/proc", pid, "comm").read_text().strip()
                left += [f"{pid} {comm}"] if comm in DETACHED else []
        for host in ADDRESSES:
            network = self.lab.exec(host, "stat", "-L", "-c", "%i", "/proc/self/ns/net").strip()
            left += [str(path) for path in Path(tempfile.gettempdir()).glob(f"fastpath-*-{network}-*")]
        return left


@pytest.fixture
def hosts(configured_lab: SeedLab) -> Iterator[Hosts]:
    with tempfile.TemporaryDirectory(prefix="ssh-") as sockets:  # a short path: sockets have short names
        hosts = Hosts(configured_lab, Path(sockets))
        try:
            yield hosts
            assert hosts.left_behind() == []
        finally:
            for host in ADDRESSES:
                hosts.probe(host, state="absent")
                hosts.module(host, "command_timer", name="lab-test", state="disarmed")
            hosts.end_connections()


def status(started: dict[str, Any]) -> dict[str, Any]:
    """Return what a probe last wrote of itself; the lab's hosts have this machine's files."""
    found: dict[str, Any] = json.loads(Path(started["status_file"]).read_text())
    return found


def lost(started: dict[str, Any]) -> int:
    """Return how many probes were not answered so far; until HSRP has its routers, that may be many."""
    seen = status(started)
    return int(seen["sent"] - seen["received"])


def lost_more(started: dict[str, Any], than: int) -> bool:
    return lost(started) > than + 10


def wait_for_replies(started: dict[str, Any], row: int) -> None:
    wait_until(lambda: status(started)["consecutive"] >= row, 60, f"{row} replies in a row")


def test_a_cut_is_measured_in_both_directions(hosts: Hosts) -> None:
    lab = hosts.lab
    started = {host: hosts.probe(host, target=hosts.other(host), duration_s=120) for host in ADDRESSES}
    for probe in started.values():
        assert (probe["changed"], probe["method"]) == (True, "icmp")
        wait_for_replies(probe, 50)
    lost_before = [lost(probe) for probe in started.values()]
    before = time.time()
    lab.cut("r1-r3", seconds=6)
    after = time.time()
    for probe, count in zip(started.values(), lost_before, strict=True):
        wait_until(partial(lost_more, probe, count), 20, "the cut is seen")
        wait_for_replies(probe, 100)
    for host in ADDRESSES:
        again = hosts.probe(host, target=hosts.other(host), duration_s=120)
        assert (again["changed"], again["pid"]) == (False, started[host]["pid"])
    for host in ADDRESSES:
        result = hosts.probe(host, state="collected")["result"]
        (worst, *others) = sorted(losses_within(result["losses"], before, after), key=lambda loss: -loss["count"])
        assert all(loss["count"] < 5 for loss in others)
        assert 150 < worst["outage_ms"] < 1500, "BFD of 100 ms x 3, and FRR's convergence"
        assert before - 0.02 <= worst["from_at"] <= after + 0.02
        assert worst["to_at"] - worst["from_at"] == pytest.approx(worst["outage_ms"] / 1000, abs=0.1)
        assert worst["count"] == pytest.approx(worst["outage_ms"] / 10, abs=5)
        assert worst["uncertainty_ms"] < 100
        assert result["sent"] == result["received"] + result["lost"]
    assert "No probe named 'lab-test'" in hosts.probe("PC1", state="collected")["msg"]
    wait_until(lambda: lab.status()["links"]["r1-r3"]["state"] == "up", 20, "the link heals by itself")


def test_losses_on_the_way_back_are_told_apart(hosts: Hosts) -> None:
    hosts.probe("PC2", role="responder", target=ADDRESSES["PC1"])
    started = hosts.probe("PC1", target=ADDRESSES["PC2"], method="udp")
    wait_for_replies(started, 50)
    hosts.lab.cut("PC2", "--one-way-from", "PC2", seconds=1)
    wait_until(lambda: status(started)["consecutive"] == 0, 20, "the cut is seen")
    wait_for_replies(started, 50)
    result = hosts.probe("PC1", state="collected")["result"]
    assert result["return_lost"] > 50
    assert result["forward_lost"] <= 2
    assert hosts.probe("PC2", state="collected")["result"]["received"] >= result["received"] + result["return_lost"]


def test_a_lost_connection_ends_neither_probe_nor_timer(hosts: Hosts, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    started = hosts.probe("PC1", target=ADDRESSES["PC2"])
    armed = hosts.module("PC1", "command_timer", name="lab-test", command=["touch", str(flag)], after_s=3)
    assert hosts.connections()
    hosts.end_connections()
    wait_for_replies(started, 100)
    wait_until(flag.exists, 20, "the timer fires")
    assert flag.stat().st_mtime > armed["fires_at"] - 0.05
    assert hosts.probe("PC1", state="collected")["result"]["received"] >= 100
    fired = hosts.module("PC1", "command_timer", name="lab-test", state="disarmed")
    assert (fired["fired"], fired["rc"]) == (True, 0)


def test_a_timer_heals_a_cut_when_nobody_is_left(hosts: Hosts) -> None:
    lab = hosts.lab
    restore = [sys.executable, "-m", "lab", "restore", "--name", lab.name, "r1-r3"]
    command = f"FASTPATH_LAB_DIR={lab.environ['FASTPATH_LAB_DIR']} exec {' '.join(restore)}"
    timer = {"name": f"heal-{lab.name}", "shell": command, "chdir": str(ROOT)}
    armed = hosts.module("localhost", "command_timer", **timer, after_s=4)
    lab.cut("r1-r3")
    assert lab.status()["links"]["r1-r3"]["state"] != "up"
    wait_until(lambda: lab.status()["links"]["r1-r3"]["state"] == "up", 30, "the timer heals the link")
    assert time.time() >= armed["fires_at"]
    fired = hosts.module("localhost", "command_timer", name=timer["name"], state="disarmed")
    assert (fired["fired"], fired["rc"]) == (True, 0), fired
    assert not hosts.module("localhost", "command_timer", name=timer["name"], state="disarmed")["changed"]
    lab.settle(30)
