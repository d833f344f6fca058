from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import InvalidInput
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.show_bfd import BfdSession
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.show_bgp import BgpNeighbor
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.show_route import BgpRoute
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.show_standby import HsrpGroup
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.verify import (
    Expectations,
    ExpectedBfd,
    ExpectedBgp,
    ExpectedHsrp,
    Observed,
    check_state,
    expectations_from_dict,
    expected_state,
    observed_from_dict,
)

from .fleet_cases import Configs, interface, models, neighbor

BFD = BfdSession(
    "10.10.10.2",
    "10.10.10.1",
    "Ethernet0/0",
    "Up",
    4,
    4,
    "Up",
    echo=True,
    interval_ms=100,
    multiplier=3,
    detection_time_ms=300,
    protocols=("HSRP", "BGP", "CEF"),
)
BFD_LAN = replace(BFD, neighbor="192.168.1.3", local_address="192.168.1.2", interface="Ethernet0/1")
BGP = BgpNeighbor("10.10.10.2", 64513, "Established", hold_time_s=15, keepalive_s=5, bfd=True, bfd_peer_state="Up")
BGP_LAN = replace(BGP, neighbor="192.168.1.3", remote_as=64512)
ROUTES = (BgpRoute("10.10.20.0/24", "192.168.1.3", 200, 0), BgpRoute("192.168.2.0/24", "10.10.10.2", 20, 0))
HSRP = HsrpGroup("Ethernet0/1", 1, 100, True, "Active", "local", "192.168.1.3", "192.168.1.1")
GOOD = Observed(bfd=(BFD, BFD_LAN), bgp=(BGP, BGP_LAN), routes=ROUTES, hsrp=(HSRP,))


def failures(observed: Observed) -> list[str]:
    """Return what is wrong on R1."""
    return list(check_state(expected_state(models(), "R1"), observed))


def test_r1_of_the_seed_passes() -> None:
    assert failures(GOOD) == []


BFD_CASES = [
    (replace(BFD, state="Down", detection_time_ms=None), "BFD 10.10.10.2 on Ethernet0/0: expected Up, seen Down"),
    (replace(BFD, echo=False), "BFD 10.10.10.2 on Ethernet0/0: expected echo mode, seen asynchronous"),
    (
        replace(BFD, echo=None, detection_time_ms=None),
        "BFD 10.10.10.2 on Ethernet0/0: expected echo mode, seen no word about it",
    ),
    (
        replace(BFD, detection_time_ms=900),
        "BFD 10.10.10.2 on Ethernet0/0: expected detection time 300 ms, seen 900 ms",
    ),
    (
        replace(BFD, detection_time_ms=None),
        "BFD 10.10.10.2 on Ethernet0/0: expected detection time 300 ms, seen none",
    ),
    (replace(BFD, protocols=("CEF",)), "BFD 10.10.10.2 on Ethernet0/0: expected protocol BGP, seen CEF"),
    (replace(BFD, protocols=()), "BFD 10.10.10.2 on Ethernet0/0: expected protocol BGP, seen none"),
    (
        replace(BFD, neighbor="10.10.10.7"),
        "BFD 10.10.10.2 on Ethernet0/0: expected, not in the output; seen: 10.10.10.7, 192.168.1.3",
    ),
    (
        replace(BFD, interface="Ethernet0/3"),
        "BFD 10.10.10.2 on Ethernet0/0: expected, not in the output; seen: 10.10.10.2, 192.168.1.3",
    ),
]


@pytest.mark.parametrize(("session", "failure"), BFD_CASES)
def test_bfd_failures(session: BfdSession, failure: str) -> None:
    assert failure in failures(replace(GOOD, bfd=(session, BFD_LAN)))


TIMERS = "; new timers need a reset of the session"
BGP_CASES = [
    (replace(BGP, state="Idle"), "BGP 10.10.10.2: expected Established, seen Idle"),
    (replace(BGP, remote_as=1), "BGP 10.10.10.2: expected AS 64513, seen 1"),
    (replace(BGP, hold_time_s=180), "BGP 10.10.10.2: expected running hold time 15 s, seen 180 s" + TIMERS),
    (replace(BGP, hold_time_s=None), "BGP 10.10.10.2: expected running hold time 15 s, seen none" + TIMERS),
    (replace(BGP, keepalive_s=4), "BGP 10.10.10.2: expected running keepalive 5 s, seen 4 s" + TIMERS),
    (replace(BGP, bfd=False), "BGP 10.10.10.2: expected fall-over by BFD, seen none"),
    (replace(BGP, bfd_peer_state="Down"), "BGP 10.10.10.2: expected BFD peer Up, seen Down"),
    (replace(BGP, vrf="red"), "BGP 10.10.10.2: expected, not in the output; seen: 10.10.10.2, 192.168.1.3"),
]


@pytest.mark.parametrize(("session", "failure"), BGP_CASES)
def test_bgp_failures(session: BgpNeighbor, failure: str) -> None:
    assert failures(replace(GOOD, bgp=(session, BGP_LAN))) == [failure]


def test_an_old_ios_that_says_nothing_of_the_bfd_peer_passes() -> None:
    assert failures(replace(GOOD, bgp=(replace(BGP, bfd_peer_state=None), BGP_LAN))) == []


def test_route_failures() -> None:
    wrong = (BgpRoute("192.168.2.0/24", "192.168.1.3", 200, 10), BgpRoute("10.10.20.0/24", "192.168.1.3", 200, 0))
    assert failures(replace(GOOD, routes=wrong)) == ["route 192.168.2.0/24: expected via 10.10.10.2, seen 192.168.1.3"]
    assert failures(replace(GOOD, routes=ROUTES[:1])) == [
        "route 192.168.2.0/24: expected via 10.10.10.2, seen no BGP route"
    ]
    several = (*ROUTES, BgpRoute("192.168.2.0/24", "10.10.10.9", 20, 0))
    assert failures(replace(GOOD, routes=several)) == []


HSRP_CASES = [
    (
        replace(HSRP, state="Standby", active_router="192.168.1.3", standby_router="local"),
        "HSRP group 1 on Ethernet0/1: expected Active, seen Standby",
    ),
    (replace(HSRP, virtual_ip=None), "HSRP group 1 on Ethernet0/1: expected virtual IP 192.168.1.1, seen none"),
    (
        replace(HSRP, standby_router="unknown"),
        "HSRP group 1 on Ethernet0/1: expected standby router 192.168.1.3, seen unknown",
    ),
    (
        replace(HSRP, group=2),
        "HSRP group 1 on Ethernet0/1: expected, not in the output; seen: group 2 on Ethernet0/1",
    ),
    (
        replace(HSRP, virtual_ip="fe80::1"),
        "HSRP group 1 on Ethernet0/1: expected, not in the output; seen: group 1 on Ethernet0/1",
    ),
]


@pytest.mark.parametrize(("group", "failure"), HSRP_CASES)
def test_hsrp_failures(group: HsrpGroup, failure: str) -> None:
    assert failures(replace(GOOD, hsrp=(group,))) == [failure]


def test_zero_sessions_never_pass() -> None:
    found = failures(Observed(bfd=(), bgp=(), routes=(), hsrp=()))
    assert found == [
        "BFD 10.10.10.2 on Ethernet0/0: expected, not in the output; seen: none",
        "BFD 192.168.1.3 on Ethernet0/1: expected, not in the output; seen: none",
        "BGP 10.10.10.2: expected, not in the output; seen: none",
        "BGP 192.168.1.3: expected, not in the output; seen: none",
        "route 10.10.20.0/24: expected via 192.168.1.3, seen no BGP route",
        "route 192.168.2.0/24: expected via 10.10.10.2, seen no BGP route",
        "HSRP group 1 on Ethernet0/1: expected, not in the output; seen: none",
    ]


def test_nothing_expected_is_a_failure() -> None:
    assert check_state(Expectations(), GOOD) == (
        "nothing is expected of this router: its model has no BGP neighbor, no route and no HSRP group",
    )


def test_parts_that_are_refused_or_not_gathered_fail() -> None:
    observed = Observed(
        bgp=(BGP, BGP_LAN), routes=ROUTES, not_supported={"bfd": "show bfd neighbors details: % Invalid"}
    )
    assert failures(observed) == [
        "bfd: not supported on this device: show bfd neighbors details: % Invalid",
        "hsrp: expected, but not gathered from the device",
    ]


def test_the_standby_of_the_seed() -> None:
    expected = expected_state(models(), "R2")
    assert expected.hsrp == (
        ExpectedHsrp("Ethernet0/1", 1, "192.168.1.1", ("Standby",), ("192.168.1.2",), "192.168.1.2"),
    )
    seen = HsrpGroup("Ethernet0/1", 1, 10, True, "Standby", "unknown", "local", "192.168.1.1")
    found = check_state(Expectations(hsrp=expected.hsrp), Observed(hsrp=(seen,)))
    assert found == ("HSRP group 1 on Ethernet0/1: expected active router 192.168.1.2, seen unknown",)
    well = replace(seen, active_router="192.168.1.2")
    assert check_state(Expectations(hsrp=expected.hsrp), Observed(hsrp=(well,))) == ()


def no_preempt(configs: Configs) -> None:
    interface(configs, "R1", 1)["hsrp"][0]["preempt"] = {"enabled": False}


def same_priority(configs: Configs) -> None:
    interface(configs, "R2", 1)["hsrp"][0]["priority"] = 100


@pytest.mark.parametrize("change", [no_preempt, same_priority])
def test_without_a_sure_winner_exactly_one_is_active(change: object) -> None:
    expected = expected_state(models(change), "R2")  # type: ignore[arg-type]
    assert expected.hsrp[0].states == ("Active", "Standby")
    only = Expectations(hsrp=expected.hsrp)
    active = HsrpGroup("Ethernet0/1", 1, 100, True, "Active", "local", "192.168.1.2", "192.168.1.1")
    standby = replace(active, state="Standby", active_router="192.168.1.2", standby_router="local")
    assert check_state(only, Observed(hsrp=(active,))) == ()
    assert check_state(only, Observed(hsrp=(standby,))) == ()
    assert check_state(only, Observed(hsrp=(replace(active, standby_router="unknown"),))) != ()
    assert check_state(only, Observed(hsrp=(replace(standby, active_router="unknown"),))) != ()


def test_a_single_member_may_be_alone() -> None:
    def change(configs: Configs) -> None:
        del interface(configs, "R2", 1)["hsrp"]

    expected = expected_state(models(change), "R1").hsrp
    assert expected == (ExpectedHsrp("Ethernet0/1", 1, "192.168.1.1", ("Active", "Standby")),)
    alone = replace(HSRP, standby_router="unknown")
    assert check_state(Expectations(hsrp=expected), Observed(hsrp=(alone,))) == ()


def test_a_third_member_listens_or_stands_by() -> None:
    def change(configs: Configs) -> None:
        configs["R5"] = {
            "interfaces": [
                {
                    "name": "Ethernet0/1",
                    "ipv4": "192.168.1.5/24",
                    "hsrp": [{"group": 1, "virtual_ip": "192.168.1.1", "priority": 10}],
                }
            ]
        }

    assert expected_state(models(change), "R5").hsrp[0].states == ("Standby", "Listen")
    assert expected_state(models(change), "R5").bgp == ()


def test_timers_and_detection_time_come_from_both_ends() -> None:
    def change(configs: Configs) -> None:
        interface(configs, "R1", 0)["bfd"] = {"interval": 300, "min_rx": 300, "multiplier": 4, "echo": False}
        neighbor(configs, "R1", 0)["timers"] = {"keepalive": 2, "holdtime": 60}

    expected = expected_state(models(change), "R1")
    assert expected.bfd[0] == ExpectedBfd("10.10.10.2", "Ethernet0/0", "10.10.10.1", 4, "asynchronous", 900)
    assert expected.bgp[0] == ExpectedBgp("10.10.10.2", 64513, 15, 2, True, True)
    far = expected_state(models(change), "R3")
    assert far.bfd[0] == ExpectedBfd("10.10.10.1", "Ethernet0/0", "10.10.10.2", 3, "asynchronous", 1200)
    assert far.bgp[0] == ExpectedBgp("10.10.10.1", 64512, 15, 5, True, True)


def test_an_external_peer_is_known_from_the_own_end_only() -> None:
    def change(configs: Configs) -> None:
        configs["R1"]["bgp"]["neighbors"].append({"address": "10.10.10.9", "remote_as": 65001, "bfd": True})

    expected = expected_state(models(change), "R1")
    assert ExpectedBfd("10.10.10.9", "Ethernet0/0", "10.10.10.1", 3) in expected.bfd
    assert expected.bgp[1] == ExpectedBgp("10.10.10.9", 65001, 15, 5, False, True)
    outer = Expectations(bfd=expected.bfd[1:2], bgp=expected.bgp[1:2])
    bfd = replace(BFD, neighbor="10.10.10.9", detection_time_ms=900, echo=False)
    bgp = replace(BGP, neighbor="10.10.10.9", remote_as=65001, hold_time_s=9, keepalive_s=3)
    assert check_state(outer, Observed(bfd=(bfd,), bgp=(bgp,))) == ()
    bad = Observed(bfd=(replace(bfd, multiplier=5),), bgp=(replace(bgp, hold_time_s=90),))
    assert check_state(outer, bad) == (
        "BFD 10.10.10.9 on Ethernet0/0: expected multiplier 3, seen 5",
        "BGP 10.10.10.9: expected running hold time at most 15 s, seen 90 s" + TIMERS,
    )


@pytest.mark.parametrize(("host", "entry"), [("R1", 0), ("R3", 0)])
def test_a_shut_session_is_not_expected(host: str, entry: int) -> None:
    def change(configs: Configs) -> None:
        neighbor(configs, host, entry)["shutdown"] = True

    expected = expected_state(models(change), "R1")
    assert [item.neighbor for item in expected.bgp] == ["192.168.1.3"]
    assert [item.neighbor for item in expected.bfd] == ["192.168.1.3"]


def test_a_neighbor_off_every_subnet_stays_expected() -> None:
    def change(configs: Configs) -> None:
        neighbor(configs, "R1", 0)["address"] = "172.16.0.1"

    assert expected_state(models(change), "R1").bfd[0] == ExpectedBfd("172.16.0.1", "", "", None)


def test_an_unknown_host_is_refused() -> None:
    with pytest.raises(InvalidInput, match="host: 'R9' is not allowed; allowed: R1, R2, R3, R4"):
        expected_state(models(), "R9")


def test_plain_values_and_back() -> None:
    expected = expected_state(models(), "R1")
    plain = expected.as_dict()
    assert expectations_from_dict(plain) == expected
    assert isinstance(plain["bfd"], list)
    info = {
        "bfd_sessions": [{**asdict(BFD), "protocols": ["BGP"], "from_a_later_release": 1}],
        "bgp_neighbors": [asdict(BGP)],
        "not_supported": {"hsrp": "no"},
        "changed": False,
    }
    seen = observed_from_dict(info)
    assert seen == Observed(bfd=(replace(BFD, protocols=("BGP",)),), bgp=(BGP,), not_supported={"hsrp": "no"})


@pytest.mark.parametrize("sessions", [[{"neighbor": "10.10.10.2"}], ["text"], 5])
def test_other_shapes_are_refused(sessions: object) -> None:
    with pytest.raises(InvalidInput, match=r"bfd_sessions: .* is not allowed; allowed: a list of BfdSession dicts"):
        observed_from_dict({"bfd_sessions": sessions})
