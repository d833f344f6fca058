# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the declared configuration: typed, all findings at once, knowing what was really stated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import Finding, InvalidInput
from .access_list import is_standard_number, read_source
from .archive import LOCAL_PATH
from .argument_spec import ACTIONS, CONFIG_OPTIONS
from .declared_bgp import DeclaredBgp, read_bgp
from .model import AccessList, AccessListEntry, Archive, BfdInterval, HsrpGroup, Interface, RouteMapEntry, Source
from .names import interface_name
from .platforms import Limits
from .reading import Reader
from .redaction import redact
from .stated import Stated, stated

_INTERFACE = CONFIG_OPTIONS["interfaces"]["options"]
_HSRP = _INTERFACE["hsrp"]["options"]
_ENTRY = CONFIG_OPTIONS["access_lists"]["options"]["entries"]["options"]
_CLAUSE = CONFIG_OPTIONS["route_maps"]["options"]["entries"]["options"]
_BFD_TIMERS = ("interval", "min_rx", "multiplier")


@dataclass(frozen=True)
class DeclaredInterface:
    """An interface; `hsrp` is None where the list was not stated."""

    interface: Stated[Interface]
    hsrp: tuple[Stated[HsrpGroup], ...] | None


@dataclass(frozen=True)
class DeclaredRouteMap:
    """A route-map with its entries."""

    name: str
    entries: tuple[Stated[RouteMapEntry], ...]


@dataclass(frozen=True)
class Declared:
    """Everything that was declared for one router; what was not named is not there."""

    names_bfd: bool = False
    slow_timers_ms: int | None = None
    interfaces: tuple[DeclaredInterface, ...] = ()
    access_lists: tuple[AccessList, ...] = ()
    route_maps: tuple[DeclaredRouteMap, ...] = ()
    bgp: DeclaredBgp | None = None
    archive: Stated[Archive] | None = None


def read_declared(config: Mapping[str, Any], limits: Limits) -> Declared:
    """Return the declared configuration; InvalidInput carries every finding."""
    findings: list[Finding] = []
    reader = Reader(config, "", findings)
    reader.expect(CONFIG_OPTIONS)
    declared = _read_all(reader, limits)
    if findings:
        raise InvalidInput(findings)
    return declared


def _read_all(reader: Reader, limits: Limits) -> Declared:
    bfd, bgp, archive = reader.child("bfd"), reader.child("bgp"), reader.child("archive")
    if bfd:
        bfd.expect(CONFIG_OPTIONS["bfd"]["options"])
    slow_timers_ms = bfd.number("slow_timers", limits.bfd_slow_timers) if bfd else None
    interfaces = [_read_interface(child, limits) for child in reader.children("interfaces", "name")]
    access_lists = [_read_access_list(child, limits) for child in reader.children("access_lists", "name")]
    route_maps = [_read_route_map(child, limits) for child in reader.children("route_maps", "name")]
    reader.unique("interfaces", (item.interface.value.name for item in interfaces))
    reader.unique("access_lists", (item.name for item in access_lists))
    reader.unique("route_maps", (item.name for item in route_maps))
    return Declared(
        bfd is not None,
        slow_timers_ms,
        tuple(interfaces),
        tuple(access_lists),
        tuple(route_maps),
        read_bgp(bgp, limits) if bgp else None,
        _read_archive(archive, limits) if archive else None,
    )


def _read_archive(reader: Reader, limits: Limits) -> Stated[Archive]:
    reader.expect(CONFIG_OPTIONS["archive"]["options"])
    path = reader.word("path", required=True) or ""
    if path and not LOCAL_PATH.fullmatch(path):
        allowed = "a file system of the router and what names begin with, such as flash:fastpath"
        reader.refuse("path", redact(path), allowed, "A rollback has to work without the network: choose a local path.")
    return stated(Archive(path), path=path, maximum=reader.number("maximum", limits.archive_maximum))


def _read_interface(reader: Reader, limits: Limits) -> DeclaredInterface:
    reader.expect(_INTERFACE)
    bfd = reader.child("bfd")
    if bfd:
        bfd.expect(_INTERFACE["bfd"]["options"])
    interface = stated(
        Interface(interface_name(reader.word("name", required=True) or "")),
        description=reader.text("description", limits.interface_description),
        ipv4=reader.interface_address("ipv4"),
        enabled=reader.flag("enabled"),
        redirects=reader.flag("redirects"),
        bfd=_read_interval(bfd, limits) if bfd else None,
        bfd_echo=bfd.flag("echo") if bfd else None,
    )
    groups = [_read_group(child, limits) for child in reader.children("hsrp", "group")]
    reader.unique("hsrp", (group.value.group for group in groups))
    return DeclaredInterface(interface, None if reader.raw("hsrp") is None else tuple(groups))


def _read_interval(reader: Reader, limits: Limits) -> BfdInterval | None:
    """Return the three numbers of an interval, which IOS takes together or not at all."""
    given = [name for name in _BFD_TIMERS if reader.raw(name) is not None]
    missing = [name for name in _BFD_TIMERS if name not in given]
    if given and missing:
        allowed = "interval, min_rx and multiplier together"
        reader.refuse(missing[0], None, allowed, f"IOS has one line for the three: add {' and '.join(missing)}.")
    interval = reader.number("interval", limits.bfd_interval)
    min_rx = reader.number("min_rx", limits.bfd_min_rx)
    multiplier = reader.number("multiplier", limits.bfd_multiplier)
    if interval is None or min_rx is None or multiplier is None:
        return None
    return BfdInterval(interval, min_rx, multiplier)


def _read_group(reader: Reader, limits: Limits) -> Stated[HsrpGroup]:
    reader.expect(_HSRP)
    preempt = reader.child("preempt")
    if preempt:
        preempt.expect(_HSRP["preempt"]["options"])
    number = reader.number("group", limits.hsrp_group, required=True)
    return stated(
        HsrpGroup(number or 0),
        virtual_ip=reader.address("virtual_ip"),
        priority=reader.number("priority", limits.hsrp_priority),
        **(_read_preempt(preempt, limits) if preempt else {}),
    )


def _read_preempt(reader: Reader, limits: Limits) -> dict[str, Any]:
    """Return the attributes of preemption; stating it without `enabled` means that it is on."""
    enabled = reader.flag("enabled")
    delay = reader.number("delay_minimum", limits.hsrp_preempt_delay)
    if enabled is False and delay:
        remedy = "A delay needs preemption: leave the delay out or enable it."
        reader.refuse("delay_minimum", delay, "0 where preempt is off", remedy)
    off = enabled is False
    return {"preempt": not off, "preempt_delay_minimum_s": 0 if off else delay}


def _read_access_list(reader: Reader, limits: Limits) -> AccessList:
    reader.expect(CONFIG_OPTIONS["access_lists"]["options"])
    name = reader.word("name", required=True) or ""
    if name[:1].isdigit() and not is_standard_number(name):
        allowed = "a name that begins with a letter, or 1 to 99, or 1300 to 1999"
        reader.refuse("name", name, allowed, "Other numbers are no standard lists.")
    children = reader.children("entries", "sequence")
    entries = [entry for entry in (_read_entry(child, limits) for child in children) if entry]
    reader.unique("entries", (entry.sequence for entry in entries))
    clauses: dict[tuple[str, Source], int] = {}
    for entry in entries:
        first = clauses.setdefault((entry.action, entry.source), entry.sequence)
        if first != entry.sequence:
            seen = f"{entry.action} {entry.source}"
            where = f"entries[{entry.sequence}].source"
            reader.refuse(where, seen, "each clause once in a list", f"It stands at {first} already: remove one.")
    return AccessList(name, tuple(sorted(entries, key=lambda entry: entry.sequence)))


def _read_entry(reader: Reader, limits: Limits) -> AccessListEntry | None:
    reader.expect(_ENTRY)
    sequence = reader.number("sequence", limits.access_list_sequence, required=True)
    action = reader.choice("action", ACTIONS)
    text = reader.raw("source", required=True)
    source = None if text is None else _read_source(reader, str(text))
    if sequence is None or action is None or source is None:
        return None
    return AccessListEntry(sequence, action, source)


def _read_source(reader: Reader, text: str) -> Source | None:
    """Return a source: any, an address, a prefix, or address and wildcard."""
    if "/" in text:
        prefix = reader.prefix("source")
        return Source(prefix.network_address, prefix.hostmask) if prefix else None
    source = read_source(text) if text.strip() else None
    if source is None:
        allowed = "any, an address, a prefix such as 10.0.0.0/8, or an address and a wildcard"
        reader.refuse("source", text, allowed, "Write it in one of these forms.")
    return source


def _read_route_map(reader: Reader, limits: Limits) -> DeclaredRouteMap:
    reader.expect(CONFIG_OPTIONS["route_maps"]["options"])
    name = reader.word("name", required=True) or ""
    children = reader.children("entries", "sequence")
    entries = [entry for entry in (_read_clauses(child, limits) for child in children) if entry]
    reader.unique("entries", (entry.value.sequence for entry in entries))
    return DeclaredRouteMap(name, tuple(sorted(entries, key=lambda entry: entry.value.sequence)))


def _read_clauses(reader: Reader, limits: Limits) -> Stated[RouteMapEntry] | None:
    reader.expect(_CLAUSE)
    sequence = reader.number("sequence", limits.route_map_sequence, required=True)
    action = reader.choice("action", ACTIONS)
    match, settings = reader.child("match"), reader.child("set")
    for child, option in ((match, "match"), (settings, "set")):
        if child:
            child.expect(_CLAUSE[option]["options"])
    names = _read_names(match) if match else None
    metric = settings.number("metric", limits.metric) if settings else None
    if sequence is None or action is None:
        return None
    return stated(RouteMapEntry(sequence, action), action=action, match_ip_address=names, set_metric=metric)


def _read_names(reader: Reader) -> tuple[str, ...] | None:
    """Return the names of the lists that an entry matches."""
    value = reader.raw("ip_address")
    if value is None:
        return None
    names = list(value) if isinstance(value, (list, tuple)) else [value]
    path = Reader(
        {str(position): name for position, name in enumerate(names)}, reader.at("ip_address"), reader.findings
    )
    words = [path.word(str(position), required=True) for position in range(len(names))]
    for position, word in enumerate(words):
        if word == "prefix-list":
            remedy = "IOS would take the other names for prefix-lists: choose another."
            path.refuse(str(position), word, "the name of a standard access list", remedy)
    reader.unique("ip_address", words)
    return tuple(word for word in words if word)
