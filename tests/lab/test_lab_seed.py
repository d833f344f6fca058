"""The seed's network on the lab: typed in on the routers, looked at from behind them."""

from __future__ import annotations

import json
import re
from functools import partial

from tests.lab.seed_lab import ROUTERS, SeedLab, wait_until

VIRTUAL_MAC = "00:00:0c:07:ac:01"
LINK_NEIGHBORS = {"R1": "10.10.10.2", "R2": "10.10.20.2", "R3": "10.10.10.1", "R4": "10.10.20.1"}


PING_INTERVAL_S = 0.02


def ping_command(seconds: float) -> list[str]:
    """Return the command that pings PC2 for some seconds."""
    count = str(int(seconds / PING_INTERVAL_S))
    return ["ping", "-q", "-i", str(PING_INTERVAL_S), "-c", count, "-W", "1", "192.168.2.10"]


def lost_s(summary: str) -> float:
    """Return for how long pings were lost, by ping's summary."""
    match = re.search(r"(\d+) packets transmitted, (\d+) received", summary)
    assert match is not None, summary
    return (int(match[1]) - int(match[2])) * PING_INTERVAL_S


def test_sessions_run_with_the_configured_timers(configured_lab: SeedLab) -> None:
    for router in ROUTERS:
        session = configured_lab.bfd(router)[LINK_NEIGHBORS[router]]
        assert (session["echo-transmit-interval"], session["detect-multiplier"]) == (100, 3)
        assert session["transmit-interval"] == 1000  # the slow timer: echo does the detecting
        neighbor = configured_lab.frr(router, "show bgp neighbors json")[LINK_NEIGHBORS[router]]
        assert neighbor["bgpTimerHoldTimeMsecs"] == 15000
        assert neighbor["bgpTimerKeepAliveIntervalMsecs"] == 5000


def test_shows_say_what_frr_says(configured_lab: SeedLab) -> None:
    bfd = configured_lab.ios("R1", "show bfd neighbors")
    numbers = re.findall(r"^10\.10\.10\.2\s+(\d+)/(\d+)\s+Up\s+Up\s+Et0/0", bfd, re.MULTILINE)
    assert len(numbers) == 1
    other = configured_lab.ios("R3", "show bfd neighbors")
    assert re.findall(r"^10\.10\.10\.1\s+(\d+)/(\d+)\s+Up\s+Up", other, re.MULTILINE) == [numbers[0][::-1]]
    routes = configured_lab.ios("R1", "show ip route bgp")
    assert re.search(r"B\s+10\.10\.20\.0/24 \[200/0\] via 192\.168\.1\.3", routes)
    assert re.search(r"B\s+192\.168\.2\.0/24 \[20/0\] via 10\.10\.10\.2", routes)


def test_hosts_reach_each_other_through_the_virtual_gateways(configured_lab: SeedLab) -> None:
    def answered() -> bool:
        return lost_s(configured_lab.exec("PC1", *ping_command(0.5), check=False)) == 0

    wait_until(answered, 40, "PC1 reaches PC2 (HSRP takes 20 s from cold)")
    assert VIRTUAL_MAC in configured_lab.exec("PC1", "ip", "neigh", "show", "192.168.1.1")
    for router, state in (("R1", "Active"), ("R2", "Standby"), ("R3", "Active"), ("R4", "Standby")):
        wait_until(partial(configured_lab.shows_standby, router, state), 40, f"{router} is {state}")


def test_a_cut_is_mended_within_a_second_and_both_ends_keep_their_carrier(configured_lab: SeedLab) -> None:
    test_hosts_reach_each_other_through_the_virtual_gateways(configured_lab)
    ping = configured_lab.start("PC1", *ping_command(4.0))
    wait_until(lambda: "ping\n" in configured_lab.exec("PC1", "sh", "-c", "cat /proc/[0-9]*/comm"), 5, "ping runs")
    configured_lab.cut("r1-r3", seconds=8)
    lost = lost_s(ping.communicate(timeout=60)[0])
    assert 0 < lost < 1.0
    assert configured_lab.status()["links"]["r1-r3"]["state"] == "cut"
    for router in ("R1", "R3"):
        link = json.loads(configured_lab.exec(router, "ip", "-json", "link", "show", "e0"))[0]
        assert "LOWER_UP" in link["flags"]
    assert configured_lab.routes("R1")["192.168.2.0/24"] == "192.168.1.3"
    log = configured_lab.ios("R1", "show logging")
    assert "neighbor 10.10.10.2 Down BFD adjacency down" in log
    assert "%BFDFSM-6-BFD_SESS_DOWN" in log
    wait_until(lambda: configured_lab.status()["links"]["r1-r3"]["state"] == "up", 20, "the link heals by itself")
    configured_lab.settle(30)
