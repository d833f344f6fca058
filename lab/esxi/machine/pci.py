"""The PCI devices of a host: what the hardware is, and what a boot makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lab.esxi.machine.passthru_map import MapEntry, find_entry

ADDRESS = re.compile(r"[0-9a-f]{4}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]")
BRIDGE_CLASS = 0x06
# A device of the hardware can be passed through as it is, only with a line of its own in
# passthru.map (some devices without function reset), only while the kernel does not check ACS (8.0.3,
# Broadcom KB 391460), or never (no IOMMU group of its own, BIOS).
CAPABILITIES = ("as_is", "with_map_line", "without_acs_check", "never")
# Reset methods that act on everything behind the bridge; link is a guess of the simulator.
SHARED_RESETS = ("bridge", "link")


@dataclass(frozen=True)
class PciDevice:
    """One function; `address` is "0000:03:00.0" in hex, `class_id` class and subclass as 0x0300, BARs in MiB."""

    address: str
    class_id: int
    vendor_id: int
    device_id: int
    vendor_name: str
    device_name: str
    subvendor_id: int = 0
    subdevice_id: int = 0
    revision: int = 0
    bridge: str | None = None
    bars_mib: tuple[int, ...] = ()
    function_reset: bool = False
    capability: str = "never"
    console: bool = False  # shows the host's own screen
    driver: str | None = None  # the VMkernel's module

    def __post_init__(self) -> None:
        if not ADDRESS.fullmatch(self.address):
            raise ValueError(f"PCI address {self.address!r} is not allowed; allowed: dddd:bb:ss.f in lower-case hex")
        if self.capability not in CAPABILITIES:
            allowed = ", ".join(CAPABILITIES)
            raise ValueError(f"{self.address}: capability {self.capability!r} is not allowed; allowed: {allowed}")
        for name in ("class_id", "vendor_id", "device_id", "subvendor_id", "subdevice_id"):
            if not 0 <= getattr(self, name) <= 0xFFFF:
                raise ValueError(f"{self.address}: {name} {getattr(self, name):#x} is not allowed; allowed: 16 bits")

    @property
    def slot(self) -> str:
        """Return the address without the function: what one card has in common."""
        return self.address.rpartition(".")[0]

    @property
    def numbers(self) -> tuple[int, int, int, int]:
        """Return domain, bus, slot and function."""
        domain, bus, rest = self.address.split(":")
        slot, _, function = rest.partition(".")
        return int(domain, 16), int(bus, 16), int(slot, 16), int(function)

    @property
    def is_bridge(self) -> bool:
        """Tell whether this is a bridge."""
        return self.class_id >> 8 == BRIDGE_CLASS

    def moved(self, addresses: Mapping[str, str]) -> PciDevice:
        """Return the device at its new address where the bus was numbered anew."""
        bridge = addresses.get(self.bridge, self.bridge) if self.bridge is not None else None
        values = {**self.__dict__, "address": addresses.get(self.address, self.address), "bridge": bridge}
        return PciDevice(**values)


@dataclass(frozen=True)
class BootedDevice:
    """A device as the running host sees it, which is what passthru.map said at the last boot."""

    hardware: PciDevice
    reset_method: str  # flr, d3d0, link, bridge
    shareable: str
    capable: bool
    dependent: str  # the address that is reset: the bridge's, or its own

    @property
    def address(self) -> str:
        """Return the device's address."""
        return self.hardware.address


@dataclass(frozen=True)
class BootSettings:
    """What besides the hardware decides at boot: the map's entries and two kernel options."""

    entries: tuple[MapEntry, ...] = ()
    iommu: bool = True
    acs_check: bool = True


@dataclass
class PciBus:
    """The devices of the running host by address, in the order of the bus."""

    devices: dict[str, BootedDevice] = field(default_factory=dict)

    @classmethod
    def boot(cls, hardware: Iterable[PciDevice], settings: BootSettings) -> PciBus:
        """Return the bus as a boot with these settings finds it."""
        booted = (_boot_device(device, settings) for device in sorted(hardware, key=lambda found: found.numbers))
        return cls({device.address: device for device in booted})

    def siblings(self, address: str) -> tuple[str, ...]:
        """Return the other functions of the same card."""
        slot = self.devices[address].hardware.slot
        return tuple(a for a, found in self.devices.items() if a != address and found.hardware.slot == slot)

    def reset_group(self, address: str) -> tuple[str, ...]:
        """Return every device that a reset of this one resets too, itself included."""
        device = self.devices[address]
        if device.reset_method not in SHARED_RESETS or device.hardware.bridge is None:
            return (address,)
        return tuple(a for a, found in self.devices.items() if found.hardware.bridge == device.hardware.bridge)


def _boot_device(device: PciDevice, settings: BootSettings) -> BootedDevice:
    entry = find_entry(settings.entries, device.vendor_id, device.device_id)
    asked = entry.reset_method if entry is not None else "default"
    own = "flr" if device.function_reset else "bridge" if device.bridge is not None else "d3d0"
    method = own if asked == "default" else asked
    dependent = device.bridge if method in SHARED_RESETS and device.bridge is not None else device.address
    shareable = entry.shareable if entry is not None else "default"
    return BootedDevice(device, method, shareable, _is_capable(device, entry, settings), dependent)


def _is_capable(device: PciDevice, entry: MapEntry | None, settings: BootSettings) -> bool:
    if device.is_bridge or not settings.iommu:
        return False
    by_capability = {
        "as_is": True,
        "with_map_line": _names(entry, device),
        "without_acs_check": not settings.acs_check,
        "never": False,
    }
    return by_capability[device.capability]


def _names(entry: MapEntry | None, device: PciDevice) -> bool:
    """Tell whether a line is about just this kind of device and gives it a method."""
    return entry is not None and entry.device_id == device.device_id and entry.reset_method != "default"
