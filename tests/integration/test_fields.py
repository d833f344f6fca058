"""Every field of the model, changed and changed back on the lab's command line: minimal commands, nothing left."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.argument_spec import ARGUMENT_SPEC
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.fast_failover import run_fast_failover

from tests.integration.session_transport import SessionTransport, open_router

Config = dict[str, Any]

BASE: Config = {
    "archive": {"path": "flash:fastpath", "maximum": 5},
    "bfd": {"slow_timers": 2000},
    "interfaces": [
        {
            "name": "Ethernet0/0",
            "description": "to R4",
            "ipv4": "10.10.20.1/24",
            "enabled": True,
            "redirects": False,
            "bfd": {"interval": 100, "min_rx": 100, "multiplier": 3, "echo": True},
        },
        {
            "name": "Ethernet0/1",
            "ipv4": "192.168.1.3/24",
            "redirects": False,
            "bfd": {"interval": 100, "min_rx": 100, "multiplier": 3},
            "hsrp": [
                {
                    "group": 1,
                    "virtual_ip": "192.168.1.1",
                    "priority": 10,
                    "preempt": {"enabled": True, "delay_minimum": 5},
                }
            ],
        },
    ],
    "access_lists": [
        {"name": "BGP_MED", "entries": [{"sequence": 10, "action": "permit", "source": "192.168.1.0/24"}]},
        {"name": "OTHER", "entries": [{"sequence": 10, "action": "permit", "source": "10.0.0.0/8"}]},
    ],
    "route_maps": [
        {
            "name": "ATTACH_MED",
            "entries": [
                {"sequence": 10, "action": "permit", "match": {"ip_address": ["BGP_MED"]}, "set": {"metric": 10}},
                {"sequence": 20, "action": "permit"},
            ],
        },
        {"name": "ALL", "entries": [{"sequence": 10, "action": "permit"}]},
    ],
    "bgp": {
        "asn": 64512,
        "router_id": "192.168.1.3",
        "log_neighbor_changes": True,
        "timers": {"keepalive": 5, "holdtime": 15},
        "networks": [{"prefix": "10.10.20.0/24"}, {"prefix": "192.168.1.0/24"}],
        "neighbors": [
            {
                "address": "10.10.20.2",
                "remote_as": 64513,
                "description": "R4",
                "bfd": True,
                "route_map_in": "ALL",
                "route_map_out": "ATTACH_MED",
                "timers": {"keepalive": 4, "holdtime": 12},
            },
            {"address": "192.168.1.2", "remote_as": 64512, "bfd": True, "next_hop_self": True},
        ],
    },
}
E0, E1, BGP, R4 = "interface Ethernet0/0", "interface Ethernet0/1", "router bgp 64512", "neighbor 10.10.20.2"
# The lab's IOS shows standard lists without numbers, so they are numbered anew before an entry is addressed.
NUMBER, ACL = "ip access-list resequence BGP_MED 10 10", "ip access-list standard BGP_MED"

# What is changed (path, new value; None removes), commands there, commands back.
FIELDS: list[tuple[str, Any, list[str], list[str]]] = [
    ("archive/path", "flash:R2", ["archive", "path flash:R2"], ["archive", "path flash:fastpath"]),
    ("archive/maximum", 14, ["archive", "maximum 14"], ["archive", "maximum 5"]),
    ("archive/maximum", None, ["archive", "no maximum 5"], ["archive", "maximum 5"]),
    ("bfd/slow_timers", 3000, ["bfd slow-timers 3000"], ["bfd slow-timers 2000"]),
    ("interfaces/0/description", "uplink", [E0, "description uplink"], [E0, "description to R4"]),
    ("interfaces/0/description", None, [E0, "no description to R4"], [E0, "description to R4"]),
    (
        "interfaces/0/ipv4",
        "10.10.20.9/25",
        [E0, "ip address 10.10.20.9 255.255.255.128"],
        [E0, "ip address 10.10.20.1 255.255.255.0"],
    ),
    (
        "interfaces/0/ipv4",
        None,
        [E0, "no ip address 10.10.20.1 255.255.255.0"],
        [E0, "ip address 10.10.20.1 255.255.255.0"],
    ),
    ("interfaces/0/enabled", False, [E0, "shutdown"], [E0, "no shutdown"]),
    ("interfaces/1/redirects", True, [E1, "ip redirects"], [E1, "no ip redirects"]),
    (
        "interfaces/0/bfd/interval",
        250,
        [E0, "bfd interval 250 min_rx 100 multiplier 3"],
        [E0, "bfd interval 100 min_rx 100 multiplier 3"],
    ),
    (
        "interfaces/0/bfd/min_rx",
        300,
        [E0, "bfd interval 100 min_rx 300 multiplier 3"],
        [E0, "bfd interval 100 min_rx 100 multiplier 3"],
    ),
    (
        "interfaces/0/bfd/multiplier",
        5,
        [E0, "bfd interval 100 min_rx 100 multiplier 5"],
        [E0, "bfd interval 100 min_rx 100 multiplier 3"],
    ),
    ("interfaces/0/bfd/echo", False, [E0, "no bfd echo"], [E0, "bfd echo"]),
    (
        "interfaces/0/bfd",
        None,
        [E0, "no bfd interval 100 min_rx 100 multiplier 3"],
        [E0, "bfd interval 100 min_rx 100 multiplier 3"],
    ),
    (
        "interfaces/1/hsrp/0/virtual_ip",
        "192.168.1.254",
        [E1, "standby 1 ip 192.168.1.254"],
        [E1, "standby 1 ip 192.168.1.1"],
    ),
    ("interfaces/1/hsrp/0/priority", 120, [E1, "standby 1 priority 120"], [E1, "standby 1 priority 10"]),
    ("interfaces/1/hsrp/0/priority", None, [E1, "no standby 1 priority 10"], [E1, "standby 1 priority 10"]),
    (
        "interfaces/1/hsrp/0/preempt",
        {"enabled": False},
        [E1, "no standby 1 preempt"],
        [E1, "standby 1 preempt delay minimum 5"],
    ),
    (
        "interfaces/1/hsrp/0/preempt/delay_minimum",
        30,
        [E1, "standby 1 preempt delay minimum 30"],
        [E1, "standby 1 preempt delay minimum 5"],
    ),
    (
        "interfaces/1/hsrp/0/group",
        7,
        [
            E1,
            "no standby 1 ip 192.168.1.1",
            "no standby 1 priority 10",
            "no standby 1 preempt",
            "standby 7 ip 192.168.1.1",
            "standby 7 priority 10",
            "standby 7 preempt delay minimum 5",
        ],
        [
            E1,
            "no standby 7 ip 192.168.1.1",
            "no standby 7 priority 10",
            "no standby 7 preempt",
            "standby 1 ip 192.168.1.1",
            "standby 1 priority 10",
            "standby 1 preempt delay minimum 5",
        ],
    ),
    (
        "access_lists/0/entries/0/source",
        "192.168.0.0/16",
        [NUMBER, ACL, "no 10", "10 permit 192.168.0.0 0.0.255.255"],
        [NUMBER, ACL, "no 10", "10 permit 192.168.1.0 0.0.0.255"],
    ),
    (
        "access_lists/0/entries/0/action",
        "deny",
        [NUMBER, ACL, "no 10", "10 deny 192.168.1.0 0.0.0.255"],
        [NUMBER, ACL, "no 10", "10 permit 192.168.1.0 0.0.0.255"],
    ),
    (
        "route_maps/0/entries/0/match",
        {"ip_address": ["OTHER"]},
        ["route-map ATTACH_MED permit 10", "match ip address OTHER", "no match ip address BGP_MED"],
        ["route-map ATTACH_MED permit 10", "match ip address BGP_MED", "no match ip address OTHER"],
    ),
    (
        "route_maps/0/entries/0/set/metric",
        50,
        ["route-map ATTACH_MED permit 10", "set metric 50"],
        ["route-map ATTACH_MED permit 10", "set metric 10"],
    ),
    (
        "route_maps/0/entries/0/set",
        None,
        ["route-map ATTACH_MED permit 10", "no set metric 10"],
        ["route-map ATTACH_MED permit 10", "set metric 10"],
    ),
    ("route_maps/0/entries/0/action", "deny", ["route-map ATTACH_MED deny 10"], ["route-map ATTACH_MED permit 10"]),
    ("bgp/router_id", "192.168.1.33", [BGP, "bgp router-id 192.168.1.33"], [BGP, "bgp router-id 192.168.1.3"]),
    ("bgp/log_neighbor_changes", False, [BGP, "no bgp log-neighbor-changes"], [BGP, "bgp log-neighbor-changes"]),
    ("bgp/timers", {"keepalive": 10, "holdtime": 30}, [BGP, "timers bgp 10 30"], [BGP, "timers bgp 5 15"]),
    ("bgp/timers", None, [BGP, "no timers bgp 5 15"], [BGP, "timers bgp 5 15"]),
    (
        "bgp/networks/0/prefix",
        "10.10.30.0/24",
        [BGP, "network 10.10.30.0 mask 255.255.255.0", "no network 10.10.20.0 mask 255.255.255.0"],
        [BGP, "network 10.10.20.0 mask 255.255.255.0", "no network 10.10.30.0 mask 255.255.255.0"],
    ),
    (
        "bgp/networks/1/route_map",
        "ALL",
        [BGP, "network 192.168.1.0 route-map ALL"],
        [BGP, "no network 192.168.1.0 route-map ALL", "network 192.168.1.0"],
    ),
    ("bgp/neighbors/0/remote_as", 64999, [BGP, f"{R4} remote-as 64999"], [BGP, f"{R4} remote-as 64513"]),
    ("bgp/neighbors/0/description", None, [BGP, f"no {R4} description R4"], [BGP, f"{R4} description R4"]),
    ("bgp/neighbors/0/bfd", False, [BGP, f"no {R4} fall-over bfd"], [BGP, f"{R4} fall-over bfd"]),
    (
        "bgp/neighbors/1/next_hop_self",
        False,
        [BGP, "no neighbor 192.168.1.2 next-hop-self"],
        [BGP, "neighbor 192.168.1.2 next-hop-self"],
    ),
    ("bgp/neighbors/0/route_map_in", None, [BGP, f"no {R4} route-map ALL in"], [BGP, f"{R4} route-map ALL in"]),
    ("bgp/neighbors/0/route_map_out", "ALL", [BGP, f"{R4} route-map ALL out"], [BGP, f"{R4} route-map ATTACH_MED out"]),
    ("bgp/neighbors/0/timers", None, [BGP, f"no {R4} timers 4 12"], [BGP, f"{R4} timers 4 12"]),
    ("bgp/neighbors/0/timers/holdtime", 20, [BGP, f"{R4} timers 4 20"], [BGP, f"{R4} timers 4 12"]),
    ("bgp/neighbors/0/shutdown", True, [BGP, f"{R4} shutdown"], [BGP, f"no {R4} shutdown"]),
]


def change(path: str, value: Any) -> Config:
    config = copy.deepcopy(BASE)
    *parents, last = path.split("/")
    node: Any = config
    for step in parents:
        node = node[int(step)] if step.isdigit() else node[step]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return config


def refuse_backup(_text: str) -> str:
    raise AssertionError("no backup was asked for")


def run(router: SessionTransport, config: Config, *, check_mode: bool = False) -> dict[str, Any]:
    params = {"state": "replaced", "config": config, "save": "never", "allow": ["change_asn"]}
    return run_fast_failover(router, params, check_mode=check_mode, session_address=None, backup=refuse_backup)


def apply_as_predicted(router: SessionTransport, config: Config) -> list[str]:
    predicted = run(router, config, check_mode=True)
    before = router.router.running_config()
    assert run(router, config, check_mode=True)["commands"] == predicted["commands"]
    assert router.router.running_config() == before, "check mode wrote"
    applied = run(router, config)
    assert applied["commands"] == predicted["commands"]
    assert applied["after"] == predicted["after"]
    assert applied["diff"] == predicted["diff"]
    assert not run(router, config)["changed"], "the second run changes again"
    return list(applied["commands"])


def lines(text: str) -> list[str]:
    """Return a running-config without its comments, which carry the time of the last change."""
    return [line for line in text.splitlines() if not line.startswith(("!", "Current configuration"))]


@pytest.fixture
def router(tmp_path: Path) -> SessionTransport:
    transport = open_router(tmp_path)
    run(transport, BASE)
    return transport


@pytest.mark.parametrize(
    ("path", "value", "there", "back"),
    FIELDS,
    ids=[f"{path}={value}".replace("/", ".") for path, value, *_lines in FIELDS],
)
def test_field_changes_and_is_gone_again(
    router: SessionTransport, path: str, value: Any, there: list[str], back: list[str]
) -> None:
    before = lines(router.router.running_config())
    assert apply_as_predicted(router, change(path, value)) == there
    assert lines(router.router.running_config()) != before
    assert apply_as_predicted(router, BASE) == back
    assert lines(router.router.running_config()) == before
    assert router.router.unknown == []


def leaves(options: dict[str, Any], prefix: str = "") -> list[str]:
    found: list[str] = []
    for name, option in options.items():
        nested = option.get("options")
        found += leaves(nested, f"{prefix}{name}/") if nested else [f"{prefix}{name}"]
    return found


# Keys of objects, which are added and removed rather than changed, and what only ever has one value.
KEYS = {
    "interfaces/name",
    "access_lists/name",
    "access_lists/entries/sequence",
    "route_maps/name",
    "route_maps/entries/sequence",
    "bgp/asn",
    "bgp/networks/vrf",
    "bgp/networks/afi",
    "bgp/neighbors/vrf",
    "bgp/neighbors/afi",
    "bgp/neighbors/address",
}


def test_table_covers_every_field_of_the_model() -> None:
    tested = {"/".join(step for step in path.split("/") if not step.isdigit()) for path, *_change in FIELDS}
    missing = [
        leaf
        for leaf in leaves(ARGUMENT_SPEC["config"]["options"])
        if leaf not in KEYS and not any(leaf == path or leaf.startswith(f"{path}/") for path in tested)
    ]
    assert missing == []


Objects = Callable[[Config], None]


def _add_and_remove(there: Objects) -> Config:
    config = copy.deepcopy(BASE)
    there(config)
    return config


OBJECTS: list[tuple[str, Objects, list[str], list[str], list[str]]] = [
    (
        "interface",
        lambda c: c["interfaces"].append({"name": "Loopback0", "ipv4": "10.0.0.2/32"}),
        ["interface Loopback0", "ip address 10.0.0.2 255.255.255.255"],
        [],
        [],
    ),
    (
        "access-list entry",
        lambda c: c["access_lists"][0]["entries"].append({"sequence": 20, "action": "deny", "source": "any"}),
        [NUMBER, ACL, "20 deny any"],
        [NUMBER, ACL, "no 20"],
        [],
    ),
    (
        "route-map entry",
        lambda c: c["route_maps"][0]["entries"].insert(1, {"sequence": 15, "action": "deny"}),
        ["route-map ATTACH_MED deny 15"],
        ["no route-map ATTACH_MED deny 15"],
        [],
    ),
    (
        "network",
        lambda c: c["bgp"]["networks"].append({"prefix": "172.16.0.0/16"}),
        [BGP, "network 172.16.0.0"],
        [BGP, "no network 172.16.0.0"],
        [],
    ),
    (
        "neighbor",
        lambda c: c["bgp"]["neighbors"].append({"address": "192.168.1.9", "remote_as": 64512}),
        [BGP, "neighbor 192.168.1.9 remote-as 64512"],
        [BGP, "no neighbor 192.168.1.9"],
        ["remove_neighbor"],
    ),
]


@pytest.mark.parametrize(("name", "there", "added", "removed", "allow"), OBJECTS, ids=[item[0] for item in OBJECTS])
def test_object_is_added_and_removed(
    router: SessionTransport, name: str, there: Objects, added: list[str], removed: list[str], allow: list[str]
) -> None:
    before = lines(router.router.running_config())
    assert apply_as_predicted(router, _add_and_remove(there)) == added
    if not removed:  # an interface that is not named is not touched
        assert run(router, BASE)["commands"] == []
        return
    params = {"state": "replaced", "config": BASE, "save": "never", "allow": allow}
    result = run_fast_failover(router, params, check_mode=False, session_address=None, backup=refuse_backup)
    assert result["commands"] == removed
    assert lines(router.router.running_config()) == before
