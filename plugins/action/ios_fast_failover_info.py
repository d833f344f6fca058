# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the live state of one router's fast-failover routing, from the worker over the task's own connection."""

from __future__ import annotations

import time
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils.errors import FastpathError
from ..module_utils.ios.argument_spec import INFO_ARGUMENT_SPEC
from ..module_utils.ios.client import open_transport
from ..module_utils.ios.info import run_info
from ..module_utils.ios.verify import check_state, expectations_from_dict, observed_from_dict
from ..module_utils.ios.wait import Bound, late_message, wait_for_state
from ..plugin_utils.session_options import validated_options


class ActionModule(ActionBase):
    """Validate the options, run the use case, turn its errors into a failed result."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result of the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        params = validated_options(self, INFO_ARGUMENT_SPEC)
        try:
            result.update(self._run(params, (task_vars or {}).get("inventory_hostname", "router")))
        except FastpathError as exc:
            result.update(failed=True, msg=str(exc))
        return result

    def _run(self, params: dict[str, Any], host: str) -> dict[str, Any]:
        """Look once, or until the router shows what is expected."""
        transport = open_transport(self._connection.transport, self._connection.socket_path)
        if params["expected"] is None:
            return {"changed": False, **run_info(transport, params["gather_subset"])}
        expected = expectations_from_dict(params["expected"])
        looked = wait_for_state(
            lambda: run_info(transport, params["gather_subset"]),
            lambda info: check_state(expected, observed_from_dict(info)),
            Bound(params["wait_timeout"], params["wait_interval"]),
            clock=time.monotonic,
            sleep=time.sleep,
            progress=lambda line: Display().display(f"{host}: {line}"),
        )
        result = {"changed": False, "failures": list(looked.failures), "waited_s": looked.waited_s}
        if looked.failures:  # without the rest of what was seen: it would hide the message on the screen
            return {**result, "failed": True, "msg": late_message(looked)}
        return {**result, **looked.info}
