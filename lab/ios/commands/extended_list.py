"""Extended named access lists: protocol, source, destination and its port.

Names of ports: Cisco IOS Security command reference, `permit (IP)`. Whether an image knows a name for the ports
of BFD is unverified on a device; here they are numbers.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address
from itertools import product

from lab.ios.commands.access_entries import (
    ANY,
    HOST,
    SEQUENCE,
    add,
    asked_sequence,
    is_matched_by_a_route_map,
    list_name,
    matched,
    refuse_other_kind,
    remove,
    remove_at,
)
from lab.ios.commands.change import Change, ConfigCommand, Context, RefusedValue, other_keywords, setting
from lab.ios.grammar import Command
from lab.ios.store import ExtendedAccessList, ExtendedEntry, RouterConfig

MODE = "config-ext-nacl"
PORTS = {
    "tcp": {
        "bgp": 179,
        "chargen": 19,
        "cmd": 514,
        "daytime": 13,
        "discard": 9,
        "domain": 53,
        "echo": 7,
        "exec": 512,
        "finger": 79,
        "ftp": 21,
        "ftp-data": 20,
        "gopher": 70,
        "hostname": 101,
        "ident": 113,
        "irc": 194,
        "klogin": 543,
        "kshell": 544,
        "login": 513,
        "lpd": 515,
        "nntp": 119,
        "pop2": 109,
        "pop3": 110,
        "smtp": 25,
        "sunrpc": 111,
        "tacacs": 49,
        "talk": 517,
        "telnet": 23,
        "time": 37,
        "uucp": 540,
        "whois": 43,
        "www": 80,
    },
    "udp": {
        "biff": 512,
        "bootpc": 68,
        "bootps": 67,
        "discard": 9,
        "dnsix": 195,
        "domain": 53,
        "echo": 7,
        "isakmp": 500,
        "mobile-ip": 434,
        "nameserver": 42,
        "netbios-dgm": 138,
        "netbios-ns": 137,
        "netbios-ss": 139,
        "non500-isakmp": 4500,
        "ntp": 123,
        "pim-auto-rp": 496,
        "rip": 520,
        "snmp": 161,
        "snmptrap": 162,
        "sunrpc": 111,
        "syslog": 514,
        "tacacs": 49,
        "talk": 517,
        "tftp": 69,
        "time": 37,
        "who": 513,
        "xdmcp": 177,
    },
}


def enter_list(change: Change) -> None:
    """Enter an access list, which comes into being by that; one that a route-map matches the lab lacks."""
    name = list_name(change)
    refuse_other_kind(change, name, "Extended")
    if is_matched_by_a_route_map(change.config, name):
        raise RefusedValue("name", missing=True)
    change.config.extended_lists.setdefault(name, ExtendedAccessList(name))
    change.enters = Context(MODE, name)


def remove_list(change: Change) -> None:
    """Remove an access list whole."""
    change.config.extended_lists.pop(change.args.text("name"), None)
    if change.context == Context(MODE, change.args.text("name")):
        change.enters = Context("config")


def _entries(change: Change) -> dict[int, ExtendedEntry]:
    """Return the entries of the list; it exists again where another session removed it meanwhile."""
    name = change.context.key
    return change.config.extended_lists.setdefault(name, ExtendedAccessList(name)).entries


def _entry(change: Change) -> ExtendedEntry:
    """Return what the line says, with sequence 0 where it names none."""
    action, protocol = change.args.text("action"), change.args.text("protocol")
    ends = (*matched(change, "source"), *matched(change, "destination"))
    return ExtendedEntry(asked_sequence(change), action, protocol, *ends, _port(change, protocol))


def _port(change: Change, protocol: str) -> int | None:
    if "port_name" in change.args:
        return PORTS[protocol][change.args.text("port_name")]
    return change.args.number("port") if "port" in change.args else None


def _find(entries: dict[int, ExtendedEntry], named: ExtendedEntry) -> ExtendedEntry | None:
    """Return the entry that does the same with the same packets."""
    return next((entry for entry in entries.values() if replace(entry, sequence=named.sequence) == named), None)


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


def _ends(name: str) -> tuple[str, ...]:
    return f"({name}_any:any)", f"host <{name}_host:ipv4>", f"<{name}:ipv4> <{name}_wildcard:wildcard>"


def _syntaxes() -> list[str]:
    """Return the syntax of every form of an entry."""
    syntaxes = []
    for source, destination in product(_ends("source"), _ends("destination")):
        syntaxes.append(f"(protocol:ip|icmp) {source} {destination}")
        for protocol, ports in PORTS.items():
            head = f"(protocol:{protocol}) {source} {destination}"
            syntaxes += [f"{head} [eq <port:0-65535>]", f"{head} eq (port_name:{'|'.join(ports)})"]
    return [f"[{SEQUENCE}] (action:permit|deny) {syntax}" for syntax in syntaxes]


_NAMED = "ip access-list extended <name:word>"

GLOBAL: list[ConfigCommand] = setting(_NAMED, enter_list, _NAMED, remove_list)

ENTRIES: list[ConfigCommand] = [
    *(ConfigCommand(syntax, add_entry) for syntax in _syntaxes()),
    *(ConfigCommand(f"no {syntax}", remove_entry) for syntax in _syntaxes()),
    Command(f"no {SEQUENCE}", remove_sequence),
    *other_keywords("dynamic evaluate remark"),
]


def write_extended_lists(config: RouterConfig, with_sequences: bool) -> list[str]:
    """Return all extended access lists; IOS XE shows the sequences, IOS 15 keeps them to itself."""
    lines: list[str] = []
    for name in sorted(config.extended_lists):
        lines.append(f"ip access-list extended {name}")
        for sequence, entry in sorted(config.extended_lists[name].entries.items()):
            lines.append(f" {sequence} {write_entry(entry)}" if with_sequences else f" {write_entry(entry)}")
    return lines


def write_entry(entry: ExtendedEntry) -> str:
    """Return an entry; both actions take six columns."""
    source = _write_end(entry.source, entry.source_wildcard)
    destination = _write_end(entry.destination, entry.destination_wildcard)
    port = "" if entry.port is None else f" eq {_port_name(entry.protocol, entry.port)}"
    return f"{entry.action:<6} {entry.protocol} {source} {destination}{port}"


def _write_end(address: IPv4Address, wildcard: IPv4Address) -> str:
    if wildcard == ANY:
        return "any"
    return f"host {address}" if wildcard == HOST else f"{address} {wildcard}"


def _port_name(protocol: str, port: int) -> str:
    return next((name for name, number in PORTS[protocol].items() if number == port), str(port))
