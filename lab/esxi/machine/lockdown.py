"""Lockdown mode: who may still come in directly."""

from __future__ import annotations

from collections.abc import Sequence

from lab.esxi.machine.config_store import Section
from lab.esxi.rules import rule

MODES = ("disabled", "normal", "strict")
DOORS = ("api", "ssh", "dcui")

UNKNOWN_MODE = rule(
    "lockdown.unknown_mode",
    "The mode is disabled, normal or strict.",
    source="A",
    fault="InvalidArgument",
    message="Lockdown mode {mode} is not one of disabled, normal, strict.",
    unverified="the text",
)
LOCKED_OUT = rule(
    "lockdown.login",
    "In lockdown mode only exception users come in directly; root keeps the console, unless it is strict.",
    source="A",
    fault="NoPermission",
    message="{user} cannot log in by {door}: lockdown mode is {mode}.",
    unverified="the fault, which may be InvalidLogin, and the text",
)


class Lockdown:
    """The mode of one host and the users that it excepts, both kept over boots."""

    def __init__(self, saved: Section) -> None:
        """Take where both are kept."""
        self._saved = saved
        self.boot()

    def boot(self) -> None:
        """Take what is kept."""
        kept = self._saved.read()
        self.mode: str = kept.get("mode", "disabled")
        self.exceptions: tuple[str, ...] = tuple(kept.get("exceptions", ()))

    def change(self, mode: str) -> None:
        """Set the mode; who is logged in stays so."""
        UNKNOWN_MODE.refuse_if(mode not in MODES, mode=mode)
        self.mode = mode
        self._save()

    def set_exceptions(self, users: Sequence[str]) -> None:
        """Say who may come in whatever the mode is."""
        self.exceptions = tuple(users)
        self._save()

    def check_login(self, user: str, door: str) -> None:
        """Refuse who may not come in by one of DOORS."""
        excepted = user in self.exceptions or (door == "dcui" and user == "root" and self.mode == "normal")
        LOCKED_OUT.refuse_if(self.mode != "disabled" and not excepted, user=user, door=door, mode=self.mode)

    def _save(self) -> None:
        self._saved.write({"mode": self.mode, "exceptions": list(self.exceptions)})
