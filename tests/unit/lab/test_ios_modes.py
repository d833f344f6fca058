"""Modes, prompts, abbreviations, enable, questions, help, the end of a session."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.lab.ios_console import Console, make_router


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(make_router(tmp_path))


PROMPTS = [
    ("", "R1(config)#"),
    ("interface Ethernet0/0", "R1(config-if)#"),
    ("router bgp 64512", "R1(config-router)#"),
    ("ip access-list standard A", "R1(config-std-nacl)#"),
    ("route-map M permit 10", "R1(config-route-map)#"),
    ("line vty 0 4", "R1(config-line)#"),
]


@pytest.mark.parametrize(("line", "prompt"), PROMPTS)
async def test_each_mode_has_its_prompt_and_its_way_out(console: Console, line: str, prompt: str) -> None:
    await console.say("configure terminal", line)
    assert console.prompt == prompt
    await console.say("exit")
    assert console.prompt == ("R1(config)#" if line else "R1#")
    await console.say("configure terminal", line, "end")
    assert console.prompt == "R1#"
    await console.say("configure terminal", line)
    await console.session.interrupt()
    assert console.prompt == "R1#"


async def test_configure_terminal_says_how_to_leave(console: Console) -> None:
    assert await console.say("conf t") == "Enter configuration commands, one per line.  End with CNTL/Z.\n"


async def test_a_global_command_leaves_the_submode(console: Console) -> None:
    await console.say("configure terminal", "interface Ethernet0/0", "bfd slow-timers 2000")
    assert console.prompt == "R1(config)#"
    await console.say("interface Ethernet0/0", "interface Ethernet0/1")
    assert console.session.context.key == "Ethernet0/1"
    await console.say("router bgp 64512", "hostname R9")
    assert console.prompt == "R9(config)#"


async def test_comments_and_blank_lines_do_nothing(console: Console) -> None:
    await console.say("configure terminal", "interface Ethernet0/0")
    for line in ("", "   ", "!", "! hostname R9", "  !comment"):
        assert await console.screen(line) == f"R1(config-if)#{line}\nR1(config-if)#"


async def test_do_runs_exec_commands_with_filters(console: Console) -> None:
    await console.say("configure terminal", "interface Ethernet0/0")
    assert await console.say("do show running-config | include ^hostname") == "hostname R1\n"
    assert await console.say("do sh priv") == "Current privilege level is 15\n"
    assert console.prompt == "R1(config-if)#"


@pytest.mark.parametrize("name", ["e0/0", "E0/0", "Et0/0", "eth0/0", "eth 0/0", "Ethernet 0/0", "ETHERNET0/0"])
async def test_ways_to_write_an_interface(console: Console, name: str) -> None:
    await console.say("configure terminal", f"interface {name}", "description here")
    assert console.router.config.interfaces["Ethernet0/0"].description == "here"


@pytest.mark.parametrize("name", ["lo0", "Lo 0", "loopback0", "Loopback 0"])
async def test_a_loopback_comes_and_goes(console: Console, name: str) -> None:
    await console.say("configure terminal", f"interface {name}")
    assert "Loopback0" in console.router.config.interfaces
    await console.say(f"no interface {name}")
    assert "Loopback0" not in console.router.config.interfaces
    assert console.prompt == "R1(config)#"


async def test_abbreviations_run_the_same_command(console: Console) -> None:
    await console.say("conf t", "int e0/0", "ip add 10.10.10.1 255.255.255.0", "no ip red", "desc x y", "shut")
    await console.say("end")
    assert await console.section("^interface Ethernet0/0") == [
        "interface Ethernet0/0",
        " description x y",
        " ip address 10.10.10.1 255.255.255.0",
        " no ip redirects",
        " shutdown",
    ]
    for line in ("sh ver", "sh run", "sh ip int br", "sh int e0/0", "sh bfd nei det", "sh ip ro", "sh stand br", "wr"):
        assert not (await console.say(line)).startswith(("%", " ")), line


async def test_the_prompt_is_cut_where_ios_cuts_it(console: Console) -> None:
    await console.say("configure terminal", "hostname Basement-rtr2-of-the-house")
    assert console.prompt == "Basement-rtr2-of-the(config)#"
    await console.say("ip access-list standard A")
    assert console.prompt == "Basement-rtr2-of-the(config-)#"


async def test_enable_asks_for_the_secret(tmp_path: Path) -> None:
    router = make_router(tmp_path)
    console = Console(router, privileged=False)
    assert await console.say("enable") == "% No password set\n"
    router.set_credentials("fastpath", "login", "secret")
    reply = await console.reply("enable")
    assert (reply.prompt, reply.echo) == ("Password: ", False)
    assert (await console.reply("wrong")).prompt == "Password: "
    assert (await console.reply("secret")).prompt == "R1#"
    assert await console.say("enable") == ""
    await console.say("disable")
    assert console.prompt == "R1>"
    assert await console.screen("enable", "a", "b", "c") == (
        "R1>enable\nPassword: a\nPassword: b\nPassword: c\n% Bad secrets\n\nR1>"
    )


async def test_show_privilege_tells_the_level(tmp_path: Path) -> None:
    console = Console(make_router(tmp_path), privileged=False)
    assert await console.say("show privilege") == "Current privilege level is 1\n"


@pytest.mark.parametrize("line", ["exit", "quit", "logout"])
async def test_the_session_ends(console: Console, line: str) -> None:
    reply = await console.reply(line)
    assert reply.closed
    assert reply.prompt == ""
    assert console.router.sessions == []


async def test_leaving_configuration_is_logged_once(tmp_path: Path) -> None:
    router = make_router(tmp_path)
    console = Console(router, origin="127.0.0.1")
    await console.say("terminal monitor", "configure terminal", "interface Ethernet0/0", "exit", "end")
    line = "*Nov 23 12:00:00.250: %SYS-5-CONFIG_I: Configured from console by fastpath on vty0 (127.0.0.1)"
    assert list(router.log) == [line]
    assert console.logged == [line]
    await console.say("terminal no monitor", "configure terminal", "end")
    assert len(router.log) == 2
    assert console.logged == [line]


async def test_ctrl_z_behind_a_command_runs_it(console: Console) -> None:
    await console.say("configure terminal")
    reply = await console.session.interrupt("hostname R9")
    assert reply.prompt == "R9#"


async def test_configure_alone_asks_for_the_source(console: Console) -> None:
    assert (await console.reply("configure")).prompt == "Configuring from terminal, memory, or network [terminal]? "
    assert (await console.reply("")).prompt == "R1(config)#"


async def test_help_lists_what_may_follow(console: Console) -> None:
    assert console.session.help("show bfd ") == "  neighbors\n  summary\n"
    assert console.session.help("show ip bgp ").splitlines()[-1] == "  <cr>"
    assert "  running-config\n" in console.session.help("show ru")
    assert console.session.help("show nothing ") == "% Unrecognized command\n"
    await console.say("configure terminal", "interface Ethernet0/0")
    assert console.session.help("bfd interval ") == "  <50-9999>\n"


async def test_tab_completes_what_is_unique(console: Console) -> None:
    assert console.session.complete("show runn") == "show running-config "
    assert console.session.complete("show b") == "show bfd "
    assert console.session.complete("show s") == "show s"


async def test_history_shows_the_lines_before(console: Console) -> None:
    await console.say("show clock", "show clock", "show privilege")
    assert await console.say("show history") == "  show clock\n  show privilege\n  show history\n"
