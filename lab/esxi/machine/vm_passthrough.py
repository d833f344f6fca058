"""What a VM with passthrough devices needs to be powered on.

Sources: Broadcom KB 312208 (what is lost, devices that are reset together), KB 437651 (nested
virtualization), KB 2001216 (ids that do not match), Dell 000199172 and VMware's V100 article (large BARs).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from lab.esxi.machine.passthrough import Passthrough
from lab.esxi.machine.pci import BootedDevice
from lab.esxi.machine.versions import Release
from lab.esxi.machine.vm_config import VmConfig
from lab.esxi.machine.vm_device_lines import pci_devices
from lab.esxi.machine.vm_devices import AllowedDevice, PciDynamic, PciFixed, PciPassthrough
from lab.esxi.machine.vm_refusals import refuse_config
from lab.esxi.machine.vmx import Vmx
from lab.esxi.machine.vmx_spelling import hex_id, pci_of_vmx, pci_to_text
from lab.esxi.rules import rule

# From this sum of BARs on a VM needs 64-bit MMIO; the window is a power of two, so that it is that of all cards.
LARGE_BARS_MIB = 16 * 1024
CONFIG_FAULT = "GenericVmConfigFault"

NO_SUITABLE = rule(
    "vm.pci_id_spelling",
    "A VMX file names a device by decimal numbers: domain:bus:slot.function.",
    source="S",
    fault=CONFIG_FAULT,
    message="Failed to find a suitable device for pciPassthru{number}.",
    unverified="the fault; which of the spellings without leading zeros are taken",
)
NOT_PASSTHROUGH = rule(
    "vm.pci_not_passthrough",
    "A device that the host has taken back does not go into a VM.",
    source="S",
    fault=CONFIG_FAULT,
    message="Device {place} is not a passthrough device.",
    unverified="the fault",
)
IDS_DIFFER = rule(
    "vm.pci_ids_differ",
    "The ids in the VM are those of this host and of the device that is there; device ids are hex.",
    source="S",
    fault=CONFIG_FAULT,
    message="The systemId does not match the current system or the deviceId, and the vendorId does not match the "
    "device currently at {place}.",
    unverified="the fault",
)
NO_MATCH = rule(
    "vm.dynamic_no_match",
    "A dynamic device needs one on the host that is active, free, and of an allowed kind and the label.",
    source="A",
    fault=CONFIG_FAULT,
    message="Failed to find a suitable device for pciPassthru{number}: no host device matches.",
    unverified="fault and text",
)
IN_USE = rule(
    "vm.pci_in_use",
    "A device belongs to one running VM.",
    source="A",
    fault=CONFIG_FAULT,
    message="Failed to register the device pciPassthru{number} for {place} due to unavailable hardware or software "
    "support.",
    unverified="the fault",
)
RESET_GROUP = rule(
    "vm.pci_reset_group",
    "Devices that are reset together go to one VM.",
    source="S",
    fault=CONFIG_FAULT,
    message="Failed to register the device pciPassthru{number} for {place}: {other} is reset with it and belongs to "
    "{vm}.",
    unverified="fault and text, and what fptShareable changes",
)
NOT_RESERVED = rule(
    "vm.memory_not_reserved",
    "A VM with passthrough devices has all of its memory reserved.",
    source="S",
    fault=CONFIG_FAULT,
    message="Invalid memory setting: memory reservation (sched.mem.min) should be equal to memsize({memory}).",
    unverified="the fault",
)
HOT_ADD = rule(
    "vm.memory_hot_add",
    "A VM with passthrough devices has no memory hot-add.",
    source="S",
    fault=CONFIG_FAULT,
    message="Memory hot-add is not supported with passthrough devices (mem.hotadd).",
    unverified="fault and text; a host may only switch it off",
)
NESTED = rule(
    "vm.nested_hv",
    "Hardware virtualization is not shown to a guest with passthrough devices, so neither is VBS.",
    source="S",
    fault=CONFIG_FAULT,
    message="Nested virtualization (vhv.enable) is not supported with passthrough devices.",
    unverified="fault and text",
)
LARGE_BAR_FIRMWARE = rule(
    "vm.large_bar_firmware",
    "BARs above 16 GB need EFI.",
    source="S",
    fault=CONFIG_FAULT,
    message="Module 'DevicePowerOn' power on failed.",
    unverified="the fault",
)
LARGE_BAR_SWITCH = rule(
    "vm.large_bar_switch",
    "BARs above 16 GB need pciPassthru.use64bitMMIO.",
    source="S",
    fault=CONFIG_FAULT,
    message="Module 'DevicePowerOn' power on failed.",
    unverified="the fault",
)
LARGE_BAR_WINDOW = rule(
    "vm.large_bar_window",
    "BARs above 16 GB need a window (pciPassthru.64bitMMIOSizeGB) that holds them.",
    source="S",
    fault=CONFIG_FAULT,
    message="Module 'DevicePowerOn' power on failed.",
    unverified="the fault; how much larger than the BARs the window has to be",
)
NO_SLOT = rule(
    "vm.no_pcie_slot",
    "A passthrough device needs a PCIe slot: pciBridge0 and root ports (pciBridge4 to 7).",
    source="S",
    fault=CONFIG_FAULT,
    message="No PCIe slot available for pciPassthru{number}.",
    unverified="the fault; that no root port at all is what a host looks at",
)


@dataclass(frozen=True)
class HostDevices:
    """What a VM that is powered on finds: the host's id and devices, and which running VM has each."""

    system_id: str
    release: Release
    passthrough: Passthrough
    user_of: Callable[[str], str | None]

    def active(self, address: str) -> bool:
        """Tell whether a device may go into a VM."""
        return address in self.passthrough.bus.devices and self.passthrough.is_active(address)


def assign_devices(vmx: Vmx, host: HostDevices) -> dict[int, str]:
    """Return the host's address for the number of each device of the VM, or refuse to power it on."""
    devices = pci_devices(vmx)
    if not devices:
        return {}
    _check_vm(vmx, devices)
    fixed = {device.number: _fixed(device, host) for device in devices if isinstance(device, PciFixed)}
    assigned = {number: address for number, address in fixed.items() if address is not None}
    for device in devices:
        if isinstance(device, PciDynamic) and (address := _dynamic(device, host, set(assigned.values()))) is not None:
            assigned[device.number] = address
    for number, address in assigned.items():
        _check_free(number, address, host)
    _check_bars(vmx, assigned.values(), host)
    return assigned


def _check_vm(vmx: Vmx, devices: tuple[PciPassthrough, ...]) -> None:
    config = VmConfig(vmx)
    memory = config.number("memory_mib")
    refuse_config(NOT_RESERVED, config.number("memory_reservation") != memory, memory=memory)
    refuse_config(HOT_ADD, config.is_on("memory_hot_add"))
    refuse_config(NESTED, config.is_on("nested_hv") or config.is_on("vbs"))
    slots = pcie_slots(vmx)
    for place, device in enumerate(devices):
        refuse_config(NO_SLOT, place >= len(slots), number=device.number)


def pcie_slots(vmx: Vmx) -> tuple[int, ...]:
    """Return the PCIe slot numbers of a VM in the order in which they are given out."""
    ports = [n for n in range(4, 8) if vmx.is_on(f"pciBridge{n}.present")] if vmx.is_on("pciBridge0.present") else []
    sizes = {n: vmx.number(f"pciBridge{n}.functions", 1) for n in ports}
    return tuple(160 + 32 * (n - 4) + 1024 * turn for turn in range(8) for n in ports if turn < sizes[n])


def _fixed(device: PciFixed, host: HostDevices) -> str | None:
    address = pci_of_vmx(device.id)
    found = host.passthrough.bus.devices.get(address or "")
    refuse_config(NO_SUITABLE, found is None, number=device.number)
    if found is None:
        return None
    place = pci_to_text(found.address)
    refuse_config(NOT_PASSTHROUGH, not host.active(found.address), place=place)
    refuse_config(IDS_DIFFER, not _same_ids(device, found, host.system_id), place=place)
    return found.address


def _same_ids(device: PciFixed, found: BootedDevice, system_id: str) -> bool:
    ids = (hex_id(device.device_id), hex_id(device.vendor_id), device.system_id.lower())
    return ids == (found.hardware.device_id, found.hardware.vendor_id, system_id.lower())


def _dynamic(device: PciDynamic, host: HostDevices, taken: set[str]) -> str | None:
    free = (
        found
        for found in host.passthrough.devices
        if host.active(found.address) and found.address not in taken and host.user_of(found.address) is None
    )
    labels = host.passthrough.labels
    fits = (f.address for f in free if labels.get(f.address, "") == device.label and _is_allowed(f, device.allowed))
    address = next(fits, None)
    refuse_config(NO_MATCH, address is None, number=device.number)
    return address


def matching_devices(device: PciDynamic, passthrough: Passthrough) -> Iterator[str]:
    """Yield the addresses of the devices that are of an allowed kind, whoever has them."""
    return (found.address for found in passthrough.devices if _is_allowed(found, device.allowed))


def _is_allowed(found: BootedDevice, allowed: tuple[AllowedDevice, ...]) -> bool:
    hardware = found.hardware
    ids = (hardware.vendor_id, hardware.device_id, hardware.subvendor_id, hardware.subdevice_id, hardware.revision)
    wanted = ((a.vendor_id, a.device_id, a.subvendor_id, a.subdevice_id, a.revision) for a in allowed)
    return any(all(want in (None, is_) for want, is_ in zip(each, ids)) for each in wanted)


def _check_free(number: int, address: str, host: HostDevices) -> None:
    place = pci_to_text(address)
    refuse_config(IN_USE, host.user_of(address) is not None, number=number, place=place)
    for other in set(host.passthrough.bus.reset_group(address)) - {address}:
        vm = host.user_of(other)
        split = vm is not None and host.passthrough.bus.devices[address].shareable != "true"
        refuse_config(RESET_GROUP, split, number=number, place=place, other=pci_to_text(other), vm=vm or "")


def bars_mib(addresses: Iterable[str], passthrough: Passthrough) -> int:
    """Return the sum of the BARs of devices."""
    devices = passthrough.bus.devices
    return sum(sum(devices[address].hardware.bars_mib) for address in addresses if address in devices)


def _check_bars(vmx: Vmx, addresses: Iterable[str], host: HostDevices) -> None:
    total = bars_mib(addresses, host.passthrough)
    large = total > LARGE_BARS_MIB
    refuse_config(LARGE_BAR_FIRMWARE, large and VmConfig(vmx).text("firmware") != "efi")
    refuse_config(LARGE_BAR_SWITCH, large and not has_64bit_mmio(vmx))
    refuse_config(LARGE_BAR_WINDOW, large and mmio_window_mib(vmx) < total)


def has_64bit_mmio(vmx: Vmx) -> bool:
    """Tell whether the VM maps devices above 4 GB."""
    return vmx.is_on("pciPassthru.use64bitMMIO")


def mmio_window_mib(vmx: Vmx) -> int:
    """Return the size of the window above 4 GB; that it is 32 GB without the key is unverified."""
    return vmx.number("pciPassthru.64bitMMIOSizeGB", 32) * 1024
