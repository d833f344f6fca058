"""`show standby` and `show standby brief` from live HSRP groups."""

from __future__ import annotations

from collections.abc import Sequence

from lab.engine import HsrpState
from lab.ios.store import RouterConfig


def render_standby(config: RouterConfig, groups: Sequence[HsrpState]) -> str:
    """Return `show standby`; timers and preempt delay come from the configuration."""
    raise NotImplementedError


def render_standby_brief(groups: Sequence[HsrpState]) -> str:
    """Return `show standby brief`."""
    raise NotImplementedError
