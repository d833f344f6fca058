"""A ConfigSpec of the API as a change of the machine; what is set and not simulated is refused and recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lab.esxi.api.virtual_machine_devices import (
    ADDRESS_TYPES,
    CDROM_BACKINGS,
    CONTROLLERS,
    DISK_MODES,
    NICS,
    SHARED,
    SHARING,
)
from lab.esxi.api.virtual_machine_privileges import fields_set
from lab.esxi.api.virtual_machine_site import Site
from lab.esxi.machine.pci import ADDRESS
from lab.esxi.machine.vm_change_devices import NO_CONTROLLER, NO_DEVICE
from lab.esxi.machine.vm_config import ConfigChange, DeviceChange, DiskOrder, Value
from lab.esxi.machine.vm_devices import (
    NIC_KEY,
    PCI_KEY,
    USB,
    AllowedDevice,
    Cdrom,
    Device,
    Disk,
    Nic,
    PciDynamic,
    PciFixed,
    StorageController,
    UsbController,
)
from lab.esxi.machine.vm_files import VmFiles
from lab.esxi.machine.vm_nodes import BUSES, Node, controller_of_key
from lab.esxi.machine.vmx_spelling import pci_to_vmx
from lab.esxi.rules import RuleBroken
from lab.esxi.wire.vmodl import vim

_Result = TypeVar("_Result")

# Field of the spec -> setting.
PLAIN = {
    "name": "name",
    "version": "version",
    "uuid": "uuid",
    "instanceUuid": "instance_uuid",
    "guestId": "guest_id",
    "annotation": "annotation",
    "numCPUs": "cpus",
    "numCoresPerSocket": "cores_per_socket",
    "memoryMB": "memory_mib",
    "memoryHotAddEnabled": "memory_hot_add",
    "cpuHotAddEnabled": "cpu_hot_add",
    "cpuHotRemoveEnabled": "cpu_hot_remove",
    "firmware": "firmware",
    "maxMksConnections": "max_consoles",
    "memoryReservationLockedToMax": "memory_locked",
    "nestedHVEnabled": "nested_hv",
    "vPMCEnabled": "performance_counters",
    "migrateEncryption": "migrate_encryption",
    "ftEncryptionMode": "ft_encryption",
    "sevEnabled": "sev",
}
# Object in the spec -> its field -> setting.
NESTED = {
    "flags": {"vbsEnabled": "vbs", "vvtdEnabled": "iommu"},
    "bootOptions": {
        "efiSecureBootEnabled": "secure_boot",
        "bootDelay": "boot_delay_ms",
        "enterBIOSSetup": "enter_setup",
        "bootRetryEnabled": "boot_retry",
        "bootRetryDelay": "boot_retry_ms",
    },
    "tools": {"syncTimeWithHost": "tools_sync_time", "toolsUpgradePolicy": "tools_upgrade"},
    "powerOpInfo": {
        "powerOffType": "power_off_type",
        "suspendType": "suspend_type",
        "resetType": "reset_type",
    },
}
ALLOCATIONS = {"memoryAllocation": "memory", "cpuAllocation": "cpu"}
_OTHER = frozenset(("changeVersion", "deviceChange", "extraConfig", "files", "dynamicType", "dynamicProperty"))


@dataclass
class SpecReader:
    """Reads one spec for a VM that is there, or one that is to be made."""

    site: Site
    files: VmFiles | None  # none while the VM is not there yet
    devices: tuple[Device, ...] = ()
    # Temporary keys of controllers that the same call adds.
    _controllers: dict[int, tuple[str, int]] = field(default_factory=dict)
    _taken: set[int] = field(default_factory=set)

    def read(self, spec: Any) -> ConfigChange:
        """Return the change; raises NotSupported for what is not simulated."""
        self._taken = {each.key for each in self.devices}
        given = fields_set(spec)
        for name in given:
            if name not in PLAIN and name not in NESTED and name not in ALLOCATIONS and name not in _OTHER:
                raise self.site.refuse(f"ConfigSpec.{name}")
        values: dict[str, Value] = {PLAIN[name]: _plain(value) for name, value in given.items() if name in PLAIN}
        for name in NESTED:
            values |= self._nested(name, given.get(name))
        for name, prefix in ALLOCATIONS.items():
            values |= self._allocation(prefix, given.get(name))
        extra = {each.key: _text(each.value) for each in spec.extraConfig or []}
        changes = self._device_changes(spec.deviceChange or [])
        return ConfigChange(values, extra, changes, spec.changeVersion or "")

    def _nested(self, name: str, made: Any) -> dict[str, Value]:
        return {
            NESTED[name][each]: _plain(value)
            for each, value in (fields_set(made) if made is not None else {}).items()
            if each in NESTED[name]
        }

    def _allocation(self, prefix: str, made: Any) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for name, value in (fields_set(made) if made is not None else {}).items():
            if name in ("reservation", "limit"):
                values[f"{prefix}_{name}"] = int(value)
            elif name == "shares":
                custom = str(value.level) == "custom"
                values[f"{prefix}_shares"] = str(value.shares) if custom else str(value.level)
        return values

    # --- devices ------------------------------------------------------------------------------------------------------

    def _device_changes(self, specs: list[Any]) -> tuple[DeviceChange, ...]:
        for spec in specs:
            self._note_controller(spec)
        return tuple(self._device_change(index, spec) for index, spec in enumerate(specs))

    def _note_controller(self, spec: Any) -> None:
        kind = self._controller_kind(spec.device)
        if kind is not None and str(spec.operation) == "add":
            self._controllers[spec.device.key] = (kind[0], spec.device.busNumber or 0)

    @staticmethod
    def _controller_kind(made: Any) -> tuple[str, str] | None:
        model = next((model for model, name in CONTROLLERS.items() if made._wsdlName == name), None)
        return (model if model in BUSES else "scsi", model) if model is not None else None

    def _device_change(self, index: int, spec: Any) -> DeviceChange:
        operation = str(spec.operation or "edit")
        made = spec.device
        if operation == "remove":
            return DeviceChange(operation, self._present(index, made.key), index, _disk_order(spec, self.site))
        if operation == "edit":
            # A device is read as it was asked for; where it sits is what it has been.
            self._present(index, made.key)
        device = self._device(index, made, is_new=operation == "add")
        order = _disk_order(spec, self.site) if isinstance(device, Disk) else None
        return DeviceChange(operation, device, index, order)

    def _present(self, index: int, key: int) -> Device:
        found = next((each for each in self.devices if each.key == key), None)
        NO_DEVICE.refuse_if(found is None, deviceIndex=index, property="virtualDeviceSpec.device.key")
        if found is None:
            raise self.site.refuse(f"a device with the key {key}")
        return found

    def _device(self, index: int, made: Any, is_new: bool) -> Device:
        for kind, read in _READERS:
            if isinstance(made, kind):
                return read(self, index, made, is_new)
        old = next((each for each in self.devices if each.key == made.key), None)
        if old is None or is_new:
            raise self.site.refuse(f"the device {made._wsdlName}")
        return old  # an edit of a built-in device changes nothing that is simulated

    def _controller(self, index: int, made: Any, is_new: bool) -> Device:
        kind = self._controller_kind(made)
        if kind is None:
            raise self.site.refuse(f"the device {made._wsdlName}")
        shared = str(getattr(made, "sharedBus", None) or "noSharing")
        return StorageController(kind[0], made.busNumber or 0, kind[1], _turned(SHARED)[shared])

    def _usb(self, index: int, made: Any, is_new: bool) -> Device:
        model = "usb_xhci" if isinstance(made, vim.vm.device.VirtualUSBXHCIController) else "usb"
        assert model in USB
        return UsbController(model)

    def _node(self, index: int, made: Any) -> Node:
        key = made.controllerKey
        found = self._controllers.get(key) or (controller_of_key(key) if key is not None else None)
        NO_CONTROLLER.refuse_if(found is None, deviceIndex=index, place=f"controller {key}", property=None)
        kind, bus = found or ("scsi", 0)
        unit = made.unitNumber
        if unit is None or unit < 0:
            free = (Node(kind, bus, number) for number in range(BUSES[kind].units))
            unit = next(node.unit for node in free if node.exists and node.key not in self._taken)
        node = Node(kind, bus, unit)
        self._taken.add(node.key)
        return node

    def _disk(self, index: int, made: Any, is_new: bool) -> Device:
        backing = made.backing
        old = next((each for each in self.devices if each.key == made.key and not is_new), None)
        if not isinstance(backing, vim.vm.device.VirtualDisk.FlatVer2BackingInfo):
            raise self.site.refuse(f"a disk on {backing._wsdlName if backing is not None else 'nothing'}")
        mode = _turned(DISK_MODES).get(backing.diskMode or "persistent", "persistent")
        sharing = _turned(SHARING).get(backing.sharing or "sharingNone", "")
        node = old.node if isinstance(old, Disk) else self._node(index, made)
        return Disk(node, self._file(backing.fileName or "", wants_name=is_new), mode, sharing)

    def _cdrom(self, index: int, made: Any, is_new: bool) -> Device:
        old = next((each for each in self.devices if each.key == made.key and not is_new), None)
        node = old.node if isinstance(old, Cdrom) else self._node(index, made)
        name = made.backing._wsdlName if made.backing is not None else CDROM_BACKINGS["client_passthrough"]
        backing = _turned(CDROM_BACKINGS).get(name)
        if backing is None:
            raise self.site.refuse(f"a CD drive on {name}")
        file = self._file(made.backing.fileName, wants_name=False) if backing == "iso" else ""
        start, control = _connectable(made)
        return Cdrom(node, backing, file, start, control)

    def _nic(self, index: int, made: Any, is_new: bool) -> Device:
        model = next((model for model, name in NICS.items() if name == made._wsdlName), None)
        if model is None:
            raise self.site.refuse(f"the device {made._wsdlName}")
        old = next((each for each in self.devices if isinstance(each, Nic) and each.key == made.key), None)
        number = old.number if old is not None and not is_new else self._free(NIC_KEY)
        start, control = _connectable(made)
        kind = _turned(ADDRESS_TYPES).get(str(made.addressType or "generated").lower(), "generated")
        mac = made.macAddress or (old.mac if old is not None else "")
        wake = made.wakeOnLanEnabled is not False
        return Nic(number, model, self._network(made.backing), mac, kind, start, control, wake)

    def _network(self, backing: Any) -> str:
        if backing is None or not isinstance(backing, vim.vm.device.VirtualEthernetCard.NetworkBackingInfo):
            raise self.site.refuse(f"a network adapter on {backing._wsdlName if backing is not None else 'nothing'}")
        if not backing.deviceName and backing.network is not None:
            return str(backing.network._GetMoId()).removeprefix("HaNetwork-")
        return str(backing.deviceName)

    def _pci(self, index: int, made: Any, is_new: bool) -> Device:
        backing = made.backing
        number = self._free(PCI_KEY) if is_new else made.key - PCI_KEY
        if isinstance(backing, vim.vm.device.VirtualPCIPassthrough.DynamicBackingInfo):
            allowed = tuple(
                AllowedDevice(a.vendorId, a.deviceId, a.subVendorId, a.subDeviceId, a.revisionId)
                for a in backing.allowedDevice
            )
            return PciDynamic(number, allowed, backing.customLabel or "")
        if not isinstance(backing, vim.vm.device.VirtualPCIPassthrough.DeviceBackingInfo):
            raise self.site.refuse(f"a PCI device on {backing._wsdlName if backing is not None else 'nothing'}")
        place = pci_to_vmx(backing.id.lower()) if ADDRESS.fullmatch(backing.id.lower()) else backing.id
        # Hex without 0x; a decimal number is taken for hex, and fails at the power-on.
        device_id = f"0x{backing.deviceId.lower().removeprefix('0x') or '0'}"
        return PciFixed(number, place, device_id, f"0x{backing.vendorId & 0xFFFF:04x}", backing.systemId)

    def _free(self, first: int) -> int:
        number = next(number for number in range(1000) if first + number not in self._taken)
        self._taken.add(first + number)
        return number

    def _file(self, place: str, wants_name: bool) -> str:
        """Return what the VMX file calls a file; "" where only a datastore, or nothing, is named."""
        if not place or place.rstrip().endswith("]"):
            return ""
        path = self.site.host.datastores.resolve(place)
        if self.files is not None:
            return self.files.spelled(path)
        return VmFiles(self.site.host.datastores, path.parent / "elsewhere").volume_path(path)


def in_words_of_the_api(work: Callable[[], _Result]) -> _Result:
    """Do something; a refused setting is named as the spec names it."""
    names = {setting: f"configSpec.{field}" for field, setting in PLAIN.items()}
    try:
        return work()
    except RuleBroken as broken:
        setting = broken.details.get("invalidProperty")
        if setting not in names:
            raise
        raise RuleBroken(broken.rule, **{**broken.details, "invalidProperty": names[str(setting)]}) from broken


def _turned(table: Mapping[str, str]) -> dict[str, str]:
    return {value: key for key, value in table.items()}


def _plain(value: Any) -> Value:
    return value if isinstance(value, bool) else int(value) if isinstance(value, int) else str(value)


def _text(value: Any) -> str:
    """Return an option's value as a VMX file has it."""
    return ("TRUE" if value else "FALSE") if isinstance(value, bool) else "" if value is None else str(value)


def _connectable(made: Any) -> tuple[bool, bool]:
    connect = made.connectable
    if connect is None:
        return True, True
    return bool(connect.startConnected), connect.allowGuestControl is not False


def _disk_order(spec: Any, site: Site) -> DiskOrder | None:
    made = spec.device
    if not isinstance(made, vim.vm.device.VirtualDisk):
        return None
    kib = int(made.capacityInKB or (made.capacityInBytes or 0) // 1024)
    if str(spec.fileOperation or "") == "destroy":
        return DiskOrder("destroy")
    if str(spec.operation or "edit") != "add":
        return DiskOrder("keep", kib)
    if str(spec.fileOperation or "") != "create":
        return DiskOrder("use")
    backing = made.backing
    name = backing.fileName or ""
    store = name.partition("]")[0].lstrip("[") if name.startswith("[") else ""
    if not store and backing.datastore is not None:
        store = site.datastore_name(backing.datastore)
    return DiskOrder("create", kib, bool(backing.thinProvisioned), bool(backing.eagerlyScrub), store)


_Reader = Callable[[SpecReader, int, Any, bool], Device]
_READERS: tuple[tuple[Any, _Reader], ...] = (
    (vim.vm.device.VirtualSCSIController, SpecReader._controller),
    (vim.vm.device.VirtualSATAController, SpecReader._controller),
    (vim.vm.device.VirtualIDEController, SpecReader._controller),
    (vim.vm.device.VirtualNVMEController, SpecReader._controller),
    (vim.vm.device.VirtualUSBController, SpecReader._usb),
    (vim.vm.device.VirtualUSBXHCIController, SpecReader._usb),
    (vim.vm.device.VirtualDisk, SpecReader._disk),
    (vim.vm.device.VirtualCdrom, SpecReader._cdrom),
    (vim.vm.device.VirtualEthernetCard, SpecReader._nic),
    (vim.vm.device.VirtualPCIPassthrough, SpecReader._pci),
)
