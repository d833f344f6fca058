"""The sandbox of a lab: namespaces that vanish, with everything in them, when its first process dies.

One code path for root and for everybody else: a user namespace is added where we are not root.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from lab.errors import LabError

# Private to the sandbox: namespaces and sockets, FRR's configuration, FRR's crash reports.
HIDDEN = (Path("/run"), Path("/var/tmp"), Path("/etc/frr"))
_IN_RUN = ("netns", "frr", "lock")
_VTY_GROUP = "frrvty:"


def unshare_command(rootless: bool, command: Sequence[str]) -> list[str]:
    """Return the command that runs another one as the first process of a new sandbox."""
    user = ["--user", "--map-root-user"] if rootless else []
    return ["unshare", *user, "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", *command]


def enter_command(first_pid: int, rootless: bool, node: str | None, command: Sequence[str]) -> list[str]:
    """Return the command that runs another one inside the sandbox, in a node's network namespace."""
    user = ["--user", "--preserve-credentials"] if rootless else []
    inside = ["ip", "netns", "exec", node] if node else []
    return ["nsenter", "--target", str(first_pid), *user, "--mount", "--net", "--pid", *inside, *command]


def in_directory(path: str, command: Sequence[str]) -> list[str]:
    """Return a command that runs another one in a directory, or in "/" where the sandbox hides that."""
    hidden = any(Path(path).is_relative_to(place) for place in HIDDEN)
    return ["env", f"--chdir={'/' if hidden else path}", *command]


def prepare_mounts() -> None:
    """Give the sandbox its own /run, /var/tmp and FRR folders."""
    for path in filter(Path.is_dir, HIDDEN):
        _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", str(path))
    for name in _IN_RUN:
        Path("/run", name).mkdir()
    group = Path("/run/group")
    group.write_text(_group_file(Path("/etc/group").read_text(encoding="utf-8")), encoding="utf-8")
    _mount("--bind", str(group), "/etc/group")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def _group_file(text: str) -> str:
    """Return /etc/group with root in FRR's vty group, without which FRR does not run as root."""
    lines = [line for line in text.splitlines() if not line.startswith(_VTY_GROUP)]
    found = [line.split(":")[2] for line in text.splitlines() if line.startswith(_VTY_GROUP)]
    return "\n".join([*lines, *(f"{_VTY_GROUP}x:{number}:root" for number in found)]) + "\n"


def _mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"the sandbox cannot mount {arguments[-1]}: {' '.join(done.stderr.split())}")


def adopt_orphans() -> None:
    """Split in two: return in a child; the first process stays behind, reaps, and ends when the child ends.

    Daemons become children of the first process of their namespace. With a process of its own for
    that, the supervisor sees only the ends of what it started itself.
    """
    child = os.fork()
    if child == 0:
        return
    while True:
        pid, status = os.wait()
        if pid == child:
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
