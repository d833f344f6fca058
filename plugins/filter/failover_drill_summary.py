# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: the result of a failover drill from the results of its cycles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils.drill.summary import summarize_drill
from ..module_utils.errors import FastpathError

NAME = "edgeworks.fastpath.failover_drill_summary"


def failover_drill_summary(
    cycles: Any, settings: Any, configuration: Any = None, collection_version: str = ""
) -> dict[str, Any]:
    """Return the drill's result."""
    if isinstance(cycles, (str, Mapping)) or not isinstance(cycles, Sequence):
        raise AnsibleFilterError(f"{NAME}: expected a list of cycles, got {cycles!r}")
    if not isinstance(settings, Mapping):
        raise AnsibleFilterError(f"{NAME}: expected settings as a dict, got {settings!r}")
    if configuration is not None and not _is_configuration(configuration):
        raise AnsibleFilterError(f"{NAME}: expected configuration as a dict of router and lines, got another type")
    try:
        return summarize_drill(cycles, settings, configuration, str(collection_version))
    except FastpathError as error:
        raise AnsibleFilterError(f"{NAME}: {error}") from error


def _is_configuration(value: Any) -> bool:
    """Return whether the value maps routers to lists of lines."""
    if not isinstance(value, Mapping):
        return False
    return all(isinstance(lines, Sequence) and not isinstance(lines, str) for lines in value.values())


class FilterModule:
    """The filter, for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"failover_drill_summary": failover_drill_summary}
