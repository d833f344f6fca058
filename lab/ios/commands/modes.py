"""The grammar of every configuration mode, and what leads out of it."""

from __future__ import annotations

from lab.ios.commands import (
    access_list,
    archive,
    bfd,
    bgp,
    bgp_neighbor,
    extended_list,
    interface,
    route_map,
    standby,
    system,
)
from lab.ios.commands.change import Change, ConfigCommand, ConfigHandler, Context
from lab.ios.grammar import Command, Grammar
from lab.ios.prompts import CONFIG, EXEC


def leave_all(change: Change) -> None:
    """Return to privileged mode."""
    change.enters = Context(EXEC)


def leave_mode(change: Change) -> None:
    """Return to the mode above."""
    change.enters = Context(EXEC if change.context.mode == CONFIG else CONFIG)


def run_exec(_change: Change) -> None:
    """Stand for `do`: the session runs the rest of the line as an exec command."""


COMMON: list[ConfigCommand] = [
    Command("end", leave_all),
    Command("exit", leave_mode),
    Command("do <line:line>", run_exec),
]
_GLOBAL = [
    *system.GLOBAL,
    *archive.GLOBAL,
    *interface.GLOBAL,
    *bfd.GLOBAL,
    *access_list.GLOBAL,
    *extended_list.GLOBAL,
    *route_map.GLOBAL,
    *bgp.GLOBAL,
]

CONFIG_GRAMMARS: dict[str, Grammar[ConfigHandler]] = {
    CONFIG: Grammar([*COMMON, *_GLOBAL]),
    interface.MODE: Grammar([*COMMON, *interface.INTERFACE, *bfd.INTERFACE, *standby.INTERFACE]),
    bgp.MODE: Grammar([*COMMON, *bgp.ROUTER, *bgp_neighbor.ROUTER]),
    access_list.MODE: Grammar([*COMMON, *access_list.ENTRIES]),
    extended_list.MODE: Grammar([*COMMON, *extended_list.ENTRIES]),
    archive.MODE: Grammar([*COMMON, *archive.ARCHIVE]),
    route_map.MODE: Grammar([*COMMON, *route_map.ENTRY]),
    **{mode: Grammar(COMMON) for mode in system.SUBMODES.values()},
}
_LINE_GRAMMARS: dict[str, Grammar[ConfigHandler]] = {
    line: Grammar([*COMMON, *settings]) for line, settings in system.LINE_SETTINGS.items()
}


def grammar_of(context: Context) -> Grammar[ConfigHandler]:
    """Return the grammar of a configuration mode; each terminal line has its own."""
    return _LINE_GRAMMARS[context.key] if context.mode == system.LINE_MODE else CONFIG_GRAMMARS[context.mode]
