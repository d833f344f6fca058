"""Whatever is declared: the commands take, a second run has none, and a model survives its own text."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import InvalidInput, Refused
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.fast_failover import plan_fast_failover
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.fleet import read_models
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.model import model_to_dict
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.running_config import (
    parse_running_config,
    render_model,
)
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from .fake_router import FakeRouter

EVERYTHING = ["remove_bgp", "change_asn", "remove_neighbor", "change_management"]
LISTS, MAPS = ["ACL_A", "ACL_B"], ["RM_A", "RM_B"]
BFD = st.fixed_dictionaries(
    {},
    optional={
        "timers": st.tuples(st.integers(50, 9999), st.integers(50, 9999), st.integers(3, 50)),
        "echo": st.booleans(),
    },
)
PREEMPT = st.one_of(
    st.just({"enabled": False}),
    st.fixed_dictionaries({"enabled": st.just(True)}, optional={"delay_minimum": st.integers(0, 3600)}),
)
ACTION = st.sampled_from(["permit", "deny"])
TEXT = st.from_regex(r"[a-zA-Z][a-zA-Z0-9 !#^\"-]{0,20}[a-z]", fullmatch=True)
TIMERS = st.tuples(st.integers(1, 30), st.integers(31, 200)).map(
    lambda both: {"keepalive": both[0], "holdtime": both[1]}
)


ARCHIVE = st.fixed_dictionaries(
    {"path": st.sampled_from(["flash:fastpath", "flash:/R1"])}, optional={"maximum": st.integers(1, 14)}
)


def optional(**fields):
    return st.fixed_dictionaries({}, optional=fields)


@st.composite
def interface(draw, number):
    subnet = draw(st.integers(0, 2))
    host = draw(st.integers(2, 9))
    declared = {"name": f"Ethernet0/{number}"}
    declared |= draw(optional(description=TEXT, enabled=st.booleans(), redirects=st.booleans()))
    bfd = draw(st.one_of(st.none(), BFD))
    if bfd is not None:
        timers = dict(zip(("interval", "min_rx", "multiplier"), bfd.pop("timers", ())))
        declared["bfd"] = bfd | timers
    if draw(st.booleans()):
        declared["ipv4"] = f"10.0.{subnet}.{host}/24"
        groups = draw(st.lists(st.integers(0, 255), max_size=2, unique=True))
        declared["hsrp"] = [
            {"group": group, "virtual_ip": f"10.0.{subnet}.{draw(st.integers(2, 12))}"}
            | draw(optional(priority=st.integers(0, 255), preempt=PREEMPT))
            for group in groups
        ]
    return declared


@st.composite
def access_list(draw, name):
    sources = draw(
        st.lists(
            st.sampled_from(["any", "10.9.9.9", "10.1.0.0/16", "10.0.0.0 0.255.0.255", "10.2.0.0/16"]),
            min_size=1,
            max_size=4,
            unique=True,
        )
    )
    numbers = draw(st.lists(st.integers(1, 60), min_size=len(sources), max_size=len(sources), unique=True))
    return {
        "name": name,
        "entries": [
            {"sequence": number, "action": draw(ACTION), "source": source} for number, source in zip(numbers, sources)
        ],
    }


@st.composite
def route_map(draw, name):
    numbers = draw(st.lists(st.integers(0, 40), min_size=1, max_size=3, unique=True))
    entries = []
    for number in numbers:
        entry = {"sequence": number, "action": draw(ACTION)}
        entry |= draw(
            optional(
                match=st.lists(st.sampled_from(LISTS), min_size=1, unique=True).map(
                    lambda names: {"ip_address": names}
                ),
                set=st.integers(0, 4294967295).map(lambda metric: {"metric": metric}),
            )
        )
        entries.append(entry)
    return {"name": name, "entries": entries}


@st.composite
def bgp(draw):
    addresses = draw(
        st.lists(st.sampled_from(["10.0.0.200", "10.0.1.200", "10.7.0.2", "9.0.0.1"]), max_size=3, unique=True)
    )
    neighbor = optional(
        description=TEXT,
        bfd=st.booleans(),
        next_hop_self=st.booleans(),
        route_map_in=st.sampled_from(MAPS),
        route_map_out=st.sampled_from(MAPS),
        timers=TIMERS,
        shutdown=st.booleans(),
    )
    prefixes = draw(
        st.lists(
            st.sampled_from(["10.0.0.0/8", "10.0.0.0/24", "172.16.0.0/16", "192.168.1.0/24", "192.168.0.0/16"]),
            max_size=3,
            unique=True,
        )
    )
    declared = {
        "asn": draw(st.sampled_from([65001, 65002])),
        "neighbors": [
            {"address": address, "remote_as": draw(st.sampled_from([65001, 65010]))} | draw(neighbor)
            for address in addresses
        ],
    }
    declared["networks"] = [{"prefix": prefix} | draw(optional(route_map=st.sampled_from(MAPS))) for prefix in prefixes]
    return declared | draw(
        optional(router_id=st.sampled_from(["1.1.1.1", "2.2.2.2"]), log_neighbor_changes=st.booleans(), timers=TIMERS)
    )


@st.composite
def config(draw):
    declared = {"interfaces": [draw(interface(number)) for number in draw(st.lists(st.integers(0, 2), unique=True))]}
    declared["access_lists"] = [draw(access_list(name)) for name in draw(st.lists(st.sampled_from(LISTS), unique=True))]
    declared["route_maps"] = [draw(route_map(name)) for name in draw(st.lists(st.sampled_from(MAPS), unique=True))]
    slow_timers = st.integers(1000, 30000).map(lambda ms: {"slow_timers": ms})
    return declared | draw(optional(archive=ARCHIVE, bgp=bgp(), bfd=slow_timers))


def run(router: FakeRouter, state: str, declared: dict) -> None:
    """Plan, push, and hold what the router then shows against the plan."""
    options = {"state": state, "config": declared, "allow": EVERYTHING}
    plan = plan_fast_failover(router.run("show running-config"), options, session_address=None)
    router.push(plan.plan.steps)
    shown = router.run("show running-config")
    again = plan_fast_failover(shown, options, session_address=None)
    assert again.plan.steps == ()
    gathered = plan_fast_failover(shown, {"state": "gathered"}, session_address=None).after
    if router.router.version.startswith("17"):
        assert gathered == plan.after
    back = {"state": "replaced", "config": gathered}
    assert plan_fast_failover(shown, back, session_address=None).plan.steps == ()


@pytest.mark.parametrize("version", ["15.7", "17.9"])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["merged", "replaced", "replaced", "deleted"]), config()), min_size=1, max_size=4
    )
)
def test_commands_take_and_a_second_run_has_none(version, steps):
    with tempfile.TemporaryDirectory() as folder:
        router = FakeRouter(Path(folder) / "startup.cfg", version)
        try:
            for state, declared in steps:
                try:
                    run(router, state, declared)
                    event("pushed")
                except (InvalidInput, Refused):
                    event("declared what cannot be: nothing was sent")
            assert router.router.unknown == []
        finally:
            router.close()


@settings(max_examples=100, deadline=None)
@given(declared=config())
def test_a_model_survives_its_own_text_and_its_own_shape(declared):
    try:
        model = read_models({"R1": declared})["R1"]
    except InvalidInput:
        assume(False)
    assert parse_running_config(render_model(model)).model == model
    assert read_models({"R1": model_to_dict(model)})["R1"] == model
