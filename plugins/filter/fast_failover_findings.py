# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: what is wrong, or unwise, between the models of several routers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils.errors import FastpathError
from ..module_utils.ios.findings import declared_findings
from ..module_utils.ios.fleet import read_addresses

NAME = "edgeworks.fastpath.fast_failover_findings"


def fast_failover_findings(models: Any, external_peers: Any = (), platform: str = "auto") -> list[dict[str, str]]:
    """Return the findings as dicts, errors first."""
    if not isinstance(models, Mapping) or not all(isinstance(model, Mapping) for model in models.values()):
        raise AnsibleFilterError(f"{NAME}: expected a dict of host and configuration, got {models!r}")
    if isinstance(external_peers, str) or not isinstance(external_peers, Sequence):
        raise AnsibleFilterError(f"{NAME}: expected external_peers as a list of addresses, got {external_peers!r}")
    try:
        found = declared_findings(models, read_addresses("external_peers", external_peers), platform)
    except FastpathError as error:
        raise AnsibleFilterError(f"{NAME}: {error}") from error
    return [finding.as_dict() for finding in found]


class FilterModule:
    """The filter, for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"fast_failover_findings": fast_failover_findings}
