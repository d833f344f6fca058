# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: after what silence a BFD session goes down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils.errors import FastpathError
from ..module_utils.ios.derive import detection
from ..module_utils.ios.fleet import read_bfd_end

NAME = "edgeworks.fastpath.bfd_detection_time"


def bfd_detection_time(own: Any, peer: Any) -> dict[str, Any]:
    """Return mode and detection time in ms of the end `own`, from the bfd options of both ends."""
    for end in (own, peer):
        if not isinstance(end, Mapping):
            raise AnsibleFilterError(f"{NAME}: expected the bfd options of an interface as a dict, got {end!r}")
    try:
        found = detection(read_bfd_end(own), read_bfd_end(peer))
    except FastpathError as error:
        raise AnsibleFilterError(f"{NAME}: {error}") from error
    return {"mode": found.mode, "detection_time_ms": found.detection_time_ms}


class FilterModule:
    """The filter, for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"bfd_detection_time": bfd_detection_time}
