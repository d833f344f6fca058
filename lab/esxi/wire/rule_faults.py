"""Broken rules as faults: details that are fields of the fault are filled in, the text is the rule's."""

from __future__ import annotations

from typing import Any

from lab.esxi.rules import RuleBroken
from lab.esxi.wire.faults import fault
from lab.esxi.wire.objects import to_wire
from lab.esxi.wire.vmodl import find_type


def fault_of(broken: RuleBroken) -> Any:
    """Return the fault of a broken rule; a rule without one is told as a plain InvalidState."""
    name = broken.rule.fault or "InvalidState"
    fields = {each.name: each.type for each in find_type(name)._GetPropertyList()}
    given = {key: to_wire(value, fields[key]) for key, value in broken.details.items() if key in fields}
    return fault(name, str(broken), **given)
