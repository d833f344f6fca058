# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each IOS platform accepts: ranges by platform profile.

Sources: BFD interval 50-9999 ms, multiplier 3-50 and slow timers 1000-30000 ms: Catalyst 3650
command reference, IOS XE Everest 16.5.1a, pages 711 and 718; older IOS 50-999 and 1-999 ms: MWR 2941
command reference. HSRP: IOS first hop redundancy command reference (groups 0-255, version 2:
0-4095; preempt delay 0-3600 s). BGP hold time 0 or at least 3 s: RFC 4271 section 4.2. Archive: IOS
configuration management command reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Range:
    """Whole numbers that are allowed, both ends included."""

    low: int
    high: int
    unit: str = ""

    def __contains__(self, value: int) -> bool:
        """Return whether the value is inside."""
        return self.low <= value <= self.high

    def __str__(self) -> str:
        """Return the range as text for people."""
        return f"{self.low} to {self.high}{' ' + self.unit if self.unit else ''}"


@dataclass(frozen=True)
class Limits:
    """The ranges of one platform profile."""

    name: str
    bfd_interval: Range = Range(50, 9999, "ms")
    bfd_min_rx: Range = Range(50, 9999, "ms")
    bfd_multiplier: Range = Range(3, 50)
    bfd_slow_timers: Range = Range(1000, 30000, "ms")
    hsrp_group: Range = Range(0, 4095)
    hsrp_group_version_1: Range = Range(0, 255)
    hsrp_priority: Range = Range(0, 255)
    hsrp_preempt_delay: Range = Range(0, 3600, "s")
    asn: Range = Range(1, 4294967295)
    timer: Range = Range(0, 65535, "s")
    metric: Range = Range(0, 4294967295)
    archive_maximum: Range = Range(1, 14, "configurations")
    access_list_sequence: Range = Range(1, 2147483647)
    route_map_sequence: Range = Range(0, 65535)
    interface_description: Range = Range(1, 240, "characters")
    neighbor_description: Range = Range(1, 80, "characters")


DEFAULT_PROFILE = "iosxe"
PROFILES: Mapping[str, Limits] = {
    "ios": Limits("ios"),
    "iosxe": Limits("iosxe"),
    "ios_legacy": Limits("ios_legacy", bfd_interval=Range(50, 999, "ms"), bfd_min_rx=Range(1, 999, "ms")),
}
_FIRST_IOSXE = 16
_FIRST_IOS = 15


def limits_for(platform: str, version: str | None) -> Limits:
    """Return the limits of a platform; "auto" goes by the `version` line of the running-config.

    IOS XE 3.x shows the IOS version that it carries (15.x): same ranges.
    """
    if platform != "auto":
        return PROFILES[platform]
    if version is None or not version.split(".")[0].isdigit():
        return PROFILES[DEFAULT_PROFILE]
    major = int(version.split(".")[0])
    if major >= _FIRST_IOSXE:
        return PROFILES["iosxe"]
    return PROFILES["ios" if major >= _FIRST_IOS else "ios_legacy"]
