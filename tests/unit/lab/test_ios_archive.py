"""The configuration archive: its settings, its files, and what shows say of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lab.ios.router import Router
from tests.unit.lab.ios_console import Console, make_router, wait_until

FIRST = "flash:fastpath-Nov-23-12-00-00.250-0"
NOT_KNOWN = "% Invalid input detected at '^' marker."


@pytest.fixture
def router(tmp_path: Path) -> Router:
    return make_router(tmp_path)


@pytest.fixture
def console(router: Router) -> Console:
    return Console(router)


async def test_the_mode_and_its_settings(console: Console) -> None:
    assert await console.screen("configure terminal", "archive", "path flash:fastpath", "maximum 5", "end") == (
        "R1#configure terminal\nEnter configuration commands, one per line.  End with CNTL/Z.\n"
        "R1(config)#archive\nR1(config-archive)#path flash:fastpath\nR1(config-archive)#maximum 5\n"
        "R1(config-archive)#end\nR1#"
    )
    await console.configure("archive\nwrite-memory\ntime-period 1440")
    assert await console.section("^archive") == [
        "archive",
        " path flash:fastpath",
        " maximum 5",
        " write-memory",
        " time-period 1440",
    ]
    await console.configure("archive\nno maximum\nno write-memory\ndefault time-period")
    assert await console.section("^archive") == ["archive", " path flash:fastpath"]
    await console.configure("archive\nno path")
    assert await console.section("^archive") == []


async def test_without_a_path_nothing_is_shown_or_archived(console: Console) -> None:
    await console.configure("archive\nmaximum 5\nwrite-memory")
    assert await console.section("^archive") == []
    assert await console.say("show archive") == " Archive feature not enabled\n"
    assert await console.say("archive config") == " Archive feature not enabled\n% Error caught by command handler\n"
    await console.say("write memory")
    assert console.router.archive.flash.names() == []


@pytest.mark.parametrize(
    ("line", "recorded"),
    [
        ("path tftp://10.0.0.1/x", True),
        ("path bootflash:x", True),
        ("path flash:folder/x", False),
        ("path flash:$t", False),
        ("maximum 15", False),
        ("maximum 0", False),
        ("time-period 0", False),
        ("log config", True),
        ("rollback filter adaptive", True),
        ("no log config", True),
        ("unheard-of", True),
    ],
)
async def test_what_is_refused(console: Console, line: str, recorded: bool) -> None:
    answers = await console.configure(f"archive\n{line}")
    assert [NOT_KNOWN in answer for answer in answers] == [True]
    assert console.router.unknown == ([line] if recorded else [])


async def test_archive_config_writes_the_running_config(console: Console) -> None:
    await console.configure("archive\npath flash:fastpath\nexit\nbanner motd #Lab#")
    assert await console.say("archive config") == ""
    assert console.router.archive.read(FIRST) == console.router.config_text()
    assert "banner motd ^CLab^C" in console.router.config_text()


async def test_only_the_owner_may_read_the_files(console: Console, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        await console.configure("archive\npath flash:fastpath")
        await console.say("archive config")
    finally:
        os.umask(before)
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "flash").iterdir()] == [0o600]


async def test_show_archive(console: Console) -> None:
    await console.configure("archive\npath flash:/$h-run\nmaximum 3")
    assert await console.say("show archive") == (
        "The maximum archive configurations allowed is 3.\n"
        "There are currently 0 archive configurations saved.\n"
        "The next archive file will be named flash:/R1-run-<timestamp>-0\n"
        " Archive #  Name\n   1        \n   2        \n   3        \n"
    )
    await console.say("archive config", "archive config")
    assert await console.say("show archive") == (
        "The maximum archive configurations allowed is 3.\n"
        "There are currently 2 archive configurations saved.\n"
        "The next archive file will be named flash:/R1-run-<timestamp>-2\n"
        " Archive #  Name\n"
        "   1        flash:/R1-run-Nov-23-12-00-00.250-0\n"
        "   2        flash:/R1-run-Nov-23-12-00-00.250-1 <- Most Recent\n"
        "   3        \n"
    )


async def test_the_oldest_goes_beyond_the_maximum_and_numbers_go_on(console: Console) -> None:
    await console.configure("archive\npath flash:fastpath\nmaximum 2")
    for _copy in range(12):
        await console.say("archive config")
    saved = console.router.archive.saved(console.router.config.archive)
    assert [entry.number for entry in saved] == [10, 11]
    assert len(console.router.archive.flash.names()) == 2


async def test_write_memory_archives_where_it_is_told_to(console: Console) -> None:
    await console.configure("archive\npath flash:fastpath")
    await console.say("write memory")
    assert console.router.archive.flash.names() == []
    await console.configure("archive\nwrite-memory")
    await console.say("write memory")
    assert console.router.archive.read(FIRST) == console.router.startup_config()
    assert "Write-mem mode is enabled.\n" in await console.say("show archive")


async def test_the_period_archives_by_itself(tmp_path: Path) -> None:
    router = make_router(tmp_path, revert_minute_s=0.02)
    console = Console(router)
    await console.configure("archive\npath flash:fastpath\ntime-period 2")
    assert "The archiving time-period is 2 minutes.\n" in await console.say("show archive")
    await wait_until(lambda: len(router.archive.flash.names()) >= 2)
    await console.configure("archive\nno time-period")
    assert "time-period" not in await console.say("show archive")
    assert router.archive_period.left_min() == 0


async def test_the_time_that_is_left(console: Console) -> None:
    await console.configure("archive\npath flash:fastpath\ntime-period 1440")
    assert "The next archive will be in 1440 minutes.\n" in await console.say("show archive")
    await console.configure("archive\nno path")
    assert console.router.archive_period.left_min() == 0


async def test_a_router_finds_its_archive_again(tmp_path: Path) -> None:
    first = make_router(tmp_path)
    console = Console(first)
    await console.configure("archive\npath flash:fastpath\ntime-period 1440")
    await console.say("archive config", "write memory")
    again = make_router(tmp_path)
    assert await again.start() == []
    assert await Console(again).say("show archive") == await console.say("show archive")


async def test_the_archive_needs_privileges_where_it_acts(router: Router) -> None:
    user = Console(router, privileged=False)
    assert await user.say("show archive") == " Archive feature not enabled\n"
    for line in ("archive config", "show archive config rollback timer", "configure confirm"):
        assert NOT_KNOWN in await user.say(line)
    assert router.unknown == []
