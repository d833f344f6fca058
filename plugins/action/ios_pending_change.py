# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Confirm or revert a router's pending change, from the worker over the task's own connection."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils.errors import FastpathError
from ..module_utils.ios.argument_spec import PENDING_CHANGE_ARGUMENT_SPEC
from ..module_utils.ios.client import open_transport
from ..module_utils.ios.pending_change import run_pending_change
from ..plugin_utils.session_options import validated_options


class ActionModule(ActionBase):
    """Validate the options, run the use case, turn its errors into a failed result."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result of the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        params = validated_options(self, PENDING_CHANGE_ARGUMENT_SPEC)
        try:
            transport = open_transport(self._connection.transport, self._connection.socket_path)
            result.update(run_pending_change(transport, params, check_mode=self._task.check_mode))
        except FastpathError as exc:
            result.update(failed=True, msg=str(exc))
        return result
