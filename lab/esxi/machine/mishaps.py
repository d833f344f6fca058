"""What a test orders to go wrong with a host itself: its boots, its bus, its datastores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.esxi.machine.pci import ADDRESS

# Kind -> what happens. With `times` it happens at so many boots, else until it is cleared.
KINDS = {
    "never_back": "a reboot ends in a host that stays down until it is powered on by hand",
    "without_datastore": "a boot does not find the datastore `name` until a rescan",
    "moved_pci": "a boot finds PCI devices at other addresses: `addresses` from old to new",
    "same_boot_time": "a boot does not change the boot time",
    "enabled_never_active": "a device that is enabled for passthrough does not become active",
    "ssh_before_api": "after a boot the API answers `seconds` later than SSH",
    "api_before_ssh": "after a boot SSH answers `seconds` later than the API",
}


@dataclass(frozen=True)
class Mishap:
    """One thing that shall go wrong."""

    kind: str
    name: str = ""
    addresses: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    times: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"mishap {self.kind!r} is not known; known: {', '.join(KINDS)}")
        if self.seconds < 0 or (self.times is not None and self.times < 1):
            raise ValueError(f"mishap {self.kind}: seconds are not negative, and times begin at 1")
        if (self.kind == "without_datastore") != bool(self.name) or (self.kind == "moved_pci") != bool(self.addresses):
            raise ValueError("mishap: without_datastore takes a name, moved_pci addresses, the others neither")
        places = list(self.addresses.values())
        if len(set(places)) < len(places) or not all(map(ADDRESS.fullmatch, [*self.addresses, *places])):
            raise ValueError("mishap moved_pci: addresses are dddd:bb:ss.f, and no two devices get the same")


class Mishaps:
    """The mishaps of one host, one of each kind."""

    def __init__(self) -> None:
        self._orders: dict[str, Mishap] = {}
        self._left: dict[str, int] = {}

    @property
    def all(self) -> tuple[Mishap, ...]:
        """Return what is still to come."""
        return tuple(self._orders.values())

    def order(self, mishap: Mishap) -> None:
        """Let it happen from the next boot on; a former one of the kind is replaced."""
        self._orders[mishap.kind] = mishap
        self._left.pop(mishap.kind, None)
        if mishap.times is not None:
            self._left[mishap.kind] = mishap.times

    def clear(self) -> None:
        """Let everything go well again."""
        self._orders.clear()
        self._left.clear()

    def meet(self, kind: str) -> Mishap | None:
        """Return the mishap of a kind that happens now, and count it."""
        mishap = self._orders.get(kind)
        if mishap is not None and kind in self._left:
            self._left[kind] -= 1
            if not self._left[kind]:
                del self._orders[kind], self._left[kind]
        return mishap
