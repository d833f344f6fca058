# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a probe, a responder and a timer are told: validated when built, compared when asked for again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from ..errors import Finding, InvalidInput

NAME = re.compile(r"[a-z0-9-]{1,40}\Z")
RANGES = {"interval_ms": (5, 1000), "duration_s": (1, 3600), "port": (1, 65535), "after_s": (1, 86400)}


@dataclass(frozen=True)
class ProbeSettings:
    """The options of a prober or of a responder."""

    name: str
    role: str
    target: str | None
    method: str
    interval_ms: int
    duration_s: int
    port: int
    source_address: str | None

    def __post_init__(self) -> None:
        """Refuse everything that is wrong, at once."""
        findings = [*name_findings(self.name), *_range_findings(vars(self))]
        for option in ("target", "source_address"):
            findings += _address_findings(option, getattr(self, option))
        if self.role == "probe" and not self.target:
            findings.append(Finding("target", self.target, "an IPv4 address", "State what the probe shall reach."))
        if self.role == "responder" and self.method == "icmp":
            remedy = "Leave the responder out: every host answers ICMP by itself."
            findings.append(Finding("method of a responder", self.method, "udp, auto", remedy))
        if findings:
            raise InvalidInput(findings)

    @property
    def interval_s(self) -> float:
        """Return the time between two probes."""
        return self.interval_ms / 1000

    @property
    def compared(self) -> dict[str, Any]:
        """Return what must be alike for a second start to mean the same."""
        own = dict(vars(self))
        del own["name"]
        if self.role == "responder":
            del own["interval_ms"], own["method"]
        return own


@dataclass(frozen=True)
class TimerSettings:
    """The options of a timer; exactly one of `command` and `shell` is given."""

    name: str
    after_s: int
    command: tuple[str, ...] | None
    shell: str | None
    chdir: str | None

    def __post_init__(self) -> None:
        """Refuse everything that is wrong, at once."""
        findings = [*name_findings(self.name), *_range_findings(vars(self))]
        if self.command is not None and not self.command:
            findings.append(Finding("command", [], "a program and its arguments", "Name the program."))
        if findings:
            raise InvalidInput(findings)

    @property
    def words(self) -> list[str]:
        """Return what is executed."""
        return ["/bin/sh", "-c", self.shell or ""] if self.command is None else list(self.command)

    @property
    def compared(self) -> dict[str, Any]:
        """Return what must be alike for a second arming to mean the same.

        It is written to a file, and a command may hold a secret: its digest says enough.
        """
        digest = hashlib.sha256(json.dumps(self.words).encode()).hexdigest()
        return {"after_s": self.after_s, "chdir": self.chdir, "command": digest}


def name_findings(name: str) -> Iterator[Finding]:
    """Yield a finding where a name could not be part of a file's name."""
    if not NAME.match(name):
        yield Finding("name", name, "1 to 40 of a-z, 0-9 and -", "Choose a name of these characters.")


def _range_findings(options: Mapping[str, Any]) -> Iterator[Finding]:
    for option, (least, most) in RANGES.items():
        if option in options and not least <= options[option] <= most:
            yield Finding(option, options[option], f"{least} to {most}", "State a number within the range.")


def _address_findings(option: str, value: str | None) -> Iterator[Finding]:
    try:
        IPv4Address(value or "0.0.0.0")
    except AddressValueError:
        yield Finding(option, value, "an IPv4 address", "State an address, not a name.")


def differences(running: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Return one phrase for each option that is not as it runs."""
    found = []
    for option in sorted(running.keys() | wanted.keys()):
        have, want = running.get(option), wanted.get(option)
        if have != want:
            found.append("another command" if option == "command" else f"{option} {want!r}, and {have!r} runs")
    return found
