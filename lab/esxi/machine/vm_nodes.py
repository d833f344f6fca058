"""Where a VM's disks and CD drives sit: controllers, units, and the keys that ESXi gives to both.

Keys as hosts show them in `config.hardware.device`; that an NVMe disk has the same step as a SCSI disk is unverified.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NODE = re.compile(r"(ide|scsi|sata|nvme)([0-3]):(\d+)")


@dataclass(frozen=True)
class Bus:
    """One kind of storage bus: first keys of its controllers and of what hangs on them."""

    controller_key: int
    controllers: int
    device_key: int
    units: int
    label: str
    reserved: int | None = None


BUSES = {
    "ide": Bus(200, 2, 3000, 2, "IDE"),
    "scsi": Bus(1000, 4, 2000, 16, "SCSI controller", reserved=7),
    "sata": Bus(15000, 4, 16000, 30, "SATA controller"),
    "nvme": Bus(31000, 4, 32000, 16, "NVME controller"),
}


@dataclass(frozen=True, order=True)
class Node:
    """One place, as "scsi0:1"."""

    kind: str
    bus: int
    unit: int

    @property
    def key(self) -> int:
        """Return the key of what sits here."""
        bus = BUSES[self.kind]
        return bus.device_key + self.bus * bus.units + self.unit

    @property
    def controller_key(self) -> int:
        """Return the key of the controller."""
        return BUSES[self.kind].controller_key + self.bus

    @property
    def exists(self) -> bool:
        """Tell whether a controller has such a unit."""
        bus = BUSES[self.kind]
        return 0 <= self.bus < bus.controllers and 0 <= self.unit < bus.units and self.unit != bus.reserved

    def __str__(self) -> str:
        return f"{self.kind}{self.bus}:{self.unit}"


def parse_node(text: str) -> Node | None:
    """Return the node of "scsi0:1", None if it is none."""
    match = _NODE.fullmatch(text.lower())
    return Node(match[1], int(match[2]), int(match[3])) if match is not None else None


def controller_of_key(key: int) -> tuple[str, int] | None:
    """Return kind and bus of the controller with a key, None if no controller has it."""
    found = (
        (kind, key - bus.controller_key)
        for kind, bus in BUSES.items()
        if 0 <= key - bus.controller_key < bus.controllers
    )
    return next(found, None)
