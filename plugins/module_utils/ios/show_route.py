# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`show ip route bgp` (and the B lines of `show ip route`) as values, one per prefix and next hop."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from .names import interface_name, read_address
from .show_text import clean_lines, read_duration_s, unread

# Between the code and the prefix stand flags: "B*", "B   +", "B   %  ".
_ENTRY = re.compile(r"^B(?![A-Za-z])[^\d]{0,12}(?P<address>\d+\.\d+\.\d+\.\d+)(?:/(?P<length>\d+))?(?: (?P<rest>.*))?$")
_HEADING = re.compile(r"^(?P<prefix>\d+\.\d+\.\d+\.\d+/\d+) is (?P<kind>variably )?subnetted")
_TABLE = re.compile(r"^Routing Table: ?(\S+)")
_CONTINUED = re.compile(r"^(?:\[\d+/\d+\]|via |is directly connected)")
_PATH = re.compile(
    r"\[(?P<distance>\d+)/(?P<metric>\d+)\](?: via (?P<next_hop>[0-9A-Fa-f.:]+)(?: \([^)]*\))?)?"
    r"(?:, ?(?P<age>\d[\d:.ywdhms]*|never))?(?:, ?(?P<interface>[A-Za-z][\w./:-]*\d))?"
)
_DIRECT = re.compile(
    r"^is directly connected(?:, ?(?P<age>\d[\d:.ywdhms]*|never))?(?:, ?(?P<interface>[A-Za-z][\w./:-]*\d))?"
)


@dataclass(frozen=True)
class BgpRoute:
    """One BGP path in the routing table.

    `prefix` lacks its length only where the device printed none and no heading gives it;
    `next_hop` is None for a route that points at an interface alone.
    """

    prefix: str
    next_hop: str | None
    distance: int
    metric: int
    age_s: int | None = None
    interface: str | None = None
    vrf: str = "default"


def parse_bgp_routes(text: str) -> tuple[BgpRoute, ...]:
    """Return the BGP routes in the order in which the device prints them; DeviceError on one without a known path."""
    vrf, heading = "default", None
    routes: list[BgpRoute] = []
    for line in _rejoin(clean_lines(text)):
        table, subnetted, entry = _TABLE.match(line), _HEADING.match(line), _ENTRY.match(line)
        if table:
            vrf, heading = table.group(1), None
        elif subnetted:
            heading = None if subnetted.group("kind") else _network(subnetted.group("prefix"))
        elif entry and read_address(entry.group("address")):
            paths = _paths(_prefix(entry, heading), entry.group("rest") or "", vrf)
            if not paths:
                raise unread("show ip route bgp", line)
            routes.extend(paths)
    return tuple(routes)


def _rejoin(lines: Sequence[str]) -> list[str]:
    """Put every path of a route, which stand on lines of their own, into the line of its prefix."""
    joined: list[str] = []
    for line in lines:
        if joined and _CONTINUED.match(line):
            joined[-1] += " " + line
        else:
            joined.append(line)
    return joined


def _network(text: str) -> IPv4Network | None:
    """Return the network of a heading, None for a garbled one."""
    try:
        return IPv4Network(text, strict=False)
    except ValueError:
        return None


def _prefix(entry: re.Match[str], heading: IPv4Network | None) -> str:
    """Return the prefix; below "is subnetted" the lines show no length, it is that of the heading."""
    address, length = entry.group("address"), entry.group("length")
    if length:
        return f"{address}/{length}"
    if heading is None or not _is_below(IPv4Address(address), heading):
        return address
    return f"{address}/{heading.prefixlen}"


def _is_below(address: IPv4Address, heading: IPv4Network) -> bool:
    """Return whether the address is in the classful network that the heading names.

    The heading carries the length of the subnets, not of the network: "10.0.0.0/30 is subnetted".
    """
    first = int(heading.network_address) >> 24
    length = 8 if first < 128 else 16 if first < 192 else 24
    classful = IPv4Network((heading.network_address, min(length, heading.prefixlen)), strict=False)
    return address in classful


def _paths(prefix: str, rest: str, vrf: str) -> list[BgpRoute]:
    """Return one route per path that stands behind the prefix."""
    direct = _DIRECT.match(rest)
    if direct:
        return [_route(prefix, direct, vrf)]
    return [_route(prefix, path, vrf) for path in _PATH.finditer(rest)]


def _route(prefix: str, path: re.Match[str], vrf: str) -> BgpRoute:
    """Return the route of one path."""
    found = path.groupdict()
    return BgpRoute(
        prefix=prefix,
        next_hop=read_address(found.get("next_hop") or ""),
        distance=int(found.get("distance") or 0),
        metric=int(found.get("metric") or 0),
        age_s=read_duration_s(found["age"]),
        interface=interface_name(found["interface"]) if found["interface"] else None,
        vrf=vrf,
    )
