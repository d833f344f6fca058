"""esxcli hardware: PCI devices and who owns them.

The fields and their order are from captures of 6.7 and 8.0. `pcipassthru list` prints a table, unlike
the other lists, and takes `--device-id`, as noted for 8.0U3. The refusal of a second `set` is from an
engineer's log. Values of Flags, Module ID, IRQ and Physical Slot are made up.
"""

from __future__ import annotations

from lab.esxi.machine.passthrough import PassthroughChange
from lab.esxi.machine.pci import BootedDevice
from lab.esxi.shell.commands.pci_names import (
    RESET_NAMES,
    class_name,
    decimal_address,
    module_name,
    vmkernel_name,
)
from lab.esxi.shell.esxcli import Command, CommandFailed, Option, Values
from lab.esxi.shell.result import Request
from lab.esxi.shell.shown import NOTHING, Fields, Shown, blocks, struct, table

NAMESPACES = {
    "hardware": "VMKernel hardware properties and commands for configuring hardware.",
    "hardware memory": "Memory information.",
    "hardware pci": "PCI device information and configuration.",
    "hardware pci pcipassthru": "PCI passthrough configuration.",
    "hardware platform": "Platform information.",
}
_OWNERS = {True: "VM Passthru", False: "VMkernel"}
_NO_SLOT = 4294967295


def _list_pci(request: Request, values: Values) -> Shown:
    rows = [_describe(request, device) for device in request.host.pci.devices.values()]
    if "class" in values:
        wanted = int(str(values["class"]), 0)
        rows = [row for row in rows if int(str(row["Device Class"]), 16) == wanted]
    return blocks("PCIDevice", "Address", rows)


def _describe(request: Request, device: BootedDevice) -> Fields:
    host, hardware = request.host, device.hardware
    domain, bus, slot, function = hardware.numbers
    active, enabled = host.passthrough.is_active(device.address), host.passthrough.is_enabled(device.address)
    module = module_name(host, hardware)
    return {
        "Address": device.address,
        "Segment": f"0x{domain:04x}",
        "Bus": f"0x{bus:02x}",
        "Slot": f"0x{slot:02x}",
        "Function": f"0x{function:x}",
        "VMkernel Name": vmkernel_name(host, device.address),
        "Vendor Name": hardware.vendor_name,
        "Device Name": hardware.device_name,
        "Configured Owner": _OWNERS[True] if enabled else _OWNERS[False] if hardware.driver else "Unknown",
        "Current Owner": _OWNERS[active],
        "Vendor ID": f"0x{hardware.vendor_id:04x}",
        "Device ID": f"0x{hardware.device_id:04x}",
        "SubVendor ID": f"0x{hardware.subvendor_id:04x}",
        "SubDevice ID": f"0x{hardware.subdevice_id:04x}",
        "Device Class": f"0x{hardware.class_id:04x}",
        "Device Class Name": class_name(hardware),
        "Programming Interface": "0x00",
        "Revision ID": f"0x{hardware.revision:02x}",
        "Interrupt Line": "0x0b",
        "IRQ": 255,
        "Interrupt Vector": "0x00",
        "PCI Pin": f"0x{function:02x}",
        "Spawned Bus": f"0x{_spawned_bus(request, device.address):02x}",
        "Flags": "0x3401" if active else "0x3201",
        "Module ID": sum(module.encode()) % 64 + 1 if module else -1,
        "Module Name": module or "None",
        "Chassis": 0,
        "Physical Slot": _NO_SLOT,
        "Slot Description": "",
        "Passthru Capable": device.capable,
        "Parent Device": decimal_address(hardware.bridge) if hardware.bridge else "",
        "Dependent Device": decimal_address(device.dependent),
        "Reset Method": RESET_NAMES[device.reset_method],
        "FPT Sharable": device.shareable != "false",
    }


def _spawned_bus(request: Request, address: str) -> int:
    """Return the bus behind a bridge, 0 for what is none."""
    behind = (each for each in request.host.pci.devices.values() if each.hardware.bridge == address)
    first = next(behind, None)
    return first.hardware.numbers[1] if first is not None else 0


def _list_passthru(request: Request, _values: Values) -> Shown:
    host = request.host
    capable = [device.address for device in host.pci.devices.values() if device.capable]
    return table(
        "PciPassthru",
        [{"Device ID": address, "Enabled": host.passthrough.is_enabled(address)} for address in capable],
    )


def _set_passthru(request: Request, values: Values) -> Shown:
    passthrough = request.host.passthrough
    address, enable = str(values["device-id"]).lower(), bool(values["enable"])
    apply_now = bool(values.get("apply-now", False))
    settled = not apply_now or passthrough.is_active(address) == enable
    if address in request.host.pci.devices and passthrough.is_enabled(address) == enable and settled:
        owner = "passthru" if enable else "vmkernel"
        raise CommandFailed(f"Unable to configure the PCI device: Device owner is already configured to {owner}.")
    passthrough.update([PassthroughChange(address, enable, apply_now)])
    return NOTHING


def _get_memory(request: Request, _values: Values) -> Shown:
    fields: Fields = {
        "Physical Memory": f"{request.host.hardware.memory_mib << 20} Bytes",
        "Reliable Memory": "0 Bytes",
        "NUMA Node Count": request.host.hardware.packages,
    }
    return struct("MemoryGet", fields)


def _get_platform(request: Request, _values: Values) -> Shown:
    hardware = request.host.hardware
    fields: Fields = {
        "Product Name": hardware.model,
        "Vendor Name": hardware.vendor,
        "Serial Number": hardware.serial,
        "IPMI Supported": False,
    }
    return struct("PlatformGet", fields)


COMMANDS = (
    Command(
        "hardware pci list",
        "List all of the PCI devices on the system.",
        _list_pci,
        (Option("class", "c", "Only list PCI devices that are a member of this class."),),
    ),
    Command(
        "hardware pci pcipassthru list",
        "Display PCI device passthrough configuration.",
        _list_passthru,
        known_by=lambda release: release.pcipassthru_esxcli,
    ),
    Command(
        "hardware pci pcipassthru set",
        "Configure PCI device for passthrough.",
        _set_passthru,
        (
            Option("apply-now", "a", "Apply the change immediately, without a reboot of the host.", "flag"),
            Option("device-id", "d", "The bus ID of the PCI device (e.g., 0000:0a:00.1).", required=True),
            Option("enable", "e", "Enable or disable passthrough of the device.", "boolean", required=True),
        ),
        changes=True,
        known_by=lambda release: release.pcipassthru_esxcli,
    ),
    Command("hardware memory get", "Get information about memory.", _get_memory),
    Command("hardware platform get", "Get information about the platform.", _get_platform),
)
