"""The page: whole, closed in itself, escaped, and with a table for every picture."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report.page import keep_units, render_page
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report.reading import read_drill
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report.view import build_view

from .drills import EVERY_DRILL, compared_drill, empty_drill, failed_drill, uncut_drill, void_drill

EVIL = "<img src=x onerror=alert(1)>'\"&"
VOID_ELEMENTS = {"meta", "br", "img", "link", "input"}


class Outline(HTMLParser):
    """Elements with their attributes, the text, and that every element is closed in its order."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.words, self.open = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID_ELEMENTS:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).replace("\u00a0", " ").split())

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


def page(data, pictures=True):
    return render_page(build_view(read_drill(data), "Failover drill", pictures))


@pytest.fixture(scope="module")
def compared():
    return page(compared_drill())


@pytest.mark.parametrize("pictures", [True, False])
@pytest.mark.parametrize("make", EVERY_DRILL.values(), ids=EVERY_DRILL)
def test_every_page_is_whole(make, pictures):
    outline = Outline(page(make(), pictures))
    ids = [attrs["id"] for _tag, attrs in outline.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert bool(outline.all("svg")) <= pictures
    assert outline.all("h1")
    for attrs in (attrs for _tag, attrs in outline.elements):
        assert set(attrs.get("aria-labelledby", "").split()) <= set(ids)


def test_page_needs_nothing_else(compared):
    outline = Outline(compared)
    assert not {tag for tag, _attrs in outline.elements} & {"script", "link", "img", "iframe", "object", "image"}
    assert [attrs["href"] for attrs in outline.all("a")] == ["drill.json"]
    assert all(attrs["href"].startswith("#") for attrs in outline.all("use"))
    assert not re.search(r"https?:|@import|url\((?!#)", compared)
    assert not [name for _tag, attrs in outline.elements for name in attrs if name.startswith("on")]


def test_page_fits_a_phone_and_both_schemes(compared):
    metas = {attrs.get("name"): attrs.get("content") for attrs in Outline(compared).all("meta")}
    assert metas["viewport"] == "width=device-width, initial-scale=1"
    assert metas["color-scheme"] == "light dark"
    assert "prefers-color-scheme: dark" in compared
    assert "@media print" in compared


def test_headline_comes_first(compared):
    text = Outline(compared).text
    assert text.index("452 ms instead of 12.4 s") < text.index("The traffic stood still") < text.index("Outages of all")


def test_every_picture_has_its_tables(compared):
    outline = Outline(compared)
    assert len(outline.all("figure")) == 3
    assert len(outline.all("svg")) == 6  # a wide and a narrow one each
    for caption in ("Outages of all scenarios", "Cycles without BFD", "Cycles with BFD", "Events", "Lost probes"):
        assert caption in outline.text


def test_cause_is_shown_with_its_evidence(compared):
    text = Outline(compared).text
    assert "Cause: BFD, proven. Both ends detected the cut by themselves" in text
    assert "R1 detected +0.271 s, Ethernet0/0 to 10.10.10.2 %BFDFSM-6-BFD_SESS_DOWN" in text
    assert "Cause: hold timer, proven." in text


def test_cut_expectation_settings_and_configuration_are_shown(compared):
    text = Outline(compared).text
    for part in (
        "localhost: python -m lab cut r1-r3 --for 30",
        "the traffic takes another path, BFD is the cause, outage at most 800 ms, fail-back at most 50 ms",
        "Predicted 200 to 800 ms. Both ends detect within 300 ms",
        "Restored 3.75 s after the cut by the drill, verified.",
        "The routers show after the drill what they showed before.",
        "Cycle 3 of 5, the one nearest to the median",
        "probe.interval_ms 10",
        "Configuration of R3",
        "neighbor 10.10.10.1 fall-over bfd",
        "+0.271 s ± 8 ms",
    ):
        assert part in text


def test_failures_differences_and_what_was_not_restored_are_shown():
    text = Outline(page(failed_drill(), pictures=False)).text
    for part in (
        "✗ Failed",
        "link_cut with BFD, cycle 2: outage 12180 ms, expected at most 800 ms.",
        "R1: the BFD session to 10.10.10.2 is Down, it was Up.",
        "The cut was not restored.",
        "nobody (not verified)",
        "Cycle 2 of 2, the first that failed",
    ):
        assert part in text


def test_nothing_measured_is_said():
    for make in (void_drill, empty_drill, uncut_drill):
        assert "No outage was measured." in Outline(page(make(), pictures=False)).text
    assert "Nothing was cut." in Outline(page(uncut_drill(), pictures=False)).text
    assert "The probe on PC1 stalled for 840 ms" in Outline(page(void_drill(), pictures=False)).text


def poisoned(value):
    """Return the data with markup in every text that is not a word of the schema."""
    words = {"schema", "mode", "kind", "router", "how", "restored_by", "name", "direction", "method"}
    if isinstance(value, dict):
        return {key: item if key in words else poisoned(item) for key, item in value.items()}
    if isinstance(value, list):
        return [poisoned(item) for item in value]
    return value + EVIL if isinstance(value, str) else value


def test_texts_never_become_markup(compared):
    outline = Outline(page(poisoned(compared_drill())))
    assert [tag for tag, _attrs in outline.elements] == [tag for tag, _attrs in Outline(compared).elements]
    assert outline.text.count(EVIL) > 100


def test_names_never_become_markup():
    data = compared_drill()
    data["configuration"] = {EVIL: [EVIL]}
    data["settings"] = {EVIL: EVIL}
    for found in data["scenarios"][0]["modes"]:
        for one in found["cycles"]:
            one["clocks"] = {EVIL: one["clocks"]["R1"]}
            one["probes"][0]["direction"] = f"{EVIL} -> PC2"
            one["cause"]["kind"] = one["cut"]["restored_by"] = EVIL
            for part in (*one["events"], *one["cause"]["ends"]):
                part["router"] = EVIL
                part["kind"] = part["how"] = EVIL
    outline = Outline(page(data))
    assert not outline.all("img")
    assert not [name for _tag, attrs in outline.elements for name in attrs if name.startswith("on")]


def test_title_is_escaped_too():
    outline = Outline(render_page(build_view(read_drill(compared_drill()), EVIL, False)))
    assert not outline.all("img")
    assert EVIL in outline.text


def test_long_tables_are_cut_short():
    data = compared_drill()
    probe = data["scenarios"][0]["modes"][1]["cycles"][0]["probes"][0]
    probe["losses"] = [
        {**probe["losses"][0], "from_at": 1790000004 + at, "to_at": 1790000004.5 + at} for at in range(250)
    ]
    text = page(data)
    assert "and 151 more in drill.json" in text  # one of the 251 is of the other direction
    assert text.count("more in drill.json") == 1


def test_units_stay_with_their_numbers():
    assert keep_units("for 12.4 s and 3 min 12 s") == "for 12.4\u00a0s and 3\u00a0min 12\u00a0s"
    assert keep_units("R1 sends 5 messages") == "R1 sends 5 messages"
