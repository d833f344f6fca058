"""The seed's network as a drill sees it: running configurations, and what the routers show of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.scenario import Scenario, read_scenarios
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.fleet import read_models
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.model import Model
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.running_config import (
    RunningConfig,
    parse_running_config,
    render_model,
)
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.verify import expected_state

FLEET = Path(__file__).parents[2] / "golden" / "findings" / "seed_amended.yml"
LINK = [{"router": "R1", "interface": "Ethernet0/0"}, {"router": "R3", "interface": "Ethernet0/0"}]
DEATH = [*LINK, {"router": "R1", "interface": "Ethernet0/1"}, {"router": "R2", "interface": "Ethernet0/1"}]
ROUTERS = ("R1", "R2", "R3", "R4")
STAMPS = "service timestamps log datetime msec"
PC1, PC2 = "192.168.1.10", "192.168.2.10"

Configs = dict[str, Any]
Infos = dict[str, dict[str, Any]]


def scenario(ends: list[dict[str, str]] = LINK, **changes: Any) -> Scenario:
    """Return a link cut by access lists, changed by the case."""
    [found] = read_scenarios([{"name": "case", "ends": ends, "cut": {"kind": "acl"}, **changes}], ROUTERS)
    return found


def command(**changes: Any) -> dict[str, Any]:
    """Return a bounded command as a cut."""
    return {
        "kind": "command",
        "host": "localhost",
        "cut": "cut {seconds}",
        "restore": "heal",
        "bounded": True,
        **changes,
    }


@cache
def declared() -> Configs:
    """Return the seed's declared configurations, not to be changed."""
    found: Configs = yaml.safe_load(FLEET.read_text())["models"]
    return found


@cache
def seed() -> Mapping[str, Model]:
    """Return the seed's models."""
    return read_models(declared())


def models(change: Callable[[Configs], object] | None = None) -> Mapping[str, Model]:
    """Return the seed's models, changed by the case."""
    if change is None:
        return seed()
    configs = copy.deepcopy(declared())
    change(configs)
    return read_models(configs)


def running(fleet: Mapping[str, Model] | None = None, **lines: str) -> dict[str, RunningConfig]:
    """Return the running configurations; `R1="…"` is put behind the header of that router's Ethernet0/0."""
    texts = {router: f"{STAMPS}\n{render_model(model)}" for router, model in (fleet or models()).items()}
    for router, line in lines.items():
        header = "interface Ethernet0/0\n"
        assert header in texts[router]
        texts[router] = texts[router].replace(header, f"{header} {line}\n", 1)
    return {router: parse_running_config(text) for router, text in texts.items()}


def infos(fleet: Mapping[str, Model] | None = None) -> Infos:
    """Return what all routers show when everything is as their models want it."""
    found = fleet or models()
    return {router: info(found, router) for router in found}


def info(fleet: Mapping[str, Model], router: str) -> dict[str, Any]:
    """Return what one router shows."""
    state = expected_state(fleet, router)
    return {
        "bfd_sessions": [
            {
                "neighbor": item.neighbor,
                "local_address": item.local_address,
                "interface": item.interface,
                "state": "Up",
                "local_discriminator": number,
                "remote_discriminator": number,
                "remote_heard": "Up",
                "echo": item.mode == "echo",
                "multiplier": item.multiplier,
                "received_multiplier": item.multiplier,
                "detection_time_ms": item.detection_time_ms,
                "protocols": list(item.protocols),
                "uptime_s": 500,
                "local_diagnostic": 0,
            }
            for number, item in enumerate(state.bfd, start=1)
        ],
        "bgp_neighbors": [
            {
                "neighbor": item.neighbor,
                "remote_as": item.remote_as,
                "state": "Established",
                "hold_time_s": item.hold_time_s,
                "keepalive_s": item.keepalive_s,
                "bfd": item.bfd,
                "bfd_peer_state": "Up" if item.bfd else None,
                "uptime_s": 500,
                "prefixes_received": 2,
                "connections_established": 1,
                "connections_dropped": 0,
            }
            for item in state.bgp
        ],
        "bgp_routes": [
            {"prefix": item.prefix, "next_hop": item.next_hop, "distance": item.distance, "metric": item.metric or 0}
            for item in state.routes
        ],
        "hsrp_groups": [
            {
                "interface": item.interface,
                "group": item.group,
                "priority": 100,
                "preempt": True,
                "state": item.states[0],
                "active_router": item.active_router or "unknown",
                "standby_router": "unknown",
                "virtual_ip": item.virtual_ip,
            }
            for item in state.hsrp
        ],
        "not_supported": {},
    }


def row(infos: Infos, router: str, part: str, neighbor: str) -> dict[str, Any]:
    """Return one session's row of what a router shows, to be changed."""
    rows: list[dict[str, Any]] = infos[router][part]
    return next(item for item in rows if item["neighbor"] == neighbor)
