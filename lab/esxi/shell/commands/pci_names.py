"""How the tools of the shell name PCI devices, classes, owners and reset methods."""

from __future__ import annotations

from lab.esxi.machine.host import Host
from lab.esxi.machine.pci import PciDevice

# Class and subclass -> name, after pci.ids as ESXi prints them.
CLASS_NAMES = {
    0x0100: "SCSI storage controller",
    0x0104: "RAID bus controller",
    0x0106: "SATA controller",
    0x0107: "Serial Attached SCSI controller",
    0x0108: "Non-Volatile memory controller",
    0x0200: "Ethernet controller",
    0x0300: "VGA compatible controller",
    0x0302: "3D controller",
    0x0380: "Display controller",
    0x0403: "Audio device",
    0x0600: "Host bridge",
    0x0601: "ISA bridge",
    0x0604: "PCI bridge",
    0x0680: "Bridge",
    0x0880: "System peripheral",
    0x0C03: "USB controller",
    0x0C05: "SMBus",
    0x0C80: "Serial bus controller",
}
# The texts for d3d0 and link have not been seen in any capture: unverified on a host.
RESET_NAMES = {"flr": "Function reset", "bridge": "Bridge reset", "d3d0": "D3D0 reset", "link": "Link reset"}
PASSTHRU_MODULE = "pciPassthru"


def class_name(device: PciDevice) -> str:
    """Return the name of a device's class."""
    return CLASS_NAMES.get(device.class_id, "Unclassified device")


def vmkernel_name(host: Host, address: str) -> str:
    """Return how the VMkernel calls a device: vmnic0, vmhba1, empty if it does not."""
    if host.passthrough.is_active(address):
        return ""
    names = {nic.pci: nic.device for nic in host.network.pnics}
    names.update({adapter.pci: adapter.device for adapter in host.storage.adapters})
    return names.get(address, "")


def module_name(host: Host, device: PciDevice) -> str:
    """Return the module that drives a device, empty for none."""
    return PASSTHRU_MODULE if host.passthrough.is_active(device.address) else device.driver or ""


def decimal_address(address: str) -> str:
    """Return an address as `PCI 0:3:0:1`, which is how `esxcli hardware pci list` points at devices."""
    domain, bus, rest = address.split(":")
    slot, _, function = rest.partition(".")
    return f"PCI {int(domain, 16)}:{int(bus, 16)}:{int(slot, 16)}:{int(function, 16)}"
