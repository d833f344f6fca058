"""The named rules by which the simulated host refuses, each with the source of what is known about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from string import Formatter

# Mark -> what it says about where a rule comes from.
SOURCES = {
    "S": "public text",
    "A": "documentation of the vSphere API",
    "U": "a guess: nobody has compared it with a host",
    "seed": "what the project's seed tells",
    "own": "the simulator's own refusal",
}
_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_HEADER = """# Rules of the simulated ESXi host

Generated from the code; do not edit. Made anew by `python -m lab.esxi.rules > lab/esxi/RULES.md`.
Source: {sources}.
What stands under "unverified" has not been compared with a real host.
"""


@dataclass(frozen=True)
class Rule:
    """One refusal: `fault` is its wsdl name (empty where only the shell refuses), `message` a str.format template."""

    id: str
    says: str
    source: str
    fault: str
    message: str
    unverified: str = ""

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"rule id {self.id!r} is not allowed; allowed: words of a-z0-9_ joined by dots")
        if self.source not in SOURCES:
            raise ValueError(f"rule {self.id}: source {self.source!r} is not known; known: {', '.join(SOURCES)}")
        if self.source == "U" and not self.unverified:
            raise ValueError(f"rule {self.id}: a guess says in `unverified` what nobody has compared")
        if not self.says.endswith("."):
            raise ValueError(f"rule {self.id}: `says` is a sentence and ends with a full stop")

    @property
    def fields(self) -> frozenset[str]:
        """Return the names of the details that the message needs."""
        return frozenset(name for _, name, _, _ in Formatter().parse(self.message) if name)

    def refuse_if(self, broken: bool, **details: object) -> None:
        """Raise RuleBroken if the rule is broken and has not been disabled."""
        if broken and self.id not in disabled:
            raise RuleBroken(self, **details)


class RuleBroken(Exception):
    """An operation breaks a rule; the text is the rule's message with the details of the case."""

    def __init__(self, broken: Rule | str, **details: object) -> None:
        """Keep the rule, which may be given by its id, and the details, and fill them into its message."""
        self.rule = broken if isinstance(broken, Rule) else find_rule(broken)
        self.details = details
        if lacking := sorted(self.rule.fields - set(details)):
            raise ValueError(f"rule {self.rule.id} needs the details {', '.join(lacking)}")
        super().__init__(self.rule.message.format(**details))


_rules: dict[str, Rule] = {}
# Ids of rules that a test has taken away: refuse_if lets everything pass.
disabled: set[str] = set()


def rule(id: str, says: str, *, source: str, fault: str = "", message: str, unverified: str = "") -> Rule:
    """Declare a rule, at the top of the file that enforces it, and return it."""
    made = Rule(id, says, source, fault, message, unverified)
    if _rules.setdefault(id, made) != made:
        raise ValueError(f"rule {id} is declared twice; give one of them another id")
    return made


def find_rule(rule_id: str) -> Rule:
    """Return a declared rule."""
    if rule_id not in _rules:
        raise ValueError(f"rule {rule_id!r} is not declared; declared: {', '.join(sorted(_rules)) or 'none'}")
    return _rules[rule_id]


def all_rules() -> tuple[Rule, ...]:
    """Return the rules that the imported modules declare, ordered by id."""
    return tuple(_rules[rule_id] for rule_id in sorted(_rules))


def render_rules_md() -> str:
    """Return RULES.md: one table for each first word of the ids."""
    sources = "; ".join(f"{mark} = {meaning}" for mark, meaning in SOURCES.items())
    return _HEADER.format(sources=sources) + "".join(_render_topics())


def _render_topics() -> Iterator[str]:
    topic = ""
    for each in all_rules():
        if topic != (topic := each.id.partition(".")[0]):
            yield f"\n## {topic}\n\n| rule | says | fault | text | source | unverified |\n|---|---|---|---|---|---|\n"
        cells = (f"`{each.id}`", each.says, each.fault, each.message, each.source, each.unverified)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def import_declaring_modules() -> None:
    """Import everything that may declare rules, so that all_rules() is complete."""
    import importlib
    import pkgutil

    import lab.esxi

    for module in pkgutil.walk_packages(lab.esxi.__path__, "lab.esxi."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


if __name__ == "__main__":
    from lab.esxi import rules as shared

    shared.import_declaring_modules()
    print(shared.render_rules_md(), end="")
