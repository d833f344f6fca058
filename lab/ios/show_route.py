"""`show ip route [bgp]` from the live main table."""

from __future__ import annotations

from collections.abc import Sequence

from lab.engine import Route


def render_routes(routes: Sequence[Route], protocol: str | None = None) -> str:
    """Return `show ip route`; `protocol` is "bgp", "connected", "static" or None for all."""
    raise NotImplementedError
