from __future__ import annotations

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.names import interface_name, read_asn
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.show_text import (
    clean_lines,
    read_duration_s,
    refusal,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:09:02", 542),
        ("22:04:03", 79443),
        ("100:00:01", 360001),
        ("00:00:07.996", 7),
        ("1d02h", 93600),
        ("5w1d", 3110400),
        ("1y10w", 37584000),
        ("never", None),
        ("", None),
        (None, None),
        ("4d12hx", None),
    ],
)
def test_durations(text: str | None, seconds: int | None) -> None:
    assert read_duration_s(text) == seconds


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("Et0/0", "Ethernet0/0"),
        ("Ethernet0/0", "Ethernet0/0"),
        ("Gi0/0/1.3003", "GigabitEthernet0/0/1.3003"),
        ("Gig6/0", "GigabitEthernet6/0"),
        ("Fa0/1", "FastEthernet0/1"),
        ("Te1/1/4", "TenGigabitEthernet1/1/4"),
        ("Twe1/0/1", "TwentyFiveGigE1/0/1"),
        ("Tw1/0/1", "TwoGigabitEthernet1/0/1"),
        ("Po10", "Port-channel10"),
        ("port-channel 10", "Port-channel10"),
        ("Vl10", "Vlan10"),
        ("Tu100", "Tunnel100"),
        ("Lo0", "Loopback0"),
        ("BD3328", "BDI3328"),
        ("Wlan-GigabitEthernet0/1", "Wlan-GigabitEthernet0/1"),
        ("E0/0", "E0/0"),
        ("nonsense", "nonsense"),
    ],
)
def test_interface_names(name: str, full: str) -> None:
    assert interface_name(name) == full


def test_asn_in_both_notations() -> None:
    assert read_asn("65000") == 65000
    assert read_asn("1.10") == 65546


def test_lines_lose_pager_escapes_and_carriage_returns() -> None:
    assert clean_lines("a  b\r\n --More-- \x08\x08\x08   \x08\x08\x08\tc\x1b[K\r\n") == ["a b", "c"]


@pytest.mark.parametrize(
    "text",
    [
        "                ^\r\n% Invalid input detected at '^' marker.\r\n",
        "% Incomplete command.",
        '% Ambiguous command:  "show b"',
        "% Unknown command or computer name, or unable to find computer address",
    ],
)
def test_refusals(text: str) -> None:
    found = refusal(text)
    assert found is not None
    assert found.startswith("% ")


def test_an_answer_is_no_refusal() -> None:
    assert refusal("% BGP not active") is None
    assert refusal("  BGP state = Idle") is None
