# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A declared object: a complete value, and the names of the attributes that were really stated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True)
class Stated(Generic[Value]):
    """`value` has defaults where nothing was stated; `fields` names what was."""

    value: Value
    fields: frozenset[str]

    def onto(self, have: Value) -> Value:
        """Return what the device has with the stated attributes changed."""
        return replace(have, **{name: getattr(self.value, name) for name in self.fields})  # type: ignore[type-var]


def stated(base: Value, **attributes: Any) -> Stated[Value]:
    """Return the object with the attributes that are not None."""
    given = {name: value for name, value in attributes.items() if value is not None}
    return Stated(replace(base, **given), frozenset(given))  # type: ignore[type-var]
