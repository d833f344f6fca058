"""Interfaces: description, address, access group, redirects, shutdown."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface

from lab.ios.commands.access_entries import list_name
from lab.ios.commands.change import Change, ConfigCommand, Context, Refused, RefusedValue, other_keywords, setting
from lab.ios.interface_names import is_loopback
from lab.ios.store import Interface

MODE = "config-if"
DESCRIPTION_LENGTH = 240


def _name(change: Change) -> str:
    """Return the canonical name of the interface that a command names in one word or two."""
    if "name" in change.args:
        return change.args.text("name")
    return change.args.text("type") + change.args.text("number")


def _refuse_name(change: Change) -> RefusedValue:
    return RefusedValue("name" if "name" in change.args else "number")


def enter_interface(change: Change) -> None:
    """Enter an interface; a loopback comes into being by that."""
    name = _name(change)
    if name not in change.config.interfaces:
        if not is_loopback(name):
            raise _refuse_name(change)
        change.config.interfaces[name] = Interface(name)
    change.enters = Context(MODE, name)


def remove_interface(change: Change) -> None:
    """Remove a loopback."""
    name = _name(change)
    if name in change.physical:
        raise Refused("% Removal of physical interfaces is not permitted.")
    if name not in change.config.interfaces:
        raise _refuse_name(change)
    del change.config.interfaces[name]
    change.enters = Context("config")


def reset_interface(change: Change) -> None:
    """Take every line of an interface's configuration away."""
    name = _name(change)
    if name not in change.config.interfaces:
        raise _refuse_name(change)
    change.config.interfaces[name] = Interface(name)
    change.says.append(f"Interface {name} set to default configuration")


def set_description(change: Change) -> None:
    """Keep a description."""
    change.interface.description = change.description(DESCRIPTION_LENGTH)


def remove_description(change: Change) -> None:
    """Forget the description."""
    change.interface.description = None


def set_address(change: Change) -> None:
    """Give the interface its address, after IOS' own checks."""
    address, mask = change.address("address"), change.address("mask")
    length = prefix_length(mask)
    if length is None:
        raise Refused(f"Bad mask 0x{int(mask):08X} for address {address}")
    if address.is_multicast or address.is_loopback or address.is_reserved or address.is_unspecified:
        raise Refused(f"Not a valid host address - {address}")
    interface = IPv4Interface((address, length))
    if length == 0 or (length < 31 and address in (interface.network[0], interface.network[-1])):
        raise Refused(f"Bad mask /{length} for address {address}")
    _refuse_overlap(change, interface)
    _refuse_virtual_address(change, address)
    change.interface.address = interface


def _refuse_overlap(change: Change, address: IPv4Interface) -> None:
    """Refuse a subnet of another interface; that a shut down one counts as well is unverified on a device."""
    for other in change.config.interfaces.values():
        if other.name != change.context.key and other.address and other.address.network.overlaps(address.network):
            raise Refused(f"% {address.network.network_address} overlaps with {other.name}")


def _refuse_virtual_address(change: Change, address: IPv4Address) -> None:
    """Refuse what is the virtual address of a group here (the wording is unverified on a device)."""
    for group in change.interface.hsrp.values():
        if group.virtual_ip == address:
            raise Refused(f"% {address} is the virtual IP address of standby group {group.number}")


def prefix_length(mask: IPv4Address) -> int | None:
    """Return the length of a mask, None for one with holes."""
    inverted = int(mask) ^ 0xFFFFFFFF
    return None if inverted & (inverted + 1) else 32 - inverted.bit_length()


def remove_address(change: Change) -> None:
    """Take the address away; one that is named must be the one that is there."""
    current = change.interface.address
    if "address" in change.args:
        given = (change.address("address"), change.address("mask"))
        if current is None or given != (current.ip, current.netmask):
            raise Refused("Invalid address")  # the wording is unverified on a device
    change.interface.address = None


def filter_input(change: Change) -> None:
    """Filter what comes in by an access list; one that does not exist permits everything."""
    change.ethernet.access_group_in = list_name(change)


def stop_filtering_input(change: Change) -> None:
    """Take in everything, whatever list is named (unverified on a device)."""
    change.interface.access_group_in = None


def shut_down(change: Change) -> None:
    """Take the interface down."""
    change.interface.shutdown = True


def bring_up(change: Change) -> None:
    """Take the interface up."""
    change.interface.shutdown = False


def send_redirects(change: Change) -> None:
    """Send ICMP redirects, as is the default."""
    change.interface.redirects = True


def stop_redirects(change: Change) -> None:
    """Send no ICMP redirects."""
    change.interface.redirects = False


_NAME = "interface <name:interface>"
_TYPE_AND_NUMBER = "interface <type:interface_type> <number:interface_number>"

GLOBAL: list[ConfigCommand] = [
    *setting(_NAME, enter_interface, _NAME, remove_interface, reset_interface),
    *setting(_TYPE_AND_NUMBER, enter_interface, _TYPE_AND_NUMBER, remove_interface, reset_interface),
]

INTERFACE: list[ConfigCommand] = [
    *setting("description <text:line>", set_description, "description [<text:line>]", remove_description),
    *setting(
        "ip address <address:ipv4> <mask:mask>",
        set_address,
        "ip address [<address:ipv4> <mask:mask>]",
        remove_address,
    ),
    *setting("ip access-group <name:word> in", filter_input, "ip access-group [<name:word>] in", stop_filtering_input),
    *other_keywords("out", "ip access-group <name:word> "),
    *other_keywords("out", "no ip access-group <name:word> "),
    *setting("ip redirects", send_redirects, "ip redirects", stop_redirects, send_redirects),
    *setting("shutdown", shut_down, "shutdown", bring_up),
    *other_keywords("proxy-arp unreachables mtu verify vrf nat helper-address", "ip "),
    *other_keywords("proxy-arp unreachables mtu verify vrf nat helper-address", "no ip "),
    *other_keywords(
        "arp bandwidth carrier-delay cdp channel-group delay duplex encapsulation glbp hold-queue ipv6 keepalive"
        " lldp load-interval mac-address mtu ntp service-policy snmp speed switchport vrf vrrp"
    ),
]


def write_interface_head(interface: Interface) -> list[str]:
    """Return the lines of an interface that come before its standby lines."""
    lines = [] if interface.description is None else [f" description {interface.description}"]
    if interface.address is None:
        lines.append(" no ip address")
    else:
        lines.append(f" ip address {interface.address.ip} {interface.address.netmask}")
    if interface.access_group_in is not None:
        lines.append(f" ip access-group {interface.access_group_in} in")
    if not interface.redirects:
        lines.append(" no ip redirects")
    return lines


def write_interface_state(interface: Interface) -> list[str]:
    """Return `shutdown` where it applies; it stands behind the standby lines."""
    return [" shutdown"] if interface.shutdown else []
