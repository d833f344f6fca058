# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: what a router should show once it is configured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils.errors import FastpathError
from ..module_utils.ios.fleet import read_models
from ..module_utils.ios.verify import expected_state, routes_from_dicts

NAME = "edgeworks.fastpath.fast_failover_expectations"


def fast_failover_expectations(
    models: Any, host: str, expected_routes: Any = None, platform: str = "auto"
) -> dict[str, Any]:
    """Return the expected sessions, routes and roles of one host."""
    if not isinstance(models, Mapping) or not all(isinstance(model, Mapping) for model in models.values()):
        raise AnsibleFilterError(f"{NAME}: expected a dict of host and configuration, got {models!r}")
    if expected_routes is not None and (isinstance(expected_routes, str) or not isinstance(expected_routes, Sequence)):
        raise AnsibleFilterError(f"{NAME}: expected expected_routes as a list, got {expected_routes!r}")
    try:
        expected = expected_state(read_models(models, platform), host)
        if expected_routes is not None:
            expected = replace(expected, routes=routes_from_dicts(expected_routes))
    except FastpathError as error:
        raise AnsibleFilterError(f"{NAME}: {error}") from error
    return expected.as_dict()


class FilterModule:
    """The filter, for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"fast_failover_expectations": fast_failover_expectations}
