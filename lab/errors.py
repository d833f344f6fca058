"""What the lab tells its user when it cannot go on: one clear line per thing that is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class LabError(Exception):
    """Base of every error that the lab raises on purpose; its text is for the user."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong in what the user wrote."""

    where: str
    seen: object
    allowed: str
    remedy: str

    def __str__(self) -> str:
        """Return the finding as one line."""
        return f"{self.where}: {self.seen!r} is not allowed; allowed: {self.allowed}. {self.remedy}"


class InvalidTopology(LabError):
    """A topology file is wrong; all findings are reported at once."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Keep the findings and join them into one text."""
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))
