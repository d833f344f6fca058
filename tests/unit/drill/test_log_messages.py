from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.log_messages import (
    LogFact,
    bfd_reason,
    is_bfd_reset,
    is_hold_time_expired,
    read_message,
)
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.show_clock import (
    ClockSettings,
    parse_clock,
    read_clock_settings,
)
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.show_logging import (
    LogSettings,
    parse_logging,
    record_seconds,
)
from hypothesis import given
from hypothesis import strategies as st

from lab.engine import Event
from lab.ios.show_logging import render_logging
from lab.ios.store import RouterConfig
from lab.ios.syslog import render_event

GOLDEN = Path(__file__).parents[2] / "golden" / "show" / "parse_logging"


def facts(name: str) -> list[LogFact]:
    return [read_message(record) for record in parse_logging((GOLDEN / f"{name}.txt").read_text())]


def test_messages_of_ios_15() -> None:
    assert facts("ios15_hold_timer_and_bfd") == [
        LogFact("notification_sent", neighbor="10.10.10.2", reason="4/0 (hold time expired)"),
        LogFact("bgp_reset", neighbor="10.10.10.2", reason="BGP Notification sent"),
        LogFact("other"),
        LogFact("bgp_down", neighbor="10.10.10.2", reason="BGP Notification sent"),
        LogFact("other"),
        LogFact("configured", reason="Configured from console by admin on vty0 (192.0.2.9)"),
        LogFact("bfd_down", discriminator=4, handle=2, reason="ECHO FAILURE"),
        LogFact("bgp_reset", neighbor="10.10.10.2", reason="BFD adjacency down"),
        LogFact("bgp_down", neighbor="10.10.10.2", reason="BFD adjacency down"),
        LogFact("bgp_up", neighbor="10.10.10.2"),
        LogFact("bfd_up", discriminator=4, handle=2),
        LogFact("hsrp", interface="Ethernet0/1", reason="1 state Standby -> Active"),
    ]


def test_messages_of_ios_xe() -> None:
    found = facts("iosxe_sequence_zone_year")
    assert found[1] == LogFact("line_down", interface="GigabitEthernet0/0/1.104", reason="down")
    assert found[3] == LogFact("line_down", interface="GigabitEthernet1", reason="administratively down")
    assert found[4] == LogFact("bfd_down", discriminator=4097, handle=8, reason="DETECT TIMER EXPIRED")
    assert found[5] == LogFact("bgp_down", neighbor="2a00:2180:4003::108", vrf="MSGTST", reason="BFD adjacency down")
    assert found[6] == LogFact("bfd_destroyed", interface="GigabitEthernet0/0/1.104", discriminator=4097, handle=8)
    assert found[7] == LogFact(
        "bfd_created", neighbor="2a00:2180:4003::108", interface="GigabitEthernet0/0/1.104", handle=8
    )


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        (
            "%BFD-6-BFD_SESS_DESTROYED: BFD-SYSLOG: bfd_session_destroyed,  ld:4097 neigh proc:BGP, handle:1 act",
            LogFact("bfd_destroyed", discriminator=4097, handle=1),
        ),
        (
            "%BFD-6-BFD_SESS_DOWN: BFD session ld:4097 handle:1 is going down Reason: DETECT_TIMER_EXPIRED",
            LogFact("bfd_down", discriminator=4097, handle=1, reason="DETECT_TIMER_EXPIRED"),
        ),
        (
            "%BFDFSM-6-BFD_SESS_DOWN: BFD-SYSLOG: BFD session ld:7 neigh proc:BGP, idb:Gi1 handle:3,is going Down"
            " Reason: ECHO FAILURE",
            LogFact("bfd_down", discriminator=7, handle=3, reason="ECHO FAILURE"),
        ),
        (
            "%BFDFSM-6-BFD_SESS_UP: BFD-SYSLOG: BFD session ld:7 neigh proc:BGP, idb:Gi1 handle:3 is going UP",
            LogFact("bfd_up", discriminator=7, handle=3),
        ),
        (
            "%BGP-5-NBR_RESET: Neighbor 10.1.1.2 active reset (BGP Notification sent)",
            LogFact("bgp_reset", neighbor="10.1.1.2", reason="BGP Notification sent"),
        ),
        ("%BGP-5-ADJCHANGE: neighbor *10.1.1.9 Up ", LogFact("bgp_up", neighbor="10.1.1.9")),
        (
            "%BGP-3-NOTIFICATION: received from neighbor 10.1.1.2 passive 6/4 (Administrative Reset) 0 bytes",
            LogFact("notification_received", neighbor="10.1.1.2", reason="6/4 (Administrative Reset)"),
        ),
        (
            "%STANDBY-6-STATECHANGE: Vl1 Group 1 state Standby -> Active",
            LogFact("hsrp", interface="Vlan1", reason="1 state Standby -> Active"),
        ),
        (
            "%LINK-3-UPDOWN: Interface Gi0/1, changed state to up",
            LogFact("line_up", interface="GigabitEthernet0/1", reason="up"),
        ),
        ("%BGP-4-MAXPFX: Number of prefixes received from 10.1.1.2 reaches 80, max 100", LogFact("other")),
        ("%BFD-6-SOMETHING_NEW: ld:1 is going Down Reason: ECHO FAILURE", LogFact("other")),
    ],
)
def test_other_forms(line: str, fact: LogFact) -> None:
    [record] = parse_logging(f"*Mar  1 00:00:01.000: {line}")
    assert read_message(record) == fact


@pytest.mark.parametrize(
    ("words", "how"),
    [
        ("ECHO FAILURE", "detected"),
        ("DETECT TIMER EXPIRED", "detected"),
        ("DETECT_TIMER_EXPIRED", "detected"),
        ("RX DOWN", "signalled"),
        ("RX ADMINDOWN", "admin"),
        ("ADMIN DOWN", "admin"),
        ("SOMETHING NEW", None),
        (None, None),
    ],
)
def test_reasons_of_bfd(words: str | None, how: str | None) -> None:
    assert bfd_reason(words) == how


def test_reasons_of_bgp() -> None:
    assert is_hold_time_expired("4/0 (hold time expired)")
    assert is_hold_time_expired("BGP Notification sent, hold time expired")
    assert is_hold_time_expired("Hold timer expired")
    assert not is_hold_time_expired("6/10 (BFD Down)")
    assert not is_hold_time_expired(None)
    assert is_bfd_reset("BFD adjacency down of session 1")
    assert not is_bfd_reset("Interface flap")


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("bfd_down", {"local_discriminator": "7", "reason": "echo function failed"}, ("bfd_down", "detected")),
        (
            "bfd_down",
            {"local_discriminator": "7", "reason": "control detection time expired"},
            ("bfd_down", "detected"),
        ),
        (
            "bfd_down",
            {"local_discriminator": "7", "reason": "neighbor signaled session down"},
            ("bfd_down", "signalled"),
        ),
        ("bfd_down", {"local_discriminator": "7", "reason": "administratively down"}, ("bfd_down", "admin")),
    ],
)
def test_what_the_lab_logs_is_understood(kind: str, fields: dict[str, str], expected: tuple[str, str]) -> None:
    lines = render_event(Event(1764000000.25, kind, fields), RouterConfig("R1"))
    [record] = parse_logging(render_logging(lines))
    fact = read_message(record)
    assert (fact.kind, bfd_reason(fact.reason)) == expected
    assert fact.discriminator == 7
    assert record_seconds(record, 1764000000) == 1764000000.25


def at(*moment: int) -> float:
    return datetime(*moment, tzinfo=timezone.utc).timestamp()  # type: ignore[arg-type]


def test_a_stamp_without_a_year_takes_the_nearest() -> None:
    [old, new, leap] = parse_logging(
        "*Dec 31 23:59:59: %A-1-B: x\n*Jan  1 00:00:01: %A-1-B: x\n*Feb 29 00:00:00: %A-1-B: x"
    )
    assert record_seconds(old, at(2027, 1, 1)) == at(2026, 12, 31, 23, 59, 59)
    assert record_seconds(new, at(2026, 12, 31)) == at(2027, 1, 1, 0, 0, 1)
    assert record_seconds(leap, at(2024, 3, 1)) == at(2024, 2, 29)
    assert record_seconds(leap, at(2026, 3, 1)) is None


def test_a_stamp_that_names_no_day_has_no_time() -> None:
    records = parse_logging("00:00:46: %A-1-B: x\n1d02h: %A-1-B: x\n%A-1-B: x\n*Feb 31 2026 00:00:00: %A-1-B: x")
    assert [record_seconds(record, at(2026, 1, 1)) for record in records] == [None] * 4


@given(st.datetimes(min_value=datetime(1993, 3, 1), max_value=datetime(2090, 1, 1)), st.integers(-150, 150))
def test_the_year_is_found_from_half_a_year_away(moment: datetime, days: int) -> None:
    seconds = moment.replace(microsecond=0, tzinfo=timezone.utc).timestamp()
    [record] = parse_logging(f"*{moment:%b} {moment.day:>2} {moment:%H:%M:%S}: %A-1-B: x")
    assert record_seconds(record, seconds + days * 86400) == seconds


@given(st.text())
def test_no_text_stops_the_parser(text: str) -> None:
    for record in parse_logging(f"*Mar  1 00:00:01.000: %{text}\n{text}"):
        assert read_message(record).kind


def test_the_settings_of_zone_and_stamps() -> None:
    lines = [
        "service timestamps debug uptime",
        "service timestamps log datetime msec localtime show-timezone year",
        "clock timezone CET 1 0",
        "clock summer-time CEST recurring last Sun Mar 2:00 last Sun Oct 3:00",
    ]
    assert read_clock_settings(lines) == ClockSettings(
        {"UTC": 0, "CET": 60, "CEST": 120}, "datetime", log_localtime=True
    )


@pytest.mark.parametrize(
    ("lines", "settings"),
    [
        ([], ClockSettings({"UTC": 0}, "none")),
        (["service timestamps log uptime"], ClockSettings({"UTC": 0}, "uptime")),
        (["service timestamps log datetime msec", "clock timezone NST -3 30"], ClockSettings({"UTC": 0, "NST": -210})),
        (
            [
                "service timestamps log datetime",
                "clock timezone X 10",
                "clock summer-time Y date Mar 1 2026 2:00 Oct 1 2026 2:00 30",
            ],
            ClockSettings({"UTC": 0, "X": 600, "Y": 630}),
        ),
    ],
)
def test_other_settings(lines: list[str], settings: ClockSettings) -> None:
    assert read_clock_settings(lines) == settings


def test_a_zone_may_have_a_number_for_a_name() -> None:
    first, second = parse_logging(
        "*Nov 24 10:00:00.123 -03: %A-1-B: x\n*Nov 24 2026 10:00:00.124 03: %BGP-5-ADJCHANGE: neighbor 10.1.1.2 Up"
    )
    assert (first.zone, first.text) == ("-03", "x")
    assert (second.zone, second.year, read_message(second).kind) == ("03", 2026, "bgp_up")


def test_a_message_behind_an_unknown_stamp_does_not_speak_for_the_one_before() -> None:
    down = "%BFDFSM-6-BFD_SESS_DOWN: BFD-SYSLOG: BFD session ld:{} handle:1,is going Down Reason: {}"
    first, second = parse_logging(
        f"*Nov 24 10:00:00.1: {down.format(1, 'RX DOWN')}\nNov 24 10:00:00 UTC +1: {down.format(2, 'ECHO FAILURE')}"
    )
    assert bfd_reason(read_message(first).reason) == "signalled"
    assert read_message(second).discriminator == 2
    assert record_seconds(second, at(2026, 11, 24)) is None


def test_a_host_name_that_ends_in_a_digit_is_no_sequence_number() -> None:
    found = parse_logging("R1: *Nov 24 10:00:00: %A-1-B: x\n77: R1: 000076: *Nov 24 10:00:00: %A-1-B: x")
    assert [record.sequence for record in found] == [None, 76]


def test_a_clock_that_cannot_be() -> None:
    assert parse_clock("10:00:00.000 UTC Mon Feb 30 2026") is None
    assert parse_clock("10:00:00.000 UTC Mon Xyz 3 2026") is None
    assert parse_clock("% Invalid input detected") is None


def test_what_the_buffer_keeps() -> None:
    assert LogSettings(enabled=True, level="informational").keeps(6)
    assert not LogSettings(enabled=True, level="notifications").keeps(6)
    assert not LogSettings(enabled=True, level=None).keeps(0)
    assert not LogSettings(enabled=False, level="debugging").keeps(0)
