# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run is going to do: the same value answers check mode, apply mode and the diff."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Plan:
    """A pure plan: `before` and `after` are configuration text, `steps` the commands between them."""

    before: str
    after: str
    steps: tuple[str, ...]
    header: str = ""

    @property
    def changed(self) -> bool:
        """Return whether there is anything to do."""
        return bool(self.steps)

    @property
    def diff(self) -> dict[str, str]:
        """Return the diff in Ansible's form; `prepared` is a unified diff, then the commands between its sides."""
        lines = difflib.unified_diff(
            self.before.splitlines(), self.after.splitlines(), "before", "after", lineterm="", n=2
        )
        prepared = [*lines, "commands:", *(f"  {step}" for step in self.steps)]
        return {"before_header": self.header, "after_header": self.header, "prepared": "\n".join(prepared) + "\n"}

    def as_result(self) -> dict[str, Any]:
        """Return the part of a module result that every resource shares."""
        return {"changed": self.changed, "commands": list(self.steps), "diff": self.diff if self.changed else {}}
