# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One finding between routers: what is wrong, or unwise, once all models are seen together."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import Finding

ERROR = "error"
WARNING = "warning"


@dataclass(frozen=True)
class FleetFinding:
    """One finding between routers: an error stops before any change, a warning does not."""

    severity: str
    check: str
    finding: Finding

    def __str__(self) -> str:
        """Return the finding as one line."""
        if self.severity == ERROR:
            return str(self.finding)
        item = self.finding
        return f"{item.where}: {item.seen!r} is risky; better: {item.allowed}. {item.remedy}"

    def as_dict(self) -> dict[str, str]:
        """Return the finding as plain values; `text` is the whole of it for people."""
        return {
            "severity": self.severity,
            "check": self.check,
            "where": self.finding.where,
            "seen": str(self.finding.seen),
            "allowed": self.finding.allowed,
            "remedy": self.finding.remedy,
            "text": str(self),
        }


def error(check: str, where: str, seen: object, allowed: str, remedy: str) -> FleetFinding:
    """Return a finding that stops before any change."""
    return FleetFinding(ERROR, check, Finding(where, seen, allowed, remedy))


def warning(check: str, where: str, seen: object, allowed: str, remedy: str) -> FleetFinding:
    """Return a finding that is told and does not stop."""
    return FleetFinding(WARNING, check, Finding(where, seen, allowed, remedy))
