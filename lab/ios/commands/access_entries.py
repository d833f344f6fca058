"""What standard and extended access lists share: their entries by sequence.

The texts of the refusals are unverified on a device.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import TypeVar

from lab.ios.commands.change import Change, Refused, RefusedValue
from lab.ios.store import AccessListEntry, ExtendedEntry, RouterConfig

STEP = 10
HOST = IPv4Address("0.0.0.0")
ANY = IPv4Address("255.255.255.255")
NUMBER = "<{}:1-2147483647>"
SEQUENCE = NUMBER.format("sequence")
Entry = TypeVar("Entry", AccessListEntry, ExtendedEntry)


def list_name(change: Change) -> str:
    """Return the name of a list; numbers are refused, the lab has no numbered lists."""
    name = change.args.text("name")
    if not name[0].isalpha():
        raise RefusedValue("name", missing=True)
    return name


def refuse_other_kind(change: Change, name: str, kind: str) -> None:
    """Refuse a name that a list of the other kind has."""
    others = change.config.extended_lists if kind == "Standard" else change.config.access_lists
    if name in others:
        other = "Extended" if kind == "Standard" else "Standard"
        raise Refused(f"% A named {other} IP access list with this name already exists")


def asked_sequence(change: Change) -> int:
    """Return the sequence that the line names, 0 where it names none."""
    return change.args.number("sequence") if "sequence" in change.args else 0


def matched(change: Change, name: str) -> tuple[IPv4Address, IPv4Address]:
    """Return address and wildcard of the values `NAME`, host bits under the wildcard cleared.

    The values are `NAME_any`, `NAME_host`, or `NAME` with `NAME_wildcard`.
    """
    if f"{name}_any" in change.args:
        return HOST, ANY
    if f"{name}_host" in change.args:
        return change.address(f"{name}_host"), HOST
    wildcard = change.address(f"{name}_wildcard") if f"{name}_wildcard" in change.args else HOST
    return IPv4Address(int(change.address(name)) & ~int(wildcard) & 0xFFFFFFFF), wildcard


def add(entries: dict[int, Entry], new: Entry, same: Entry | None) -> None:
    """Add an entry at its sequence, or behind the last one; `same` is the one that says the same already."""
    if same is not None:
        if new.sequence == same.sequence and new.action == same.action:
            return
        raise Refused(f"% Duplicate {new.action} statement ignored.")
    new.sequence = new.sequence or max(entries, default=0) + STEP
    if new.sequence in entries:
        raise Refused("% Duplicate sequence number")
    entries[new.sequence] = new


def remove(entries: dict[int, Entry], named: Entry, same: Entry | None) -> None:
    """Remove the entry that says the same."""
    if same is None or same.action != named.action or named.sequence not in (0, same.sequence):
        raise Refused("% Specified access list entry not found")
    del entries[same.sequence]


def remove_at(entries: dict[int, Entry], sequence: int) -> None:
    """Remove the entry at a sequence."""
    if entries.pop(sequence, None) is None:
        raise Refused("% Specified sequence number not found")


def resequence(change: Change) -> None:
    """Number the entries of a list anew, from a start in steps."""
    name, config = change.args.text("name"), change.config
    start, step = change.args.number("start"), change.args.number("step")
    if name in config.access_lists:
        config.access_lists[name].entries = _numbered(config.access_lists[name].entries, start, step)
    elif name in config.extended_lists:
        config.extended_lists[name].entries = _numbered(config.extended_lists[name].entries, start, step)
    else:
        raise Refused("% Access list does not exist")


def _numbered(entries: dict[int, Entry], start: int, step: int) -> dict[int, Entry]:
    ordered = [entries[sequence] for sequence in sorted(entries)]
    for place, entry in enumerate(ordered):
        entry.sequence = start + place * step
    return {entry.sequence: entry for entry in ordered}


def is_matched_by_a_route_map(config: RouterConfig, name: str) -> bool:
    """Tell whether a route-map matches a list."""
    entries = (entry for route_map in config.route_maps.values() for entry in route_map.entries.values())
    return any(name in entry.match_access_lists for entry in entries)
