"""`show ip bgp` and `show ip bgp summary` from the live BGP process."""

from __future__ import annotations

from lab.engine import BgpTable
from lab.ios.show_bgp_neighbors import render_bgp_neighbors
from lab.ios.store import RouterConfig

__all__ = ["render_bgp_neighbors", "render_bgp_summary", "render_bgp_table"]


def render_bgp_table(table: BgpTable | None) -> str:
    """Return `show ip bgp`; None where no process is configured."""
    raise NotImplementedError


def render_bgp_summary(config: RouterConfig, table: BgpTable | None) -> str:
    """Return `show ip bgp summary`; None where no process is configured."""
    raise NotImplementedError
