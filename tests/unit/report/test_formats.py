"""Numbers and times as people read them."""

from __future__ import annotations

import pytest
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report import formats
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report.settings import flatten


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0, "0 ms"),
        (0.31, "0.3 ms"),
        (9.96, "10 ms"),
        (452.4, "452 ms"),
        (999.4, "999 ms"),
        (999.6, "1.00 s"),
        (1234, "1.23 s"),
        (9994, "9.99 s"),
        (12400, "12.4 s"),
        (-3.1, "-3.1 ms"),
    ],
)
def test_milliseconds_have_three_digits_that_matter(value, text):
    assert formats.format_ms(value) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (200, 800, "200 to 800 ms"),
        (10000, 15500, "10.0 to 15.5 s"),
        (900, 1500, "900 ms to 1.50 s"),
        (300, 300, "300 ms"),
        (None, 300, "300 ms"),
        (None, None, "-"),
    ],
)
def test_range_has_its_unit_once(low, high, text):
    assert formats.format_range_ms(low, high) == text


@pytest.mark.parametrize(("value", "text"), [(None, "-"), (0.4, "400 ms"), (119, "119.0 s"), (192, "3 min 12 s")])
def test_seconds_become_minutes(value, text):
    assert formats.format_s(value) == text


@pytest.mark.parametrize(("value", "text"), [(None, "-"), (27.4, "27 times"), (2.04, "2.0 times")])
def test_ratio_is_in_words(value, text):
    assert formats.format_ratio(value) == text


def test_clock_rounds_to_milliseconds_without_losing_a_second():
    assert formats.format_clock(1790000000.9996) == "14:13:21.000"
    assert formats.format_clock(None) == "-"


def test_offset_says_before_and_after():
    assert [formats.format_offset(value) for value in (-0.0204, 0.2714)] == ["-0.020 s", "+0.271 s"]


def test_moment_is_utc():
    assert formats.format_moment(1790000000) == "2026-09-21 14:13:20 UTC"


def test_settings_are_lines():
    settings = {"a": {"b": True, "c": None}, "d": [1, False], "e": [{"f": "x"}], "g": []}
    assert list(flatten(settings)) == [("a.b", "yes"), ("a.c", "-"), ("d", "1, no"), ("e[0].f", "x"), ("g", "-")]
