"""All processes that a command starts, also those that leave its tree: recorded while it runs, killed by their ids."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """One process; its start tells it from a later one of the same id."""

    pid: int
    started: str


def _read(pid: int) -> tuple[Process, int] | None:
    """Return a process and its parent's id, None where it is gone."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        if fields[0] != "Z":
            return Process(pid, fields[19]), int(fields[1])
    return None


@dataclass
class ProcessTree:
    """The processes below a first one; `record` has to be called while they run, since some leave the tree."""

    first: int
    seen: set[Process] = field(default_factory=set)

    def record(self) -> None:
        """Add every process whose parent is known by now."""
        pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        rows = [row for row in map(_read, pids) if row is not None]
        known = {process.pid for process in self.alive()} | {self.first}
        grown = True
        while grown:
            found = {process for process, parent in rows if parent in known or process.pid in known}
            grown = not found <= self.seen
            self.seen |= found
            known |= {process.pid for process in found}

    def alive(self) -> list[Process]:
        """Return those that still run."""
        return [process for process in self.seen if (_read(process.pid) or (None,))[0] == process]

    def kill(self) -> None:
        """Kill all of them, and those that they started meanwhile."""
        self.record()
        for process in self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
