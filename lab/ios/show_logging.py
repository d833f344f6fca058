"""`show logging` from the router's log buffer."""

from __future__ import annotations

from collections.abc import Sequence


def render_logging(lines: Sequence[str], monitors: int = 0) -> str:
    """Return `show logging`; `monitors` counts the sessions with `terminal monitor`."""
    raise NotImplementedError
