"""The devices of a running VM as its guest sees them, with the problem code of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.esxi.machine.guest_process import PnpEntity
from lab.esxi.machine.outcomes import NO_DRIVER, GuestView
from lab.esxi.machine.pci import PciDevice
from lab.esxi.machine.vm_config import VmConfig
from lab.esxi.machine.vm_passthrough import bars_mib, has_64bit_mmio

if TYPE_CHECKING:
    from lab.esxi.machine.vm import Vm

# What a guest maps below 4 GB; more needs 64-bit MMIO or the guest has no resources for it (unverified).
LOW_MMIO_MIB = 3 * 1024


def problem_codes(vm: Vm) -> dict[str, int]:
    """Return the problem code of Windows for each device that the VM has, by the host's address."""
    return {address: vm.around.cards.code(address, _view(vm, address)) for address in vm.power.assigned.values()}


def pnp_entities(vm: Vm) -> tuple[PnpEntity, ...]:
    """Return the PCI devices of the host as the guest's device manager shows them."""
    bus = vm.around.host.passthrough.bus.devices
    return tuple(_entity(bus[address].hardware, code) for address, code in problem_codes(vm).items())


def _view(vm: Vm, address: str) -> GuestView:
    disk, passthrough = vm.power.guest.look(), vm.around.host.passthrough
    total = bars_mib(vm.power.assigned.values(), passthrough)
    return GuestView(
        hides_hypervisor=VmConfig(vm.power.started_as).hides_hypervisor,
        driver=disk.driver,
        disabled=_plain(passthrough.bus.devices[address].hardware) in disk.disabled,
        no_resources=total > LOW_MMIO_MIB and not has_64bit_mmio(vm.power.started_as),
    )


def _plain(hardware: PciDevice) -> str:
    return f"{hardware.vendor_id:04x}:{hardware.device_id:04x}"


def _entity(hardware: PciDevice, code: int) -> PnpEntity:
    ids = f"VEN_{hardware.vendor_id:04X}&DEV_{hardware.device_id:04X}"
    subsystem = f"SUBSYS_{hardware.subdevice_id:04X}{hardware.subvendor_id:04X}&REV_{hardware.revision:02X}"
    number = sum(place * int(part, 16) for place, part in enumerate(hardware.address.replace(".", ":").split(":"), 1))
    name = "Video Controller" if code == NO_DRIVER else hardware.device_name
    return PnpEntity(name, f"PCI\\{ids}&{subsystem}\\{number:08X}", _plain(hardware), code)
