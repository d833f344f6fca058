# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the core asks of a session to an IOS device; nothing else knows how lines travel."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ..errors import DeviceError


class NothingSent(DeviceError):
    """The device did not open configuration mode: no line was sent, and none of ours is pending."""


class Transport(Protocol):
    """A privileged session; TransportError when it fails, DeviceError when the device refuses."""

    def run(self, command: str) -> str:
        """Return the answer of one privileged EXEC command; it may be run while lines are being pushed."""

    def push(self, lines: Iterable[str], revert_after_min: int | None = None) -> list[str]:
        """Send configuration lines and return one answer per line ('' where the device is silent).

        The lines are drawn one by one while configuration mode is open, so their producer may wait and
        run commands between them. Configuration mode is left in every case. After a line that the
        device refuses nothing more is sent; the error names its number, the line and the answer. NothingSent where
        there was no configuration mode to send them in.

        With `revert_after_min` (1 to 120) the device takes everything back by itself after that
        many minutes, unless the change is confirmed before.
        """

    def confirm(self) -> None:
        """Keep the change that is pending; DeviceError where none is."""

    def revert(self) -> None:
        """Take the change that is pending back now; return when the device has its former configuration."""

    def save(self) -> None:
        """Copy the running-config to the startup-config."""
