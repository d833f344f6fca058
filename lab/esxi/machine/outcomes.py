"""What a guest makes of its cards: looked up in the profile's table by what has happened to each card.

A card keeps what was done to it last: a device that its driver finds wedged stays so until the host has booted with
the card detached, whatever is changed in the guest or its VM meanwhile (the project's seed). A rebind by the host
counts as far as the table says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from lab.esxi.machine.pci import BootedDevice
from lab.esxi.profiles.outcome_rows import OutcomeRow

DISPLAY_CLASS = 0x03
OK, DISABLED, NO_DRIVER = 0, 22, 28


@dataclass(frozen=True)
class Card:
    """What happened to a card since it was last sound; `prevented` tells of the guest at that moment."""

    event: str
    prevented: bool = False
    rebound: bool = False


@dataclass(frozen=True)
class GuestView:
    """What besides the card decides: the VM's setting, the guest's driver, and what the guest did to the device."""

    hides_hypervisor: bool
    driver: str
    disabled: bool = False
    no_resources: bool = False


# A guest that nothing but the card can keep from working.
_NEUTRAL = GuestView(hides_hypervisor=True, driver="vendor")


class Cards:
    """The cards of one host that a VM has used since they were last sound."""

    def __init__(self, rows: Iterable[OutcomeRow], find: Callable[[str], BootedDevice | None]) -> None:
        """Take the table, and what finds a device of the running host."""
        self._rows = tuple(rows)
        self._find = find
        self._cards: dict[str, Card] = {}

    def restore(self, kept: Mapping[str, Mapping[str, Any]]) -> None:
        """Take what `export` returned in an earlier run."""
        self._cards = {address: Card(**card) for address, card in kept.items()}

    def export(self) -> dict[str, dict[str, Any]]:
        """Return the cards as JSON."""
        return {address: asdict(card) for address, card in sorted(self._cards.items())}

    def powered_on(self, address: str, prevented: bool) -> None:
        """Note that a VM starts with a device."""
        card = self._cards.get(address)
        if card is None:
            self._cards[address] = Card("first_power_on", prevented)
        elif not self._is_wedged(address, card):
            self._cards[address] = Card("power_on", prevented, card.rebound)

    def happened(self, address: str, event: str, prevented: bool) -> None:
        """Note what the guest, or who turned it off, did while it had a device."""
        card = self._cards.get(address)
        if card is None or not self._is_wedged(address, card):
            self._cards[address] = Card(event, prevented)

    def released(self, address: str) -> None:
        """Note that a VM has ended in an orderly way; a rebind before it no longer counts."""
        card = self._cards.get(address)
        if card is not None and not self._is_wedged(address, card):
            self._cards[address] = replace(card, rebound=False)

    def rebound(self, address: str) -> None:
        """Note that the host has taken a device and given it back."""
        if address in self._cards:
            self._cards[address] = replace(self._cards[address], rebound=True)

    def host_booted(self, attached: Iterable[str]) -> None:
        """Forget what happened to the cards that no VM is configured with: the boot has reset them."""
        kept = set(attached)
        self._cards = {address: card for address, card in self._cards.items() if address in kept}

    def code(self, address: str, view: GuestView) -> int:
        """Return the problem code that the guest shows for a device."""
        device = self._find(address)
        if device is None or not self._is_of_a_card(device):
            return DISABLED if view.disabled else OK  # unverified: that only display cards make trouble
        if device.hardware.class_id >> 8 != DISPLAY_CLASS:  # its sound and USB functions have drivers of Windows
            view = replace(view, hides_hypervisor=True, driver="vendor")
        card = self._cards.get(address, Card("first_power_on"))
        return self._look_up(device.reset_method, card, view)

    def _is_of_a_card(self, device: BootedDevice) -> bool:
        """Tell whether a function is one of a display card."""
        slot = device.hardware.slot
        functions = (self._find(f"{slot}.{number}") for number in range(8))
        return any(found is not None and found.hardware.class_id >> 8 == DISPLAY_CLASS for found in functions)

    def _is_wedged(self, address: str, card: Card) -> bool:
        device = self._find(address)
        if device is None or not self._is_of_a_card(device):
            return False
        return self._look_up(device.reset_method, card, _NEUTRAL) != OK

    def _look_up(self, reset_method: str, card: Card, view: GuestView) -> int:
        case = {
            "reset_method": reset_method,
            "cpuid_v0": "FALSE" if view.hides_hypervisor else "TRUE",
            "driver": view.driver,
            "event": "disabled" if view.disabled else "no_resources" if view.no_resources else card.event,
            "prevention": "yes" if card.prevented else "no",
            "rebind": "yes" if card.rebound else "no",
        }
        for row in self._rows:
            if row.matches(**case):
                return row.code
        raise ValueError(f"outcomes: no row for {', '.join(f'{key} {value}' for key, value in case.items())}")
