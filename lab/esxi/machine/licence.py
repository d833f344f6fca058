"""The host's licence: the free one makes the API read-only."""

from __future__ import annotations

from dataclasses import dataclass

from lab.esxi.machine.config_store import Section
from lab.esxi.rules import rule

RESTRICTED = rule(
    "licence.restricted",
    "With the free licence the API refuses every change; the shell does not.",
    source="S",
    fault="RestrictedVersion",
    message="Current license or ESXi version prohibits execution of the requested operation.",
)
UNKNOWN_KEY = rule(
    "licence.unknown_key",
    "Only a valid licence key can be installed.",
    source="A",
    fault="InvalidArgument",
    message="The licence key is not valid.",
    unverified="the fault and the text",
)


@dataclass(frozen=True)
class Edition:
    """What a licence allows; the keys are the simulator's own."""

    name: str
    title: str
    edition_key: str
    key: str
    free: bool = False


EDITIONS = {
    edition.name: edition
    for edition in (
        Edition("evaluation", "Evaluation Mode", "eval", "00000-00000-00000-00000-00000"),
        Edition("free", "VMware vSphere Hypervisor", "esxBasic", "SIMUL-FREE0-00000-00000-00000", free=True),
        Edition("standard", "VMware vSphere Standard", "esxStandard", "SIMUL-STAND-00000-00000-00000"),
        Edition(
            "enterprise_plus", "VMware vSphere Enterprise Plus", "esxEnterprisePlus", "SIMUL-ENTPL-00000-00000-00000"
        ),
    )
}


class Licence:
    """The licence of one host, kept over boots."""

    def __init__(self, saved: Section, shipped: str) -> None:
        """Take where it is kept, and the name of the edition that the host comes with."""
        self._saved = saved
        self._shipped = shipped
        self.boot()

    def boot(self) -> None:
        """Take what is kept."""
        self.edition = EDITIONS[self._saved.read().get("edition", self._shipped)]

    def refuse_write(self) -> None:
        """Refuse a change by the API where the licence forbids it."""
        RESTRICTED.refuse_if(self.edition.free)

    def install(self, key: str) -> None:
        """Take the edition that belongs to a key."""
        found = next((edition for edition in EDITIONS.values() if edition.key == key), None)
        UNKNOWN_KEY.refuse_if(found is None)
        if found is not None:
            self.edition = found
            self._saved.write({"edition": found.name})
