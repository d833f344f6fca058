"""What the command line refuses: the three errors with their carets, and what goes into the record."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.lab.ios_console import Console, make_router


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(make_router(tmp_path))


# Screens as IOS shows them: the caret stands below the first character that fits nothing.
EXEC_SCREENS = [
    "R1#shaw version\n     ^",
    "R1#erase restart\n   ^",
    "R1#show versoin\n            ^",
    "R1#show version please\n                ^",
    "R1#show bfd neighbors detials\n                         ^",
    "R1#show ip bgp neighbors 10.10.10.2/32\n                                   ^",
    "R1#show ip bgp neighbors 10.10.300.2\n                         ^",
    "R1#terminal length 9999\n                   ^",
    "R1#  show   foo\n             ^",
    "R1#show ip ospf neighbor\n           ^",
    "R1#write memory | include x\n                ^",
    "R1#show version | grep x\n                  ^",
]


@pytest.mark.parametrize("screen", EXEC_SCREENS)
async def test_the_caret_stands_below_what_fits_nothing(console: Console, screen: str) -> None:
    line = screen.splitlines()[0].removeprefix("R1#")
    assert await console.screen(line) == f"{screen}\n% Invalid input detected at '^' marker.\n\nR1#"


CONFIG_SCREENS = [
    ("interface Ethernet0/0", "R1(config-if)#ip address 10.10.10.1/24\n" + " " * 35 + "^"),
    ("interface Ethernet0/0", "R1(config-if)#bfd interval 100 min_rx 100 multiplier 2\n" + " " * 53 + "^"),
    ("interface Ethernet0/0", "R1(config-if)#bfd interval 10 min_rx 100 multiplier 3\n" + " " * 27 + "^"),
    ("interface Ethernet0/0", "R1(config-if)#ip address 10.1.1.1 255.255.255.0 secondary\n" + " " * 48 + "^"),
    ("interface Ethernet0/0", "R1(config-if)#standby 256 ip 10.0.0.1\n" + " " * 22 + "^"),
    ("interface Ethernet0/0", "R1(config-if)#show clock\n" + " " * 16 + "^"),
    ("router bgp 64512", "R1(config-router)#neighbor 10.1.1.1 remote-as 0\n" + " " * 46 + "^"),
    ("router bgp 64512", "R1(config-router)#neighbor 10.1.1.1 ebgp-multihop 2\n" + " " * 36 + "^"),
    ("route-map M permit 10", "R1(config-route-map)#match ip address prefix-list P\n" + " " * 38 + "^"),
    ("ip access-list standard A", "R1(config-std-nacl)#permit tcp any any\n" + " " * 27 + "^"),
]


@pytest.mark.parametrize(("parent", "screen"), CONFIG_SCREENS)
async def test_the_caret_counts_the_prompt_of_the_mode(console: Console, parent: str, screen: str) -> None:
    await console.say("configure terminal", parent)
    line = screen.splitlines()[0].partition("#")[2]
    shown = await console.screen(line)
    assert shown.startswith(f"{screen}\n% Invalid input detected at '^' marker.\n\n")


async def test_do_keeps_the_columns_of_the_whole_line(console: Console) -> None:
    await console.say("configure terminal")
    assert await console.screen("do show clack") == (
        "R1(config)#do show clack\n                      ^\n% Invalid input detected at '^' marker.\n\nR1(config)#"
    )


@pytest.mark.parametrize("line", ["sh r", "c", "show i", "show ip r", "cl"])
async def test_a_beginning_of_several_keywords_is_ambiguous(console: Console, line: str) -> None:
    assert await console.screen(line) == f'R1#{line}\n% Ambiguous command:  "{line}"\nR1#'


@pytest.mark.parametrize("line", ["show ip", "terminal", "terminal length", "clear ip bgp", "copy", "ping"])
async def test_a_line_that_ends_too_early_is_incomplete(console: Console, line: str) -> None:
    assert await console.screen(line) == f"R1#{line}\n% Incomplete command.\n\nR1#"


@pytest.mark.parametrize("line", ["router bgp", "neighbor", "ip address 10.0.0.1", "bfd interval 100 min_rx 100"])
async def test_incomplete_lines_of_configuration(console: Console, line: str) -> None:
    parent = "router bgp 1" if line == "neighbor" else "interface Ethernet0/0"
    await console.say("configure terminal", parent)
    assert await console.say(line) == "% Incomplete command.\n\n"


async def test_show_alone_has_its_own_text(console: Console) -> None:
    assert await console.say("show") == '% Type "show ?" for a list of subcommands\n'


async def test_unknown_commands_are_recorded(console: Console, tmp_path: Path) -> None:
    await console.say(
        "show ip ospf", "configure terminal", "ip route 0.0.0.0 0.0.0.0 10.0.0.1", "interface Ethernet0/0"
    )
    await console.say("ip access-group X out", "  standby 1 track 1")
    expected = ["show ip ospf", "ip route 0.0.0.0 0.0.0.0 10.0.0.1", "ip access-group X out", "standby 1 track 1"]
    assert console.router.unknown == expected
    assert (tmp_path / "unknown.log").read_text().splitlines() == [f"R1: {line}" for line in expected]


VALUES = [
    ("interface Ethernet0/0", "bfd interval 100 min_rx 100 multiplier 2"),
    ("interface Ethernet0/0", "bfd interval 100 min_rx 10000 multiplier 3"),
    ("interface Ethernet0/0", "ip address 10.10.10.1/24 255.255.255.0"),
    ("interface Ethernet0/0", "ip address 10.10.10.1 255.0.255.0"),
    ("interface Ethernet0/0", "standby 1 priority 256"),
    ("hostname R1", "interface Ethernet0/7"),
    ("hostname R1", "interface Ethernet 3/1"),
    ("hostname R1", "router bgp 0"),
    ("hostname R1", "bfd slow-timers 999"),
    ("router bgp 64512", "neighbor 10.1.1 remote-as 1"),
    ("interface Ethernet0/0", f"description {'x' * 241}"),
    ("router bgp 64512\nneighbor 10.1.1.1 remote-as 1", f"neighbor 10.1.1.1 description {'x' * 81}"),
    ("router bgp 64512", "neighbor 10.1.1.1 description x"),
]


@pytest.mark.parametrize(("parent", "line"), VALUES)
async def test_a_refused_value_changes_nothing_and_is_not_recorded(console: Console, parent: str, line: str) -> None:
    await console.say("configure terminal", *parent.splitlines())
    before = console.router.running_config()
    assert await console.say(line) != ""
    assert console.router.running_config() == before
    assert console.router.unknown == []


async def test_what_ios_itself_lacks_on_a_router_is_not_recorded(console: Console) -> None:
    assert "% Invalid input" in await console.say("show switch virtual")
    assert console.router.unknown == []


async def test_a_privileged_command_is_refused_to_a_user_and_is_known(tmp_path: Path) -> None:
    console = Console(make_router(tmp_path), privileged=False)
    assert await console.screen("show running-config") == (
        "R1>show running-config\n         ^\n% Invalid input detected at '^' marker.\n\nR1>"
    )
    assert await console.screen("configure terminal") == (
        "R1>configure terminal\n      ^\n% Invalid input detected at '^' marker.\n\nR1>"
    )
    assert console.router.unknown == []


async def test_the_refusal_that_came_further_counts(console: Console) -> None:
    """`bfd interval` is no global command: the error is that of the interface's own `bfd`."""
    await console.say("configure terminal", "interface Ethernet0/0")
    text = await console.say("bfd interval 100 min_rx 5 multiplier 3")
    assert text.splitlines()[0] == " " * (len("R1(config-if)#bfd interval 100 min_rx ")) + "^"
