"""lspci: the PCI devices, in ESXi's own layouts (not those of pciutils). From public captures of 6.7 and 8.0."""

from __future__ import annotations

from lab.esxi.machine.pci import BootedDevice
from lab.esxi.shell.commands.pci_names import class_name, module_name, vmkernel_name
from lab.esxi.shell.result import Request, Result
from lab.esxi.shell.unknown import Unknown

# Class -> what the first word of a line calls it.
_KINDS = {
    0x01: "Mass storage controller",
    0x02: "Network controller",
    0x03: "Display controller",
    0x04: "Multimedia controller",
    0x06: "Bridge",
    0x08: "Generic system peripheral",
    0x0C: "Serial bus controller",
}


def run(request: Request) -> Result:
    """Print the devices in the layout that the options ask for."""
    options = "".join(sorted(set("".join(word.lstrip("-") for word in request.arguments))))
    if options not in _LAYOUTS:
        raise Unknown(f"lspci: invalid option {' '.join(request.arguments)}\n")
    layout = _LAYOUTS[options]
    return Result(stdout="".join(layout(request, device) for device in request.host.pci.devices.values()))


def _named(request: Request, device: BootedDevice) -> str:
    name = vmkernel_name(request.host, device.address)
    return f" [{name}]" if name else ""


def _title(request: Request, device: BootedDevice) -> str:
    hardware = device.hardware
    kind = _KINDS.get(hardware.class_id >> 8, "Unclassified device")
    return (
        f"{device.address} {kind} {class_name(hardware)}: {hardware.vendor_name} {hardware.device_name}"
        f"{_named(request, device)}\n"
    )


def _plain(request: Request, device: BootedDevice) -> str:
    hardware = device.hardware
    kind = class_name(hardware)
    return f"{device.address} {kind}: {hardware.vendor_name} {hardware.device_name}{_named(request, device)}\n"


def _numeric(request: Request, device: BootedDevice) -> str:
    hardware = device.hardware
    ids = f"{hardware.vendor_id:04x}:{hardware.device_id:04x}"
    return f"{device.address} Class {hardware.class_id:04x}: {ids}{_named(request, device)}\n"


def _verbose(request: Request, device: BootedDevice) -> str:
    hardware = device.hardware
    ids = f"{hardware.vendor_id:04x}:{hardware.device_id:04x}"
    return f"{_title(request, device)}\t Class {hardware.class_id:04x}: {ids}\n\n"


def _owners(request: Request, device: BootedDevice) -> str:
    """Print ids and module; A is for what is passed through, V for what the VMkernel has (unverified on a host)."""
    hardware = device.hardware
    owner = "A" if request.host.passthrough.is_active(device.address) else "V"
    ids = f"{hardware.vendor_id:04x}:{hardware.device_id:04x} {hardware.subvendor_id:04x}:{hardware.subdevice_id:04x}"
    words = (module_name(request.host, hardware), vmkernel_name(request.host, device.address))
    return f"{device.address} {ids} 255/   /     {owner} {'    '.join(word for word in words if word)}".rstrip() + "\n"


_LAYOUTS = {"": _plain, "n": _numeric, "v": _verbose, "p": _owners}
