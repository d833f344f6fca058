"""`show bfd neighbors` and `show bfd summary` from live sessions."""

from __future__ import annotations

from collections.abc import Sequence

from lab.engine import BfdSession


def render_bfd_neighbors(sessions: Sequence[BfdSession], details: bool) -> str:
    """Return `show bfd neighbors`, with `details` the long form."""
    raise NotImplementedError


def render_bfd_summary(sessions: Sequence[BfdSession]) -> str:
    """Return `show bfd summary`."""
    raise NotImplementedError
