"""`show version` of the lab: what cisco.ios reads out of it, and that it says what it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lab.ios.show_time import render_duration, render_duration_or_never
from lab.ios.show_version import render_version

SHOWS = Path(__file__).parent / "shows"
INTERFACES = ["Ethernet0/0", "Ethernet0/1", "Loopback0"]


def test_text() -> None:
    text = render_version("R1", INTERFACES, 1000.0, 1000.0 + 8 * 86400 + 3660)
    assert text + "\n" == (SHOWS / "version.txt").read_text()


def test_cliconf_finds_what_it_looks_for() -> None:
    """The expressions are those of cisco.ios' cliconf, get_device_info."""
    text = render_version("R1", INTERFACES, 0.0, 60.0)
    found = [
        re.search(r"Version (\S+)", text),
        re.search(r"^[Cc]isco (.+) \(revision", text, re.M),
        re.search(r"^(.+) uptime", text, re.M),
        re.search(r'image file is "(.+)"', text),
    ]
    assert [match and match[1].strip(",") for match in found] == ["15.7(3)M2", "FASTPATH-LAB", "R1", "lab:fastpath"]


def test_it_says_that_it_is_the_lab() -> None:
    text = render_version("R1", [], 0.0, 0.0)
    assert "This is the lab of edgeworks.fastpath, an emulation for tests." in text
    assert "Copyright" not in text


@pytest.mark.parametrize(
    ("seconds", "uptime"),
    [
        (0, "0 minutes"),
        (60, "1 minute"),
        (7260, "2 hours, 1 minute"),
        (86400 * 15, "2 weeks, 1 day"),
        (86400 * 7 * 53, "1 year, 1 week"),
        (-5, "0 minutes"),
    ],
)
def test_uptime(seconds: float, uptime: str) -> None:
    assert f"R9 uptime is {uptime}" in render_version("R9", [], 100.0, 100.0 + seconds).splitlines()


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.9, "00:00:00"),
        (721, "00:12:01"),
        (86399, "23:59:59"),
        (86400 + 7200, "1d02h"),
        (7 * 86400 - 1, "6d23h"),
        (25 * 86400, "3w4d"),
        (62 * 7 * 86400, "1y10w"),
        (-1, "00:00:00"),
    ],
)
def test_duration(seconds: float, shown: str) -> None:
    assert render_duration(seconds) == render_duration_or_never(seconds) == shown


def test_never() -> None:
    assert render_duration_or_never(None) == "never"
