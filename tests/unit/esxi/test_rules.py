"""Rules: declared once, with a source, and taken away by name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab.esxi import rules
from lab.esxi.rules import Rule, RuleBroken, find_rule, render_rules_md, rule
from lab.esxi.wire.vmodl import MethodFault, find_type


@pytest.fixture
def apple(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rule]:
    monkeypatch.setattr(rules, "_rules", {})
    yield rule("fruit.apple", "No apples.", source="U", fault="InvalidState", message="{n} apples", unverified="a|b")
    rules.disabled.clear()


def test_a_broken_rule_says_what_is_wrong_with_this_case(apple):
    with pytest.raises(RuleBroken, match=r"^3 apples$") as caught:
        apple.refuse_if(True, n=3)
    assert (caught.value.rule, caught.value.details) == (apple, {"n": 3})
    apple.refuse_if(False, n=3)


def test_a_rule_is_broken_by_its_id_too(apple):
    assert RuleBroken("fruit.apple", n=1).rule is apple


def test_a_rule_that_was_taken_away_refuses_nothing(apple):
    rules.disabled.add("fruit.apple")
    apple.refuse_if(True, n=3)


def test_the_details_of_the_message_must_be_there(apple):
    with pytest.raises(ValueError, match=r"rule fruit.apple needs the details n"):
        apple.refuse_if(True)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"id": "Apple"}, "rule id 'Apple' is not allowed; allowed: words of a-z0-9_ joined by dots"),
        ({"source": "X"}, "source 'X' is not known; known: S, A, U, seed, own"),
        ({"source": "U"}, "a guess says in `unverified` what nobody has compared"),
        ({"says": "No apples"}, "ends with a full stop"),
    ],
)
def test_a_rule_is_checked_when_it_is_made(change, text):
    values = {"id": "fruit.apple", "says": "No apples.", "source": "A", "fault": "", "message": ""}
    with pytest.raises(ValueError, match=text.replace(".", r"\.")):
        Rule(**{**values, **change})


def test_a_name_is_taken_once(apple):
    again = {"source": "U", "fault": "InvalidState", "unverified": "a|b"}
    assert rule("fruit.apple", "No apples.", message="{n} apples", **again) == apple
    with pytest.raises(ValueError, match=r"rule fruit.apple is declared twice"):
        rule("fruit.apple", "No apples.", message="other", **again)
    with pytest.raises(ValueError, match=r"rule 'fruit.pear' is not declared; declared: fruit.apple"):
        find_rule("fruit.pear")


def test_the_table_has_a_part_for_each_topic(apple):
    rule("drink.water", "No water.", source="S", message="dry")
    text = render_rules_md()
    assert text.index("## drink") < text.index("## fruit")
    assert "| `fruit.apple` | No apples. | InvalidState | {n} apples | U | a\\|b |\n" in text
    assert "| `drink.water` | No water. |  | dry | S |  |\n" in text
    assert "U = a guess" in text


def test_every_declared_rule_names_a_fault_of_the_schema():
    rules.import_declaring_modules()
    faults = {each.fault for each in rules.all_rules() if each.fault}
    assert [name for name in sorted(faults) if not issubclass(find_type(name), MethodFault)] == []
