"""What a configuration command sees of the router, and how it refuses."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from lab.ios.grammar import Args, Command
from lab.ios.interface_names import is_loopback
from lab.ios.store import Interface, RouterConfig


class Refused(Exception):
    """The command is refused with a message of its own; nothing has changed."""


class RefusedValue(Exception):
    """A value is refused as if the grammar had done it: the caret stands below the named value.

    `missing` says that IOS takes the value and the lab lacks it, so that the line goes into the record.
    """

    def __init__(self, name: str, missing: bool = False) -> None:
        super().__init__(name)
        self.name = name
        self.missing = missing


@dataclass(frozen=True)
class Context:
    """Where the command line stands: a mode and the object that it configures ("" where none)."""

    mode: str
    key: str = ""
    sequence: int = 0


@dataclass
class Change:
    """One configuration command about to change a copy of the router's configuration."""

    config: RouterConfig
    context: Context
    args: Args
    physical: Collection[str]  # interfaces that the topology has
    router: str  # the router's name in the lab
    says: list[str] = field(default_factory=list)  # warnings that IOS prints while it accepts
    enters: Context | None = None  # the mode that follows

    @property
    def interface(self) -> Interface:
        """Return the interface that the mode is about, unless another session removed it meanwhile."""
        interface = self.config.interfaces.get(self.context.key)
        if interface is None:
            raise Refused(f"% Interface {self.context.key} is deleted")  # the wording is unverified on a device
        return interface

    @property
    def ethernet(self) -> Interface:
        """Return the interface; a loopback is refused, where nothing that needs a neighbor has an effect."""
        interface = self.interface
        if is_loopback(interface.name):
            raise Refused(f"% Command not supported on {interface.name}")  # the wording is unverified on a device
        return interface

    def description(self, longest: int) -> str:
        """Return the description of the command; a longer one is refused rather than cut (unverified on a device)."""
        if len(self.args.text("text")) > longest:
            raise RefusedValue("text")
        return self.args.text("text")

    def address(self, name: str) -> IPv4Address:
        """Return an address value of the command."""
        return IPv4Address(self.args.text(name))


ConfigHandler = Callable[[Change], None]
ConfigCommand = Command[ConfigHandler]


def nothing(_change: Change) -> None:
    """Accept what is in effect already."""


def setting(
    syntax: str, set_to: ConfigHandler, no: str, unset: ConfigHandler, default: ConfigHandler | None = None
) -> list[ConfigCommand]:
    """Return a command with its `no` and `default` forms; `default` does what `no` does unless given."""
    return [
        Command(syntax, set_to),
        Command(f"no {no}", unset),
        Command(f"default {no}", default or unset),
    ]


def other_keywords(words: str, prefix: str = "") -> list[ConfigCommand]:
    """Return keywords of IOS that the lab knows of and does not implement."""
    return [Command(f"{prefix}{word}", nothing, known=False) for word in words.split()]
