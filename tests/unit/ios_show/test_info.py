from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import DeviceError, InvalidInput
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.info import run_info
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.verify import (
    check_state,
    expected_state,
    observed_from_dict,
)

from .fleet_cases import models

GOLDEN = Path(__file__).parents[2] / "golden" / "show"
INVALID = "show bfd neighbors details\n     ^\n% Invalid input detected at '^' marker.\n"


class FakeRouter:
    """A transport that answers from a table and remembers what it was asked."""

    def __init__(self, answers: Mapping[str, str | Exception]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def run(self, command: str) -> str:
        self.asked.append(command)
        answer = self.answers[command]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def push(self, lines: Sequence[str]) -> list[str]:
        raise AssertionError(f"information changes nothing, yet {lines} were pushed")

    def save(self) -> None:
        raise AssertionError("information saves nothing")


def capture(name: str) -> str:
    """Return a golden capture."""
    return (GOLDEN / f"{name}.txt").read_text()


def answers(**changes: str | Exception) -> dict[str, str | Exception]:
    """Return what a router answers, changed by the case."""
    found: dict[str, str | Exception] = {
        "show bfd neighbors details": capture("parse_bfd_neighbors/seed_r1_echo"),
        "show ip bgp summary": capture("parse_bgp_summary/ios_states"),
        "show ip bgp neighbors": capture("parse_bgp_neighbors/ios_bfd_up"),
        "show ip route bgp": capture("parse_bgp_routes/seed_r1"),
        "show standby brief": capture("parse_standby_brief/ios_roles"),
    }
    found.update({name.replace("_", " "): answer for name, answer in changes.items()})
    return found


def test_everything_is_gathered_as_plain_values() -> None:
    router = FakeRouter(answers())
    info = run_info(router)
    assert router.asked == list(answers())
    assert info["gather_subset"] == ["bfd", "bgp", "routes", "hsrp"]
    assert info["not_supported"] == {}
    assert info["bfd_sessions"][0]["detection_time_ms"] == 300
    assert info["bfd_sessions"][0]["protocols"] == ["BGP"]
    assert info["bgp"] == {"asn": 64512, "router_id": "192.168.1.2"}
    assert [route["next_hop"] for route in info["bgp_routes"]] == ["192.168.1.3", "10.10.10.2"]
    assert info["hsrp_groups"][0]["state"] == "Standby"


def test_a_neighbor_of_the_summary_alone_is_not_lost() -> None:
    neighbors = run_info(FakeRouter(answers()), ["bgp"])["bgp_neighbors"]
    by_address = {item["neighbor"]: item["state"] for item in neighbors}
    assert len(neighbors) == 9
    assert by_address["10.10.10.2"] == "Established"
    assert by_address["192.168.1.10"] == "Idle (PfxCt)"


def test_a_router_without_bgp_has_no_process() -> None:
    quiet = "% BGP not active\n"
    info = run_info(FakeRouter(answers(show_ip_bgp_summary=quiet, show_ip_bgp_neighbors=quiet)), ["bgp"])
    assert info["bgp"] is None
    assert info["bgp_neighbors"] == []


@pytest.mark.parametrize("answer", [INVALID, DeviceError(INVALID), DeviceError(f"R1: {INVALID.split(chr(10))[2]}")])
def test_an_unknown_command_is_not_supported_and_not_zero_sessions(answer: str | Exception) -> None:
    info = run_info(FakeRouter(answers(show_bfd_neighbors_details=answer)))
    assert info["gather_subset"] == ["bgp", "routes", "hsrp"]
    assert info["not_supported"]["bfd"].startswith("show bfd neighbors details: % Invalid input")
    assert "bfd_sessions" not in info


def test_another_device_error_is_not_swallowed() -> None:
    with pytest.raises(DeviceError, match="out of memory"):
        run_info(FakeRouter(answers(show_standby_brief=DeviceError("out of memory"))))


@pytest.mark.parametrize(
    ("subset", "gathered"),
    [
        ([], ["bfd", "bgp", "routes", "hsrp"]),
        (["all"], ["bfd", "bgp", "routes", "hsrp"]),
        (["hsrp", "bfd"], ["bfd", "hsrp"]),
        (["!hsrp"], ["bfd", "bgp", "routes"]),
        (["all", "!bgp", "!routes"], ["bfd", "hsrp"]),
        (["!all"], []),
    ],
)
def test_subsets(subset: list[str], gathered: list[str]) -> None:
    assert run_info(FakeRouter(answers()), subset)["gather_subset"] == gathered


def test_unknown_subsets_are_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        run_info(FakeRouter({}), ["bfd", "ospf", "!rip"])
    assert str(caught.value).splitlines() == [
        "gather_subset: 'ospf' is not allowed; allowed: all, bfd, bgp, routes, hsrp, !bfd, !bgp, !routes, !hsrp. "
        "Name parts that exist.",
        "gather_subset: '!rip' is not allowed; allowed: all, bfd, bgp, routes, hsrp, !bfd, !bgp, !routes, !hsrp. "
        "Name parts that exist.",
    ]


def test_information_feeds_the_check() -> None:
    info = run_info(FakeRouter(answers()))
    found = check_state(expected_state(models(), "R1"), observed_from_dict(info))
    assert found == (
        "BFD 192.168.1.3 on Ethernet0/1: expected, not in the output; seen: 10.10.10.2",
        "BGP 192.168.1.3: expected Established, seen Idle (Admin)",
        "HSRP group 1 on Ethernet0/1: expected Active, seen Standby",
    )


@pytest.mark.parametrize("answer", ["% Authorization failed.\n", "Command authorization failed.\n\n"])
def test_a_command_that_is_not_allowed_is_no_router_without_sessions(answer: str) -> None:
    with pytest.raises(DeviceError, match=r"show standby brief.*AAA"):
        run_info(FakeRouter(answers(show_standby_brief=answer)), ["hsrp"])
