"""Run a command and fail if it leaves a process or a network namespace behind.

usage: scripts/run_clean.py COMMAND [ARGUMENT ...]

Every descendant inherits a mark in its environment; so labs and tests of others on the same machine do not disturb.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

MARK = "EDGEWORKS_FASTPATH_RUN"
# Sessions of Ansible to network devices end by themselves, half a minute after the last use.
GRACE_S = 60


@dataclass(frozen=True)
class Leftovers:
    """What a run has left: processes as `pid command`, and names of namespaces."""

    processes: tuple[str, ...]
    namespaces: tuple[str, ...]

    def __bool__(self) -> bool:
        """Return whether anything is left."""
        return bool(self.processes or self.namespaces)


def list_namespaces() -> frozenset[str]:
    """Return the names of the network namespaces that stay without a process."""
    try:
        return frozenset(os.listdir("/run/netns"))
    except FileNotFoundError:
        return frozenset()


def marked_processes(mark: str) -> tuple[str, ...]:
    """Return the living processes whose environment carries the mark."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            environment = (directory / "environ").read_bytes()
            command = (directory / "cmdline").read_bytes()
        except OSError:
            continue  # gone meanwhile, or another user's
        if f"{MARK}={mark}".encode() in environment.split(b"\0"):
            found.append(f"{directory.name} {command.replace(bytes(1), b' ').decode(errors='replace').strip()}")
    return tuple(found)


def find_leftovers(mark: str, namespaces: frozenset[str]) -> Leftovers:
    """Compare the machine with what was there before the run."""
    return Leftovers(marked_processes(mark), tuple(sorted(list_namespaces() - namespaces)))


def wait_until_clean(mark: str, namespaces: frozenset[str]) -> Leftovers:
    """Poll until nothing is left or the grace is over; return what was last seen."""
    end = time.monotonic() + GRACE_S
    while True:
        left = find_leftovers(mark, namespaces)
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.5)


def main(command: list[str]) -> int:
    """Run the command, then look; the command's own failure comes first."""
    mark = uuid.uuid4().hex
    namespaces = list_namespaces()
    start = time.monotonic()
    status = subprocess.run(command, env={**os.environ, MARK: mark}, check=False).returncode
    took_s = time.monotonic() - start
    left = wait_until_clean(mark, namespaces)
    for kind, names in vars(left).items():
        for name in names:
            print(f"left behind by the tests ({kind}): {name}", file=sys.stderr)
    verdict = "failed" if status else "left something behind" if left else "ended well and left nothing behind"
    print(f"==> {' '.join(command)}: {verdict}, {took_s:.0f} s", flush=True)
    return status or int(bool(left))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
