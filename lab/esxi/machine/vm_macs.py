"""MAC addresses that a host makes up, from the range that ESXi takes without a vCenter."""

from __future__ import annotations

import hashlib


def generated_mac(system_uuid: str, number: int) -> str:
    """Return the address of the network adapter with a number: the same for the same VM."""
    digest = hashlib.sha256(f"{system_uuid}/{number}".encode()).digest()
    return "00:0c:29:" + ":".join(f"{byte:02x}" for byte in digest[:3])
