# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: what stands against keeping the change of several routers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils.ios.doubts import find_doubts

NAME = "edgeworks.fastpath.fast_failover_doubts"
RESULTS = ("configured", "seen")


def fast_failover_doubts(routers: Any, verified: bool = True) -> list[str]:
    """Return one text for every router that refused the change or is not as expected; an empty list is a pass.

    Each router is its variables, with what the role fast_failover registered.
    """
    if isinstance(routers, (str, Mapping)) or not all(isinstance(router, Mapping) for router in routers):
        raise AnsibleFilterError(f"{NAME}: expected a list with the variables of each router, got {routers!r}")
    return find_doubts({router["inventory_hostname"]: _registered(router) for router in routers}, verified)


def _registered(router: Mapping[str, Any]) -> dict[str, Any]:
    return {name: router.get(f"__fast_failover_{name}") or {} for name in RESULTS}


class FilterModule:
    """The filter, for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"fast_failover_doubts": fast_failover_doubts}
