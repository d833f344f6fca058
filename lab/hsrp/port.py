"""The sockets of one HSRP interface, opened inside the router's network namespace."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from lab.hsrp.packet import HSRP_GROUP_ADDRESS, HSRP_PORT, HSRP_TTL, Packet, build
from lab.hsrp.virtual_link import apply_settings, virtual_mac
from lab.network.netns import NetnsOpener

_DESTINATION = (str(HSRP_GROUP_ADDRESS), HSRP_PORT)
_IP_FREEBIND = 15
_IP_MULTICAST_ALL = 49
_PRECEDENCE_INTERNETWORK = 0xC0  # as IOS marks HSRP; unverified on a device
_BROADCAST = b"\xff" * 6
_ARP = struct.Struct("!6s6sHHHBBH6s4s6s4s")
_ARP_ETHERTYPE, _ARP_REPLY = 0x0806, 2


@dataclass
class Port:
    """The sockets of one interface: one that hears all, one that sends, one that sends per virtual MAC."""

    interface: str
    address: IPv4Address
    receiver: socket.socket
    _sender: socket.socket
    _ethernet: socket.socket
    _virtual_senders: dict[int, socket.socket] = field(default_factory=dict)

    def add_group(self, open_in_netns: NetnsOpener, group: int, link: str) -> None:
        """Open the sender whose packets leave through the group's macvlan `link`."""
        self._virtual_senders[group] = open_in_netns(lambda: _open_sender(link, self.address))

    def has_group(self, group: int) -> bool:
        """Tell whether the group's sender is open."""
        return group in self._virtual_senders

    def drop_group(self, group: int) -> None:
        """Close the group's sender."""
        if sender := self._virtual_senders.pop(group, None):
            sender.close()

    def send(self, packet: Packet, *, virtual_source: bool) -> None:
        """Send a packet from the own address; `virtual_source` makes the source MAC the virtual one."""
        sender = self._virtual_senders[packet.group] if virtual_source else self._sender
        sender.sendto(build(packet), _DESTINATION)

    def announce(self, group: int, virtual_ip: IPv4Address) -> None:
        """Broadcast the gratuitous ARP of a group."""
        self._ethernet.sendto(gratuitous_arp(virtual_mac(group), virtual_ip), (self.interface, 0))

    def close(self) -> None:
        """Close every socket."""
        for opened in (self.receiver, self._sender, self._ethernet, *self._virtual_senders.values()):
            opened.close()


def open_port(open_in_netns: NetnsOpener, interface: str, address: IPv4Address) -> Port:
    """Open the sockets of an interface that has `address`."""

    def open_all() -> Port:
        apply_settings(interface, families=("ipv4",))
        ethernet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        return Port(interface, address, _open_receiver(interface), _open_sender(interface, address), ethernet)

    return open_in_netns(open_all)


def gratuitous_arp(mac: bytes, address: IPv4Address) -> bytes:
    """Return the frame of RFC 2281, 5.6 (I): a broadcast ARP response, the virtual MAC in both headers."""
    return _ARP.pack(
        _BROADCAST, mac, _ARP_ETHERTYPE, 1, 0x0800, 6, 4, _ARP_REPLY, mac, address.packed, _BROADCAST, address.packed
    )


def _udp_socket(interface: str) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setblocking(False)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    return opened


def _open_receiver(interface: str) -> socket.socket:
    receiver = _udp_socket(interface)
    receiver.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
    receiver.bind(_DESTINATION)
    index = socket.if_nametoindex(interface)
    membership = struct.pack("@4s4si", HSRP_GROUP_ADDRESS.packed, bytes(4), index)
    receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    return receiver


def _open_sender(interface: str, address: IPv4Address) -> socket.socket:
    """Open a sender with the router's own address, also where the interface does not have it (macvlan)."""
    sender = _udp_socket(interface)
    sender.setsockopt(socket.IPPROTO_IP, _IP_FREEBIND, 1)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, HSRP_TTL)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, _PRECEDENCE_INTERNETWORK)
    sender.bind((str(address), HSRP_PORT))
    return sender
