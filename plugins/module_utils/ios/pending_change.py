# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The use case of ios_pending_change: keep the change that waits for its confirmation, or take it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ..errors import DeviceError
from ..plan import Plan
from .pending import SOFT_CLEAR, find_pending
from .push import read_running_config, soft_clear
from .rollback import RollbackState, read_expired, read_rollback
from .running_config import parse_running_config, render_model
from .transport import Transport

DIFF_HEADER = "running-config"
CONFIRM, REVERT = "configure confirm", "configure revert now"


def run_pending_change(transport: Transport, params: Mapping[str, Any], *, check_mode: bool) -> dict[str, Any]:
    """Run the module's options against a device and return the module's result."""
    state = read_rollback(transport)
    result: dict[str, Any] = {"changed": False, "commands": [], "saved": False, "pending_change": asdict(state)}
    if params["state"] == "confirmed":
        result.update(_confirm(transport, state, params["save"], check_mode))
    elif params["state"] == "reverted" and state.pending:
        result.update({"changed": True, "commands": [REVERT]} if check_mode else _revert(transport, params))
    return result


def _confirm(transport: Transport, state: RollbackState, save: str, check_mode: bool) -> dict[str, Any]:
    """Keep the change and save it; there is nothing to keep where the device has taken it back."""
    if not state.pending:
        _require_kept(transport)
    elif not check_mode:
        transport.confirm()
    saved = not check_mode and (save == "always" or (save == "changed" and state.pending))
    if saved:
        transport.save()
    return {"changed": state.pending, "commands": [CONFIRM] if state.pending else [], "saved": saved}


def _require_kept(transport: Transport) -> None:
    expired = read_expired(transport)
    if expired:
        raise DeviceError(
            f"Nothing is pending: the router took the last change back by itself, since nobody confirmed it in time "
            f"(`{expired}`). Configure it again."
        )


def _revert(transport: Transport, params: Mapping[str, Any]) -> dict[str, Any]:
    """Take the change back and return what that did; the startup-config is left alone."""
    before = parse_running_config(read_running_config(transport)).model
    transport.revert()
    after = parse_running_config(read_running_config(transport)).model
    waiting = find_pending(before, after)
    clears = list(dict.fromkeys(item.command for item in waiting if item.needs == SOFT_CLEAR))
    if params["soft_clear"] == "changed":
        soft_clear(transport, clears)
    else:
        clears = []
    return {
        "changed": True,
        "commands": [REVERT],
        "diff": Plan(render_model(before), render_model(after), (REVERT,), DIFF_HEADER).diff,
        "pending": [item.as_dict() for item in waiting if item.command not in clears],
        "soft_cleared": clears,
    }
