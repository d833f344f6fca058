"""What is asked of a tool of the shell, and what it answers."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from lab.esxi.machine.host import Host
from lab.esxi.shell.vms_port import ShellVms


@dataclass(frozen=True)
class Result:
    """The outcome of a command."""

    status: int = 0
    stdout: str = ""
    stderr: str = ""


@dataclass(frozen=True)
class Caller:
    """Who calls a tool, and from which folder."""

    user: str = "root"
    folder: str = "/"


@dataclass(frozen=True)
class Request:
    """One call of a tool, as the shell made it."""

    host: Host
    vms: ShellVms
    caller: Caller
    tool: str
    arguments: tuple[str, ...]

    def path(self, given: str) -> str:
        """Return a path of the caller's as an absolute one."""
        return posixpath.normpath(posixpath.join(self.caller.folder, given))
