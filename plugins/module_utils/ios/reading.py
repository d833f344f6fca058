# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read options into typed values; what is wrong is collected, so that all findings come at once."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from ..errors import Finding
from .names import read_asn, read_ipv4
from .platforms import Range

# Always against the whole text: `$` alone would let a line end at the end pass, and it would be typed.
_ASN = re.compile(r"\d{1,10}(?:\.\d{1,5})?")
_NUMBER = re.compile(r"-?\d{1,20}")
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


class Reader:
    """One dict of options at a path of the input; an option that is not stated reads as None."""

    def __init__(self, values: Mapping[str, Any], path: str, findings: list[Finding]) -> None:
        """Keep the options, where they stand, and the list that findings go to."""
        self._values = values
        self.path = path
        self.findings = findings

    def at(self, name: str) -> str:
        """Return the path of one option."""
        return f"{self.path}.{name}" if self.path else name

    def refuse(self, name: str, seen: object, allowed: str, remedy: str) -> None:
        """Note that an option is wrong."""
        self.findings.append(Finding(self.at(name), seen, allowed, remedy))

    def expect(self, names: Iterable[str]) -> None:
        """Note every option that does not exist here."""
        allowed = sorted(names)
        for name, value in self._values.items():
            if name not in allowed:
                remedy = "There is no such option here: remove it."
                self.refuse(str(name), value, ", ".join(allowed), remedy)

    def raw(self, name: str, required: bool = False) -> Any:
        """Return an option as it stands; note where a required one is missing."""
        value = self._values.get(name)
        if value is None and required:
            self.refuse(name, None, "a value", "State it: nothing can be planned without it.")
        return value

    def number(self, name: str, allowed: Range, required: bool = False) -> int | None:
        """Return a whole number inside its range."""
        value = self.raw(name, required)
        if value is None:
            return None
        number = int(value) if _NUMBER.fullmatch(str(value)) and not isinstance(value, bool) else None
        if number is None or number not in allowed:
            self.refuse(name, value, str(allowed), "Choose a whole number in this range.")
            return None
        return number

    def flag(self, name: str) -> bool | None:
        """Return a truth value."""
        value = self.raw(name)
        if value is None or isinstance(value, bool):
            return value
        if str(value).lower() in _TRUE + _FALSE:
            return str(value).lower() in _TRUE
        self.refuse(name, value, "true or false", "State one of them.")
        return None

    def choice(self, name: str, allowed: Iterable[str]) -> str | None:
        """Return one of some words."""
        value = self.raw(name, required=True)
        if value is None or value in allowed:
            return None if value is None else str(value)
        self.refuse(name, value, ", ".join(allowed), "State one of them.")
        return None

    def word(self, name: str, required: bool = False) -> str | None:
        """Return a name: one word that the command line takes as it is."""
        value = self.raw(name, required)
        if value is None or (_is_typed(str(value)) and len(str(value).split()) == 1):
            return None if value is None else str(value)
        allowed = "one word without blanks, `?` and control characters"
        self.refuse(name, value, allowed, "IOS cannot take this as a name: choose another.")
        return None

    def text(self, name: str, length: Range) -> str | None:
        """Return one line of text."""
        value = self.raw(name)
        if value is None:
            return None
        if not str(value) or str(value) != str(value).strip() or not _is_typed(str(value)):
            allowed = "one line without `?`, control characters and blanks at its ends"
            self.refuse(name, value, allowed, "The command line would not take it as it is: write it otherwise.")
            return None
        if len(str(value)) not in length:
            self.refuse(name, value, str(length), "Shorten it.")
            return None
        return str(value)

    def asn(self, name: str, allowed: Range, required: bool = False) -> int | None:
        """Return an AS number, plain or in asdot form (RFC 5396)."""
        value = self.raw(name, required)
        if value is None:
            return None
        if isinstance(value, float):
            self.refuse(name, value, f"{allowed}, asdot as text", 'Put asdot in quotes ("1.10"): YAML reads a decimal.')
            return None
        number = read_asn(str(value)) if _ASN.fullmatch(str(value)) else None
        low = str(value).partition(".")[2]
        if number is None or number not in allowed or (low and int(low) > 65535):
            self.refuse(name, value, f"{allowed}, or asdot", "State the AS number as the neighbor knows it.")
            return None
        return number

    def address(self, name: str, required: bool = False) -> IPv4Address | None:
        """Return a unicast IPv4 address."""
        value = self.raw(name, required)
        if value is None:
            return None
        address = read_ipv4(str(value))
        if address is None:
            self.refuse(name, value, "an IPv4 address such as 10.10.10.2", "State the address alone, without a mask.")
            return None
        if _is_unicast(address):
            return address
        self.refuse(name, value, "a unicast IPv4 address", "This address cannot belong to one router.")
        return None

    def identifier(self, name: str) -> IPv4Address | None:
        """Return a BGP identifier: any four octets but zero (RFC 6286), written as an address."""
        value = self.raw(name)
        address = None if value is None else read_ipv4(str(value))
        if value is not None and not address:
            self.refuse(name, value, "an IPv4 address such as 10.10.10.2", "State the address alone, without a mask.")
        elif address is not None and not int(address):
            self.refuse(name, value, "any address but 0.0.0.0", "State one that no other router has.")
            return None
        return address

    def interface_address(self, name: str) -> IPv4Interface | None:
        """Return an interface's address with its mask."""
        value = self.raw(name)
        if value is None:
            return None
        example = "an IPv4 address with its mask such as 10.10.10.1/24"
        text = "/".join(str(value).split())
        try:
            address = IPv4Interface(text)
        except ValueError:
            self.refuse(name, value, example, "Mend the address or its mask.")
            return None
        if "/" not in text:
            self.refuse(name, value, example, "Add the mask.")
            return None
        if _is_wildcard(text, address.network) or not address.network.prefixlen:
            self.refuse(name, value, example, "This is no mask: mend it.")
            return None
        edges = () if address.network.prefixlen > 30 else (address.network[0], address.network[-1])
        if address.ip in edges or not _is_unicast(address.ip):
            self.refuse(name, value, "a host address of its subnet", "This one is the network's own or its broadcast.")
            return None
        return address

    def prefix(self, name: str) -> IPv4Network | None:
        """Return a network with its mask and no host bits."""
        value = self.raw(name, required=True)
        if value is None:
            return None
        text = "/".join(str(value).split())
        try:
            loose = IPv4Network(text, strict=False)
        except ValueError:
            self.refuse(name, value, "a prefix such as 10.10.10.0/24", "Mend the address or its mask.")
            return None
        if "/" not in text:
            self.refuse(name, value, "a prefix such as 10.10.10.0/24", "Add the mask: IOS would guess one by class.")
            return None
        if _is_wildcard(text, loose):
            self.refuse(name, value, "a prefix such as 10.10.10.0/24", "This is a wildcard: state the mask.")
            return None
        if text.partition("/")[0] != str(loose.network_address):
            self.refuse(name, value, f"the prefix without host bits: {loose}", f"State {loose}.")
            return None
        return loose

    def child(self, name: str) -> Reader | None:
        """Return the reader of a nested dict."""
        value = self.raw(name)
        if value is None or isinstance(value, Mapping):
            return None if value is None else Reader(value, self.at(name), self.findings)
        self.refuse(name, value, "a dict", "Nest the options below it.")
        return None

    def children(self, name: str, key: str) -> list[Reader]:
        """Return a reader per element of a nested list; its path carries the element's key."""
        value = self.raw(name)
        if value is None:
            return []
        if not isinstance(value, (list, tuple)):
            self.refuse(name, value, "a list", "Write it as a list.")
            return []
        return list(self._elements(name, key, value))

    def _elements(self, name: str, key: str, value: Iterable[Any]) -> Iterator[Reader]:
        for position, element in enumerate(value):
            if isinstance(element, Mapping):
                path = self.at(f"{name}[{element.get(key, position)}]")
                yield Reader(element, path, self.findings)
            else:
                self.refuse(f"{name}[{position}]", element, "a dict", f"State it with its `{key}`.")

    def unique(self, name: str, keys: Iterable[Hashable]) -> None:
        """Note every key that stands more than once in a list."""
        seen: set[Hashable] = set()
        for key in keys:
            if key in seen:
                self.refuse(f"{name}[{key}]", str(key), "each key once", "Merge the two or remove one.")
            seen.add(key)


def _is_typed(text: str) -> bool:
    """Return whether the command line takes each character as it is; `?` would ask for help."""
    return text.isprintable() and "?" not in text


def _is_wildcard(text: str, network: IPv4Network) -> bool:
    """Return whether the mask is written as a wildcard, which Python reads as a mask too."""
    mask = text.partition("/")[2]
    return "." in mask and mask != str(network.netmask)


def _is_unicast(address: IPv4Address) -> bool:
    first = int(address) >> 24
    return 0 < first < 224 and not address.is_loopback
