"""Output filters and paging."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.ios.grammar import InvalidInput
from lab.ios.paging import Pager
from lab.ios.pipes import parse_pipe
from tests.unit.lab.ios_console import Console, make_router

TEXT = """\
hostname R1
!
interface Ethernet0/0
 ip address 10.10.10.1 255.255.255.0
 bfd interval 100 min_rx 100 multiplier 3
!
router bgp 64512
 address-family ipv4
  neighbor 10.10.10.2 activate
 exit-address-family
 neighbor 10.10.10.2 fall-over bfd
!
line vty 0 4
"""

FILTERS = [
    ("include hostname|line", "hostname R1\nline vty 0 4\n"),
    ("inc ^ ip", " ip address 10.10.10.1 255.255.255.0\n"),
    ("i hold time", ""),
    ("begin ^line", "line vty 0 4\n"),
    ("b nothing", ""),
    ("exclude ^ |!", "hostname R1\ninterface Ethernet0/0\nrouter bgp 64512\nline vty 0 4\n"),
    (
        "section bgp",
        "router bgp 64512\n address-family ipv4\n  neighbor 10.10.10.2 activate\n exit-address-family\n"
        " neighbor 10.10.10.2 fall-over bfd\n",
    ),
    ("sec address-family ipv4", " address-family ipv4\n  neighbor 10.10.10.2 activate\n"),
    ("section include neighbor", "  neighbor 10.10.10.2 activate\n neighbor 10.10.10.2 fall-over bfd\n"),
    ("section interface|line", "".join(TEXT.splitlines(keepends=True)[2:5]) + "line vty 0 4\n"),
    ("section exclude interface|router|!", "hostname R1\nline vty 0 4\n"),
    ("count bfd", "Number of lines which match regexp = 2\n"),
    ("include _0_", "line vty 0 4\n"),
    ("include _line", "line vty 0 4\n"),
    ("include 2_act.*_$|min[_]|n\\_r", " bfd interval 100 min_rx 100 multiplier 3\n  neighbor 10.10.10.2 activate\n"),
]


@pytest.mark.parametrize(("pipe", "expected"), FILTERS)
def test_filters(pipe: str, expected: str) -> None:
    assert parse_pipe(pipe, 0)(TEXT) == expected


def test_a_broken_expression_is_refused_at_its_place() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_pipe("include (", 0)
    assert refused.value.column == len("include ")


async def test_filters_on_a_show(tmp_path: Path) -> None:
    console = Console(make_router(tmp_path))
    assert await console.say("show running-config | include ^hostname") == "hostname R1\n"
    assert await console.say("show run | section ^line vty") == "line vty 0 4\n login local\n transport input ssh\n"
    assert (await console.say("sh run|b ^line con")).startswith("line con 0\n")
    assert await console.say("show version |") == "% Incomplete command.\n\n"
    assert await console.say("show version | include") == "% Incomplete command.\n\n"
    assert console.router.unknown == []


def test_pages_by_blank_and_enter() -> None:
    pager = Pager("".join(f"{number}\n" for number in range(10)), 4)
    assert pager.first() == "0\n1\n2\n"
    assert pager.more("\r") == "3\n"
    assert pager.more(" ") == "4\n5\n6\n"
    assert pager.waiting
    assert pager.more("q") == ""
    assert not pager.waiting


@pytest.mark.parametrize("length", [0, 11, 512])
def test_what_fits_is_not_paged(length: int) -> None:
    text = "".join(f"{number}\n" for number in range(10))
    pager = Pager(text, length)
    assert (pager.first(), pager.waiting) == (text, False)


async def test_terminal_length_is_kept_by_the_session(tmp_path: Path) -> None:
    console = Console(make_router(tmp_path))
    await console.say("terminal length 0", "terminal width 512")
    assert (console.session.length, console.session.width) == (0, 512)
