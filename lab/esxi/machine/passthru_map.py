"""The host's view of /etc/vmware/passthru.map: which reset method a device gets at boot.

Format, from the file's own header: `vendor-id device-id resetMethod fptShareable`, ids as four hex
digits with ffff for any, reset methods flr, d3d0, link, bridge and default, the last column true,
false or default and optional. A line that is none of this is passed over, as a boot would do
(unverified on a host). Which of several matching lines counts is unverified too: here the first,
so that a line below a wildcard for its vendor has no effect.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

RESET_METHODS = ("flr", "d3d0", "link", "bridge", "default")
SHAREABLE = ("true", "false", "default")
ANY = 0xFFFF
_ID = re.compile(r"(?:0x)?([0-9a-f]{1,4})", re.IGNORECASE)


@dataclass(frozen=True)
class MapEntry:
    """One line in effect; an id of 0xffff matches any."""

    vendor_id: int
    device_id: int
    reset_method: str
    shareable: str = "default"

    def matches(self, vendor_id: int, device_id: int) -> bool:
        """Tell whether the line is about a device."""
        return self.vendor_id in (ANY, vendor_id) and self.device_id in (ANY, device_id)


def parse_passthru_map(text: str) -> tuple[MapEntry, ...]:
    """Return the entries that a boot would take from the file's text, in order."""
    entries = (_parse_line(line.partition("#")[0].split()) for line in text.splitlines())
    return tuple(entry for entry in entries if entry is not None)


def _parse_line(words: list[str]) -> MapEntry | None:
    if len(words) not in (3, 4):
        return None
    vendor, device = (_ID.fullmatch(word) for word in words[:2])
    method, shareable = words[2].lower(), words[3].lower() if len(words) == 4 else "default"
    if vendor is None or device is None or method not in RESET_METHODS or shareable not in SHAREABLE:
        return None
    return MapEntry(int(vendor[1], 16), int(device[1], 16), method, shareable)


def find_entry(entries: tuple[MapEntry, ...], vendor_id: int, device_id: int) -> MapEntry | None:
    """Return the line that counts for a device, None where none is about it."""
    return next((entry for entry in entries if entry.matches(vendor_id, device_id)), None)
