# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: what a router does not show as expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils.errors import FastpathError
from ..module_utils.ios.verify import check_state, expectations_from_dict, observed_from_dict

NAME = "edgeworks.fastpath.fast_failover_failures"


def fast_failover_failures(expected: Any, info: Any) -> list[str]:
    """Return one line for everything that is missing or different; an empty list is a pass."""
    for value in (expected, info):
        if not isinstance(value, Mapping):
            raise AnsibleFilterError(f"{NAME}: expected a dict of expectations and one of information, got {value!r}")
    try:
        return list(check_state(expectations_from_dict(expected), observed_from_dict(info)))
    except FastpathError as error:
        raise AnsibleFilterError(f"{NAME}: {error}") from error


class FilterModule:
    """The filter, for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"fast_failover_failures": fast_failover_failures}
