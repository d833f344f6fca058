# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Typed access to a part of a drill's result, with errors that name the place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...module_utils.errors import Finding, InvalidInput

REMEDY = "Give the drill as failover_drill_summary returned it."


@dataclass(frozen=True)
class Part:
    """A dict of the result and its place in it. A key that is missing is like one that is null."""

    data: Mapping[str, Any]
    where: str = "drill"

    def number(self, key: str) -> float | None:
        """Return a number."""
        value = self.data.get(key)
        if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
            return value
        raise self._wrong(key, value, "a number or null")

    def count(self, key: str) -> int | None:
        """Return a whole number."""
        value = self.number(key)
        return None if value is None else int(value)

    def flag(self, key: str) -> bool:
        """Return a truth value, false where there is none."""
        value = self.data.get(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise self._wrong(key, value, "true or false")

    def text(self, key: str) -> str:
        """Return a text, empty where there is none."""
        value = self.data.get(key)
        if value is None or isinstance(value, (str, int, float)):
            return "" if value is None else str(value)
        raise self._wrong(key, value, "a text")

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(str(item) for item in self._list(key))

    def length(self, key: str) -> int:
        """Return how many entries a list has."""
        return len(self._list(key))

    def part(self, key: str) -> Part:
        """Return the dict below a key, empty where there is none."""
        value = self.data.get(key)
        if value is None or isinstance(value, Mapping):
            return Part(value or {}, f"{self.where}.{key}")
        raise self._wrong(key, value, "a dict")

    def parts(self, key: str) -> tuple[Part, ...]:
        """Return the dicts of a list."""
        items = self._list(key)
        for at, item in enumerate(items):
            if not isinstance(item, Mapping):
                raise self._wrong(f"{key}[{at}]", item, "a dict")
        return tuple(Part(item, f"{self.where}.{key}[{at}]") for at, item in enumerate(items))

    def named_parts(self, key: str) -> tuple[tuple[str, Part], ...]:
        """Return the dicts below a key with their names."""
        below = self.part(key)
        return tuple((str(name), below.part(name)) for name in below.data)

    def _list(self, key: str) -> list[Any]:
        value = self.data.get(key)
        if value is None or isinstance(value, (list, tuple)):
            return list(value or ())
        raise self._wrong(key, value, "a list")

    def _wrong(self, key: str, value: object, allowed: str) -> InvalidInput:
        return InvalidInput([Finding(f"{self.where}.{key}", value, allowed, REMEDY)])
