"""What can be attached to a VM. Ids other than the address are looked at when it is powered on.

Sources: Broadcom KB 309986 for the limits; the API reference for dynamic DirectPath I/O.
"""

from __future__ import annotations

from lab.esxi.machine.passthrough import Passthrough
from lab.esxi.machine.versions import Release
from lab.esxi.machine.vm_config import VmConfig
from lab.esxi.machine.vm_device_lines import pci_devices
from lab.esxi.machine.vm_devices import PciDynamic, PciFixed, PciPassthrough
from lab.esxi.machine.vmx import Vmx
from lab.esxi.machine.vmx_spelling import pci_of_vmx
from lab.esxi.rules import rule

DYNAMIC_HARDWARE = 17

NOT_ACTIVE = rule(
    "vm.attach_not_active",
    "Only a device that is active for passthrough is attached.",
    source="U",
    fault="InvalidDeviceBacking",
    message="Invalid backing for device '{deviceIndex}': {id} is not available for passthrough.",
    unverified="fault and text",
)
ATTACHED_TWICE = rule(
    "vm.attach_twice",
    "A VM has a device once.",
    source="U",
    fault="InvalidDeviceSpec",
    message="Invalid configuration for device '{deviceIndex}': {id} is attached already.",
    unverified="fault and text",
)
TOO_MANY = rule(
    "vm.attach_too_many",
    "A VM has at most so many devices passed through as the release allows.",
    source="S",
    fault="TooManyDevices",
    message="The VM exceeds the maximum of {most} passthrough devices.",
    unverified="fault and text",
)
NO_DYNAMIC = rule(
    "vm.dynamic_release",
    "Dynamic DirectPath I/O came with 7.0.",
    source="A",
    fault="InvalidDeviceBacking",
    message="Invalid backing for device '{deviceIndex}': release {release} has no dynamic DirectPath I/O.",
    unverified="fault and text",
)
OLD_HARDWARE = rule(
    "vm.dynamic_hardware",
    "Dynamic DirectPath I/O needs virtual hardware 17.",
    source="S",
    fault="DeviceNotSupported",
    message="Device '{device}' is not supported by virtual hardware {version}.",
    unverified="fault and text",
)


def check_attach(vmx: Vmx, device: PciPassthrough, index: int, release: Release, passthrough: Passthrough) -> None:
    """Refuse a device that cannot be attached. Ids other than the address are not looked at before the power-on."""
    others = pci_devices(vmx)
    most = release.max_passthrough_devices
    TOO_MANY.refuse_if(len(others) >= most, most=most, property=None)
    if isinstance(device, PciDynamic):
        NO_DYNAMIC.refuse_if(not release.dynamic_directpath, release=release.name, deviceIndex=index, property=None)
        config = VmConfig(vmx)
        version = config.text("version")
        OLD_HARDWARE.refuse_if(
            config.hardware_version < DYNAMIC_HARDWARE, device=f"pciPassthru{device.number}", version=version
        )
        return
    address = pci_of_vmx(device.id)
    known = address is not None and address in passthrough.bus.devices and passthrough.is_active(address)
    NOT_ACTIVE.refuse_if(not known, id=device.id, deviceIndex=index, property=None)
    twice = any(isinstance(other, PciFixed) and pci_of_vmx(other.id) == address for other in others)
    ATTACHED_TWICE.refuse_if(twice, id=device.id, deviceIndex=index, property=None)
