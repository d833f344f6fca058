# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How IOS writes addresses, AS numbers and interface names, in the configuration and in tables alike."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, ip_address

# Tables abbreviate the type ("Et0/0"), the configuration spells it out ("Ethernet0/0").
INTERFACE_TYPES = (
    "AppGigabitEthernet",
    "BDI",
    "Bundle-Ether",
    "BVI",
    "Dialer",
    "Ethernet",
    "FastEthernet",
    "FiveGigabitEthernet",
    "FortyGigabitEthernet",
    "GigabitEthernet",
    "HundredGigE",
    "Loopback",
    "Multilink",
    "Port-channel",
    "POS",
    "Serial",
    "TenGigabitEthernet",
    "Tunnel",
    "TwentyFiveGigE",
    "TwoGigabitEthernet",
    "Vlan",
)
AMBIGUOUS_TYPES = {"po": "Port-channel", "tw": "TwoGigabitEthernet"}

_INTERFACE = re.compile(r"([A-Za-z][A-Za-z-]*?) ?(\d[\w./:]*)$")


def read_address(text: str) -> str | None:
    """Return an IP address in its canonical form, None for anything else."""
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def read_ipv4(text: str) -> IPv4Address | None:
    """Return an IPv4 address, None for anything else."""
    try:
        return IPv4Address(text)
    except ValueError:
        return None


def read_asn(text: str) -> int:
    """Return an AS number written as "65000" or, in asdot form (RFC 5396), as "1.10"."""
    high, dot, low = text.partition(".")
    return int(high) * 65536 + int(low) if dot else int(high)


def interface_name(name: str) -> str:
    """Return the interface name as the configuration spells it: "Et0/0" is "Ethernet0/0"."""
    found = _INTERFACE.match(name)
    if not found:
        return name
    word, number = found.group(1).lower(), found.group(2)
    if word in AMBIGUOUS_TYPES:
        return AMBIGUOUS_TYPES[word] + number
    full = [kind for kind in INTERFACE_TYPES if len(word) > 1 and kind.lower().startswith(word)]
    return full[0] + number if len(full) == 1 else name
