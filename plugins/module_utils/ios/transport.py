# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the core asks of a session to an IOS device; nothing else knows how lines travel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Transport(Protocol):
    """A privileged session; TransportError when it fails, DeviceError when the device refuses."""

    def run(self, command: str) -> str:
        """Return the answer of one privileged EXEC command."""

    def push(self, lines: Sequence[str]) -> list[str]:
        """Send configuration lines and return one answer per line ('' where the device is silent).

        Configuration mode is left in every case. After a line that the device refuses nothing more
        is sent; the error names its number, the line and the answer.
        """

    def save(self) -> None:
        """Copy the running-config to the startup-config."""
