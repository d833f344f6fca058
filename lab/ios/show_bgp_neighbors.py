"""`show ip bgp neighbors [X]` from live neighbors and BFD sessions."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address

from lab.engine import BfdSession, BgpTable
from lab.ios.store import RouterConfig


def render_bgp_neighbors(
    config: RouterConfig,
    table: BgpTable | None,
    bfd_sessions: Sequence[BfdSession],
    neighbor: IPv4Address | None = None,
) -> str:
    """Return `show ip bgp neighbors`, all of them or one."""
    raise NotImplementedError
