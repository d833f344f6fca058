"""Replace the running-config by a text, as `configure replace` and every rollback do.

The text goes through the command line of a scratch router, like the startup-config; what comes of it is put
into effect as a whole, where IOS types the differences. Texts: a capture of IOS of a file with a line that is
no command ("Rollback aborted after 5 passes"), captures of IOS XE for the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.ios.config_difference import config_difference

if TYPE_CHECKING:
    from lab.ios.router import Router

PASSES = 5  # after so many IOS gives up
_STARS = "********"


@dataclass(frozen=True)
class Replacement:
    """What was changed, and what of the text could not be brought about; both as commands."""

    commands: list[str]
    refused: list[str]


async def replace_config(router: Router, text: str, user: str) -> Replacement:
    """Make the configuration what `text` says; the caller holds the router's lock.

    Where the engine fails nothing has changed and EngineError is raised.
    """
    wanted, _answers = await router.read_config(text)
    before = router.config_text()
    router.log_message("Rollback:Acquired Configuration lock.")
    await router.commit(wanted, user)
    after = router.config_text()
    return Replacement(config_difference(before, after), config_difference(after, text))


def render_replacement(replacement: Replacement, with_list: bool) -> str:
    """Return what IOS prints in the end, with `with_list` after the commands."""
    lines: list[str] = []
    if with_list and replacement.commands:
        lines += ["!Pass 1", "!List of Rollback Commands:", *replacement.commands, "end", "", ""]
    if replacement.refused:
        lines += ["The rollback configlet from the last pass is listed below:", _STARS, "!List of Rollback Commands:"]
        lines += [*replacement.refused, "end", _STARS, "", f"Rollback aborted after {PASSES} passes"]
        lines += ["The following commands are failed to apply to the IOS image.", _STARS, *replacement.refused, _STARS]
    else:
        lines += [f"Total number of passes: {int(bool(replacement.commands))}", "Rollback Done"]
    return "\n".join([*lines, "", ""])
