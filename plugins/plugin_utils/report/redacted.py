# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A drill as plain data without secrets: what the files of a report are made of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ...module_utils.errors import Finding, InvalidInput
from ...module_utils.ios.redaction import redact

# Below these keys stand lines of devices and commands of users; the other texts are this project's own.
DEVICE_TEXT = frozenset(
    (
        "configuration",
        "description",
        "differences",
        "evidence",
        "events",
        "failures",
        "settings",
        "snapshot",
        "warnings",
    )
)


def redacted(drill: Mapping[str, Any]) -> dict[str, Any]:
    """Return the drill as dicts, lists, texts and numbers, with secrets hidden in all that devices and users wrote."""
    return {str(key): _plain(value, str(key), str(key) in DEVICE_TEXT) for key, value in drill.items()}


def _plain(value: Any, where: str, device: bool) -> Any:
    if isinstance(value, Mapping):
        return {
            str(key): _plain(item, f"{where}.{key}", device or str(key) in DEVICE_TEXT) for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{where}[{at}]", device) for at, item in enumerate(value)]
    if isinstance(value, str):
        return _text(value, device)
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    raise InvalidInput([Finding(f"drill.{where}", value, "what JSON knows", "Give numbers, texts, lists and dicts.")])


def _text(value: str, device: bool) -> str:
    """Return the text line by line, since a secret ends with its line."""
    return "\n".join(redact(line) for line in value.split("\n")) if device else str(value)
