"""What happened in a cycle, on one axis whose zero is the cut."""

from __future__ import annotations

import pytest
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report.model import Event
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report.reading import read_drill
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report.timeline import (
    build_timeline,
    choose_cycle,
    describe_event,
)

from .drills import compared_drill, cycle, drill, event, failed_drill, mode, scenario, uncut_drill, void_drill


def read_mode(data, at=0):
    return read_drill(data).scenarios[0].modes[at]


def timeline_of(cycle_data):
    found = read_mode(drill([scenario([mode(cycle_data["mode"], [cycle_data])])]))
    return build_timeline(found.cycles[0], found.mode)


def test_lanes_are_directions_then_routers():
    assert [lane.title for lane in timeline_of(cycle("bfd", 1, 452)).lanes] == [
        "PC1 -> PC2",
        "PC2 -> PC1",
        "R1",
        "R3",
    ]


def test_losses_are_moved_to_the_controllers_clock():
    (span,) = timeline_of(cycle("bfd", 1, 452)).lanes[0].spans
    assert (span.start, span.end) == (pytest.approx(0.004, abs=1e-5), pytest.approx(0.456, abs=1e-5))
    assert span.text == "45 lost, 452 ms"


def test_loss_that_did_not_end_lasts_as_long_as_the_probe():
    data = cycle("bfd", 1, 452)
    data["probes"][0]["losses"][0]["to_at"] = None
    (span,) = timeline_of(data).lanes[0].spans
    assert span.end == pytest.approx(data["probes"][0]["ended_at"] - data["cut"]["at"] - 0.012, abs=1e-5)
    assert span.text == "45 lost, at least 452 ms"


def test_events_are_marks_with_words_and_shapes():
    marks = timeline_of(cycle("bfd", 1, 452)).lanes[2].marks
    assert [(mark.text, mark.shape) for mark in marks] == [
        ("BFD down", "down"),
        ("BGP down", "square"),
        ("BGP up", "hollow square"),
        ("BFD up", "up"),
    ]
    assert marks[0].at == pytest.approx(0.2712, abs=1e-4)


def test_enlarged_part_holds_outage_and_prediction_and_the_whole_holds_the_restore():
    timeline = timeline_of(cycle("bfd", 1, 452))
    low, high = timeline.enlarged
    assert low < 0 < 0.8 < high < 1
    assert timeline.predicted == (0.2, 0.8)
    assert timeline.whole[1] > timeline.restored == pytest.approx(3.452)


def test_loss_after_the_restore_is_not_enlarged():
    data = cycle("bfd", 1, 452)
    back = data["cut"]["restored_at"] + 0.1
    data["probes"][1]["losses"].append({"from_at": back, "to_at": back + 0.04, "count": 3, "outage_ms": 30})
    assert timeline_of(data).enlarged[1] < 1


def test_first_of_several_equal_outages_is_enlarged():
    data = cycle("bfd", 1, 452)
    for probe in data["probes"]:
        (loss,) = probe["losses"]
        blip = {**loss, "from_at": loss["from_at"] - 0.002, "to_at": loss["from_at"] - 0.001}
        flaps = [{**loss, "from_at": loss["from_at"] + at, "to_at": loss["to_at"] + at + at / 100} for at in (1, 2)]
        probe["losses"] = [blip, loss, *flaps]
    assert 0.8 < timeline_of(data).enlarged[1] < 1


def test_nothing_cut_has_no_timeline():
    found = read_mode(uncut_drill())
    assert build_timeline(found.cycles[0], "bfd") is None


def test_cut_that_was_not_restored_has_no_restore():
    assert build_timeline(read_mode(failed_drill(), 1).cycles[1], "bfd").restored is None


def test_chosen_is_the_first_that_failed():
    assert choose_cycle(read_mode(failed_drill(), 1)).number == 2


def test_chosen_is_the_one_nearest_to_the_median():
    assert choose_cycle(read_mode(compared_drill(), 1)).number == 3


def test_chosen_of_void_cycles_is_the_first():
    assert choose_cycle(read_mode(void_drill())).number == 1
    assert choose_cycle(read_mode(drill([scenario([mode("bfd", [])])]))) is None


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("bfd_down", "", "BFD down"),
        ("other", "*Mar 29 07:36:15.391: %SYS-5-RESTART: System restarted", "SYS-5-RESTART"),
        ("other", "something", "log"),
        ("notification_sent", "sent to neighbor 10.0.0.1 4/0 (hold time expired) 0 bytes", "hold time expired"),
        ("notification_sent", "sent to neighbor 10.0.0.1 6/2 (Administrative Shutdown)", "BGP notification sent"),
        ("new_kind", "", "new kind"),
    ],
)
def test_kinds_are_words(kind, text, words):
    assert describe_event(Event(0.0, "R1", kind, text)) == words


def test_kind_of_another_day_is_drawn_and_noise_is_not():
    data = cycle("bfd", 1, 452)
    data["events"] += [event(data["cut"]["at"] + 1, "R2", "new_kind", ""), event(data["cut"]["at"], "R2", "other", "")]
    lane = timeline_of(data).lanes[3]
    assert (lane.title, [mark.text for mark in lane.marks]) == ("R2", ["new kind"])
