"""`show interfaces [X]` and `show ip interface brief` from live interfaces."""

from __future__ import annotations

from collections.abc import Sequence

from lab.engine import InterfaceState
from lab.ios.store import RouterConfig


def render_interfaces(config: RouterConfig, states: Sequence[InterfaceState], name: str | None = None) -> str:
    """Return `show interfaces`, all of them or the one with the canonical `name`."""
    raise NotImplementedError


def render_ip_interface_brief(config: RouterConfig, states: Sequence[InterfaceState]) -> str:
    """Return `show ip interface brief`."""
    raise NotImplementedError
