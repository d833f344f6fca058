# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of ios_fast_failover: the one truth of the `config` shape."""

from __future__ import annotations

from typing import Any

STATES = ("merged", "replaced", "deleted", "gathered", "rendered", "parsed")
SWITCHES = ("remove_bgp", "change_asn", "remove_neighbor", "change_management")
PLATFORMS = ("auto", "ios", "iosxe", "ios_legacy")
ACTIONS = ("permit", "deny")

_TIMERS: dict[str, Any] = {
    "type": "dict",
    "options": {"keepalive": {"type": "int"}, "holdtime": {"type": "int"}},
}

_INTERFACE: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "description": {"type": "str"},
    "ipv4": {"type": "str"},
    "enabled": {"type": "bool"},
    "redirects": {"type": "bool"},
    "bfd": {
        "type": "dict",
        "options": {
            "interval": {"type": "int"},
            "min_rx": {"type": "int"},
            "multiplier": {"type": "int"},
            "echo": {"type": "bool"},
        },
    },
    "hsrp": {
        "type": "list",
        "elements": "dict",
        "options": {
            "group": {"type": "int", "required": True},
            "virtual_ip": {"type": "str"},
            "priority": {"type": "int"},
            "preempt": {
                "type": "dict",
                "options": {"enabled": {"type": "bool"}, "delay_minimum": {"type": "int"}},
            },
        },
    },
}

_ACCESS_LIST: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "entries": {
        "type": "list",
        "elements": "dict",
        "options": {
            "sequence": {"type": "int", "required": True},
            "action": {"type": "str", "required": True, "choices": list(ACTIONS)},
            "source": {"type": "str", "required": True},
        },
    },
}

_ROUTE_MAP: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "entries": {
        "type": "list",
        "elements": "dict",
        "options": {
            "sequence": {"type": "int", "required": True},
            "action": {"type": "str", "required": True, "choices": list(ACTIONS)},
            "match": {"type": "dict", "options": {"ip_address": {"type": "list", "elements": "str"}}},
            "set": {"type": "dict", "options": {"metric": {"type": "int"}}},
        },
    },
}

_BGP: dict[str, Any] = {
    "asn": {"type": "str", "required": True},
    "router_id": {"type": "str"},
    "log_neighbor_changes": {"type": "bool"},
    "timers": _TIMERS,
    "networks": {
        "type": "list",
        "elements": "dict",
        "options": {
            "vrf": {"type": "str", "default": "default"},
            "afi": {"type": "str", "default": "ipv4"},
            "prefix": {"type": "str", "required": True},
            "route_map": {"type": "str"},
        },
    },
    "neighbors": {
        "type": "list",
        "elements": "dict",
        "options": {
            "vrf": {"type": "str", "default": "default"},
            "afi": {"type": "str", "default": "ipv4"},
            "address": {"type": "str", "required": True},
            "remote_as": {"type": "str"},
            "description": {"type": "str"},
            "bfd": {"type": "bool"},
            "next_hop_self": {"type": "bool"},
            "route_map_in": {"type": "str"},
            "route_map_out": {"type": "str"},
            "timers": _TIMERS,
            "shutdown": {"type": "bool"},
        },
    },
}

CONFIG_OPTIONS: dict[str, Any] = {
    "bfd": {"type": "dict", "options": {"slow_timers": {"type": "int"}}},
    "interfaces": {"type": "list", "elements": "dict", "options": _INTERFACE},
    "access_lists": {"type": "list", "elements": "dict", "options": _ACCESS_LIST},
    "route_maps": {"type": "list", "elements": "dict", "options": _ROUTE_MAP},
    "bgp": {"type": "dict", "options": _BGP},
    "archive": {
        "type": "dict",
        "options": {"path": {"type": "str", "required": True}, "maximum": {"type": "int"}},
    },
}

ARGUMENT_SPEC: dict[str, Any] = {
    "config": {"type": "dict", "options": CONFIG_OPTIONS},
    "running_config": {"type": "str"},
    "state": {"type": "str", "default": "merged", "choices": list(STATES)},
    "allow": {"type": "list", "elements": "str", "default": [], "choices": list(SWITCHES)},
    "save": {"type": "str", "default": "changed", "choices": ["always", "changed", "never"]},
    "backup": {"type": "bool", "default": False},
    "backup_options": {"type": "dict", "options": {"filename": {"type": "str"}, "dir_path": {"type": "path"}}},
    "soft_clear": {"type": "str", "default": "never", "choices": ["changed", "never"]},
    "platform": {"type": "str", "default": "auto", "choices": list(PLATFORMS)},
    "management_interface": {"type": "str"},
    "revert_after_min": {"type": "int"},
}
REQUIRED_IF: list[list[Any]] = [
    ["state", "merged", ["config"]],
    ["state", "replaced", ["config"]],
    ["state", "deleted", ["config"]],
    ["state", "rendered", ["config"]],
    ["state", "parsed", ["running_config"]],
]

PENDING_CHANGE_ARGUMENT_SPEC: dict[str, Any] = {
    "state": {"type": "str", "default": "gathered", "choices": ["confirmed", "reverted", "gathered"]},
    "save": {"type": "str", "default": "changed", "choices": ["always", "changed", "never"]},
    "soft_clear": {"type": "str", "default": "never", "choices": ["changed", "never"]},
}

INFO_ARGUMENT_SPEC: dict[str, Any] = {
    "gather_subset": {"type": "list", "elements": "str", "default": ["all"]},
    "expected": {"type": "dict"},
    "wait_timeout": {"type": "int", "default": 90},
    "wait_interval": {"type": "int", "default": 5},
}
