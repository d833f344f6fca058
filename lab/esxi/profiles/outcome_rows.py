"""What a guest makes of a device that is passed through, one row for each case: the table that profiles carry."""

from __future__ import annotations

from dataclasses import dataclass

from lab.esxi.machine.passthru_map import RESET_METHODS
from lab.esxi.rules import SOURCES

ANY = "any"
# Problem codes of the Windows device manager: none, stopped by its driver, not configured, no resources,
# disabled, no driver.
CODES = (0, 43, 34, 12, 22, 28)
COLUMNS = {
    "reset_method": RESET_METHODS,
    "cpuid_v0": ("FALSE", "TRUE"),  # TRUE also stands for a VM without the key
    "driver": ("none", "vendor", "old_vendor"),  # an old one is older than what may run in a VM
    "event": ("first_power_on", "power_on", "guest_reboot", "sleep", "forced_off", "disabled", "no_resources"),
    "prevention": ("yes", "no"),  # the guest neither sleeps nor leaves the device enabled at shutdown
    "rebind": ("yes", "no"),  # the host gave the device to itself and back before
}


@dataclass(frozen=True)
class OutcomeRow:
    """One case; "any" matches every value of a column. The first row that matches counts."""

    reset_method: str
    cpuid_v0: str
    driver: str
    event: str
    prevention: str
    rebind: str
    code: int
    source: str
    unverified: str = ""

    def __post_init__(self) -> None:
        for column, known in COLUMNS.items():
            value = getattr(self, column)
            if value != ANY and value not in known:
                raise ValueError(f"{column} {value!r} is not allowed; allowed: {ANY}, {', '.join(known)}")
        if self.code not in CODES:
            raise ValueError(f"code {self.code!r} is not allowed; allowed: {', '.join(map(str, CODES))}")
        if self.source not in SOURCES:
            raise ValueError(f"source {self.source!r} is not allowed; allowed: {', '.join(SOURCES)}")
        if self.source == "U" and not self.unverified:
            raise ValueError("a guess says in `unverified` what nobody has compared")

    def matches(self, **case: str) -> bool:
        """Tell whether the row is about a case that names every column."""
        return all(getattr(self, column) in (ANY, case[column]) for column in COLUMNS)
