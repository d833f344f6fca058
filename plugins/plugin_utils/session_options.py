# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of an action that works over its task's own session to a device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase

SOCKET_ARGUMENT = "_ansible_socket"


def validated_options(action: ActionBase, spec: Mapping[str, Any], **rules: Any) -> dict[str, Any]:
    """Return the options with defaults, and leave the session's socket where the strategy looks for it.

    Only so does Ansible close the session at the end of the play; a retry finds the socket of the first try.
    `rules` are those of `validate_argument_spec`, such as required_if.
    """
    action._task.args.pop(SOCKET_ARGUMENT, None)
    try:
        return dict(action.validate_argument_spec(spec, **rules)[1])
    finally:
        action._task.args[SOCKET_ARGUMENT] = action._connection.socket_path
