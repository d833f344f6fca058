# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: what all routers show, as a text table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils.errors import FastpathError
from ..module_utils.ios.table import render_table

NAME = "edgeworks.fastpath.fast_failover_table"


def fast_failover_table(infos: Any) -> str:
    """Return the table of all hosts' information."""
    if not isinstance(infos, Mapping) or not all(isinstance(info, Mapping) for info in infos.values()):
        raise AnsibleFilterError(f"{NAME}: expected a dict of host and information, got {infos!r}")
    try:
        return render_table(infos)
    except FastpathError as error:
        raise AnsibleFilterError(f"{NAME}: {error}") from error


class FilterModule:
    """The filter, for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"fast_failover_table": fast_failover_table}
