"""The confinement: namespaces in which the host's root is the only root, from one boot to the next.

A safety matter, as what runs in there is called root and asks for reboots. Always in namespaces of
its own, also where we are root: user (rights over nothing outside), PID (a reboot that reached the
kernel would end the zone and nothing else), mount (pivoted, without /proc), network, IPC and UTS.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError
from lab.record import child_of

_UNSHARED = ("--user", "--mount", "--pid", "--net", "--ipc", "--uts")
_INIT = Path(__file__).with_name("zone_init.py")
_START_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class ZonePlan:
    """What a zone is made of: `shown` maps places below the root to files or folders outside that appear there."""

    name: str
    root: Path
    shown: Mapping[str, Path]

    def command(self) -> list[str]:
        """Return the command that runs the zone until its standard input ends."""
        shown = [word for target, source in self.shown.items() for word in (str(source), target)]
        first = [sys.executable, "-I", "-S", str(_INIT), self.name, str(self.root), *shown]
        return ["unshare", *_UNSHARED, "--map-root-user", "--fork", "--kill-child", *first]


class Zone:
    """A running zone; whatever runs in it ends with it."""

    def __init__(self, process: asyncio.subprocess.Process, first_pid: int) -> None:
        self._process = process
        self._first_pid = first_pid

    @classmethod
    async def start(cls, plan: ZonePlan) -> Zone:
        """Start a zone and wait until it stands."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *plan.command(), stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
        )
        try:
            return cls(process, await _first_process(plan, process))
        except BaseException:
            await _end(process)
            raise

    def command(self, environment: Mapping[str, str], command: Sequence[str]) -> list[str]:
        """Return the command that runs another one in the zone, with this environment alone."""
        values = [f"{key}={value}" for key, value in environment.items()]
        inside = [word.removeprefix("--") for word in _UNSHARED]
        namespaces = [f"--{word}" for word in inside]
        entered = ["nsenter", "--target", str(self._first_pid), *namespaces, "--preserve-credentials"]
        return ["env", "-i", *values, *_absolute(entered), *command]

    def kill(self) -> None:
        """End the zone at once, and all that runs in it."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGKILL)

    async def end(self) -> None:
        """End the zone and wait until it is gone."""
        await _end(self._process)


def _absolute(command: Sequence[str]) -> list[str]:
    """Return a command that is found whatever the environment's PATH is."""
    places = ("/usr/bin", "/bin", "/usr/sbin", "/sbin")
    found = next((path for place in places if (path := Path(place, command[0])).exists()), Path(command[0]))
    return [str(found), *command[1:]]


async def _first_process(plan: ZonePlan, process: asyncio.subprocess.Process) -> int:
    stdout, stderr = process.stdout, process.stderr
    if stdout is None or stderr is None:
        raise RuntimeError("the zone was started without pipes")
    line = await asyncio.wait_for(stdout.readline(), _START_TIMEOUT_S)
    first = child_of(process.pid) if line == b"ready\n" else None
    if first is None:
        process.kill()
        said = (await stderr.read()).decode(errors="replace").strip().splitlines()
        raise LabError(f"the shell of {plan.name} cannot be confined: {said[-1] if said else 'no answer'}")
    return first.pid


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
