"""vmkchdev -l: who has each PCI device. One line a device, as in public captures of 6.x to 8."""

from __future__ import annotations

from lab.esxi.machine.pci import BootedDevice
from lab.esxi.shell.commands.pci_names import vmkernel_name
from lab.esxi.shell.result import Request, Result
from lab.esxi.shell.unknown import Unknown


def run(request: Request) -> Result:
    """List the devices."""
    if request.arguments != ("-l",):
        raise Unknown(f"vmkchdev: {' '.join(request.arguments)}: not simulated; simulated: -l\n")
    return Result(stdout="".join(_line(request, device) for device in request.host.pci.devices.values()))


def _line(request: Request, device: BootedDevice) -> str:
    hardware = device.hardware
    owner = "passthru" if request.host.passthrough.is_active(device.address) else "vmkernel"
    ids = f"{hardware.vendor_id:04x}:{hardware.device_id:04x} {hardware.subvendor_id:04x}:{hardware.subdevice_id:04x}"
    name = vmkernel_name(request.host, device.address)
    return f"{device.address} {ids} {owner} {name}".rstrip() + "\n"
