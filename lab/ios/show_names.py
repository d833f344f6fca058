"""Interface names and prefixes as IOS abbreviates them in tables.

Short names: two letters and the unit ("Et0/0", "Lo0"), as in the Int column of `show bfd neighbors`.
Classful networks (RFC 791, section 3.2) are shown without their length by `show ip bgp`.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network

CLASSES = ((128, 8), (192, 16), (224, 24))  # first octet below -> prefix length
_NAME = re.compile(r"(?P<letters>[A-Za-z-]+)(?P<unit>\d.*)")


def short_name(interface: str) -> str:
    """Return "Et0/0" for "Ethernet0/0"; a name of another shape comes back unchanged."""
    match = _NAME.fullmatch(interface)
    return match["letters"][:2] + match["unit"] if match else interface


def interface_order(interface: str) -> tuple[str, tuple[int, ...]]:
    """Return a sort key that puts Ethernet0/2 before Ethernet0/10, Loopbacks last."""
    match = _NAME.fullmatch(interface)
    if not match:
        return interface, ()
    return match["letters"], tuple(int(number) for number in re.findall(r"\d+", match["unit"]))


def classful_length(address: IPv4Address) -> int:
    """Return the natural mask's length; 32 where classes D and E have none."""
    first_octet = address.packed[0]
    return next((length for limit, length in CLASSES if first_octet < limit), 32)


def classful_network(prefix: IPv4Network) -> IPv4Network:
    """Return the major network that `prefix` belongs to."""
    return IPv4Network((prefix.network_address, classful_length(prefix.network_address)), strict=False)


def render_prefix(prefix: IPv4Network) -> str:
    """Return "192.168.1.0" for a classful network or the default route, else "10.10.10.0/24"."""
    natural = prefix.prefixlen == classful_length(prefix.network_address)
    return str(prefix.network_address) if natural or prefix.prefixlen == 0 else str(prefix)
