# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The use case of ios_fast_failover: read once, plan, push, read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..plan import Plan
from .transport import Transport


@dataclass(frozen=True)
class FailoverPlan:
    """What a run does, and what it has to say about it.

    `before`/`after` have the shape of the `config` option. `unmanaged` maps an object's path to its
    lines that the model does not know, secrets hidden. `soft_clears` are the EXEC commands that the
    change waits for.
    """

    plan: Plan
    before: dict[str, Any]
    after: dict[str, Any]
    unmanaged: dict[str, list[str]]
    warnings: tuple[str, ...] = ()
    pending: tuple[dict[str, str], ...] = ()
    soft_clears: tuple[str, ...] = ()


def plan_fast_failover(running: str, params: Mapping[str, Any], *, session_address: str | None) -> FailoverPlan:
    """Return what `params` (the module's options) do to a router that shows `running`."""
    raise NotImplementedError


def run_fast_failover(
    transport: Transport | None,
    params: Mapping[str, Any],
    *,
    check_mode: bool,
    session_address: str | None,
    backup: Callable[[str], str],
) -> dict[str, Any]:
    """Run the module's options against a device and return the module's result.

    `transport` may be None for the states rendered and parsed. `backup` gets the running-config
    before the first change and returns the path where it was written.
    """
    raise NotImplementedError
