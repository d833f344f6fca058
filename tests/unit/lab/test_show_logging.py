"""`show logging` of the lab."""

from __future__ import annotations

from pathlib import Path

from lab.ios.show_logging import BUFFER_BYTES, newest_lines, render_logging

SHOWS = Path(__file__).parent / "shows"
LINES = ["*Mar 29 07:36:15.391: %LINK-3-UPDOWN: Interface Ethernet0/0, changed state to up", "*Mar 29 07:36:16.391: x"]


def test_text() -> None:
    assert render_logging(LINES) + "\n" == (SHOWS / "logging.txt").read_text()


def test_empty_buffer() -> None:
    text = render_logging([])
    assert text.endswith(f"Log Buffer ({BUFFER_BYTES} bytes):\n")
    assert "Buffer logging:  level debugging, 0 messages logged," in text


def test_the_count_includes_what_left_the_buffer() -> None:
    assert "Buffer logging:  level debugging, 70 messages logged," in render_logging(LINES, logged=70)


def test_the_buffer_keeps_the_newest_whole_lines() -> None:
    assert newest_lines(["one", "two", "three"], limit_bytes=10) == ["two", "three"]
    assert newest_lines(["one", "two", "three"], limit_bytes=9) == ["three"]
    assert newest_lines(["é" * 4, "a"], limit_bytes=10) == ["a"]


def test_the_buffer_is_as_big_as_it_says() -> None:
    lines = [f"{number:099}" for number in range(1000)]
    shown = render_logging(lines).split("bytes):\n\n")[1].splitlines()
    assert shown[-1] == lines[-1]
    assert len(shown) == BUFFER_BYTES // 100
