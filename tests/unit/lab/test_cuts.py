"""Cuts of links and nodes: which ports drop what, and the text for nft(8)."""

from __future__ import annotations

import pytest

from lab.errors import LabError
from lab.network.cuts import Cut, CutKind, Flap, plan_cut, render_cuts
from lab.topology import find_topology, load_topology

SEED = load_topology(find_topology("seed"))
BFD = "ip protocol udp udp dport { 3784, 3785 } "


@pytest.mark.parametrize(
    ("what", "kind", "expected", "loses"),
    [
        ("r1-r3", CutKind(), Cut("r1-r3", CutKind(), ("R1.e0", "R3.e0"), ()), "everything"),
        ("R1-R3", CutKind(bfd_only=True), Cut("r1-r3", CutKind(bfd_only=True), ("R1.e0", "R3.e0"), ()), "BFD"),
        ("r1", CutKind(), Cut("R1", CutKind(), ("R1.e1", "R1.e0"), ("R1.e1", "R1.e0")), "everything"),
        ("PC1", CutKind(), Cut("PC1", CutKind(), ("PC1.eth0",), ("PC1.eth0",)), "everything"),
        (
            "lan1",
            CutKind(one_way_from="pc1", loss_percent=30),
            Cut("lan1", CutKind("PC1", loss_percent=30), ("PC1.eth0",), ()),
            "30 % of everything from PC1",
        ),
        ("R1", CutKind("r1"), Cut("R1", CutKind("R1"), ("R1.e1", "R1.e0"), ()), "everything from R1"),
        (
            "r2-r4",
            CutKind("R4", True, 1, Flap(1, 0.5)),
            Cut("r2-r4", CutKind("R4", True, 1, Flap(1, 0.5)), ("R4.e0",), ()),
            "1 % of BFD from R4, 1 s down and 0.5 s up in turn",
        ),
    ],
)
def test_a_cut_finds_its_ports_and_says_what_is_lost(what: str, kind: CutKind, expected: Cut, loses: str) -> None:
    cut = plan_cut(SEED, what, kind)
    assert cut == expected
    assert cut.loses == loses


@pytest.mark.parametrize(
    ("what", "sender", "message"),
    [
        ("r1-r3", "R2", "--one-way-from: 'R2' is not allowed with r1-r3; allowed: R1, R3"),
        ("lan1", "R3", "--one-way-from: 'R3' is not allowed with lan1; allowed: R1, R2, PC1"),
        ("R1", "R3", "--one-way-from: 'R3' is not allowed with R1; allowed: R1"),
        ("r1-r4", "R1", "there is no link or node 'r1-r4'; there are: lan1, lan2, r1-r3, r2-r4, R1, R2, R3, R4, "),
    ],
)
def test_a_cut_of_what_is_not_there_names_what_is(what: str, sender: str, message: str) -> None:
    with pytest.raises(LabError) as caught:
        plan_cut(SEED, what, CutKind(one_way_from=sender))
    assert message in str(caught.value)


@pytest.mark.parametrize("percent", [0, 101, -5])
def test_a_loss_outside_of_its_limits_is_refused(percent: int) -> None:
    with pytest.raises(LabError, match=f"--loss: {percent} is not allowed; allowed: 1 to 100 percent"):
        CutKind(loss_percent=percent)


@pytest.mark.parametrize(("down_s", "up_s", "seen"), [(0.0, 1, "0"), (1, 0.09, "0.09"), (3601, 1, "3601")])
def test_a_flap_outside_of_its_limits_is_refused(down_s: float, up_s: float, seen: str) -> None:
    with pytest.raises(LabError, match=f"--flap: {seen} s is not allowed; allowed: 0.1 to 3600 s"):
        Flap(down_s, up_s)


def rules(*cuts: Cut) -> dict[str, list[str]]:
    """Return the rules of each hook; every other line of the text is the frame of the table."""
    hooks: dict[str, list[str]] = {}
    for line in render_cuts(cuts).splitlines():
        if line.startswith("  chain"):
            at = hooks.setdefault(line.split()[1], [])
        elif line.endswith("drop"):
            at.append(line.strip())
    return hooks


def test_without_cuts_the_table_goes() -> None:
    assert render_cuts([]) == "table bridge cuts\ndelete table bridge cuts\n"


def test_cuts_stand_side_by_side_in_one_table_that_replaces_the_former() -> None:
    link = plan_cut(SEED, "r1-r3", CutKind(bfd_only=True, loss_percent=30))
    node = plan_cut(SEED, "R2", CutKind())
    assert render_cuts([link, node]).startswith("table bridge cuts\ndelete table bridge cuts\ntable bridge cuts {\n")
    thinned = f"{BFD}numgen random mod 100 < 30 drop"
    assert rules(link, node) == {
        "prerouting": [
            f'iifname "R1.e0" {thinned}',
            f'iifname "R3.e0" {thinned}',
            'iifname "R2.e1" drop',
            'iifname "R2.e0" drop',
        ],
        "forward": ['oifname "R2.e1" drop', 'oifname "R2.e0" drop'],
    }


def test_one_way_drops_nothing_on_the_way_out() -> None:
    assert rules(plan_cut(SEED, "R1", CutKind("R1")))["forward"] == []
