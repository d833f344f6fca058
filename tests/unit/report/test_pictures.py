"""The pictures: SVG that follows the page, says what it shows, and never takes a name for markup."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report import canvas, figures
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report.page import TEMPLATES
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report.ranges import build_ranges
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report.reading import read_drill
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report.svg import COLOURS, Label, inline_svg
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report.timeline import KINDS

from .drills import compared_drill, cycle, drill, mode, scenario, several_scenarios_drill, uncut_drill, void_drill

EVIL = "<script>alert(1)</script> & $x$"


def timeline(data, at=1):
    found = read_drill(data).scenarios[0].modes[at]
    return figures.timeline_picture(found.cycles[0], found.mode, "s0m0")


def texts(svg):
    return [element.text for element in ElementTree.fromstring(svg).iter("text")]


def test_library_is_there():
    """The tests below have to run where the project is developed."""
    assert figures.missing_library() == ""


@pytest.mark.parametrize("form", ["wide", "narrow"])
def test_timeline_says_what_happened(form):
    said = texts(getattr(timeline(compared_drill()), form))
    for text in ("PC1 -> PC2", "R1", "R3", "cut", "restored", "BFD down +0.243 s", "40 lost, 405 ms"):
        assert text in said
    assert "predicted end 200 to 800 ms" in said
    assert "BFD up +4.615 s" not in said  # it is in the strip, and in the table


@pytest.mark.parametrize("form", ["wide", "narrow"])
def test_ranges_say_what_was_predicted_and_measured(form):
    said = texts(getattr(figures.ranges_picture(read_drill(compared_drill())), form))
    for text in ("predicted 10.0 to 15.5 s", "12.4 s", "predicted 200 to 800 ms", "452 ms", "1 s", "10 s"):
        assert text in said
    assert any("limit 800 ms" in text for text in said)


def test_colours_are_the_pages():
    for form in ("wide", "narrow"):
        svg = getattr(timeline(compared_drill()), form)
        assert not re.search(r"#[0-9a-f]{6}\b", svg)
        assert "var(--bfd)" in svg
        assert "var(--ink)" in svg


def test_every_colour_is_defined_for_light_dark_and_print():
    style = (TEMPLATES / "style.css").read_text()
    for name in COLOURS:
        assert len(re.findall(rf"--{name}:", style)) == 3


def test_pictures_name_no_font_no_style_sheet_and_no_resource():
    svg = timeline(compared_drill()).wide
    for word in ("font-family", "<style", "http", "<metadata", "<image"):
        assert word not in svg


def test_picture_has_a_title_and_a_description():
    root = ElementTree.fromstring(timeline(compared_drill()).wide)
    title, description = root[0], root[1]
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", f"{title.get('id')} {description.get('id')}")
    assert (title.text, title.tag) == ("Timeline of cycle 1", "title")
    assert description.text.startswith(
        "The traffic stood still for 405 ms. PC1 -> PC2: 40 lost, 405 ms, from +0.004 s."
    )


def test_names_stay_text():
    data = compared_drill()
    for item in data["scenarios"][0]["modes"][1]["cycles"][0]["events"]:
        item["router"] = EVIL if item["router"] == "R1" else item["router"]
    svg = timeline(data).wide
    assert "<script" not in svg
    assert EVIL in texts(svg)


def test_long_names_have_room_and_very_long_ones_are_shortened():
    data = compared_drill()
    for one in data["scenarios"][0]["modes"][1]["cycles"]:
        one["probes"][0]["direction"] = "probe-in-the-north -> probe-east"
        one["probes"][1]["direction"] = "probe-in-the-north.example.net -> probe-in-the-south.example.net"
    said = texts(timeline(data).wide)
    assert "probe-in-the-north -> probe-east" in said
    assert any(text.startswith("probe-in-the-north.example.net") and text.endswith("…") for text in said)


def test_title_with_markup_stays_text():
    data = drill([scenario([mode("bfd", [cycle("bfd", 1, 452)])], title=EVIL)])
    assert EVIL in texts(figures.ranges_picture(read_drill(data)).wide)


def test_picture_is_the_same_each_time():
    assert timeline(compared_drill()) == timeline(compared_drill())


def test_users_settings_of_the_library_change_nothing():
    import matplotlib

    expected = timeline(compared_drill()).wide
    with matplotlib.rc_context({"lines.linewidth": 9, "svg.fonttype": "path", "axes.grid": True}):
        assert timeline(compared_drill()).wide == expected


def test_nothing_cut_has_no_timeline():
    assert timeline(uncut_drill(), 0) is None


def test_bars_hold_everything_that_was_measured():
    ranges = build_ranges(read_drill(several_scenarios_drill()))
    assert [len(group.bars) for group in ranges.groups] == [2, 2, 1, 1]
    assert ranges.groups[2].bars[0].outages == (610, 585)  # the void cycle does not count
    assert ranges.low < 50 < 15500 < ranges.high
    assert ranges.low < ranges.clipped(0) < 50


def test_bars_have_limits_with_bfd_only():
    bars = build_ranges(read_drill(compared_drill())).groups[0].bars
    assert [bar.limit for bar in bars] == [None, 800]


def test_every_kind_of_event_has_a_shape_that_can_be_drawn():
    assert {shape for _words, shape in KINDS.values()} - {""} <= set(canvas.SHAPES)


def test_nothing_measured_has_no_bars():
    assert build_ranges(read_drill(void_drill())) is None


def test_many_events_are_cut_short():
    data = compared_drill()
    one = data["scenarios"][0]["modes"][1]["cycles"][0]
    one["events"] += [{**one["events"][2], "at": one["cut"]["at"] + 0.3 + at / 1000} for at in range(20)]
    assert "and 15 more" in texts(timeline(data).wide)


def test_references_within_a_picture_are_its_own():
    text = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="1" height="1">'
        '<style>*{}</style><path id="a"/><path id="b"/><use xlink:href="#a"/><g clip-path="url(#c)" style="'
        'fill: #010101; font-family: X"/><clipPath id="c"/></svg>'
    )
    root = ElementTree.fromstring(inline_svg(text, Label("p1", "T", "D")))
    assert [element.get("id") for element in root.iter() if element.get("id")] == [
        "p1-title",
        "p1-text",
        "p1-a",
        "p1-c",
    ]
    assert root.find("use").get("href") == "#p1-a"
    group = root.find("g")
    assert (group.get("clip-path"), group.get("style")) == ("url(#p1-c)", "fill: var(--ink);")
