"""Storage adapters and disks, tied to the PCI devices that they hang on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lab.esxi.machine.passthrough import DeviceUse
from lab.esxi.machine.pci import ADDRESS

ADAPTER_KINDS = ("usb", "ahci", "nvme", "sas", "raid")


@dataclass(frozen=True)
class Adapter:
    """One storage adapter; `device` is "vmhba0", `pci` the address of the device that it is."""

    device: str
    kind: str
    model: str
    driver: str
    pci: str

    def __post_init__(self) -> None:
        if self.kind not in ADAPTER_KINDS:
            raise ValueError(f"{self.device}: kind {self.kind!r} is not allowed; allowed: {', '.join(ADAPTER_KINDS)}")
        if not ADDRESS.fullmatch(self.pci):
            raise ValueError(f"{self.device}: PCI address {self.pci!r} is not allowed; allowed: dddd:bb:ss.f")


@dataclass(frozen=True)
class Disk:
    """One disk by its canonical name, "mpx.vmhba32:C0:T0:L0"."""

    name: str
    adapter: str
    capacity_mib: int
    model: str
    vendor: str = "ATA"
    ssd: bool = False

    def __post_init__(self) -> None:
        if self.capacity_mib <= 0:
            raise ValueError(f"{self.name}: capacity_mib {self.capacity_mib} is not allowed; allowed: above 0")


@dataclass(frozen=True)
class Storage:
    """What a host stores on; the boot disk and the disk that takes core dumps by name."""

    adapters: tuple[Adapter, ...]
    disks: tuple[Disk, ...]
    boot_disk: str
    coredump_disk: str

    def moved(self, addresses: Mapping[str, str]) -> Storage:
        """Return the same adapters where the bus was numbered anew."""
        return replace(self, adapters=tuple(replace(a, pci=addresses.get(a.pci, a.pci)) for a in self.adapters))

    def disk(self, name: str) -> Disk:
        """Return a disk by name."""
        return next(disk for disk in self.disks if disk.name == name)

    def adapter_of(self, disk: str) -> Adapter:
        """Return the adapter that a disk hangs on."""
        device = self.disk(disk).adapter
        return next(adapter for adapter in self.adapters if adapter.device == device)

    def uses(self, datastore_disks: tuple[str, ...]) -> tuple[DeviceUse, ...]:
        """Return what the adapters are needed for."""
        purposes = [(self.boot_disk, "boot"), (self.coredump_disk, "coredump"), *((d, "vmfs") for d in datastore_disks)]
        return tuple(DeviceUse(self.adapter_of(disk).pci, purpose) for disk, purpose in purposes if disk)
