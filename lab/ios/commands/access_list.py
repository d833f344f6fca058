"""Standard named access lists."""

from __future__ import annotations

from ipaddress import IPv4Address

from lab.ios.commands.change import Change, ConfigCommand, Context, Refused, RefusedValue, other_keywords, setting
from lab.ios.grammar import Command
from lab.ios.store import AccessList, AccessListEntry, RouterConfig

MODE = "config-std-nacl"
STEP = 10
HOST = IPv4Address("0.0.0.0")
ANY = IPv4Address("255.255.255.255")
_NUMBER = "<{}:1-2147483647>"
_SEQUENCE = _NUMBER.format("sequence")
_SOURCES = ("(any:any)", "host <host:ipv4>", "<source:ipv4> [<wildcard:wildcard>]")


def enter_list(change: Change) -> None:
    """Enter an access list, which comes into being by that; a numbered one is refused, the lab has none."""
    name = change.args.text("name")
    if not name[0].isalpha():
        raise RefusedValue("name")
    change.config.access_lists.setdefault(name, AccessList(name))
    change.enters = Context(MODE, name)


def remove_list(change: Change) -> None:
    """Remove an access list whole."""
    change.config.access_lists.pop(change.args.text("name"), None)
    if change.context == Context(MODE, change.args.text("name")):
        change.enters = Context("config")


def resequence(change: Change) -> None:
    """Number the entries anew, from a start in steps."""
    access_list = change.config.access_lists.get(change.args.text("name"))
    if access_list is None:
        raise Refused("% Access list does not exist")  # the wording is unverified on a device
    entries = sorted(access_list.entries.values(), key=lambda entry: entry.sequence)
    for place, entry in enumerate(entries):
        entry.sequence = change.args.number("start") + place * change.args.number("step")
    access_list.entries = {entry.sequence: entry for entry in entries}


def _entries(change: Change) -> dict[int, AccessListEntry]:
    """Return the entries of the list; it exists again where another session removed it meanwhile."""
    name = change.context.key
    return change.config.access_lists.setdefault(name, AccessList(name)).entries


def _rule(change: Change) -> tuple[str, IPv4Address, IPv4Address]:
    """Return action, source and wildcard of the line, host bits under the wildcard cleared."""
    action = change.args.text("action")
    if "any" in change.args:
        return action, HOST, ANY
    if "host" in change.args:
        return action, change.address("host"), HOST
    wildcard = change.address("wildcard") if "wildcard" in change.args else HOST
    return action, IPv4Address(int(change.address("source")) & ~int(wildcard) & 0xFFFFFFFF), wildcard


def _find(entries: dict[int, AccessListEntry], source: IPv4Address, wildcard: IPv4Address) -> AccessListEntry | None:
    return next((entry for entry in entries.values() if (entry.source, entry.wildcard) == (source, wildcard)), None)


def add_entry(change: Change) -> None:
    """Add an entry at its sequence, or behind the last one.

    A rule that is there already is not added again. The texts of the refusals are unverified on a device.
    """
    entries, (action, source, wildcard) = _entries(change), _rule(change)
    same = _find(entries, source, wildcard)
    if same is not None:
        if change.args.values.get("sequence") == same.sequence and action == same.action:
            return
        raise Refused(
            "% Duplicate permit statement ignored." if action == "permit" else "% Duplicate deny statement ignored."
        )
    sequence = change.args.number("sequence") if "sequence" in change.args else max(entries, default=0) + STEP
    if sequence in entries:
        raise Refused("% Duplicate sequence number")
    entries[sequence] = AccessListEntry(sequence, action, source, wildcard)


def remove_sequence(change: Change) -> None:
    """Remove the entry at a sequence."""
    if _entries(change).pop(change.args.number("sequence"), None) is None:
        raise Refused("% Specified sequence number not found")  # the wording is unverified on a device


def remove_entry(change: Change) -> None:
    """Remove the entry that says the same."""
    entries, (action, source, wildcard) = _entries(change), _rule(change)
    found = _find(entries, source, wildcard)
    asked = change.args.values.get("sequence")
    if found is None or found.action != action or asked not in (None, found.sequence):
        raise Refused("% Specified access list entry not found")  # the wording is unverified on a device
    del entries[found.sequence]


GLOBAL: list[ConfigCommand] = [
    *setting("ip access-list standard <name:word>", enter_list, "ip access-list standard <name:word>", remove_list),
    Command(f"ip access-list resequence <name:word> {_NUMBER.format('start')} {_NUMBER.format('step')}", resequence),
    *other_keywords("extended log-update logging persistent role-based", "ip access-list "),
]

ENTRIES: list[ConfigCommand] = [
    *(ConfigCommand(f"[{_SEQUENCE}] (action:permit|deny) {source}", add_entry) for source in _SOURCES),
    *(ConfigCommand(f"no [{_SEQUENCE}] (action:permit|deny) {source}", remove_entry) for source in _SOURCES),
    Command(f"no {_SEQUENCE}", remove_sequence),
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
