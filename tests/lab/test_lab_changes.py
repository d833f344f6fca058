"""A change on a router's command line takes effect behind it at once, or waits as it does on IOS."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.seed_lab import SeedLab, wait_until

SETTLED_S = 30


@pytest.fixture
def lab(configured_lab: SeedLab) -> Iterator[SeedLab]:
    """The configured lab, put back to the seed's sessions and routes after each change."""
    yield configured_lab
    configured_lab.settle(SETTLED_S)


def metric(lab: SeedLab, router: str, prefix: str, neighbor: str) -> int | None:
    """Return the metric with which a neighbor announces a prefix to a router."""
    table = lab.frr(router, "show bgp ipv4 unicast json")
    paths: list[dict[str, Any]] = table["routes"].get(prefix, [])
    return next((path.get("metric") for path in paths if path["peerId"] == neighbor), None)


def session_number(lab: SeedLab, router: str, neighbor: str) -> int:
    """Return bfdd's own number of a session, which a new session does not share."""
    return int(lab.bfd(router)[neighbor]["id"])


def went_down(lab: SeedLab, router: str, neighbor: str) -> int:
    """Return how often a router logged that a BGP session went down."""
    return lab.ios(router, "show logging").count(f"%BGP-5-ADJCHANGE: neighbor {neighbor} Down")


def test_bfd_timers_change_without_a_flap(lab: SeedLab) -> None:
    before, dropped = session_number(lab, "R1", "10.10.10.2"), went_down(lab, "R1", "10.10.10.2")
    lab.configure("R1", "interface Ethernet0/0", "bfd interval 300 min_rx 250 multiplier 5")
    session = lab.bfd("R1")["10.10.10.2"]
    assert (session["echo-transmit-interval"], session["echo-receive-interval"]) == (300, 250)
    assert session["detect-multiplier"] == 5
    assert (session["id"], session["status"]) == (before, "up")
    lab.configure("R1", "interface Ethernet0/0", "bfd interval 100 min_rx 100 multiplier 3")
    assert went_down(lab, "R1", "10.10.10.2") == dropped


def test_without_echo_on_one_end_both_run_asynchronously_at_the_configured_interval(lab: SeedLab) -> None:
    lab.configure("R3", "interface Ethernet0/0", "no bfd echo")
    wait_until(lambda: lab.bfd("R1")["10.10.10.2"]["transmit-interval"] == 100, 10, "R1 at 100 ms")
    assert lab.bfd("R3")["10.10.10.1"]["transmit-interval"] == 100
    wait_until(lambda: lab.bfd("R1")["10.10.10.2"]["remote-transmit-interval"] == 100, 10, "R1 has heard of it")
    assert lab.bfd("R1")["10.10.10.2"]["remote-echo-receive-interval"] == 0
    assert "not using echo" in lab.ios("R1", "show bfd neighbors details")
    lab.configure("R3", "interface Ethernet0/0", "bfd echo")
    wait_until(lambda: lab.bfd("R1")["10.10.10.2"]["transmit-interval"] == 1000, 10, "R1 is back at the slow timer")
    wait_until(lambda: lab.bfd("R1")["10.10.10.2"]["echo-transmit-interval"] == 100, 10, "and echoes again")


def test_fall_over_needs_bfd_on_the_interface(lab: SeedLab) -> None:
    lab.configure("R2", "interface Ethernet0/0", "no bfd interval")
    wait_until(lambda: "10.10.20.2" not in lab.bfd("R2"), 5, "no session without bfd interval")
    wait_until(lambda: lab.bfd("R4")["10.10.20.1"]["status"] == "down", 5, "R4 has heard of it")
    last_heard = lab.bfd("R4")["10.10.20.1"]
    assert (last_heard["remote-receive-interval"], last_heard["remote-echo-receive-interval"]) == (1000, 100)
    lab.configure("R2", "interface Ethernet0/0", "bfd interval 100 min_rx 100 multiplier 3")


def test_an_outbound_policy_waits_for_a_clear(lab: SeedLab) -> None:
    prefix = "192.168.1.0/24"
    wait_until(lambda: metric(lab, "R4", prefix, "10.10.20.1") == 10, 10, "the seed's metric")
    lab.configure("R2", "route-map ATTACH_MED permit 10", "set metric 77")
    lab.ios("R2", "ping 10.10.20.2")  # five round trips: time enough for an update that must not come
    assert metric(lab, "R4", prefix, "10.10.20.1") == 10
    lab.ios("R2", "clear ip bgp 10.10.20.2 soft out")
    wait_until(lambda: metric(lab, "R4", prefix, "10.10.20.1") == 77, 5, "the new metric after the clear")
    lab.configure("R2", "router bgp 64512", "no neighbor 10.10.20.2 route-map ATTACH_MED out")
    lab.ios("R2", "clear ip bgp * soft")
    wait_until(lambda: metric(lab, "R4", prefix, "10.10.20.1") == 0, 5, "no policy after the clear")
    back = ["route-map ATTACH_MED permit 10", "set metric 10", "router bgp 64512"]
    lab.configure("R2", *back, "neighbor 10.10.20.2 route-map ATTACH_MED out")
    lab.ios("R2", "clear ip bgp 10.10.20.2 soft out")
    wait_until(lambda: metric(lab, "R4", prefix, "10.10.20.1") == 10, 5, "the seed's metric again")


def test_an_inbound_policy_waits_for_a_clear(lab: SeedLab) -> None:
    prefix, process = "192.168.2.0/24", "router bgp 64512"
    lab.configure("R1", "route-map FROM_R3 permit 10", "set metric 55", process)
    lab.configure("R1", process, "neighbor 10.10.10.2 route-map FROM_R3 in")
    lab.ios("R1", "ping 10.10.10.2")  # time enough for a change that must not come
    assert metric(lab, "R1", prefix, "10.10.10.2") == 0
    lab.ios("R1", "clear ip bgp 10.10.10.2 soft in")
    wait_until(lambda: metric(lab, "R1", prefix, "10.10.10.2") == 55, 5, "the new metric after the clear")
    lab.configure("R1", "route-map FROM_R3 permit 10", "set metric 66")
    lab.ios("R1", "ping 10.10.10.2")
    assert metric(lab, "R1", prefix, "10.10.10.2") == 55
    lab.ios("R1", "clear ip bgp * soft")
    wait_until(lambda: metric(lab, "R1", prefix, "10.10.10.2") == 66, 5, "the changed metric after the clear")
    lab.configure("R1", process, "no neighbor 10.10.10.2 route-map FROM_R3 in", "no route-map FROM_R3")
    lab.ios("R1", "clear ip bgp * soft in")
    wait_until(lambda: metric(lab, "R1", prefix, "10.10.10.2") == 0, 5, "no policy after the clear")


def test_the_route_map_of_a_network_takes_effect_at_once(lab: SeedLab) -> None:
    prefix = "10.10.20.0/24"
    lab.configure("R4", "route-map NET permit 10", "set metric 33", "router bgp 64513")
    lab.configure("R4", "router bgp 64513", "network 10.10.20.0 mask 255.255.255.0 route-map NET")
    wait_until(lambda: metric(lab, "R3", prefix, "192.168.2.3") == 33, 5, "the metric of the route-map")
    lab.configure("R4", "route-map NET permit 10", "set metric 44")
    wait_until(lambda: metric(lab, "R3", prefix, "192.168.2.3") == 44, 5, "the changed metric")
    lab.configure("R4", "router bgp 64513", "network 10.10.20.0 mask 255.255.255.0", "no route-map NET")
    wait_until(lambda: metric(lab, "R3", prefix, "192.168.2.3") == 0, 5, "no metric without route-map")


def test_networks_and_neighbors_come_and_go(lab: SeedLab) -> None:
    loopback, network = "interface Loopback3", "network 10.3.3.3 mask 255.255.255.255"
    lab.configure("R3", loopback, "ip address 10.3.3.3 255.255.255.255", "router bgp 64513", network)
    wait_until(lambda: lab.routes("R1").get("10.3.3.3") == "10.10.10.2", 10, "R3 announces it")
    lab.configure("R3", "router bgp 64513", f"no {network}", f"no {loopback}")
    wait_until(lambda: "10.3.3.3" not in lab.routes("R1"), 10, "R3 announces it no more")
    lab.configure("R1", "router bgp 64512", "no neighbor 10.10.10.2")
    wait_until(lambda: lab.routes("R1").get("192.168.2.0/24") == "192.168.1.3", 10, "the other way is taken")
    assert "10.10.10.2" not in lab.bfd("R1")
    lines = ["neighbor 10.10.10.2 remote-as 64513", "neighbor 10.10.10.2 fall-over bfd"]
    lab.configure("R1", "router bgp 64512", *lines)
    lab.settle(SETTLED_S)


def test_a_router_changes_its_as(lab: SeedLab) -> None:
    before = lab.ios("R4", "show running-config")
    process = before[before.index("router bgp 64513") :].split("!")[0].splitlines()[1:]
    lab.configure("R4", "no router bgp 64513", "router bgp 65001", *process)
    lab.configure("R2", "router bgp 64512", "neighbor 10.10.20.2 remote-as 65001")
    wait_until(
        lambda: lab.frr("R2", "show bgp neighbors json")["10.10.20.2"]["bgpState"] == "Established",
        SETTLED_S,
        "R2 and R4 in its new AS",
    )
    lab.configure("R2", "router bgp 64512", "neighbor 10.10.20.2 remote-as 64513")
    lab.configure("R4", "no router bgp 65001", "router bgp 64513", *process)


def test_the_bgp_identifier_outlives_a_shutdown_and_changes_with_a_clear(lab: SeedLab) -> None:
    def identifier() -> str:
        return str(lab.frr("R4", "show bgp ipv4 unicast json")["routerId"])

    lab.configure("R4", "interface Loopback5", "ip address 10.4.4.4 255.255.255.255")
    assert identifier() == "192.168.2.3"
    lab.ios("R4", "clear ip bgp *")
    assert identifier() == "10.4.4.4"
    lab.settle(SETTLED_S)
    dropped = went_down(lab, "R4", "10.10.20.1")
    lab.configure("R4", "interface Loopback5", "shutdown")
    assert (identifier(), lab.established()) == ("10.4.4.4", 8)
    lab.configure("R4", "no interface Loopback5")
    assert identifier() == "192.168.2.3"
    wait_until(lambda: went_down(lab, "R4", "10.10.20.1") > dropped, 5, "a new identifier resets the sessions")


def test_shutdown_takes_the_line_down_and_says_so(lab: SeedLab) -> None:
    lab.configure("R4", "interface Ethernet0/0", "shutdown")
    flags = json.loads(lab.exec("R4", "ip", "-json", "link", "show", "e0"))[0]["flags"]
    assert "UP" not in flags
    peer = json.loads(lab.exec("R2", "ip", "-json", "link", "show", "e0"))[0]["flags"]
    assert "LOWER_UP" in peer  # the switch between them keeps it
    log = lab.ios("R4", "show logging")
    assert "%LINK-5-CHANGED: Interface Ethernet0/0, changed state to administratively down" in log
    lab.configure("R4", "interface Ethernet0/0", "no shutdown")


def test_an_address_and_a_loopback_come_and_go(lab: SeedLab) -> None:
    lab.configure("R1", "interface Loopback0", "ip address 10.0.0.1 255.255.255.255")
    assert "10.0.0.1/32" in lab.exec("R1", "ip", "-br", "address", "show", "dev", "lo0")
    assert "!!!!!" in lab.ios("R1", "ping 10.0.0.1")
    lab.configure("R1", "interface Loopback0", "ip address 10.0.0.2 255.255.255.255")
    assert "10.0.0.1/32" not in lab.exec("R1", "ip", "-br", "address", "show", "dev", "lo0")
    lab.configure("R1", "no interface Loopback0")
    assert "lo0" not in lab.exec("R1", "ip", "-br", "link")


def test_redirects_follow_the_configuration(lab: SeedLab) -> None:
    knob = "/proc/sys/net/ipv4/conf/e0/send_redirects"
    assert lab.exec("R1", "cat", knob).strip() == "0"
    lab.configure("R1", "interface Ethernet0/0", "ip redirects")
    assert lab.exec("R1", "cat", knob).strip() == "1"
    lab.configure("R1", "interface Ethernet0/0", "no ip redirects")


def test_hsrp_and_bgp_share_a_bfd_session(lab: SeedLab) -> None:
    wait_until(lambda: "HSRP" in lab.ios("R1", "show bfd neighbors details"), 60, "HSRP knows its peer")
    wait_until(lambda: "HSRP" in lab.ios("R2", "show bfd neighbors details"), 60, "R2's HSRP knows its peer too")
    assert len(lab.frr("R1", "show bfd peers json")) == 2
    number = session_number(lab, "R1", "192.168.1.3")
    lab.configure("R1", "router bgp 64512", "no neighbor 192.168.1.3 fall-over bfd")
    assert session_number(lab, "R1", "192.168.1.3") == number
    assert "Registered protocols: HSRP" in lab.ios("R1", "show bfd neighbors details")
    lab.configure("R1", "router bgp 64512", "neighbor 192.168.1.3 fall-over bfd")
    wait_until(lambda: lab.established() == 8, SETTLED_S, "R2 has reset its session with R1 and is back")
    assert "Standby -> Active" not in lab.ios("R2", "show logging")


def test_a_clear_leaves_bfd_and_hsrp_alone(lab: SeedLab) -> None:
    wait_until(lambda: "HSRP" in lab.ios("R2", "show bfd neighbors details"), 60, "HSRP knows its peer")
    number, dropped = session_number(lab, "R1", "192.168.1.3"), went_down(lab, "R1", "192.168.1.3")
    lab.ios("R1", "clear ip bgp 192.168.1.3")
    wait_until(lambda: went_down(lab, "R1", "192.168.1.3") > dropped, 5, "the session is reset")
    lab.settle(SETTLED_S)
    assert session_number(lab, "R1", "192.168.1.3") == number
    assert went_down(lab, "R1", "192.168.1.3") == dropped + 1
    assert "User reset" in lab.ios("R1", "show logging")
    assert re.search(r"Last reset 00:00:\d\d, due to User reset", lab.ios("R1", "show ip bgp neighbors 192.168.1.3"))
    assert "Standby -> Active" not in lab.ios("R2", "show logging")
