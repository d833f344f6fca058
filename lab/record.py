"""The record of a running lab: its processes, known by number and start time, and its addresses."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lab.directory import LabDirectory
from lab.errors import LabError

DEFAULT_REVERT_MINUTE_S = 60.0
_POLL_S = 0.02
_GONE_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class ProcessId:
    """One process; the start time, in clock ticks since boot, tells it from a later one of the same number."""

    pid: int
    started: int

    def is_alive(self) -> bool:
        """Tell whether this very process still runs."""
        stat = _stat(self.pid)
        return stat is not None and int(stat[19]) == self.started and stat[0] != "Z"


@dataclass(frozen=True)
class LabRecord:
    """What `up` notes down as soon as it has started the sandbox."""

    launcher: ProcessId
    first: ProcessId  # the first process of the sandbox: everything in it ends with this one
    rootless: bool
    topology_digest: str
    engine: bool
    addresses: Mapping[str, str]  # node -> 127.x.y.z
    port: int
    started_at: float
    revert_minute_s: float = DEFAULT_REVERT_MINUTE_S  # how long a minute of the routers' revert timers lasts


def identify(pid: int) -> ProcessId:
    """Return the identity of a process that runs now."""
    stat = _stat(pid)
    if stat is None:
        raise LabError(f"process {pid} is gone")
    return ProcessId(pid, int(stat[19]))


def child_of(pid: int) -> ProcessId | None:
    """Return the first child of a process, None where it has none."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := _stat(int(entry.name))) is not None and int(stat[1]) == pid:
            return ProcessId(int(entry.name), int(stat[19]))
    return None


def _stat(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat that follow the name: state, parent, ..."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def write_record(path: Path, record: LabRecord) -> None:
    """Write the record whole or not at all."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(asdict(record), indent=1), encoding="utf-8")
    temporary.replace(path)


def read_record(path: Path) -> LabRecord | None:
    """Read the record, None where there is none."""
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as exc:
        raise LabError(f"{path} cannot be read: {exc}") from exc
    launcher, first = ProcessId(**raw.pop("launcher")), ProcessId(**raw.pop("first"))
    return LabRecord(launcher=launcher, first=first, **raw)


def running(directory: LabDirectory) -> LabRecord | None:
    """Return the record of a lab that runs, None where it does not."""
    record = read_record(directory.record)
    return record if record is not None and record.first.is_alive() else None


def need_running(directory: LabDirectory) -> LabRecord:
    """Return the record of a lab, which must run."""
    record = running(directory)
    if record is None:
        raise LabError(f"lab {directory.name!r} is not up; run: python -m lab up --name {directory.name} [TOPOLOGY]")
    return record


def end_processes(record: LabRecord) -> None:
    """Kill the sandbox and wait until nothing of it is left."""
    for process in (record.first, record.launcher):
        kill_and_wait(process)


def kill_and_wait(process: ProcessId) -> None:
    """Kill one process and wait until it is gone; one that is gone already is fine."""
    if process.is_alive():
        try:
            os.kill(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        except PermissionError as exc:
            raise LabError(f"process {process.pid} belongs to another user: run this as who started the lab") from exc
    deadline = time.monotonic() + _GONE_TIMEOUT_S
    while process.is_alive():
        with contextlib.suppress(ChildProcessError):
            os.waitpid(process.pid, os.WNOHANG)
        if time.monotonic() > deadline:
            raise LabError(f"process {process.pid} does not end within {_GONE_TIMEOUT_S:.0f} s of being killed")
        time.sleep(_POLL_S)
