"""Devices of a VM as the API shows them, with the labels, keys and summaries of a host."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from lab.esxi.api.virtual_machine_site import Site
from lab.esxi.machine.vm import Vm
from lab.esxi.machine.vm_devices import (
    USB,
    BuiltIn,
    Cdrom,
    Device,
    Disk,
    Nic,
    PciDynamic,
    PciFixed,
    StorageController,
    UsbController,
)
from lab.esxi.machine.vm_disks import read_disk
from lab.esxi.machine.vm_nodes import BUSES
from lab.esxi.machine.vmx_spelling import hex_id, pci_of_vmx
from lab.esxi.wire.vmodl import find_type, vim

device: Any = vim.vm.device
CONTROLLERS = {
    "ide": "VirtualIDEController",
    "sata": "VirtualAHCIController",
    "nvme": "VirtualNVMEController",
    "pvscsi": "ParaVirtualSCSIController",
    "lsilogic": "VirtualLsiLogicController",
    "lsisas1068": "VirtualLsiLogicSASController",
    "buslogic": "VirtualBusLogicController",
}
SCSI_SUMMARIES = {
    "pvscsi": "VMware paravirtual SCSI",
    "lsilogic": "LSI Logic",
    "lsisas1068": "LSI Logic SAS",
    "buslogic": "BusLogic",
}
NICS = {
    "vmxnet3": "VirtualVmxnet3",
    "vmxnet2": "VirtualVmxnet2",
    "e1000e": "VirtualE1000e",
    "e1000": "VirtualE1000",
    "vlance": "VirtualPCNet32",
}
BUILT_IN = {
    "pci": "VirtualPCIController",
    "ps2": "VirtualPS2Controller",
    "sio": "VirtualSIOController",
    "video": "VirtualMachineVideoCard",
    "keyboard": "VirtualKeyboard",
    "pointing": "VirtualPointingDevice",
    "vmci": "VirtualMachineVMCIDevice",
}
CDROM_BACKINGS = {
    "iso": "VirtualCdromIsoBackingInfo",
    "client_atapi": "VirtualCdromRemoteAtapiBackingInfo",
    "client_passthrough": "VirtualCdromRemotePassthroughBackingInfo",
    "host_atapi": "VirtualCdromAtapiBackingInfo",
    "host_passthrough": "VirtualCdromPassthroughBackingInfo",
}
SHARED = {"none": "noSharing", "virtual": "virtualSharing", "physical": "physicalSharing"}
# What the VMX file calls generated, vpx and static.
ADDRESS_TYPES = {"generated": "generated", "vpx": "assigned", "static": "manual"}
DISK_MODES = {
    "persistent": "persistent",
    "nonpersistent": "nonpersistent",
    "undoable": "undoable",
    "append": "append",
    "independent-persistent": "independent_persistent",
    "independent-nonpersistent": "independent_nonpersistent",
}
SHARING = {"": "sharingNone", "multi-writer": "sharingMultiWriter"}
PCI_CONTROLLER, SIO_CONTROLLER, PS2_CONTROLLER = 100, 400, 300
_BUILT_IN_PARENTS = {"keyboard": PS2_CONTROLLER, "pointing": PS2_CONTROLLER, "video": 100, "vmci": 100}


def signed(number: int, bits: int = 16) -> int:
    """Return an id as the signed number that the schema has for it."""
    return number - (1 << bits) if number >= 1 << bits - 1 else number


class DeviceList:
    """The devices of one VM, made for one answer."""

    def __init__(self, vm: Vm, site: Site) -> None:
        self._vm = vm
        self._site = site
        self._labels: Counter[str] = Counter()
        self._all = vm.devices

    def render(self) -> list[Any]:
        """Return the devices by key."""
        return [self._render(each) for each in self._all]

    def _render(self, each: Device) -> Any:
        return _RENDERERS[type(each)](self, each)

    def _numbered(self, kind: str) -> str:
        self._labels[kind] += 1
        return f"{kind} {self._labels[kind]}"

    def _children(self, controller_key: int) -> list[int]:
        return [d.key for d in self._all if isinstance(d, (Disk, Cdrom)) and d.node.controller_key == controller_key]

    def _built_in(self, each: BuiltIn) -> Any:
        made = _make(BUILT_IN[each.kind], each.key, each.label, each.label)
        made.controllerKey = _BUILT_IN_PARENTS.get(each.kind)
        if each.kind in ("pci", "ps2", "sio"):
            made.busNumber = 0
        if each.kind == "video":
            made.videoRamSizeInKB, made.numDisplays, made.use3dRenderer = 4096, 1, "automatic"
        return made

    def _controller(self, each: StorageController) -> Any:
        label = f"{BUSES[each.kind].label} {each.bus}"
        made = _make(CONTROLLERS[each.model if each.kind == "scsi" else each.kind], each.key, label,
                     SCSI_SUMMARIES.get(each.model, label))  # fmt: skip
        made.busNumber = each.bus
        made.device = self._children(each.key)
        if each.kind == "scsi":
            made.sharedBus, made.hotAddRemove, made.scsiCtlrUnitNumber = SHARED[each.shared_bus], True, 7
        if each.kind != "ide":
            made.controllerKey, made.unitNumber = PCI_CONTROLLER, each.bus + 3
            made.slotInfo = self._slot(each.prefix)
        return made

    def _usb(self, each: UsbController) -> Any:
        name = "VirtualUSBXHCIController" if each.model == "usb_xhci" else "VirtualUSBController"
        label = USB[each.model][1]
        made = _make(name, each.key, label, label)
        made.busNumber, made.controllerKey, made.autoConnectDevices = 0, PCI_CONTROLLER, False
        return made

    def _disk(self, each: Disk) -> Any:
        path = self._vm.files.path(each.file)
        place, facts = self._vm.files.place(each.file), read_disk(path)
        made = _make("VirtualDisk", each.key, self._numbered("Hard disk"), f"{facts.capacity_kib:,} KB")
        made.controllerKey, made.unitNumber = each.node.controller_key, each.node.unit
        made.capacityInKB, made.capacityInBytes = facts.capacity_kib, facts.capacity_kib * 1024
        made.backing = device.VirtualDisk.FlatVer2BackingInfo(
            fileName=place,
            datastore=self._site.datastore_ref(_store_of(place)),
            diskMode=DISK_MODES.get(each.mode, each.mode),
            thinProvisioned=facts.thin,
            eagerlyScrub=facts.eager,
            split=False,
            writeThrough=False,
            sharing=SHARING.get(each.sharing, each.sharing),
        )
        return made

    def _cdrom(self, each: Cdrom) -> Any:
        made = _make("VirtualCdrom", each.key, self._numbered("CD/DVD drive"), _cdrom_summary(each, self._vm))
        made.controllerKey, made.unitNumber = each.node.controller_key, each.node.unit
        made.connectable = _connection(self._vm, each)
        backing = find_type(CDROM_BACKINGS[each.backing])()
        if each.backing == "iso":
            backing.fileName = self._vm.files.place(each.file)
            backing.datastore = self._iso_store(backing.fileName)
        else:
            backing.deviceName = ""
        if each.backing == "client_passthrough":
            backing.exclusive = False
        made.backing = backing
        return made

    def _iso_store(self, place: str) -> Any:
        return self._site.datastore_ref(_store_of(place)) if place.startswith("[") else None

    def _nic(self, each: Nic) -> Any:
        made = _make(NICS.get(each.model, "VirtualE1000"), each.key, self._numbered("Network adapter"), each.network)
        made.controllerKey, made.unitNumber = PCI_CONTROLLER, each.number + 7
        made.macAddress, made.addressType = each.mac, ADDRESS_TYPES.get(each.address_type, "generated")
        made.wakeOnLanEnabled, made.connectable = each.wake_on_lan, _connection(self._vm, each)
        made.slotInfo = self._slot(each.prefix)
        made.backing = device.VirtualEthernetCard.NetworkBackingInfo(
            deviceName=each.network, useAutoDetect=False, network=self._site.network_ref(each.network)
        )
        made.resourceAllocation = device.VirtualEthernetCard.ResourceAllocation(
            reservation=0, limit=-1, share=vim.SharesInfo(shares=50, level="normal")
        )
        return made

    def _fixed(self, each: PciFixed) -> Any:
        address = pci_of_vmx(each.id) or each.id
        found = self._site.host.pci.devices.get(address)
        name = found.hardware.device_name if found is not None else ""
        made = self._pci(each.key, each.number, name)
        made.backing = device.VirtualPCIPassthrough.DeviceBackingInfo(
            deviceName=name,
            id=address,
            deviceId=each.device_id.lower().removeprefix("0x"),
            systemId=each.system_id,
            vendorId=signed(hex_id(each.vendor_id) or 0),
        )
        return made

    def _dynamic(self, each: PciDynamic) -> Any:
        made = self._pci(each.key, each.number, "")
        allowed = [
            device.VirtualPCIPassthrough.AllowedDevice(
                vendorId=a.vendor_id, deviceId=a.device_id, subVendorId=a.subvendor_id, subDeviceId=a.subdevice_id,
                revisionId=a.revision,
            )
            for a in each.allowed
        ]  # fmt: skip
        made.backing = device.VirtualPCIPassthrough.DynamicBackingInfo(
            deviceName="", allowedDevice=allowed, customLabel=each.label,
            assignedId=self._vm.power.assigned.get(each.number, ""),
        )  # fmt: skip
        return made

    def _pci(self, key: int, number: int, summary: str) -> Any:
        made = _make("VirtualPCIPassthrough", key, f"PCI device {number}", summary)
        made.controllerKey, made.unitNumber = PCI_CONTROLLER, 18 + number
        made.slotInfo = self._slot(f"pciPassthru{number}.")
        return made

    def _slot(self, prefix: str) -> Any:
        number = self._vm.vmx.number(f"{prefix}pciSlotNumber", -1)
        return device.VirtualDevice.PciBusSlotInfo(pciSlotNumber=number) if number >= 0 else None


def _make(name: str, key: int, label: str, summary: str) -> Any:
    made = find_type(name)()
    made.key = key
    made.deviceInfo = vim.Description(label=label, summary=summary)
    return made


def _store_of(place: str) -> str:
    return place.partition("]")[0].lstrip("[")


def _cdrom_summary(each: Cdrom, vm: Vm) -> str:
    if each.backing == "iso":
        return f"ISO {vm.files.place(each.file)}"
    return "Remote ATAPI" if each.backing.startswith("client") else "ATAPI"


def _connection(vm: Vm, each: Cdrom | Nic) -> Any:
    connected = vm.is_on and each.start_connected and not (isinstance(each, Cdrom) and each.backing != "iso")
    return device.VirtualDevice.ConnectInfo(
        startConnected=each.start_connected,
        allowGuestControl=each.guest_control,
        connected=connected,
        status="ok" if connected else "untried",
        migrateConnect="unset",
    )


_RENDERERS: dict[type, Callable[[DeviceList, Any], Any]] = {
    BuiltIn: DeviceList._built_in,
    StorageController: DeviceList._controller,
    UsbController: DeviceList._usb,
    Disk: DeviceList._disk,
    Cdrom: DeviceList._cdrom,
    Nic: DeviceList._nic,
    PciFixed: DeviceList._fixed,
    PciDynamic: DeviceList._dynamic,
}
