"""Syslog lines as IOS writes them for what the engine reports."""

from __future__ import annotations

from lab.engine import Event
from lab.ios.store import RouterConfig


def render_event(event: Event, config: RouterConfig) -> list[str]:
    """Return the log lines of one event, none for what IOS keeps to itself."""
    raise NotImplementedError


def render_config_event(at: float, user: str, line: str) -> str:
    """Return `%SYS-5-CONFIG_I`, which IOS logs when a session leaves configuration mode.

    `line` names the session ("vty0 (127.0.0.1)" or "console").
    """
    raise NotImplementedError
