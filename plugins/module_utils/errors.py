# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the collection: each says what, where, the value seen, the values allowed, the remedy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class FastpathError(Exception):
    """Base of every error that the collection raises on purpose; its text is for the user."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, in the house's form."""

    where: str
    seen: object
    allowed: str
    remedy: str

    def __str__(self) -> str:
        """Return the finding as one line."""
        return f"{self.where}: {self.seen!r} is not allowed; allowed: {self.allowed}. {self.remedy}"


class InvalidInput(FastpathError):
    """What the user declared is wrong; all findings are reported at once, before any change."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Keep the findings and join them into one text."""
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class Refused(FastpathError):
    """The plan would do what needs an explicit switch, or what would leave the device worse."""


class DeviceError(FastpathError):
    """The device refused a line, or does not show what was pushed."""


class TransportError(FastpathError):
    """The session to the device failed: no login, no answer in time, connection lost."""
