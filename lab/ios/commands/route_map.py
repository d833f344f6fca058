"""Route-maps: match access lists, set metric."""

from __future__ import annotations

from lab.ios.commands.change import Change, ConfigCommand, Context, RefusedValue, other_keywords, setting
from lab.ios.grammar import Command
from lab.ios.store import RouteMap, RouteMapEntry, RouterConfig

MODE = "config-route-map"
DEFAULT_SEQUENCE = 10
_SYNTAX = "route-map <name:word> [(action:permit|deny) [<sequence:0-65535>]]"


def _sequence(change: Change) -> int:
    return change.args.number("sequence") if "sequence" in change.args else DEFAULT_SEQUENCE


def enter_entry(change: Change) -> None:
    """Enter an entry of a route-map; both come into being by that, and an action that is named applies."""
    name, sequence = change.args.text("name"), _sequence(change)
    entries = change.config.route_maps.setdefault(name, RouteMap(name)).entries
    entry = entries.setdefault(sequence, RouteMapEntry(sequence, "permit"))
    if "action" in change.args:
        entry.action = change.args.text("action")
    change.enters = Context(MODE, name, sequence)


def remove_route_map(change: Change) -> None:
    """Remove one entry, or the whole route-map where none is named."""
    name = change.args.text("name")
    route_map = change.config.route_maps.get(name)
    if route_map is None:
        return
    if "action" in change.args:
        route_map.entries.pop(_sequence(change), None)
    else:
        route_map.entries.clear()
    if not route_map.entries:
        del change.config.route_maps[name]
    if change.context.mode == MODE and change.context.key == name:
        change.enters = Context("config")


def _entry(change: Change) -> RouteMapEntry:
    """Return the entry that the mode is about; it exists again where another session removed it."""
    context = change.context
    entries = change.config.route_maps.setdefault(context.key, RouteMap(context.key)).entries
    return entries.setdefault(context.sequence, RouteMapEntry(context.sequence, "permit"))


def add_match(change: Change) -> None:
    """Match one more access list, or several; any of them is enough. The lab matches standard lists alone."""
    if any(name in change.config.extended_lists for name in change.args.words("access_lists")):
        raise RefusedValue("access_lists", missing=True)
    names = _entry(change).match_access_lists
    names.extend(name for name in dict.fromkeys(change.args.words("access_lists")) if name not in names)


def remove_match(change: Change) -> None:
    """Match the named access lists no more, all of them where none is named."""
    entry, named = _entry(change), change.args.words("access_lists")
    entry.match_access_lists = [name for name in entry.match_access_lists if named and name not in named]


def set_metric(change: Change) -> None:
    """Set the metric."""
    _entry(change).metric = change.args.number("metric")


def remove_metric(change: Change) -> None:
    """Leave the metric alone."""
    _entry(change).metric = None


_OTHER_MATCHES = "as-path clns community extcommunity interface ipv6 length local-preference metric mpls-label tag"
_OTHER_SETS = "as-path automatic-tag comm-list community default extcommunity interface ip ipv6 level local-preference"

GLOBAL: list[ConfigCommand] = [
    Command(_SYNTAX, enter_entry),
    Command(f"no {_SYNTAX}", remove_route_map),
    Command(f"default {_SYNTAX}", remove_route_map),
]

ENTRY: list[ConfigCommand] = [
    Command("match ip address <access_lists:word>...", add_match),
    Command("no match ip address [<access_lists:word>...]", remove_match),
    Command("default match ip address [<access_lists:word>...]", remove_match),
    *setting("set metric <metric:0-4294967295>", set_metric, "set metric [<metric:0-4294967295>]", remove_metric),
    *other_keywords("prefix-list", "match ip address "),
    *other_keywords("prefix-list", "no match ip address "),
    *other_keywords("flowspec multicast next-hop redistribution-source route-source", "match ip "),
    *other_keywords(_OTHER_MATCHES, "match "),
    *other_keywords(_OTHER_SETS + " metric-type mpls-label origin tag traffic-index weight", "set "),
    *other_keywords("continue description"),
]


def write_route_maps(config: RouterConfig) -> list[str]:
    """Return all route-maps; an entry ends with `!`."""
    lines: list[str] = []
    for name in sorted(config.route_maps):
        for sequence, entry in sorted(config.route_maps[name].entries.items()):
            lines.append(f"route-map {name} {entry.action} {sequence}")
            if entry.match_access_lists:
                lines.append(f" match ip address {' '.join(entry.match_access_lists)}")
            if entry.metric is not None:
                lines.append(f" set metric {entry.metric}")
            lines.append("!")
    return lines
