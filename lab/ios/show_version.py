"""`show version` of a lab router, which says that it is the lab."""

from __future__ import annotations

from collections.abc import Sequence


def render_version(hostname: str, interfaces: Sequence[str], started_at: float, now: float) -> str:
    """Return `show version`; `interfaces` are canonical names, times are UTC epoch seconds."""
    raise NotImplementedError
