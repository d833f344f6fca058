from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.paths import read_network
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.predict import (
    Prediction,
    hsrp_takeovers,
    predict,
)
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.scenario import Scenario
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.sessions import as_observed, find_sessions
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.running_config import (
    parse_running_config,
    render_model,
)

from .network_case import DEATH, PC1, PC2, Configs, Infos, command, infos, models, row, running, scenario

HOSTS = (IPv4Address(PC1), IPv4Address(PC2))


def predicted(wanted: Scenario, mode: str = "bfd", change: Any = None, seen: Infos | None = None) -> Prediction:
    fleet = models(change)
    shown = infos(fleet) if seen is None else seen
    sessions = as_observed(find_sessions(fleet, wanted.ends), shown)
    return predict(wanted, mode, sessions, hsrp_takeovers(wanted, read_network(fleet, shown), shown, HOSTS))


def bounds(found: Prediction) -> tuple[float | None, float | None, float | None]:
    return found.outage_min_ms, found.outage_max_ms, found.detection_ms


@pytest.mark.parametrize(
    ("cut", "mode", "expected"),
    [
        ({"kind": "acl"}, "bfd", (200, 800, 300)),
        ({"kind": "acl"}, "bgp_timers", (10000, 15500, None)),
        ({"kind": "interface", "at": "R3"}, "bfd", (200, 800, 300)),
        (command(), "bfd", (200, 800, 300)),
        # One way: the other end may have to detect by itself once the first one is silent.
        ({"kind": "acl", "direction": "R1"}, "bfd", (200, 1100, 300)),
        ({"kind": "acl", "direction": "R1"}, "bgp_timers", (10000, 15500, None)),
        ({"kind": "acl", "only": "bfd"}, "bfd", (0, 500, 300)),
        ({"kind": "acl", "only": "bfd"}, "bgp_timers", (0, 0, None)),
    ],
)
def test_the_range_of_a_link_cut(cut: dict[str, Any], mode: str, expected: tuple[float, float, float]) -> None:
    assert bounds(predicted(scenario(cut=cut), mode)) == expected


def test_the_slowest_end_decides() -> None:
    seen = infos()
    row(seen, "R3", "bfd_sessions", "10.10.10.1").update(detection_time_ms=900, multiplier=3)
    found = predicted(scenario(), seen=seen)
    assert bounds(found) == (600, 1400, 900)
    assert found.explanation == (
        "R3 Ethernet0/0 to 10.10.10.1 by BFD after 600 to 900 ms; plus at most 500 ms to change the routes"
    )


def test_an_end_without_bfd_falls_by_its_hold_timer() -> None:
    def change(configs: Configs) -> None:
        configs["R3"]["bgp"]["neighbors"][0]["bfd"] = False

    assert bounds(predicted(scenario(), change=change)) == (10000, 15500, 300)


def test_without_a_hold_timer_nothing_ends_the_outage() -> None:
    def change(configs: Configs) -> None:
        for router in ("R1", "R3"):
            configs[router]["bgp"]["timers"] = {"keepalive": 0, "holdtime": 0}

    found = predicted(scenario(), "bgp_timers", change)
    assert bounds(found) == (None, None, None)
    assert found.explanation == "a session has no hold timer: only the healing ends the outage"
    assert bounds(predicted(scenario(), "bfd", change)) == (200, 800, 300)


def test_no_session_no_prediction() -> None:
    assert predict(scenario(), "bfd", ()) == Prediction(None, None, None, "no session over the ends")


def test_a_dead_gateway_is_missed_by_hsrp() -> None:
    wanted = scenario(DEATH, cut=command())
    found = predicted(wanted)
    assert bounds(found) == (7000, 10500, 300)
    assert "the gateway R1 is missed by HSRP after 7 to 10 s" in found.explanation
    assert bounds(predicted(wanted, "bgp_timers")) == (10000, 15500, None)


def test_hsrp_with_bfd_as_its_client_is_as_fast_as_bfd() -> None:
    seen = infos()
    row(seen, "R2", "bfd_sessions", "192.168.1.2")["protocols"] = ["HSRP", "BGP"]
    assert bounds(predicted(scenario(DEATH, cut=command()), seen=seen)) == (200, 800, 300)


def test_hsrp_timers_of_the_configuration_count() -> None:
    text = render_model(models()["R1"]).replace(" standby 1 ip", " standby 1 timers msec 200 msec 700\n standby 1 ip")
    fleet = {**models(), "R1": parse_running_config(text).model}
    wanted, seen = scenario(DEATH, cut=command()), infos()
    [takeover] = hsrp_takeovers(wanted, read_network(fleet, seen), seen, HOSTS)
    assert (takeover.least_ms, takeover.most_ms) == (500, 700)
    assert hsrp_takeovers(scenario(), read_network(models(), seen), seen, HOSTS) == ()
    assert running()["R1"].model == models()["R1"]
