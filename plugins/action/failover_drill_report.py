# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the report of a failover drill on the controller."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils.errors import FastpathError
from ..plugin_utils.report.report import Request, make_report

ARGUMENT_SPEC = {
    "drill": {"type": "dict", "required": True},
    "directory": {"type": "path", "required": True},
    "title": {"type": "str", "default": "Failover drill"},
    "pictures": {"type": "bool", "default": True},
}


class ActionModule(ActionBase):
    """Validate the options, make the report, turn its errors into a failed result."""

    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result of the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        params = self.validate_argument_spec(ARGUMENT_SPEC)[1]
        request = Request(
            directory=Path(params["directory"]).absolute(),
            title=params["title"],
            pictures=params["pictures"],
            write=not self._task.check_mode,
        )
        try:
            result.update(changed=True, **make_report(params["drill"], request, time.time()))
        except FastpathError as exc:
            result.update(failed=True, msg=str(exc))
        return result
