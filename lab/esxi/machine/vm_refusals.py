"""Refusals whose fault repeats the rule's text in a field of its own: `reason`."""

from __future__ import annotations

from lab.esxi.rules import Rule


def refuse_config(rule: Rule, broken: bool, **details: object) -> None:
    """Refuse by a rule whose fault is a GenericVmConfigFault."""
    if broken:
        rule.refuse_if(True, reason=rule.message.format(**details), **details)
