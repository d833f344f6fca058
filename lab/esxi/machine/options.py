"""The host's advanced options, as OptionManager and `esxcli system settings advanced` know them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Union

from lab.esxi.machine.config_store import Section
from lab.esxi.rules import rule

Value = Union[int, str]

UNKNOWN_KEY = rule(
    "options.unknown_key",
    "Only an advanced option that the host has can be set.",
    source="A",
    fault="InvalidName",
    message="There is no advanced option {name}.",
    unverified="the text",
)
BAD_VALUE = rule(
    "options.bad_value",
    "A value has the option's type and lies within its bounds.",
    source="A",
    fault="InvalidArgument",
    message="Value {value} of advanced option {name} is not allowed; allowed: {allowed}.",
    unverified="the text",
)


@dataclass(frozen=True)
class Option:
    """One option, a text or a number with bounds; the type of the value is that of the default."""

    key: str
    default: Value
    description: str
    minimum: int = 0
    maximum: int = 2**31 - 1
    value: Value = 0

    @property
    def type(self) -> str:
        """Return "int" or "string"."""
        return "int" if isinstance(self.default, int) else "string"

    @property
    def allowed(self) -> str:
        """Say what values can be."""
        return f"a number from {self.minimum} to {self.maximum}" if self.type == "int" else "text"

    def fits(self, value: object) -> bool:
        """Tell whether a value can be set."""
        if isinstance(self.default, int):
            return isinstance(value, int) and not isinstance(value, bool) and self.minimum <= value <= self.maximum
        return isinstance(value, str)


# A small part of what a host has; bounds and defaults of the first two groups are from the hardening guides.
OPTIONS = (
    Option("Mem.ShareForceSalting", 2, "Salting of shared memory pages", 0, 2),
    Option("Misc.LogToFile", 1, "Log to files", 0, 1),
    Option("Net.BlockGuestBPDU", 0, "Block BPDU packets of guests", 0, 1),
    Option("Security.AccountLockFailures", 5, "Failed logins before a user is locked out, 0 for never", 0, 100),
    Option("Security.AccountUnlockTime", 900, "Seconds for which a user is locked out", 0, 86400),
    Option("Syslog.global.logHost", "", "Remote hosts to log to"),
    Option("UserVars.DcuiTimeOut", 600, "Seconds until an idle console user is logged out", 0, 86400),
    Option("UserVars.ESXiShellInteractiveTimeOut", 0, "Seconds until an idle shell is closed", 0, 86400),
    Option("UserVars.ESXiShellTimeOut", 0, "Seconds for which the shell services stay on", 0, 86400),
    Option("UserVars.HostClientSessionTimeout", 900, "Seconds until an idle session of the host client ends", 0, 7200),
    Option("UserVars.SuppressShellWarning", 0, "Do not warn of an enabled shell", 0, 1),
    Option("VMFS3.HardwareAcceleratedLocking", 1, "Hardware assisted locking", 0, 1),
)


class Options:
    """The options of one host, kept over boots and in effect at once."""

    def __init__(self, saved: Section) -> None:
        """Take where the values are kept."""
        self._saved = saved
        self._options: dict[str, Option] = {}
        self.boot()

    @property
    def all(self) -> tuple[Option, ...]:
        """Return the options, ordered by key."""
        return tuple(self._options.values())

    def find(self, key: str) -> Option:
        """Return one option."""
        UNKNOWN_KEY.refuse_if(key not in self._options, name=key)
        return self._options.get(key, Option(key, "", ""))

    def number(self, key: str) -> int:
        """Return the value of an option that is a number."""
        return int(self.find(key).value)

    def set(self, values: Mapping[str, Value]) -> None:
        """Set options, all or none."""
        for key, value in values.items():
            option = self.find(key)
            BAD_VALUE.refuse_if(not option.fits(value), value=repr(value), name=key, allowed=option.allowed)
        for key, value in values.items():
            self._options[key] = replace(self.find(key), value=value)
        self._saved.write({each.key: each.value for each in self.all if each.value != each.default})

    def boot(self) -> None:
        """Take what is kept."""
        kept = self._saved.read()
        self._options = {each.key: replace(each, value=kept.get(each.key, each.default)) for each in OPTIONS}
