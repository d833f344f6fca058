# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Standard access lists, named and numbered: from the running-config and back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address

from .config_lines import below, indented
from .config_tree import Node
from .model import AccessList, AccessListEntry, AccessListFacts, Source
from .names import read_ipv4

SEQUENCE_STEP = 10
_NAMED = re.compile(r"ip access-list standard (\S+)$")
_NUMBERED = re.compile(r"access-list (\d+) (.+)$")
_ENTRY = re.compile(r"(?:(?P<sequence>\d+) )?(?P<clause>(?P<action>permit|deny|remark) (?P<source>.+))$")
_OTHER_LIST = re.compile(r"(?:ip access-list (?!standard )\S+|ipv6 access-list|mac access-list extended) (\S+)")
_ALL_ONES = 0xFFFFFFFF


def is_standard_number(name: str) -> bool:
    """Return whether a numbered list is a standard one."""
    return name.isdigit() and (1 <= int(name) <= 99 or 1300 <= int(name) <= 1999)


def parse_access_lists(roots: list[Node]) -> tuple[tuple[AccessList, ...], list[Node]]:
    """Return the standard lists and the nodes that are something else."""
    lines: dict[str, list[str]] = {}
    rest: list[Node] = []
    for node in roots:
        named, numbered = _NAMED.match(node.line), _NUMBERED.match(node.line)
        if named:
            lines.setdefault(named.group(1), []).extend(child.line for child in node.children)
        elif numbered and is_standard_number(numbered.group(1)):
            lines.setdefault(numbered.group(1), []).append(numbered.group(2))
        else:
            rest.append(node)
    return tuple(_parse_list(name, lines[name]) for name in sorted(lines)), rest


def other_list_names(rest: Iterable[Node]) -> frozenset[str]:
    """Return the names of the lists that are not standard ones."""
    found = [_OTHER_LIST.match(node.line) or _NUMBERED.match(node.line) for node in rest]
    return frozenset(match.group(1) for match in found if match)


def _parse_list(name: str, lines: list[str]) -> AccessList:
    """Return one list; entries without a number are counted 10, 20, … as IOS does."""
    entries: list[AccessListEntry] = []
    kept: list[tuple[int | None, str]] = []
    numbered, last = False, 0
    for line in lines:
        found = _ENTRY.match(" ".join(line.split()))
        if not found:
            kept.append((None, line))
            continue
        number = _sequence(found, last)
        numbered = numbered or bool(found.group("sequence"))
        last = number or last
        source = None if found.group("action") == "remark" else read_source(found.group("source"))
        if source is None or number is None:
            kept.append((number, found.group("clause")))
        else:
            entries.append(AccessListEntry(number, found.group("action"), source))
    entries.sort(key=lambda entry: entry.sequence)
    return AccessList(name, tuple(entries), AccessListFacts(numbered or not lines, tuple(kept)))


def _sequence(found: re.Match[str], last: int) -> int | None:
    """Return the entry's number; a remark without one has none."""
    if found.group("sequence"):
        return int(found.group("sequence"))
    return None if found.group("action") == "remark" else last + SEQUENCE_STEP


def read_source(text: str) -> Source | None:
    """Return the source of a device's line, None where it is more than a source (`log`)."""
    words = text.split()
    if words == ["any"]:
        return Source(IPv4Address(0), IPv4Address(_ALL_ONES))
    if words[0] == "host" and len(words) == 2:
        words = words[1:]
    if len(words) == 1:
        words = [*words, "0.0.0.0"]
    address, wildcard = (read_ipv4(words[0]), read_ipv4(words[1])) if len(words) == 2 else (None, None)
    if address is None or wildcard is None:
        return None
    return Source(IPv4Address(int(address) & ~int(wildcard) & _ALL_ONES), wildcard)


def render_source(source: Source) -> str:
    """Return the source as IOS shows it."""
    if source.is_any:
        return "any"
    return str(source.address) if source.is_host else f"{source.address} {source.wildcard}"


def header(name: str) -> str:
    """Return the line that enters a list; IOS takes it for numbered lists too."""
    return f"ip access-list standard {name}"


def entry_line(entry: AccessListEntry) -> str:
    """Return the entry's line with its number."""
    return f"{entry.sequence} {entry.action} {render_source(entry.source)}"


def render_access_list(access_list: AccessList) -> list[str]:
    """Return the list's block as the running-config shows it."""
    return indented(header(access_list.name), [entry_line(entry) for entry in access_list.entries])


def same_order(one: Iterable[AccessListEntry], other: Iterable[AccessListEntry]) -> bool:
    """Return whether two lists say the same, numbers aside.

    IOS may show the hosts of a standard list first; it does so only where the meaning stays.
    """
    first, second = [(entry.action, entry.source) for entry in one], [(entry.action, entry.source) for entry in other]
    hosts_first = [sorted(clauses, key=lambda clause: not clause[1].is_host) for clauses in (first, second)]
    return first == second or hosts_first[0] == hosts_first[1]


def plan_access_list(have: AccessList | None, target: AccessList) -> list[str]:
    """Return the commands for one list.

    IOS refuses a number that is in use and ignores a source that stands elsewhere: what is in the
    way goes first, all else goes last, so that a list in use is never empty on the way.
    """
    if have is None:
        return [header(target.name), *(entry_line(entry) for entry in target.entries)]
    wanted = set(target.entries)
    old = [entry for entry in have.entries if entry not in wanted]
    new = [entry for entry in target.entries if entry not in set(have.entries)]
    numbers, sources = {entry.sequence for entry in new}, {entry.source for entry in new}
    blocking = [entry for entry in old if entry.sequence in numbers or entry.source in sources]
    lines = [f"no {entry.sequence}" for entry in blocking]
    lines += [entry_line(entry) for entry in new]
    lines += [f"no {entry.sequence}" for entry in old if entry not in blocking]
    # A list shown without numbers may have others inside than the ones counted here. Unverified on a device.
    renumber = [] if have.facts.numbered else [f"ip access-list resequence {have.name} {SEQUENCE_STEP} {SEQUENCE_STEP}"]
    commands = below(header(target.name), lines)
    return renumber + commands if commands else []


def plan_removal(name: str) -> list[str]:
    """Return the command that removes a list."""
    return [f"no {header(name)}"]
