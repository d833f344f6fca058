"""Action that opens sessions to other hosts, as the drill does, and says which processes held them."""

from __future__ import annotations

import os
import signal
import time
from functools import partial
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import FastpathError
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.sessions import Sessions, Workbench, side_by_side

HOLDER = "ansible_connection_cli_stub.py"
ENDS_WITHIN_S = 5


def holders() -> list[int]:
    """Return the processes that hold sessions for this run of ansible-playbook."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_text().split("\0")
        except OSError:
            continue
        if any(word.endswith(HOLDER) for word in words) and str(os.getppid()) in words:
            found.append(int(path.parts[2]))
    return found


class ActionModule(ActionBase):
    """Takes routers, commands, hosts; returns answers, and the holders while open, after a kill, and after the end."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        given = self._task.args
        sessions = Sessions(Workbench(self, task_vars["hostvars"]))
        try:
            result["answers"] = self._ask(sessions, given["routers"], given["command"])
            result["said"] = side_by_side({host: partial(self._shell, sessions, host) for host in given["hosts"]})
            result["open"] = holders()
            if given.get("kill"):
                self._kill(result["open"])
                result["again"] = self._ask(sessions, given["routers"], given["command"])
        except FastpathError as exc:
            result.update(failed=True, msg=str(exc))
        finally:
            sessions.close()
        result["left"] = holders()
        return result

    def _ask(self, sessions: Sessions, routers: list[str], command: str) -> dict[str, str]:
        return side_by_side({name: partial(self._run, sessions, name, command) for name in routers})

    def _run(self, sessions: Sessions, router: str, command: str) -> str:
        return sessions.transport(router).run(command)

    def _shell(self, sessions: Sessions, host: str) -> str:
        arguments = {"_raw_params": self._task.args["shell"], "_uses_shell": True}
        return sessions.run_module(host, "ansible.legacy.command", arguments)["stdout"]

    def _kill(self, pids: list[int]) -> None:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + ENDS_WITHIN_S
        while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < deadline:
            time.sleep(0.05)
