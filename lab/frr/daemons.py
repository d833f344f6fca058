"""Start FRR's daemons of one router in its namespace."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError

BINARIES = Path("/usr/lib/frr")
RUN = Path("/run/frr")
CONFIGURATION = Path("/etc/frr")
FIRST = "zebra"  # the others look for it every 10 s only, so it must be there before them
OTHERS = ("bfdd", "bgpd")
DAEMONS = (FIRST, *OTHERS)
_START_TIMEOUT_S = 30.0
_REAL_TIME_PRIORITY = 20


@dataclass(frozen=True)
class RunningDaemon:
    """A daemon that was started: its process in the lab's process namespace, and its vty."""

    name: str
    pid: int
    vty: Path


async def start_daemons(router: str, logs: Path) -> dict[str, RunningDaemon]:
    """Start zebra, then bfdd and bgpd, and return them by name; `logs` takes what they say before they are ready."""
    (RUN / router).mkdir(parents=True, exist_ok=True)
    (CONFIGURATION / router).mkdir(parents=True, exist_ok=True)
    await _start(router, FIRST, logs)
    await asyncio.gather(*(_start(router, name, logs) for name in OTHERS))
    return {name: _running(router, name) for name in DAEMONS}


async def _start(router: str, daemon: str, logs: Path) -> None:
    """Start one daemon; it is ready when its parent has gone (-d)."""
    options = ["-d", "-N", router, "-F", "traditional", "-A", "127.0.0.1", "-P", "0", "-u", "root", "-g", "root"]
    command = ["nsenter", f"--net=/run/netns/{router}", str(BINARIES / daemon), *options]
    said = logs / f"{daemon}.start.log"
    with said.open("wb") as log:  # not a pipe: the daemon would keep it open
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, env=_environment()
        )
        try:
            status = await asyncio.wait_for(process.wait(), _START_TIMEOUT_S)
        except asyncio.TimeoutError as exc:
            raise LabError(f"{router}: {daemon} did not start within {_START_TIMEOUT_S:.0f} s") from exc
    if status != 0:
        raise LabError(f"{router}: {daemon} did not start: {' '.join(said.read_text(errors='replace').split())}")


def _environment() -> dict[str, str]:
    return {**os.environ, "TZ": "UTC"}  # the times in the logs are read back


def _running(router: str, daemon: str) -> RunningDaemon:
    pid = int((RUN / router / f"{daemon}.pid").read_text(encoding="ascii"))
    return RunningDaemon(daemon, pid, RUN / router / f"{daemon}.vty")


def is_alive(pid: int) -> bool:
    """Tell whether a process of the lab still runs."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def make_real_time(pid: int) -> bool:
    """Let bfdd run before everything else, where the kernel allows it; tell whether it does.

    It needs CAP_SYS_NICE of the machine, which a user namespace does not give.
    """
    try:
        os.sched_setscheduler(pid, os.SCHED_RR, os.sched_param(_REAL_TIME_PRIORITY))
    except PermissionError:
        return False
    return True
