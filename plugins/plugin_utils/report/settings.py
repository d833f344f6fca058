# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nested settings as lines of a name and a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .formats import NOTHING


def flatten(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the dotted name and the value of every setting; lists of plain values stay on one line."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from flatten(item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, (list, tuple)) and any(isinstance(item, (Mapping, list, tuple)) for item in value):
        for at, item in enumerate(value):
            yield from flatten(item, f"{name}[{at}]")
    elif isinstance(value, (list, tuple)):
        yield name, ", ".join(_word(item) for item in value) or NOTHING
    else:
        yield name, _word(value)


def _word(value: Any) -> str:
    """Return a plain value in words."""
    if value is None:
        return NOTHING
    return str(value) if not isinstance(value, bool) else "yes" if value else "no"
