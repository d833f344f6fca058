"""Typed words of a command: keyword, number, address, name, rest of the line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from itertools import takewhile
from typing import Protocol

from lab.ios.interface_names import canonical_name, expand_type

_ADDRESS_PROGRESS = re.compile(r"\d{0,3}(?:\.\d{0,3}){0,3}")
_FLASH_FILE = re.compile(r"flash:/?[\w.$-]*")  # no folders: one would have to be made first
_INTERFACE_NUMBER = re.compile(r"\d+(?:/\d+)*")


class Token(Protocol):
    """One word of a command's syntax."""

    @property
    def name(self) -> str:
        """Return the name under which the value is kept, "" for none."""

    def value(self, text: str) -> object | None:
        """Return what `text` means here, None where it is refused."""

    def progress(self, text: str) -> int:
        """Return how many characters of a refused `text` were acceptable (where the caret goes)."""

    def resembles(self, text: str) -> bool:
        """Tell whether a refused `text` has the right shape and only a wrong value."""

    def hint(self) -> str:
        """Return how `?` shows this word."""


@dataclass(frozen=True)
class Keyword:
    """A fixed word, which may be abbreviated; kept under `name` where it is one of a choice."""

    text: str
    name: str = ""

    def value(self, text: str) -> object | None:
        """Return the whole keyword that `text` abbreviates."""
        return self.text if self.text.lower().startswith(text.lower()) else None

    def progress(self, text: str) -> int:
        """Return the length of the common beginning."""
        pairs = zip(self.text.lower(), text.lower(), strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    def resembles(self, text: str) -> bool:
        """Return False: another keyword is another command."""
        return False

    def hint(self) -> str:
        """Return the keyword."""
        return self.text


@dataclass(frozen=True)
class Integer:
    """A decimal number within a range."""

    name: str
    low: int
    high: int

    def value(self, text: str) -> object | None:
        """Return the number when it lies in the range."""
        return int(text) if text.isdecimal() and self.low <= int(text) <= self.high else None

    def progress(self, text: str) -> int:
        """Return the length of the digits before the first other character, 0 for a pure number."""
        return 0 if text.isdecimal() else len(text) - len(text.lstrip("0123456789"))

    def resembles(self, text: str) -> bool:
        """Tell whether it is a number at all."""
        return text.isdecimal()

    def hint(self) -> str:
        """Return the range."""
        return f"<{self.low}-{self.high}>"


@dataclass(frozen=True)
class AsNumber(Integer):
    """An AS number, plain or in the dotted form of RFC 5396 ("1.10" is 65546)."""

    low: int = 1
    high: int = 0xFFFFFFFF

    def value(self, text: str) -> object | None:
        """Return the plain number."""
        high, dot, low = text.partition(".")
        if not dot:
            return super().value(text)
        if not (high.isdecimal() and low.isdecimal() and int(high) <= 0xFFFF and int(low) <= 0xFFFF):
            return None
        return super().value(str(int(high) << 16 | int(low)))


@dataclass(frozen=True)
class Address:
    """An IPv4 address, mask or wildcard in dotted decimal form."""

    name: str

    def value(self, text: str) -> object | None:
        """Return the address."""
        try:
            return IPv4Address(text)
        except AddressValueError:
            return None

    def progress(self, text: str) -> int:
        """Return the length of what reads as dotted numbers, 0 where a number is too large."""
        match = _ADDRESS_PROGRESS.match(text)
        matched = match[0] if match else ""
        in_range = all(int(part or 0) <= 255 for part in matched.split("."))
        return len(matched) if in_range and len(matched) < len(text) else 0

    def resembles(self, text: str) -> bool:
        """Tell whether it consists of digits and dots, perhaps with a length behind."""
        return re.fullmatch(r"[\d.]+(?:/\d*)?", text) is not None

    def hint(self) -> str:
        """Return IOS' notation."""
        return "A.B.C.D"


@dataclass(frozen=True)
class Word:
    """Any one word."""

    name: str

    def value(self, text: str) -> object | None:
        """Return the word."""
        return text

    def progress(self, text: str) -> int:
        """Return 0."""
        return 0

    def resembles(self, text: str) -> bool:
        """Return True: a name is never an unknown command."""
        return True

    def hint(self) -> str:
        """Return IOS' notation."""
        return "WORD"


@dataclass(frozen=True)
class Rest(Word):
    """The rest of the line, blanks included."""

    def hint(self) -> str:
        """Return IOS' notation."""
        return "LINE"


@dataclass(frozen=True)
class FlashFile:
    """A file of the router's flash ("flash:fastpath"); the lab has no other file system."""

    name: str

    def value(self, text: str) -> object | None:
        """Return the URL."""
        return text if _FLASH_FILE.fullmatch(text) else None

    def progress(self, text: str) -> int:
        """Return 0."""
        return 0

    def resembles(self, text: str) -> bool:
        """Tell whether it is of the flash at all."""
        return text.startswith("flash:")

    def hint(self) -> str:
        """Return IOS' notation."""
        return "flash:"


@dataclass(frozen=True)
class InterfaceName:
    """An interface written as one word ("Et0/0")."""

    name: str

    def value(self, text: str) -> object | None:
        """Return the canonical name."""
        return canonical_name(text)

    def progress(self, text: str) -> int:
        """Return 0."""
        return 0

    def resembles(self, text: str) -> bool:
        """Tell whether it is letters and then a number."""
        return re.fullmatch(r"[A-Za-z-]+\d[\d/.]*", text) is not None

    def hint(self) -> str:
        """Return IOS' notation."""
        return "INTERFACE"


@dataclass(frozen=True)
class InterfaceType:
    """The type of an interface whose number is the next word ("Ethernet 0/0")."""

    name: str

    def value(self, text: str) -> object | None:
        """Return the full type."""
        return expand_type(text)

    def progress(self, text: str) -> int:
        """Return 0."""
        return 0

    def resembles(self, text: str) -> bool:
        """Return False."""
        return False

    def hint(self) -> str:
        """Return IOS' notation."""
        return "TYPE"


@dataclass(frozen=True)
class InterfaceNumber:
    """The number of an interface ("0/0")."""

    name: str

    def value(self, text: str) -> object | None:
        """Return the number as written."""
        return text if _INTERFACE_NUMBER.fullmatch(text) else None

    def progress(self, text: str) -> int:
        """Return 0."""
        return 0

    def resembles(self, text: str) -> bool:
        """Tell whether it starts with a digit."""
        return text[:1].isdecimal()

    def hint(self) -> str:
        """Return IOS' notation."""
        return "NUMBER"


NAMED_TOKENS: dict[
    str, type[Address | AsNumber | Word | FlashFile | InterfaceName | InterfaceType | InterfaceNumber]
] = {
    "asn": AsNumber,
    "ipv4": Address,
    "mask": Address,
    "wildcard": Address,
    "word": Word,
    "line": Rest,
    "flash": FlashFile,
    "interface": InterfaceName,
    "interface_type": InterfaceType,
    "interface_number": InterfaceNumber,
}
