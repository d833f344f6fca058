# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declare the fast-failover routing of one router, from the worker over the task's own connection."""

from __future__ import annotations

import os
import socket
import time
from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils.errors import FastpathError, InvalidInput
from ..module_utils.ios.argument_spec import ARGUMENT_SPEC, REQUIRED_IF
from ..module_utils.ios.client import open_transport
from ..module_utils.ios.fast_failover import run_fast_failover
from ..plugin_utils.session_options import validated_options

WITHOUT_DEVICE = ("rendered", "parsed")
CHANGING = ("merged", "replaced", "deleted")


class ActionModule(ActionBase):
    """Validate the options, run the use case, turn its errors into a failed result."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result of the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        params = validated_options(self, ARGUMENT_SPEC, required_if=REQUIRED_IF)
        try:
            result.update(self._run(params, (task_vars or {}).get("inventory_hostname", "router")))
        except InvalidInput as exc:
            result.update(failed=True, msg=f"Nothing was changed:\n{exc}")
        except FastpathError as exc:
            result.update(failed=True, msg=str(exc))
        return result

    def _run(self, params: dict[str, Any], host: str) -> dict[str, Any]:
        """Run the use case with what the controller has to give it."""
        offline = params["state"] in WITHOUT_DEVICE
        address, warnings = (None, []) if offline else self._session_address(params)
        outcome = run_fast_failover(
            None if offline else open_transport(self._connection.transport, self._connection.socket_path),
            params,
            check_mode=self._task.check_mode,
            session_address=address,
            backup=lambda text: write_backup(self._backup_path(params["backup_options"] or {}, host), text),
            command_timeout_s=self._command_timeout_s() if params["revert_after_min"] else 0,
        )
        if warnings:
            outcome["warnings"] = [*warnings, *outcome.get("warnings", [])]
        return outcome

    def _session_address(self, params: dict[str, Any]) -> tuple[str | None, list[str]]:
        """Return the address that the session goes to, or a warning where a name does not resolve."""
        if params["management_interface"] or params["state"] not in CHANGING:
            return None, []
        target = self._play_context.remote_addr
        try:
            return socket.gethostbyname(target), []
        except OSError as exc:
            return None, [
                f"{target} does not resolve here ({exc}): the interface that carries the session is not known and not "
                "protected. Name it in management_interface."
            ]

    def _command_timeout_s(self) -> int:
        """Return how long network_cli waits for the answer to one line."""
        return int(self._connection.get_option("persistent_command_timeout"))

    def _backup_path(self, options: dict[str, Any], host: str) -> str:
        """Return where the backup goes: below the playbook's directory where no other is given."""
        directory = self._loader.path_dwim(options.get("dir_path") or "backup")
        stamp = time.strftime("%Y-%m-%d@%H:%M:%S")
        return os.path.join(directory, options.get("filename") or f"{host}_config.{stamp}")


def write_backup(path: str, text: str) -> str:
    """Write a running-config, secrets included, for the owner's eyes only; return the path."""
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, 0o600)  # the file may be an old one
            file.write(text.rstrip("\n") + "\n")
    except OSError as exc:
        raise FastpathError(f"backup: {path} cannot be written ({exc}); nothing was changed.") from exc
    return path
