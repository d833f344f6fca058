"""The running-config as IOS shows it: the writers of all features in canonical order.

Order: interfaces, BGP, access lists and route-maps as in a capture of IOS 15; the places of
`bfd slow-timers`, of the archive and of the lines around them are unverified on a device.
"""

from __future__ import annotations

from datetime import datetime, timezone

from lab.ios.commands.access_list import write_access_lists
from lab.ios.commands.archive import write_archive
from lab.ios.commands.bfd import write_interface_bfd, write_slow_timers
from lab.ios.commands.bgp import write_bgp
from lab.ios.commands.extended_list import write_extended_lists
from lab.ios.commands.interface import write_interface_head, write_interface_state
from lab.ios.commands.route_map import write_route_maps
from lab.ios.commands.standby import write_standby
from lab.ios.commands.system import (
    FORWARDING,
    NO_AAA,
    WEB_SERVERS,
    write_banner,
    write_identity,
    write_lines,
    write_users,
)
from lab.ios.interface_names import sort_key
from lab.ios.store import Interface, RouterConfig

SEQUENCES_SINCE = 16  # IOS XE 16 shows the sequences of access lists, IOS 15 does not


def write_config(config: RouterConfig, version: str) -> str:
    """Return the configuration from `version` to `end`, as it is also saved."""
    with_sequences = int(version.partition(".")[0]) >= SEQUENCES_SINCE
    lines = [f"version {version}", *write_identity(config), "!", NO_AAA, "!", "!"]
    lines += [*write_slow_timers(config), "!", *FORWARDING, "!", "!"]
    lines += [*_block(write_archive(config)), *write_users(config), "!", "redundancy", "!", "!"]
    for name in sorted(config.interfaces, key=sort_key):
        lines += [*write_interface(config.interfaces[name]), "!"]
    lines += [*_block(write_bgp(config)), *WEB_SERVERS, "!"]
    access_lists = [*write_access_lists(config, with_sequences), *write_extended_lists(config, with_sequences)]
    lines += [*_block(access_lists), *write_route_maps(config), "!", "control-plane", "!"]
    lines += [*_block(write_banner(config)), *write_lines(), "!", "!", "end"]
    return "\n".join(lines) + "\n"


def _block(lines: list[str]) -> list[str]:
    return [*lines, "!"] if lines else []


def write_interface(interface: Interface) -> list[str]:
    """Return one interface with its lines in IOS' order."""
    return [
        f"interface {interface.name}",
        *write_interface_head(interface),
        *write_standby(interface),
        *write_interface_state(interface),
        *write_interface_bfd(interface),
    ]


def render_running_config(config: RouterConfig, version: str, changed: str) -> str:
    """Return `show running-config`; `changed` is the comment of the last change, "" where there was none."""
    text = "!\n" + (f"{changed}\n!\n" if changed else "") + write_config(config, version)
    return f"Building configuration...\n\nCurrent configuration : {len(text)} bytes\n{text}"


def render_interface_config(interface: Interface) -> str:
    """Return `show running-config interface X`."""
    text = "!\n" + "\n".join(write_interface(interface)) + "\nend\n"
    return f"Building configuration...\n\nCurrent configuration : {len(text)} bytes\n{text}"


def render_last_change(at: float, user: str) -> str:
    """Return the comment that names the last change."""
    moment = datetime.fromtimestamp(at, timezone.utc)
    by = f" by {user}" if user else ""
    return f"! Last configuration change at {moment:%H:%M:%S} UTC {moment:%a %b} {moment.day} {moment.year}{by}"
