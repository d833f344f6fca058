"""Standard named access lists."""

from __future__ import annotations

from lab.ios.commands.access_entries import (
    ANY,
    HOST,
    NUMBER,
    SEQUENCE,
    add,
    asked_sequence,
    list_name,
    matched,
    refuse_other_kind,
    remove,
    remove_at,
    resequence,
)
from lab.ios.commands.change import Change, ConfigCommand, Context, other_keywords, setting
from lab.ios.grammar import Command
from lab.ios.store import AccessList, AccessListEntry, RouterConfig

MODE = "config-std-nacl"
_SOURCES = ("(source_any:any)", "host <source_host:ipv4>", "<source:ipv4> [<source_wildcard:wildcard>]")


def enter_list(change: Change) -> None:
    """Enter an access list, which comes into being by that."""
    name = list_name(change)
    refuse_other_kind(change, name, "Standard")
    change.config.access_lists.setdefault(name, AccessList(name))
    change.enters = Context(MODE, name)


def remove_list(change: Change) -> None:
    """Remove an access list whole."""
    change.config.access_lists.pop(change.args.text("name"), None)
    if change.context == Context(MODE, change.args.text("name")):
        change.enters = Context("config")


def _entries(change: Change) -> dict[int, AccessListEntry]:
    """Return the entries of the list; it exists again where another session removed it meanwhile."""
    name = change.context.key
    return change.config.access_lists.setdefault(name, AccessList(name)).entries


def _entry(change: Change) -> AccessListEntry:
    """Return what the line says, with sequence 0 where it names none."""
    return AccessListEntry(asked_sequence(change), change.args.text("action"), *matched(change, "source"))


def _find(entries: dict[int, AccessListEntry], named: AccessListEntry) -> AccessListEntry | None:
    """Return the entry of the same addresses, whatever it does with them."""
    addresses = named.source, named.wildcard
    return next((entry for entry in entries.values() if (entry.source, entry.wildcard) == addresses), None)


def add_entry(change: Change) -> None:
    """Add an entry at its sequence, or behind the last one."""
    entries, new = _entries(change), _entry(change)
    add(entries, new, _find(entries, new))


def remove_entry(change: Change) -> None:
    """Remove the entry that says the same."""
    entries, named = _entries(change), _entry(change)
    remove(entries, named, _find(entries, named))


def remove_sequence(change: Change) -> None:
    """Remove the entry at a sequence."""
    remove_at(_entries(change), change.args.number("sequence"))


GLOBAL: list[ConfigCommand] = [
    *setting("ip access-list standard <name:word>", enter_list, "ip access-list standard <name:word>", remove_list),
    Command(f"ip access-list resequence <name:word> {NUMBER.format('start')} {NUMBER.format('step')}", resequence),
    *other_keywords("log-update logging persistent role-based", "ip access-list "),
]

ENTRIES: list[ConfigCommand] = [
    *(ConfigCommand(f"[{SEQUENCE}] (action:permit|deny) {source}", add_entry) for source in _SOURCES),
    *(ConfigCommand(f"no [{SEQUENCE}] (action:permit|deny) {source}", remove_entry) for source in _SOURCES),
    Command(f"no {SEQUENCE}", remove_sequence),
    *other_keywords("remark dynamic evaluate"),
]


def write_access_lists(config: RouterConfig, with_sequences: bool) -> list[str]:
    """Return all access lists; IOS XE shows the sequences, IOS 15 keeps them to itself."""
    lines: list[str] = []
    for name in sorted(config.access_lists):
        lines.append(f"ip access-list standard {name}")
        for sequence, entry in sorted(config.access_lists[name].entries.items()):
            lines.append(f" {sequence} {write_entry(entry)}" if with_sequences else f" {write_entry(entry)}")
    return lines


def write_entry(entry: AccessListEntry) -> str:
    """Return an entry; both actions take six columns."""
    if entry.wildcard == ANY:
        source = "any"
    elif entry.wildcard == HOST:
        source = str(entry.source)
    else:
        source = f"{entry.source} {entry.wildcard}"
    return f"{entry.action:<6} {source}"
