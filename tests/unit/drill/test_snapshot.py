from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.snapshot import compare_snapshots
from hypothesis import given
from hypothesis import strategies as st

from .network_case import infos, row

# What goes on counting, or starts anew with a session, and means nothing.
MOVING = {
    "bfd_sessions": (
        "uptime_s",
        "local_discriminator",
        "remote_discriminator",
        "handle",
        "rx_count",
        "local_diagnostic",
    ),
    "bgp_neighbors": ("uptime_s", "last_reset_s", "last_reset_reason", "connections_dropped", "local_address"),
    "bgp_routes": ("age_s",),
}


def test_the_same_network_has_no_difference() -> None:
    assert compare_snapshots(infos(), infos()) == ()


@given(st.data())
def test_counters_ages_and_discriminators_make_no_difference(data: st.DataObject) -> None:
    after = infos()
    for info in after.values():
        for part, names in MOVING.items():
            for item in info[part]:
                for name in names:
                    text = name in ("last_reset_reason", "local_address")
                    item[name] = data.draw(st.text() if text else st.integers(0, 2**31))
    assert compare_snapshots(infos(), after) == ()


@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_makes_no_difference(random: Any) -> None:
    after = infos()
    for info in after.values():
        for part in ("bfd_sessions", "bgp_neighbors", "bgp_routes", "hsrp_groups"):
            random.shuffle(info[part])
    assert compare_snapshots(infos(), after) == ()


@given(
    st.sampled_from(["bfd_sessions", "bgp_neighbors", "bgp_routes", "hsrp_groups"]), st.sampled_from(sorted(infos()))
)
def test_a_row_that_is_gone_or_new_is_found(part: str, router: str) -> None:
    before, after = infos(), infos()
    after[router][part].pop()
    [gone] = compare_snapshots(before, after)
    assert gone.startswith(f"{router}: ")
    assert gone.endswith(" is gone")
    [new] = compare_snapshots(after, before)
    assert new.endswith(" is new")


@pytest.mark.parametrize(
    ("part", "changes", "sentence"),
    [
        ("bfd_sessions", {"state": "Down"}, "R1: BFD 10.10.10.2 on Ethernet0/0: state was Up, is Down"),
        (
            "bfd_sessions",
            {"detection_time_ms": 900},
            "R1: BFD 10.10.10.2 on Ethernet0/0: detection time was 300, is 900",
        ),
        ("bfd_sessions", {"protocols": []}, "R1: BFD 10.10.10.2 on Ethernet0/0: protocols was BGP, is none"),
        ("bgp_neighbors", {"bfd": False}, "R1: BGP 10.10.10.2: BFD was True, is False"),
        ("bgp_neighbors", {"hold_time_s": 180}, "R1: BGP 10.10.10.2: hold time was 15, is 180"),
        ("bgp_neighbors", {"prefixes_received": 1}, "R1: BGP 10.10.10.2: received prefixes was 2, is 1"),
        (
            "bgp_routes",
            {"next_hop": "10.10.10.2"},
            "R1: route 10.10.20.0/24: way was via 192.168.1.3 [200/0], is via 10.10.10.2 [200/0]",
        ),
        (
            "hsrp_groups",
            {"state": "Standby"},
            "R1: HSRP group 1 on Ethernet0/1 (192.168.1.1): state was Active, is Standby",
        ),
    ],
)
def test_what_differs_is_said(part: str, changes: dict[str, Any], sentence: str) -> None:
    after = infos()
    after["R1"][part][0].update(changes)
    assert compare_snapshots(infos(), after) == (sentence,)


def test_a_session_that_was_down_before_may_try_on() -> None:
    before, after = infos(), infos()
    row(before, "R1", "bgp_neighbors", "10.10.10.2").update(state="Active", hold_time_s=None, bfd_peer_state=None)
    row(after, "R1", "bgp_neighbors", "10.10.10.2").update(state="Connect", hold_time_s=None, bfd_peer_state=None)
    assert compare_snapshots(before, after) == ()
    row(after, "R1", "bgp_neighbors", "10.10.10.2")["state"] = "Idle (Admin)"
    assert compare_snapshots(before, after) == ("R1: BGP 10.10.10.2: state was down, is Idle (Admin)",)


def test_several_next_hops_of_a_prefix_are_one_fact() -> None:
    before = infos()
    second = {**before["R1"]["bgp_routes"][0], "next_hop": "192.168.1.9"}
    before["R1"]["bgp_routes"].append(second)
    after = copy.deepcopy(before)
    after["R1"]["bgp_routes"].reverse()
    assert compare_snapshots(before, after) == ()
    after["R1"]["bgp_routes"].remove(second)
    assert len(compare_snapshots(before, after)) == 1


def test_a_router_that_does_not_answer_is_a_difference() -> None:
    after = infos()
    del after["R4"]
    assert compare_snapshots(infos(), after) == ("R4: did not answer afterwards",)
    assert compare_snapshots(after, infos()) == ("R4: did not answer before",)


def test_a_part_that_was_not_read_is_no_equality() -> None:
    after = infos()
    del after["R1"]["bfd_sessions"]
    assert compare_snapshots(infos(), after) == ("R1: bfd: not read afterwards",)
    both = infos()
    del both["R1"]["bfd_sessions"]
    assert compare_snapshots(after, both) == ()


def test_nothing_read_proves_nothing() -> None:
    assert compare_snapshots({}, {}) == ("there is no snapshot from before",)
    assert compare_snapshots({"R1": {}}, {"R1": {}}) == ("R1: nothing was read before",)
