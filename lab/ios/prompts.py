"""Modes of the command line and their prompts.

Source for the length: Cisco IOS Configuration Fundamentals, `hostname`: a field of 30 characters holds
host name and prompt, and longer configuration prompts are cut ("Router(config-service-profil)#").
The 20 characters of the host name alone are unverified on a device.
"""

from __future__ import annotations

USER = "user"
EXEC = "exec"
CONFIG = "config"
HOSTNAME_LENGTH = 20
PROMPT_LENGTH = 30


def prompt(hostname: str, mode: str) -> str:
    """Return the prompt of a mode."""
    name = hostname[:HOSTNAME_LENGTH]
    if mode == USER:
        return f"{name}>"
    if mode == EXEC:
        return f"{name}#"
    return f"{name}({mode}"[: PROMPT_LENGTH - 2] + ")#"


def is_configuration(mode: str) -> bool:
    """Tell whether lines of the mode change the configuration."""
    return mode.startswith(CONFIG)
