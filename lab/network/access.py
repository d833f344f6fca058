"""What the access groups of a router drop, as rules for nft(8).

The rules act at the ingress of the device (netdev hook): bfdd reads echo packets before netfilter's hooks of
IPv4 see them, and frames to a virtual MAC leave the device for another one there. Only IPv4 is filtered, as by
an `ip access-group`; ARP passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address

from lab.ios.store import AccessListEntry, ExtendedEntry, Interface, RouterConfig
from lab.network.names import linux_name

TABLE = "netdev access"
_VERDICTS = {"permit": "accept", "deny": "drop"}
_PROTOCOLS = {"ip": "", "icmp": "ip protocol icmp", "tcp": "ip protocol tcp", "udp": "ip protocol udp"}
_ANY = 0xFFFFFFFF


def render_access(config: RouterConfig) -> str:
    """Return the text for nft(8) after which exactly this configuration's access groups are in force."""
    lines = [f"table {TABLE}", f"delete table {TABLE}"]  # named first: it may be absent
    if chains := [line for interface in config.interfaces.values() for line in _chain(interface, config)]:
        lines += [f"table {TABLE} {{", *chains, "}"]
    return "\n".join(lines) + "\n"


def _chain(interface: Interface, config: RouterConfig) -> Iterator[str]:
    """Yield the chain of an interface; a list that is empty or does not exist permits everything."""
    rules = list(_rules(interface.access_group_in or "", config))
    if not rules:
        return
    device = linux_name(interface.name)
    yield f"  chain {device} {{"
    yield f'    type filter hook ingress device "{device}" priority 0; policy accept;'
    yield "    meta protocol != ip accept"
    yield from (f"    {rule}" for rule in rules)
    yield "    drop"  # every list ends with `deny any`
    yield "  }"


def _rules(name: str, config: RouterConfig) -> Iterator[str]:
    """Yield the rules of a standard or an extended list, in the order of their sequence."""
    if name in config.access_lists:
        yield from (_standard(entry) for _sequence, entry in sorted(config.access_lists[name].entries.items()))
    elif name in config.extended_lists:
        yield from (_extended(entry) for _sequence, entry in sorted(config.extended_lists[name].entries.items()))


def _standard(entry: AccessListEntry) -> str:
    return _rule([_end("saddr", entry.source, entry.wildcard)], entry.action)


def _extended(entry: ExtendedEntry) -> str:
    matches = [
        _end("saddr", entry.source, entry.source_wildcard),
        _end("daddr", entry.destination, entry.destination_wildcard),
        _PROTOCOLS[entry.protocol],
        "" if entry.port is None else f"{entry.protocol} dport {entry.port}",
    ]
    return _rule(matches, entry.action)


def _rule(matches: Iterable[str], action: str) -> str:
    return " ".join([*filter(None, matches), _VERDICTS[action]])


def _end(name: str, address: IPv4Address, wildcard: IPv4Address) -> str:
    """Return the match of an address under a wildcard, "" for any."""
    if int(wildcard) == _ANY:
        return ""
    if int(wildcard) == 0:
        return f"ip {name} {address}"
    return f"ip {name} & {IPv4Address(int(wildcard) ^ _ANY)} == {address}"
