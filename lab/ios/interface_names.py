"""Interface names as IOS writes and abbreviates them."""

from __future__ import annotations

import re

INTERFACE_TYPES = (
    "Async",
    "BVI",
    "Dialer",
    "Ethernet",
    "FastEthernet",
    "GigabitEthernet",
    "Group-Async",
    "Loopback",
    "Null",
    "Port-channel",
    "Serial",
    "TenGigabitEthernet",
    "Tunnel",
    "Virtual-Template",
    "Vlan",
)
_NAME = re.compile(r"(?P<type>[A-Za-z-]+)\s*(?P<number>\d+(?:/\d+)*)")
LOOPBACK = re.compile(r"Loopback(\d{1,10})")
MAX_LOOPBACK = 2147483647


def expand_type(text: str) -> str | None:
    """Return the interface type that `text` abbreviates, None where none or several do."""
    found = [name for name in INTERFACE_TYPES if name.lower().startswith(text.lower())]
    exact = [name for name in found if name.lower() == text.lower()]
    chosen = exact or found
    return chosen[0] if len(chosen) == 1 else None


def canonical_name(text: str) -> str | None:
    """Return the full name of an interface written in any of IOS' ways ("e0/0", "Eth 0/0")."""
    match = _NAME.fullmatch(text)
    kind = expand_type(match["type"]) if match else None
    return f"{kind}{match['number']}" if match and kind else None


def is_loopback(name: str) -> bool:
    """Tell whether `name` is a loopback interface that `interface` may create."""
    match = LOOPBACK.fullmatch(name)
    return match is not None and int(match[1]) <= MAX_LOOPBACK


def sort_key(name: str) -> tuple[bool, str, tuple[int, ...]]:
    """Order interfaces as the running-config does: loopbacks first, then by type and number."""
    match = _NAME.fullmatch(name)
    if match is None:
        return (True, name, ())
    return (match["type"] != "Loopback", match["type"], tuple(int(part) for part in match["number"].split("/")))
