"""Callback that writes every task result as a line of JSON, for tests that look at whole results."""

from __future__ import annotations

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record_results
type: notification
short_description: Write task results as JSON lines
description: The file is named by RECORD_RESULTS.
"""


class CallbackModule(CallbackBase):
    """Appends {task, host, status, result} to the file."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "record_results"

    def _record(self, status, result):
        line = {
            "task": result.task.get_name().rpartition(" : ")[2],
            "host": result.host.get_name(),
            "status": status,
            "result": {**result.result, "failed": status == "failed"},
        }
        with open(os.environ["RECORD_RESULTS"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str) + "\n")

    def v2_runner_on_ok(self, result):
        self._record("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._record("failed", result)

    def v2_runner_on_skipped(self, result):
        self._record("skipped", result)

    def v2_runner_on_unreachable(self, result):
        self._record("unreachable", result)
