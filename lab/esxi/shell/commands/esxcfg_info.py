"""esxcfg-info -a and -w: the part on PCI devices, in its layout of dotted lines. From public captures of 6.x."""

from __future__ import annotations

from lab.esxi.machine.pci import BootedDevice
from lab.esxi.shell.commands.pci_names import class_name, module_name, vmkernel_name
from lab.esxi.shell.result import Request, Result
from lab.esxi.shell.unknown import Unknown

_WIDTH = 48
_OWNERS = {True: "VM Passthru", False: "VMkernel"}


def run(request: Request) -> Result:
    """Print the devices."""
    if request.arguments not in (("-a",), ("-w",), ("--all",), ("--hardware",)):
        raise Unknown(f"esxcfg-info: {' '.join(request.arguments)}: not simulated; simulated: -a, -w\n")
    devices = "".join(_describe(request, device) for device in request.host.pci.devices.values())
    return Result(
        stdout=f"+Host : \n   \\==+Hardware Info : \n      \\==+PCI Info : \n         \\==+All PCI Devices :\n{devices}"
    )


def _describe(request: Request, device: BootedDevice) -> str:
    hardware, passthrough = device.hardware, request.host.passthrough
    domain, bus, slot, function = hardware.numbers
    fields = {
        "Segment": f"0x{domain:04x}",
        "Bus": f"0x{bus:02x}",
        "Slot": f"0x{slot:02x}",
        "Function": f"0x{function:02x}",
        "Runtime Owner": _OWNERS[passthrough.is_active(device.address)],
        "Configured Owner": _OWNERS[passthrough.is_enabled(device.address)],
        "Vendor Id": f"0x{hardware.vendor_id:04x}",
        "Device Id": f"0x{hardware.device_id:04x}",
        "Sub-Vendor Id": f"0x{hardware.subvendor_id:04x}",
        "Sub-Device Id": f"0x{hardware.subdevice_id:04x}",
        "Vendor Name": hardware.vendor_name,
        "Device Name": hardware.device_name,
        "Device Class": f"0x{hardware.class_id:04x}",
        "Device Class Name": class_name(hardware),
        "VmKernel Device Name": vmkernel_name(request.host, device.address),
        "Module Name": module_name(request.host, hardware),
        "Passthru Capable": str(device.capable).lower(),
    }
    head = f"            \\==+PCI Device {device.address}: \n"
    return head + "".join(f"               |----{name.ljust(_WIDTH, '.')}{value}\n" for name, value in fields.items())
