"""Cuts of links and nodes, by what the nodes still hear of each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby

import pytest

from tests.lab.seed_lab import SeedLab, wait_until

R1_LAN, R2_LAN, PC2 = "192.168.1.2", "192.168.1.3", "192.168.2.10"
R1_LINK, R3_LINK, R4_LINK = "10.10.10.1", "10.10.10.2", "10.10.20.2"


@contextmanager
def cut(lab: SeedLab, what: str, *options: str) -> Iterator[None]:
    """Cut a link or node, and restore it whatever happens."""
    lab.cut(what, *options)
    try:
        yield
    finally:
        lab.restore(what)


def answers(lab: SeedLab, node: str, target: str, count: int = 3) -> set[int]:
    """Return the sequence numbers, from 1, of a node's pings that were answered; they are 10 ms apart."""
    command = ["ping", "-n", "-i", "0.01", "-c", str(count), "-W", "1", target]
    return {int(number) for number in re.findall(r"icmp_seq=(\d+) ttl", lab.exec(node, *command, check=False))}


def reaches(lab: SeedLab, node: str, target: str) -> bool:
    """Tell whether a node's three pings are all answered; none or all must be."""
    answered = answers(lab, node, target)
    assert len(answered) in (0, 3), f"{node} to {target}: {answered}"
    return bool(answered)


def echoes_heard(lab: SeedLab, node: str) -> int:
    """Return how many echo requests have reached a node."""
    names, numbers = (line.split() for line in lab.exec(node, "grep", "^Icmp:", "/proc/net/snmp").splitlines())
    return int(numbers[names.index("InEchos")])


def carriers(lab: SeedLab, node: str, *interfaces: str) -> list[bool]:
    return ["LOWER_UP" in lab.exec(node, "ip", "link", "show", interface) for interface in interfaces]


def bfd_down(lab: SeedLab, router: str, neighbor: str) -> bool:
    """Tell whether a session is down on a router; FRR forgets those that nobody asks for."""
    return lab.bfd(router).get(neighbor, {}).get("status") != "up"


def test_a_cut_link_carries_nothing_and_the_others_everything(configured_lab: SeedLab) -> None:
    lab = configured_lab
    with cut(lab, "r1-r3"):
        assert not reaches(lab, "R1", R3_LINK)
        assert not reaches(lab, "R3", R1_LINK)
        assert reaches(lab, "R2", R4_LINK)
        assert reaches(lab, "PC1", R1_LAN)
        assert carriers(lab, "R1", "e0", "e1") == [True, True]
        wait_until(lambda: bfd_down(lab, "R1", R3_LINK) and bfd_down(lab, "R3", R1_LINK), 5, "BFD is down at both ends")
        assert not bfd_down(lab, "R2", R4_LINK)
        link = lab.status()["links"]["r1-r3"]
        assert (link["state"], link["loses"], link["restores_in_s"]) == ("cut", "everything", None)
        assert "r1-r3  everything  by hand" in lab.verb("status").stdout
    assert reaches(lab, "R1", R3_LINK)


def test_a_one_way_cut_loses_what_one_node_sends_and_nothing_else(configured_lab: SeedLab) -> None:
    lab = configured_lab
    assert reaches(lab, "R1", R3_LINK)  # both know each other's MAC now
    with cut(lab, "r1-r3", "--one-way-from", "R3"):
        at_r1, at_r3 = echoes_heard(lab, "R1"), echoes_heard(lab, "R3")
        assert not reaches(lab, "R1", R3_LINK)
        assert (echoes_heard(lab, "R1"), echoes_heard(lab, "R3")) == (at_r1, at_r3 + 3)  # asked; the answer is lost
        assert not reaches(lab, "R3", R1_LINK)
        assert (echoes_heard(lab, "R1"), echoes_heard(lab, "R3")) == (at_r1, at_r3 + 3)  # not even asked
        wait_until(lambda: bfd_down(lab, "R1", R3_LINK), 5, "R1, which hears nothing, has its session down")


def test_a_cut_of_bfd_takes_the_session_and_leaves_the_rest(configured_lab: SeedLab) -> None:
    lab = configured_lab
    with cut(lab, "r1-r3", "--bfd-only"):
        wait_until(lambda: bfd_down(lab, "R1", R3_LINK) and bfd_down(lab, "R3", R1_LINK), 5, "BFD is down at both ends")
        assert reaches(lab, "R1", R3_LINK)
        assert reaches(lab, "R3", R1_LINK)
        assert not bfd_down(lab, "R2", R4_LINK)
    wait_until(lambda: not bfd_down(lab, "R1", R3_LINK), 10, "the session comes back")


def test_loss_takes_its_share_and_a_new_cut_replaces_the_former(configured_lab: SeedLab) -> None:
    lab = configured_lab
    assert reaches(lab, "PC1", R2_LAN)
    with cut(lab, "PC1", "--loss", "30", "--one-way-from", "PC1"):
        assert 70 <= len(answers(lab, "PC1", R2_LAN, 150)) <= 140  # 105 with a standard deviation of 5.6
        lab.cut("PC1")
        assert not reaches(lab, "PC1", R2_LAN)
    assert reaches(lab, "PC1", R2_LAN)


def test_a_flapping_cut_loses_and_carries_in_turn(configured_lab: SeedLab) -> None:
    lab, count = configured_lab, 250
    assert reaches(lab, "PC1", R2_LAN)
    with cut(lab, "PC1", "--flap", "0.5:0.5"):
        answered = answers(lab, "PC1", R2_LAN, count)
        assert lab.status()["hosts"]["PC1"]["loses"] == "everything, 0.5 s down and 0.5 s up in turn"
    numbers = range(1, count + 1)
    turns = [len(list(run)) for _answered, run in groupby(numbers, key=lambda number: number in answered)]
    whole = turns[1:-1]  # the pings began and ended within one
    assert len(whole) >= 2, turns
    assert min(whole) > 3, turns
    assert reaches(lab, "PC1", R2_LAN)


@pytest.fixture
def quick_standby(configured_lab: SeedLab) -> Iterator[SeedLab]:
    """The lab with HSRP on the left that takes over within a second, and its usual timers afterwards."""
    for router in ("R1", "R2"):
        configured_lab.configure(router, "interface Ethernet0/1", "standby 1 timers msec 200 msec 700")
    try:
        wait_until(lambda: configured_lab.shows_standby("R1", "Active"), 40, "R1 is active")
        yield configured_lab
    finally:
        for router in ("R1", "R2"):
            configured_lab.configure(router, "interface Ethernet0/1", "no standby 1 timers msec 200 msec 700")


def test_a_node_that_is_cut_off_is_gone_for_the_others_only(quick_standby: SeedLab) -> None:
    lab = quick_standby
    wait_until(lambda: lab.shows_standby("R2", "Standby"), 40, "R2 is standby")
    with cut(lab, "R1"):
        talk = answers(lab, "PC1", R2_LAN, 20)
        assert len(talk) == 20  # on the same switch
        assert not reaches(lab, "PC1", R1_LAN)
        assert not reaches(lab, "R1", R2_LAN)
        assert not reaches(lab, "R3", R1_LINK)
        assert carriers(lab, "R1", "e0", "e1") == [True, True]
        wait_until(lambda: bfd_down(lab, "R3", R1_LINK) and bfd_down(lab, "R2", R1_LAN), 5, "its neighbors lose it")
        wait_until(lambda: lab.shows_standby("R2", "Active"), 15, "R2 takes over")
        wait_until(lambda: reaches(lab, "PC1", PC2), 5, "PC1 reaches PC2 through R2")
        # R1 holds itself for active too, and says so from the same virtual MAC, five times a second.
        assert lab.shows_standby("R1", "Active")
        assert len(answers(lab, "PC1", PC2, 150)) == 150
        assert "R1   everything  by hand" in lab.verb("status").stdout
    wait_until(lambda: lab.shows_standby("R1", "Active") and lab.shows_standby("R2", "Standby"), 20, "R1 is back")
    lab.settle(20)
