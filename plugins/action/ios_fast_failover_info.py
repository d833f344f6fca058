# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the live state of one router's fast-failover routing, from the worker over the task's own connection."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils.errors import FastpathError
from ..module_utils.ios.argument_spec import INFO_ARGUMENT_SPEC
from ..module_utils.ios.client import open_transport
from ..module_utils.ios.info import run_info

SOCKET_ARGUMENT = "_ansible_socket"


class ActionModule(ActionBase):
    """Validate the options, run the use case, turn its errors into a failed result."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result of the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        params = self._validated_options()
        try:
            transport = open_transport(self._connection.transport, self._connection.socket_path)
            result.update(changed=False, **run_info(transport, params["gather_subset"]))
        except FastpathError as exc:
            result.update(failed=True, msg=str(exc))
        return result

    def _validated_options(self) -> dict[str, Any]:
        """Return the options with defaults, and leave the session's socket where the strategy looks for it.

        Only so does Ansible close the session at the end of the play; a retry finds the socket of the first try.
        """
        self._task.args.pop(SOCKET_ARGUMENT, None)
        try:
            return dict(self.validate_argument_spec(INFO_ARGUMENT_SPEC)[1])
        finally:
            self._task.args[SOCKET_ARGUMENT] = self._connection.socket_path
