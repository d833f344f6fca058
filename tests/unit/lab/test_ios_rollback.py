"""The confirmed change: revert timer, confirm, revert, replace."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from lab.engine import EngineError
from lab.ios.faults import Fault
from lab.ios.router import Router
from tests.unit.lab.ios_console import Console, engine_of, make_router, wait_until

MINUTE_S = 0.05
BACKUP = "flash:fastpath-Nov-23-12-00-00.250-0"
STAMP = "*Nov 23 12:00:00.250: "
LOCK = "Rollback:Acquired Configuration lock."
NOTHING_PENDING = "%No Rollback Confirmed Change pending\n"
ENTERING = "Enter configuration commands, one per line.  End with CNTL/Z.\n"
BACKING_UP = f"Rollback Confirmed Change: Backing up current running config to {BACKUP}\n\n"
DONE = "Total number of passes: 1\nRollback Done\n\n"
CHANGE = "interface Ethernet0/0\n ip address 10.1.1.1 255.255.255.0\n no ip redirects"


async def archived(router: Router) -> Console:
    """Return a terminal of a router that has an archive."""
    console = Console(router)
    await console.configure("archive\npath flash:fastpath")
    router.log.clear()
    return console


@pytest.fixture
async def console(tmp_path: Path) -> Console:
    """A router on which a minute never ends within a test."""
    return await archived(make_router(tmp_path))


@pytest.fixture
async def hasty(tmp_path: Path) -> Console:
    """A router whose minutes are short."""
    return await archived(make_router(tmp_path, revert_minute_s=MINUTE_S))


async def change(console: Console, minutes: int = 5, lines: str = CHANGE) -> None:
    """Type a change under the timer."""
    await console.say(f"configure terminal revert timer {minutes}", *lines.splitlines(), "end")


async def let_pass(seconds: float) -> None:
    """Wait until the clock of the timers has gone on."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    await wait_until(lambda: loop.time() >= end)


def messages(console: Console) -> list[str]:
    """Return the log without its times and without the notes of sessions that configured."""
    return [line.removeprefix(STAMP) for line in console.router.log if "%SYS-5-CONFIG_I" not in line]


def log(name: str, text: str) -> str:
    return f"%ARCHIVE_DIFF-5-ROLLBK_CNFMD_CHG_{name}: {text}"


async def test_the_timer_starts_with_a_backup(console: Console) -> None:
    before = console.router.config_text()
    assert await console.say("configure terminal revert timer 5") == BACKING_UP + ENTERING
    assert console.prompt == "R1(config)#"
    assert console.router.archive.read(BACKUP) == before
    assert messages(console) == [
        log("BACKUP", f"Backing up current running config to {BACKUP}"),
        log(
            "START_ABSTIMER",
            f"User: fastpath(Priv: 15, View: 0): Scheduled to rollback to config {BACKUP} in 5 minutes",
        ),
    ]


async def test_show_the_timer(console: Console) -> None:
    assert await console.say("show archive config rollback timer") == NOTHING_PENDING
    await change(console)
    assert await console.say("show archive config rollback timer") == (
        "Time configured(or reconfigured): 12:00:00 UTC Mon Nov 23 2026\n"
        "Timer type: absolute timer\nTimer value: 5 min\nUser: fastpath\n"
    )


async def test_confirm_keeps_the_change(hasty: Console) -> None:
    await change(hasty, 2)
    assert await hasty.say("configure confirm") == ""
    assert messages(hasty)[-1] == log("CONFIRM", "User: fastpath: Confirm the configuration change")
    assert await hasty.say("configure confirm") == NOTHING_PENDING
    await let_pass(3 * MINUTE_S)  # it must not come back when the time would have been up
    assert hasty.router.config.interfaces["Ethernet0/0"].address is not None
    assert not any("ROLLBACK_START" in line for line in messages(hasty))


async def test_revert_now_brings_the_former_configuration_back(console: Console) -> None:
    before = console.router.config_text()
    await change(console, lines=CHANGE + "\nhostname R9\ninterface Loopback7\nrouter bgp 65000")
    assert console.prompt == "R9#"
    applied = engine_of(console.router).applied
    assert await console.say("configure revert now") == f"Rollback Confirmed Change: rolling to:{BACKUP}\n\n{DONE}"
    assert console.router.config_text() == before
    assert engine_of(console.router).config == console.router.config
    assert engine_of(console.router).applied == applied + 1
    assert console.prompt == "R1#"
    assert messages(console)[2:] == [
        log("ROLLNOW", "User: fastpath: Rollback immediately."),
        log("ROLLBACK_START", f"Start rolling to: {BACKUP}"),
        LOCK,
    ]
    assert await console.say("configure revert now") == NOTHING_PENDING


async def test_the_time_runs_out_after_all_sessions_have_ended(hasty: Console) -> None:
    router, before = hasty.router, hasty.router.config_text()
    await change(hasty, 2)
    assert router.config_text() != before
    hasty.session.close()
    assert router.sessions == []
    await wait_until(lambda: router.rollback.pending is None)
    assert router.config_text() == before
    assert engine_of(router).config == router.config
    assert messages(hasty)[2:] == [
        log(
            "WARNING_ABSTIMER",
            f"System will rollback to config {BACKUP} in one minute."
            ' Enter "configure confirm" if you wish to keep what you\'ve configured',
        ),
        log("ROLLBACK_START", f"Start rolling to: {BACKUP}"),
        LOCK,
    ]
    assert await Console(router).say("show archive config rollback timer") == NOTHING_PENDING


async def test_the_startup_config_is_left_alone(hasty: Console) -> None:
    await hasty.say("write memory")
    saved = hasty.router.startup_config()
    await change(hasty, 1)
    await wait_until(lambda: hasty.router.rollback.pending is None)
    assert hasty.router.startup_config() == saved == hasty.router.config_text()


async def test_a_session_in_configuration_mode_stays_there(hasty: Console) -> None:
    await hasty.say("configure terminal revert timer 1", "interface Loopback7")
    await wait_until(lambda: hasty.router.rollback.pending is None)
    assert hasty.prompt == "R1(config-if)#"
    assert await hasty.say("description x") == "% Interface Loopback7 is deleted\n"
    assert await hasty.say("interface e0/0", "description x") == ""


async def test_without_an_archive_there_is_no_timer(tmp_path: Path) -> None:
    console = Console(make_router(tmp_path))
    for line in ("configure terminal revert timer 5", "configure replace nvram:startup-config force time 5"):
        await console.say("write memory")
        assert await console.say(line) == "%Turn config archive on before using Rollback Confirmed Change\n"
        assert console.prompt == "R1#"
    assert console.router.rollback.pending is None


async def test_there_is_one_pending_change(console: Console) -> None:
    await change(console)
    second = await console.say("configure terminal revert timer 5")
    assert second == "%Rollback Confirmed Change is already pending\n"
    assert console.prompt == "R1#"
    assert len(console.router.archive.flash.names()) == 1
    assert await console.say("configure terminal", "hostname R9") == ""  # without a timer nothing is in the way
    assert await console.say("do configure confirm") == ""


async def test_only_who_started_it_may_end_it(console: Console) -> None:
    await change(console)
    other = Console(console.router, user="another")
    for line in ("configure confirm", "configure revert now", "configure revert timer 9"):
        assert await other.say(line) == "%Rollback Confirmed Change was started by user fastpath\n"
    assert console.router.rollback.pending is not None
    same_user = Console(console.router)
    assert await same_user.say("configure confirm") == ""


async def test_the_time_may_start_anew(hasty: Console) -> None:
    await change(hasty, 1)
    assert await hasty.say("configure revert timer 100") == ""
    assert "Timer value: 100 min" in await hasty.say("show archive config rollback timer")
    assert messages(hasty)[-1] == log(
        "RECONFIG_ABSTIMER",
        f"User: fastpath(Priv: 15, View: 0): Scheduled to rollback to config {BACKUP} in 100 minutes",
    )
    await let_pass(2 * MINUTE_S)
    assert hasty.router.rollback.pending is not None
    assert await hasty.say("configure revert timer 1") == ""
    await wait_until(lambda: hasty.router.rollback.pending is None)


@pytest.mark.parametrize("user", ["fastpath", ""])
async def test_an_idle_timer_waits_for_silence(tmp_path: Path, user: str) -> None:
    await archived(router := make_router(tmp_path, revert_minute_s=0.2))
    console = Console(router, user=user)
    await console.say("configure terminal revert timer idle 1", "hostname R9", "end")
    assert "Timer type: idle timer\nTimer value: 1 min" in await console.say("show archive config rollback timer")
    for _line in range(8):
        await let_pass(0.05)
        await console.say("")
    assert console.router.config.hostname == "R9"
    other = Console(console.router, user="another")
    await wait_until(lambda: other.router.config.hostname == "R1")


@pytest.mark.parametrize(
    "line",
    [
        "configure terminal revert timer 0",
        "configure terminal revert timer 121",
        "configure terminal revert timer idle 121",
        "configure revert timer 0",
        "configure replace flash:x time 121",
    ],
)
async def test_the_range_of_the_timer(console: Console, line: str) -> None:
    assert "% Invalid input detected" in await console.say(line)
    assert console.router.unknown == []


@pytest.mark.parametrize("line", ["configure terminal revert", "configure revert", "configure terminal revert timer"])
async def test_incomplete_lines(console: Console, line: str) -> None:
    assert await console.say(line) == "% Incomplete command.\n\n"


@pytest.mark.parametrize(
    "line",
    [
        "configure terminal lock",
        "configure replace flash:x force revert trigger error",
        "configure replace flash:x force ignorecase",
        "configure memory",
        "configure replace tftp://10.0.0.1/x",
        "show archive config differences",
        "show archive log config all",
        "archive tar",
    ],
)
async def test_what_the_lab_lacks_is_recorded(console: Console, line: str) -> None:
    assert "% Invalid input detected" in await console.say(line)
    assert console.router.unknown == [line]


async def test_faults_do_not_meet_a_revert(console: Console) -> None:
    await change(console)
    console.router.faults.set(Fault("refuse", after_line=1))
    assert DONE in await console.say("configure revert now")
    assert console.router.faults.fault is not None


async def test_a_failing_engine_leaves_the_change_pending(console: Console) -> None:
    await change(console)
    changed = console.router.config_text()
    engine_of(console.router).fails_with = "no room"
    assert await console.say("configure revert now") == (
        "% The configuration could not be put into effect and stays as it was; the lab's log says why\n"
    )
    assert console.router.config_text() == changed
    assert engine_of(console.router).config == console.router.config
    assert DONE in await console.say("configure revert now")
    assert console.router.config_text() != changed


async def test_a_timer_tries_again_where_the_engine_fails(hasty: Console) -> None:
    before = hasty.router.config_text()
    await change(hasty, 2)
    engine_of(hasty.router).fails_with = "no room"
    await wait_until(lambda: hasty.router.rollback.pending is None)
    assert hasty.router.config_text() == before
    assert sum("ROLLBACK_START" in line for line in messages(hasty)) == 2


async def test_a_backup_that_the_archive_gave_up_is_not_lost(console: Console) -> None:
    await console.configure("archive\nmaximum 1")
    await change(console)
    await console.say("archive config")
    assert console.router.archive.read(BACKUP) is None
    assert DONE in await console.say("configure revert now")
    assert console.router.config.interfaces["Ethernet0/0"].address is None


# configure replace


async def test_replace_asks_first(console: Console) -> None:
    await console.say("archive config")
    await console.configure(CHANGE)
    assert await console.screen(f"configure replace {BACKUP}", "n") == (
        f"R1#configure replace {BACKUP}\n"
        "This will apply all necessary additions and deletions\n"
        "to replace the current running configuration with the\n"
        "contents of the specified configuration file, which is\n"
        "assumed to be a complete configuration, not a partial\n"
        "configuration. Enter Y if you are sure you want to proceed. ? [no]: n\nR1#"
    )
    assert console.router.config.interfaces["Ethernet0/0"].address is not None
    assert await console.say(f"configure replace {BACKUP}", "Y") == DONE
    assert console.router.config.interfaces["Ethernet0/0"].address is None
    assert await console.say(f"configure replace {BACKUP} force") == "Total number of passes: 0\nRollback Done\n\n"


async def test_replace_lists_what_it_did(console: Console) -> None:
    await console.configure(CHANGE)
    await console.configure("banner motd #\nTwo\nlines#\ninterface Loopback7")
    await console.say("write memory")
    await console.configure("no banner motd\nno interface Loopback7\ninterface Ethernet0/0\nip redirects\nshutdown")
    await console.configure("interface Ethernet0/0\nip address 10.1.1.9 255.255.255.0\nrouter bgp 65000")
    assert await console.say("configure replace nvram:startup-config list force") == (
        "!Pass 1\n!List of Rollback Commands:\n"
        "interface Ethernet0/0\n no ip address 10.1.1.9 255.255.255.0\n no shutdown\n"
        "no router bgp 65000\n"
        "interface Loopback7\n no ip address\n"
        "interface Ethernet0/0\n ip address 10.1.1.1 255.255.255.0\n no ip redirects\n"
        "banner motd ^C\nTwo\nlines^C\n"
        f"end\n\n\n{DONE}"
    )
    assert console.router.config_text() == console.router.startup_config()


async def test_replace_under_a_timer(hasty: Console) -> None:
    await hasty.say("write memory")
    await hasty.configure(CHANGE)
    changed = hasty.router.config_text()
    assert await hasty.say("configure replace nvram:startup-config force time 1") == BACKING_UP + DONE
    assert hasty.router.config_text() == hasty.router.startup_config()
    await wait_until(lambda: hasty.router.rollback.pending is None)
    assert hasty.router.config_text() == changed


async def test_replace_tells_what_it_could_not_do(console: Console, tmp_path: Path) -> None:
    text = console.router.config_text().replace(
        "control-plane", "interface Serial1/0\n ip unnumbered lo0\ncontrol-plane"
    )
    (tmp_path / "flash").mkdir()
    (tmp_path / "flash" / "mine").write_text(text)
    said = await console.say("configure replace flash:mine force")
    failed = "interface Serial1/0\n ip unnumbered lo0\n"
    assert said == (
        f"The rollback configlet from the last pass is listed below:\n********\n!List of Rollback Commands:\n{failed}"
        "end\n********\n\nRollback aborted after 5 passes\n"
        f"The following commands are failed to apply to the IOS image.\n********\n{failed}********\n\n"
    )
    assert console.router.unknown == ["ip unnumbered lo0"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "Error: Could not open file flash:mine for reading\n"),
        ("", "Error: Could not open file flash:mine for reading\n"),
        ("hostname R9\n", "%The input file is not a valid config file.\n"),
    ],
)
async def test_replace_needs_a_configuration(console: Console, tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / "flash").mkdir()
        (tmp_path / "flash" / "mine").write_text(text)
    assert await console.say("configure replace flash:mine force") == said


async def test_replace_by_a_failing_engine_changes_nothing(console: Console) -> None:
    await console.say("write memory")
    await console.configure(CHANGE)
    changed = console.router.config_text()
    engine_of(console.router).fails_with = "no room"
    said = await console.say("configure replace nvram:startup-config force time 5")
    assert said.startswith(BACKING_UP + "% The configuration could not be put into effect")
    assert (console.router.config_text(), console.router.rollback.pending) == (changed, None)


async def test_a_question_left_open_does_not_make_a_second_pending_change(console: Console) -> None:
    await console.say("write memory")
    await console.configure(CHANGE)
    await console.say("configure replace nvram:startup-config time 5")
    other = Console(console.router, user="another")
    await other.say("configure terminal revert timer 5")
    assert await console.say("y") == "%Rollback Confirmed Change is already pending\n"
    assert console.router.config.interfaces["Ethernet0/0"].address is not None


async def test_an_engine_error_is_what_a_change_raises(console: Console) -> None:
    engine_of(console.router).fails_with = "no room"
    with pytest.raises(EngineError, match=re.escape("no room")):
        await console.router.commit((await console.router.read_config("hostname R9"))[0], "fastpath")
