"""Extended access lists, access groups, and the rules that they become."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.network.access import render_access
from tests.unit.lab.ios_console import Console, make_router

NOT_KNOWN = "% Invalid input detected at '^' marker."
EVERYTHING = "meta protocol != ip accept"


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(make_router(tmp_path))


async def rules(console: Console, lines: str, access_list: str = "CUT", kind: str = "extended") -> list[str]:
    """Type a list, apply it to Ethernet0/1, and return the rules behind `EVERYTHING`."""
    text = f"ip access-list {kind} {access_list}\n{lines}\ninterface Ethernet0/1\nip access-group {access_list} in"
    assert await console.configure(text) == []
    rendered = [line.strip() for line in render_access(console.router.config).splitlines()]
    return rendered[rendered.index(EVERYTHING) + 1 : -2]


# typed, shown, the rule
ENTRIES = [
    ("deny ip any any", "deny   ip any any", "drop"),
    ("permit ip host 10.0.0.1 any", "permit ip host 10.0.0.1 any", "ip saddr 10.0.0.1 accept"),
    ("permit ip 10.0.0.1 0.0.0.0 any", "permit ip host 10.0.0.1 any", "ip saddr 10.0.0.1 accept"),
    ("deny ip 10.0.0.9 255.255.255.255 any", "deny   ip any any", "drop"),
    (
        "deny icmp 10.0.1.7 0.0.0.255 host 10.0.2.1",
        "deny   icmp 10.0.1.0 0.0.0.255 host 10.0.2.1",
        "ip saddr & 255.255.255.0 == 10.0.1.0 ip daddr 10.0.2.1 ip protocol icmp drop",
    ),
    (
        "permit ip any 10.0.5.0 0.0.2.255",
        "permit ip any 10.0.5.0 0.0.2.255",
        "ip daddr & 255.255.253.0 == 10.0.5.0 accept",
    ),
    ("deny udp any any eq 3784", "deny   udp any any eq 3784", "ip protocol udp udp dport 3784 drop"),
    ("permit tcp any any eq 179", "permit tcp any any eq bgp", "ip protocol tcp tcp dport 179 accept"),
    ("permit udp any any eq snmptrap", "permit udp any any eq snmptrap", "ip protocol udp udp dport 162 accept"),
    ("permit tcp any any eq 514", "permit tcp any any eq cmd", "ip protocol tcp tcp dport 514 accept"),
    ("permit tcp any any", "permit tcp any any", "ip protocol tcp accept"),
    ("30 permit udp any any eq 0", "permit udp any any eq 0", "ip protocol udp udp dport 0 accept"),
]


@pytest.mark.parametrize(("typed", "shown", "rule"), ENTRIES)
async def test_an_entry_is_shown_and_acts(console: Console, typed: str, shown: str, rule: str) -> None:
    assert await rules(console, typed) == [rule, "drop"]
    assert await console.section("^ip access-list") == ["ip access-list extended CUT", f" {shown}"]
    await console.configure(f"ip access-list extended CUT\nno {typed}")
    assert await console.section("^ip access-list") == ["ip access-list extended CUT"]


async def test_the_whole_text(console: Console) -> None:
    nothing = "table netdev access\ndelete table netdev access\n"
    assert render_access(console.router.config) == nothing
    await console.configure("ip access-list standard LAN\npermit 192.168.1.0 0.0.0.255\ndeny host 10.0.0.9")
    assert render_access(console.router.config) == nothing
    await console.configure("interface Ethernet0/0\nip access-group LAN in")
    assert render_access(console.router.config) == nothing + (
        "table netdev access {\n"
        "  chain e0 {\n"
        '    type filter hook ingress device "e0" priority 0; policy accept;\n'
        "    meta protocol != ip accept\n"
        "    ip saddr & 255.255.255.0 == 192.168.1.0 accept\n"
        "    ip saddr 10.0.0.9 drop\n"
        "    drop\n"
        "  }\n"
        "}\n"
    )


async def test_entries_act_in_the_order_of_their_sequence(console: Console) -> None:
    assert await rules(console, "20 deny ip any any\n10 permit icmp any any") == [
        "ip protocol icmp accept",
        "drop",
        "drop",
    ]


@pytest.mark.parametrize("lines", ["", "ip access-list extended CUT", "ip access-list standard CUT"])
async def test_a_list_that_says_nothing_permits_everything(console: Console, lines: str) -> None:
    await console.configure(f"{lines}\ninterface Ethernet0/0\nip access-group CUT in")
    assert "chain" not in render_access(console.router.config)


async def test_an_access_group_comes_and_goes(console: Console) -> None:
    await console.configure("interface Ethernet0/0\nip address 10.1.1.1 255.255.255.0\nno ip redirects")
    for back in ("no ip access-group CUT in", "no ip access-group in", "default ip access-group CUT in"):
        await console.configure("interface Ethernet0/0\nip access-group CUT in")
        assert await console.section("^interface Ethernet0/0") == [
            "interface Ethernet0/0",
            " ip address 10.1.1.1 255.255.255.0",
            " ip access-group CUT in",
            " no ip redirects",
        ]
        assert await console.configure(f"interface Ethernet0/0\n{back}") == []
        assert console.router.config.interfaces["Ethernet0/0"].access_group_in is None


async def test_a_second_access_group_takes_the_place_of_the_first(console: Console) -> None:
    await console.configure("interface Ethernet0/0\nip access-group A in\nip access-group B in")
    assert console.router.config.interfaces["Ethernet0/0"].access_group_in == "B"


@pytest.mark.parametrize(
    ("lines", "recorded"),
    [
        ("interface Ethernet0/0\nip access-group CUT out", "ip access-group CUT out"),
        ("interface Ethernet0/0\nno ip access-group CUT out", "no ip access-group CUT out"),
        ("interface Ethernet0/0\nip access-group 101 in", "ip access-group 101 in"),
        ("ip access-list extended 101", "ip access-list extended 101"),
        ("ip access-list extended CUT\npermit tcp any any established", "permit tcp any any established"),
        ("ip access-list extended CUT\npermit tcp any eq 179 any", "permit tcp any eq 179 any"),
        ("ip access-list extended CUT\npermit udp any any range 1 2", "permit udp any any range 1 2"),
        ("ip access-list extended CUT\npermit icmp any any echo", "permit icmp any any echo"),
        ("ip access-list extended CUT\npermit ospf any any", "permit ospf any any"),
        ("ip access-list extended CUT\npermit ip any any log", "permit ip any any log"),
        ("ip access-list extended CUT\nremark x", "remark x"),
        ("ip access-list extended CUT\nroute-map M\nmatch ip address CUT", "match ip address CUT"),
        ("route-map M\nmatch ip address CUT\nip access-list extended CUT", "ip access-list extended CUT"),
    ],
)
async def test_what_the_lab_lacks_is_refused_and_recorded(console: Console, lines: str, recorded: str) -> None:
    answers = await console.configure(lines)
    assert [answer for answer in answers if NOT_KNOWN in answer] == answers != []
    assert console.router.unknown == [recorded]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            "ip access-list standard CUT\nip access-list extended CUT",
            "% A named Standard IP access list with this name already exists",
        ),
        (
            "ip access-list extended CUT\nip access-list standard CUT",
            "% A named Extended IP access list with this name already exists",
        ),
        (
            "ip access-list extended CUT\ndeny ip any any\ndeny ip any 10.0.0.0 255.255.255.255",
            "% Duplicate deny statement ignored.",
        ),
        ("ip access-list extended CUT\ndeny ip any any\n10 permit ip any any", "% Duplicate sequence number"),
        ("ip access-list extended CUT\nno 10", "% Specified sequence number not found"),
        ("ip access-list extended CUT\nno permit ip any any", "% Specified access list entry not found"),
        (
            "ip access-list extended CUT\npermit ip any any\nno deny ip any any",
            "% Specified access list entry not found",
        ),
        ("interface Loopback0\nip access-group CUT in", "% Command not supported on Loopback0"),
    ],
)
async def test_refusals(console: Console, lines: str, said: str) -> None:
    answers = await console.configure(lines)
    assert [answer.partition(": ")[2] for answer in answers] == [said]
    assert console.router.unknown == []


async def test_permit_and_deny_of_the_same_packets_stand_side_by_side(console: Console) -> None:
    assert await rules(console, "permit ip any any\ndeny ip any any") == ["accept", "drop", "drop"]


async def test_an_extended_list_is_numbered_anew_and_removed(console: Console) -> None:
    await console.configure("ip access-list extended CUT\npermit icmp any any\ndeny ip any any\nexit")
    await console.configure("ip access-list resequence CUT 100 5")
    assert sorted(console.router.config.extended_lists["CUT"].entries) == [100, 105]
    await console.say("configure terminal", "ip access-list extended CUT")
    assert console.prompt == "R1(config-ext-nacl)#"
    await console.say("no ip access-list extended CUT")
    assert (console.prompt, console.router.config.extended_lists) == ("R1(config)#", {})


async def test_ios_xe_shows_the_sequences(tmp_path: Path) -> None:
    console = Console(make_router(tmp_path, version="17.9"))
    await console.configure("ip access-list extended CUT\ndeny ip any any\nip access-list standard A\npermit any")
    assert await console.section("^ip access-list") == [
        "ip access-list standard A",
        " 10 permit any",
        "ip access-list extended CUT",
        " 10 deny   ip any any",
    ]
