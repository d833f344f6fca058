from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.scenario import (
    AclCut,
    CommandCut,
    End,
    Expect,
    InterfaceCut,
    Scenario,
    read_scenarios,
)
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import InvalidInput

ROUTERS = ("R1", "R2", "R3", "R4")
ENDS = [{"router": "R1", "interface": "Et0/0"}, {"router": "R3", "interface": "Ethernet 0/0"}]
COMMAND = {"kind": "command", "host": "localhost", "cut": "cut r1-r3 {seconds}", "restore": "heal", "bounded": True}


def scenario(**changes: Any) -> dict[str, Any]:
    """Return a link cut, changed by the case."""
    return {"name": "link_cut", "ends": ENDS, "cut": {"kind": "acl"}, **changes}


def test_defaults_are_filled_in() -> None:
    assert read_scenarios([scenario()], ROUTERS) == (
        Scenario(
            name="link_cut",
            title="link_cut",
            ends=(End("R1", "Ethernet0/0"), End("R3", "Ethernet0/0")),
            cut=AclCut("both", "all"),
            hold_s=3,
            expect=Expect("failover", "bfd", None, None),
            management_cut=False,
        ),
    )


def test_everything_can_be_stated() -> None:
    [found] = read_scenarios(
        [
            scenario(
                title="Silent loss",
                cut={"kind": "acl", "direction": "R1", "only": "bfd"},
                hold_s=1.5,
                expect={"outcome": "any", "cause": "any", "max_outage_ms": 700, "max_failback_ms": 0},
                management_cut=True,
            )
        ],
        ROUTERS,
    )
    assert found.title == "Silent loss"
    assert found.cut == AclCut("R1", "bfd")
    assert found.hold_s == 1.5
    assert found.expect == Expect("any", "any", 700, 0)
    assert found.management_cut


def test_the_roles_defaults_apply_where_a_scenario_is_silent() -> None:
    defaults = Expect(max_outage_ms=1000, max_failback_ms=50)
    [found] = read_scenarios([scenario(expect={"max_outage_ms": 12000, "cause": None})], ROUTERS, defaults)
    assert found.expect == Expect("failover", "bfd", 12000, 50)


def test_every_kind_of_cut_says_which_routers_it_changes() -> None:
    cuts = [{"kind": "acl"}, {"kind": "acl", "direction": "R3"}, {"kind": "interface", "at": "R3"}, COMMAND]
    found = read_scenarios([scenario(name=f"n{number}", cut=cut) for number, cut in enumerate(cuts)], ROUTERS)
    assert [item.cut_routers for item in found] == [("R1", "R3"), ("R3",), ("R3",), ()]
    assert found[2].cut == InterfaceCut("R3")
    assert found[3].cut == CommandCut("localhost", "cut r1-r3 {seconds}", "heal", bounded=True)
    assert found[0].routers == ("R1", "R3")
    assert found[0].ends_at("R3") == (End("R3", "Ethernet0/0"),)


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({"name": "Link cut"}, ["scenarios[0] name: 'Link cut' is not allowed; allowed: 1 to 40 of a-z, 0-9 and _. "]),
        ({"name": None}, ["scenarios[0] name: None is not allowed; "]),
        ({"ends": []}, ["scenario link_cut ends: [] is not allowed; allowed: a list of {router, interface}. "]),
        ({"ends": ENDS + ENDS[:1]}, ["scenario link_cut ends: 'R1 Ethernet0/0' is not allowed; allowed: each "]),
        (
            {"ends": [{"router": "R9", "interface": "Et0/0"}, {"router": "R1"}]},
            [
                "scenario link_cut ends[0] router: 'R9' is not allowed; allowed: R1, R2, R3, R4. ",
                "scenario link_cut ends[1] interface: None is not allowed; ",
            ],
        ),
        ({"cut": {"kind": "axe"}}, ["scenario link_cut cut kind: 'axe' is not allowed; allowed: acl, interface, "]),
        ({"cut": None}, ["scenario link_cut cut kind: None is not allowed; "]),
        ({"cut": {"kind": ["acl"]}}, ["scenario link_cut cut kind: ['acl'] is not allowed; "]),
        (
            {"cut": {"kind": "acl", "direction": "R2"}},
            ["scenario link_cut cut direction: 'R2' is not allowed; allowed: both, R1, R3. "],
        ),
        (
            {"cut": {"kind": "acl", "only": "bgp"}},
            ["scenario link_cut cut only: 'bgp' is not allowed; allowed: all, bfd. "],
        ),
        ({"cut": {"kind": "interface"}}, ["scenario link_cut cut at: None is not allowed; allowed: R1, R3. "]),
        (
            {"cut": {"kind": "interface", "at": "R1", "only": "bfd"}},
            ["scenario link_cut cut: 'only' is not allowed; allowed: kind, at. "],
        ),
        (
            {"cut": {**COMMAND, "cut": "cut r1-r3"}},
            ["scenario link_cut cut cut: 'cut r1-r3' is not allowed; allowed: "],
        ),
        ({"cut": {**COMMAND, "bounded": None}}, ["scenario link_cut cut bounded: None is not allowed; allowed: true"]),
        ({"cut": {**COMMAND, "restore": ""}}, ["scenario link_cut cut restore: '' is not allowed; "]),
        ({"hold_s": -1}, ["scenario link_cut hold_s: -1 is not allowed; allowed: 0 to 600. "]),
        ({"hold_s": True}, ["scenario link_cut hold_s: True is not allowed; "]),
        ({"hold_s": float("nan")}, ["scenario link_cut hold_s: nan is not allowed; "]),
        ({"expect": {"outcome": "win"}}, ["scenario link_cut expect outcome: 'win' is not allowed; allowed: failover"]),
        ({"expect": {"cause": "luck"}}, ["scenario link_cut expect cause: 'luck' is not allowed; allowed: bfd, "]),
        ({"expect": {"max_outage_ms": "1 s"}}, ["scenario link_cut expect max_outage_ms: '1 s' is not allowed; "]),
        ({"expect": ["bfd"]}, ["scenario link_cut expect: ['bfd'] is not allowed; allowed: a dict of outcome, "]),
        (
            {"managment_cut": True},
            [
                "scenario link_cut: 'managment_cut' is not allowed; ",
                "allowed: name, title, ends, cut, hold_s, expect, ",
            ],
        ),
        ({"management_cut": "maybe"}, ["scenario link_cut management_cut: 'maybe' is not allowed; allowed: true"]),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], lines: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_scenarios([scenario(**changes)], ROUTERS)
    text = str(caught.value)
    assert [line for line in lines if line not in text] == []
    assert len(caught.value.findings) == (2 if len(lines) == 2 and "ends" in changes else 1), text


def test_all_findings_come_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_scenarios([scenario(hold_s="x"), scenario(cut={"kind": "axe"}), "link_cut"], ROUTERS)
    where = [finding.where for finding in caught.value.findings]
    assert where[:2] == ["scenario link_cut hold_s", "scenario link_cut cut kind"]
    assert "scenarios" in where


@pytest.mark.parametrize("data", [None, [], "link_cut", {"name": "link_cut"}])
def test_no_scenario_is_no_drill(data: object) -> None:
    with pytest.raises(InvalidInput, match="allowed: a list with one scenario at least"):
        read_scenarios(data, ROUTERS)
