"""A host for tests of detached processes: it runs the modules' code in a process of its own, as Ansible does."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import coverage

ROOT = Path(__file__).resolve().parents[3]
MARK = "FASTPATH_PROBE_TEST"
_RUN = """
import json, os, sys
if "COVERAGE_PROCESS_START" in os.environ:
    import coverage
    coverage.process_startup()
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import FastpathError
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe.outage_probe import run_outage_probe
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe.command_timer import run_command_timer
call = json.load(sys.stdin)
try:
    answer = {"outage_probe": run_outage_probe, "command_timer": run_command_timer}[call.pop("module")](**call)
except FastpathError as exc:
    answer = {"failed": True, "msg": str(exc)}
print(json.dumps(answer), flush=True)
"""
PROBE = {
    "state": "started",
    "role": "probe",
    "target": "127.0.0.1",
    "method": "auto",
    "interval_ms": 10,
    "duration_s": 30,
    "port": 8620,
    "source_address": None,
}
TIMER = {"state": "armed", "command": None, "shell": None, "after_s": 60, "chdir": None}


def wait_until(probe: Callable[[], Any], what: str, timeout_s: float = 10.0) -> Any:
    """Call `probe` until it returns something true, and return that; fail with what was last seen."""
    deadline = time.monotonic() + timeout_s
    while True:
        seen = probe()
        if seen:
            return seen
        assert time.monotonic() < deadline, f"not within {timeout_s} s: {what}; last seen: {seen!r}"
        time.sleep(0.02)


@dataclass
class Host:
    """Runs module calls as a user and in a network namespace, with a directory for temporary files of its own."""

    tmp: Path
    prefix: Sequence[str] = ()  # a command that runs another one, as `ip netns exec NAME`
    python: str = sys.executable
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    def popen(self, code: str) -> subprocess.Popen[str]:
        """Run code in a session of its own."""
        environ = {**os.environ, MARK: self.mark, "TMPDIR": str(self.tmp), "PYTHONDONTWRITEBYTECODE": "1"}
        environ["PYTHONPATH"] = str(ROOT / "collections")
        environ.update(self.measured())
        pipe = subprocess.PIPE
        command = [*self.prefix, self.python, "-c", code]
        return subprocess.Popen(
            command, cwd="/", env=environ, stdin=pipe, stdout=pipe, stderr=pipe, text=True, start_new_session=True
        )

    def measured(self) -> dict[str, str]:
        """Return what makes the processes add to this run's coverage, where that is measured."""
        if coverage.Coverage.current() is None or self.python != sys.executable:
            return {}
        settings = self.tmp / "coverage.ini"
        source = ROOT / "plugins" / "module_utils"
        lines = ["[run]", "parallel = true", "patch = _exit", f"data_file = {ROOT}/.coverage", f"source = {source}"]
        settings.write_text("\n".join(lines) + "\n")
        return {"COVERAGE_PROCESS_START": str(settings)}

    def call(self, module: str, params: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Run one module and return its result; a failure has `failed` and `msg`."""
        with self.popen(_RUN) as process:
            said, complaint = process.communicate(
                json.dumps({"module": module, "params": params, "check_mode": False, **more}), timeout=60
            )
        assert process.returncode == 0, complaint
        answer: dict[str, Any] = json.loads(said)
        return answer

    def probe(self, name: str = "one", check_mode: bool = False, keep_s: float = 60, **options: Any) -> dict[str, Any]:
        """Run outage_probe."""
        params = {**PROBE, "name": name, **options}
        return self.call("outage_probe", params, check_mode=check_mode, keep_s=keep_s)

    def timer(self, name: str = "one", check_mode: bool = False, keep_s: float = 60, **options: Any) -> dict[str, Any]:
        """Run command_timer."""
        params = {**TIMER, "name": name, **options}
        return self.call("command_timer", params, check_mode=check_mode, keep_s=keep_s)

    def abandon(self, module: str, **params: Any) -> dict[str, Any]:
        """Run one module in a session that is then killed, as a lost connection kills it."""
        process = self.popen(_RUN + "import time; time.sleep(60)")
        with process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps({"module": module, "params": params, "check_mode": False}))
            process.stdin.close()
            answer: dict[str, Any] = json.loads(process.stdout.readline())
            for number in (signal.SIGHUP, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
        return answer

    def status(self, name: str = "one") -> dict[str, Any]:
        """Return what a process last wrote of itself."""
        (path,) = self.tmp.glob(f"fastpath-probe-*-{name}/status")
        status: dict[str, Any] = json.loads(path.read_text())
        return status

    def sent(self, least: int, name: str = "one") -> dict[str, Any]:
        """Wait until a probe has had so many replies, and return what is then seen."""
        wait_until(lambda: self.status(name)["received"] >= least, f"{least} replies")
        return self.probe(name, state="seen")

    def ended(self, name: str = "one") -> dict[str, Any]:
        """Wait until a probe has ended by itself, and return what is then seen."""
        wait_until(lambda: not self.status(name)["running"], "it ends")
        return self.probe(name, state="seen")

    def files(self) -> list[str]:
        """Return what lies in the directory for temporary files."""
        return sorted(entry for entry in os.listdir(self.tmp) if entry.startswith("fastpath-"))

    def processes(self) -> list[int]:
        """Return the processes that this host's modules have left running."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if f"{MARK}={self.mark}".encode() in path.read_bytes().split(b"\0"):
                    found.append(int(path.parts[2]))
        return found

    def clean(self) -> None:
        """End what a failed test has left."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@contextlib.contextmanager
def clean_host(tmp: Path, prefix: Sequence[str] = (), python: str = sys.executable) -> Iterator[Host]:
    """Give a host; afterwards nothing of it may be left, neither process nor file."""
    host = Host(tmp, prefix, python)
    try:
        yield host
        wait_until(lambda: not host.processes(), "no process is left behind")
        assert host.files() == []
    finally:
        host.clean()
