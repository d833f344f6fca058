"""How the devices of a VM are added, edited and removed, one step for each, and what is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from lab.esxi.machine.passthrough import Passthrough
from lab.esxi.machine.versions import Release
from lab.esxi.machine.vm_attach import check_attach
from lab.esxi.machine.vm_config import DeviceChange
from lab.esxi.machine.vm_device_lines import drop_device, put_device, read_devices
from lab.esxi.machine.vm_devices import BuiltIn, Cdrom, Device, Disk, Nic, PciDynamic, PciFixed, StorageController
from lab.esxi.machine.vm_disks import DISK_EXISTS, DISK_MISSING, DiskFacts, is_disk, read_disk
from lab.esxi.machine.vm_files import VmFiles
from lab.esxi.machine.vm_macs import generated_mac
from lab.esxi.machine.vmx import Vmx
from lab.esxi.rules import rule

DEVICE_WHILE_ON = rule(
    "vm.device_while_on",
    "PCI devices that are passed through and drives on IDE are neither added nor removed while a VM runs.",
    source="A",
    fault="InvalidPowerState",
    message="The attempted operation cannot be performed in the current state (Powered on): {device}.",
    unverified="the part behind the colon",
)
NO_DEVICE = rule(
    "vm.no_such_device",
    "Only a device that the VM has is edited or removed.",
    source="A",
    fault="InvalidDeviceSpec",
    message="Invalid configuration for device '{deviceIndex}': the VM has no device with this key.",
    unverified="the part behind the colon",
)
BUILT_IN_DEVICE = rule(
    "vm.built_in_device",
    "What every VM has is not removed.",
    source="U",
    fault="InvalidDeviceSpec",
    message="Invalid configuration for device '{deviceIndex}': {device} cannot be removed.",
    unverified="fault and text",
)
PLACE_TAKEN = rule(
    "vm.place_taken",
    "Each place holds one device.",
    source="A",
    fault="InvalidDeviceSpec",
    message="Invalid configuration for device '{deviceIndex}': {place} is taken or does not exist.",
    unverified="the part behind the colon",
)
NO_CONTROLLER = rule(
    "vm.no_controller",
    "A drive sits on a controller that the VM has.",
    source="A",
    fault="InvalidDeviceSpec",
    message="Invalid configuration for device '{deviceIndex}': there is no controller for {place}.",
    unverified="the part behind the colon",
)
CONTROLLER_IN_USE = rule(
    "vm.controller_in_use",
    "A controller is removed only with what sits on it.",
    source="A",
    fault="InvalidDeviceSpec",
    message="Invalid configuration for device '{deviceIndex}': {place} is still in use.",
    unverified="fault and text",
)
SHRINKS = rule(
    "vm.disk_shrinks",
    "A disk does not become smaller.",
    source="A",
    fault="InvalidDeviceSpec",
    message="Invalid configuration for device '{deviceIndex}': a disk cannot be made smaller.",
    unverified="the part behind the colon",
)
GROWS_WITH_SNAPSHOT = rule(
    "vm.disk_grows_with_snapshot",
    "A disk of a VM with snapshots does not become larger.",
    source="S",
    fault="InvalidDeviceSpec",
    message="Invalid configuration for device '{deviceIndex}': a disk with snapshots cannot be made larger.",
    unverified="fault and text",
)
NO_NETWORK = rule(
    "vm.no_network",
    "A network adapter is put into a port group that the host has.",
    source="A",
    fault="InvalidDeviceSpec",
    message="Invalid configuration for device '{deviceIndex}': there is no network {network}.",
    unverified="fault and text",
)


@dataclass(frozen=True)
class Situation:
    """What counts besides the document: the VM's power and files, and its host."""

    release: Release
    passthrough: Passthrough
    networks: tuple[str, ...]
    files: VmFiles
    running: bool = False
    has_snapshots: bool = False


@dataclass(frozen=True)
class DiskWork:
    """What is to be done with the file of a disk: create, extend or destroy."""

    action: str
    path: Path
    facts: DiskFacts
    adapter: str = "lsilogic"


@dataclass(frozen=True)
class Plan:
    """A VM's new document, and what has to be done with files before it counts."""

    vmx: Vmx
    work: tuple[DiskWork, ...] = ()


def _add(plan: Plan, change: DeviceChange, at: Situation) -> Plan:
    device = change.device
    _check_cold(device, change, at)
    there = {found.key: found for found in read_devices(plan.vmx)}
    if isinstance(device, StorageController) and device.kind == "ide":
        return plan
    PLACE_TAKEN.refuse_if(
        device.key in there or not _exists(device), deviceIndex=change.index, place=_place(device), property=None
    )
    if isinstance(device, Nic):
        NO_NETWORK.refuse_if(
            device.network not in at.networks, deviceIndex=change.index, network=device.network, property=None
        )
        if not device.mac:
            device = replace(device, mac=generated_mac(plan.vmx.get("uuid.bios"), device.number))
    if isinstance(device, (PciFixed, PciDynamic)):
        check_attach(plan.vmx, device, change.index, at.release, at.passthrough)
    if isinstance(device, Disk):
        return _add_disk(plan, device, change, at)
    return replace(plan, vmx=put_device(plan.vmx, device))


def _exists(device: Device) -> bool:
    return not isinstance(device, (Disk, Cdrom)) or device.node.exists


def _place(device: Device) -> str:
    return str(device.node) if isinstance(device, (Disk, Cdrom)) else device.prefix.rstrip(".")


def _check_cold(device: Device, change: DeviceChange, at: Situation) -> None:
    on_ide = isinstance(device, (Disk, Cdrom)) and device.node.kind == "ide"
    cold = isinstance(device, (PciFixed, PciDynamic)) or on_ide
    DEVICE_WHILE_ON.refuse_if(at.running and cold, device=_place(device), existingState="poweredOn")


def _add_disk(plan: Plan, disk: Disk, change: DeviceChange, at: Situation) -> Plan:
    order = change.disk
    if order is None or order.action == "use":
        path = at.files.path(disk.file)
        DISK_MISSING.refuse_if(not is_disk(path), file=at.files.place(disk.file))
        return replace(plan, vmx=put_device(plan.vmx, replace(disk, file=at.files.spelled(path))))
    path = at.files.path(disk.file) if disk.file else _free_name(plan, order.datastore, at)
    DISK_EXISTS.refuse_if(path.exists(), file=at.files.datastores.place_of(path))
    store = at.files.datastores.place_of(path).partition("]")[0].lstrip("[")
    if not order.thin:
        at.files.datastores.check_space(store, order.capacity_kib * 1024)
    facts = DiskFacts(order.capacity_kib, order.thin, order.eager)
    work = DiskWork("create", path, facts, "ide" if disk.node.kind in ("ide", "sata") else "lsilogic")
    return Plan(put_device(plan.vmx, replace(disk, file=at.files.spelled(path))), (*plan.work, work))


def _free_name(plan: Plan, datastore: str, at: Situation) -> Path:
    """Return the file of a disk that was given none: named like the VM, in its folder or one like it."""
    own = at.files.datastores.place_of(at.files.folder)
    folder = at.files.folder
    if datastore and not own.startswith(f"[{datastore}]"):
        folder = at.files.datastores.resolve(f"[{datastore}] {at.files.folder.name}")
    taken = {work.path for work in plan.work}
    stem = at.files.folder.name
    names = (folder / f"{stem}{f'_{number}' if number else ''}.vmdk" for number in range(1000))
    return next(path for path in names if path not in taken and not path.exists())


def _edit(plan: Plan, change: DeviceChange, at: Situation) -> Plan:
    device = change.device
    old = next((found for found in read_devices(plan.vmx) if found.key == device.key), None)
    NO_DEVICE.refuse_if(type(old) is not type(device), deviceIndex=change.index, property=None)
    if isinstance(device, BuiltIn) or (isinstance(device, StorageController) and device.kind == "ide"):
        return plan
    if isinstance(device, (PciFixed, PciDynamic)) and device != old:
        _check_cold(device, change, at)
        check_attach(drop_device(plan.vmx, device), device, change.index, at.release, at.passthrough)
    if isinstance(device, Disk) and isinstance(old, Disk):
        return _edit_disk(plan, replace(device, file=old.file), change, at)
    return replace(plan, vmx=put_device(plan.vmx, device))


def _edit_disk(plan: Plan, disk: Disk, change: DeviceChange, at: Situation) -> Plan:
    path = at.files.path(disk.file)
    wanted, now = change.disk.capacity_kib if change.disk else 0, read_disk(path)
    SHRINKS.refuse_if(0 < wanted < now.capacity_kib, deviceIndex=change.index, property=None)
    grows = wanted > now.capacity_kib
    GROWS_WITH_SNAPSHOT.refuse_if(grows and at.has_snapshots, deviceIndex=change.index, property=None)
    work = (DiskWork("extend", path, replace(now, capacity_kib=wanted)),) if grows else ()
    return Plan(put_device(plan.vmx, disk), (*plan.work, *work))


def _remove(plan: Plan, change: DeviceChange, at: Situation) -> Plan:
    device = next((found for found in read_devices(plan.vmx) if found.key == change.device.key), None)
    NO_DEVICE.refuse_if(device is None, deviceIndex=change.index, property=None)
    if device is None:
        return plan
    built_in = isinstance(device, BuiltIn) or (isinstance(device, StorageController) and device.kind == "ide")
    label = device.label if isinstance(device, BuiltIn) else _place(device)
    BUILT_IN_DEVICE.refuse_if(built_in, deviceIndex=change.index, device=label, property=None)
    _check_cold(device, change, at)
    work: tuple[DiskWork, ...] = ()
    if isinstance(device, Disk) and change.disk is not None and change.disk.action == "destroy":
        path = at.files.path(device.file)
        work = (DiskWork("destroy", path, read_disk(path)),)
    return plan if built_in else Plan(drop_device(plan.vmx, device), (*plan.work, *work))


def check_controllers(vmx: Vmx, changes: Iterable[DeviceChange]) -> None:
    """Refuse drives without a controller, once all changes of a call are in."""
    devices = read_devices(vmx)
    keys = {device.key for device in devices}
    for change in changes:
        device = change.device
        if change.operation != "remove" and isinstance(device, (Disk, Cdrom)):
            lacking = device.node.controller_key not in keys
            NO_CONTROLLER.refuse_if(lacking, deviceIndex=change.index, place=device.node, property=None)
        if change.operation == "remove" and isinstance(device, StorageController):
            used = any(isinstance(d, (Disk, Cdrom)) and d.node.controller_key == device.key for d in devices)
            place = _place(device)
            CONTROLLER_IN_USE.refuse_if(used, deviceIndex=change.index, place=place, property=None)


STEPS = {"add": _add, "edit": _edit, "remove": _remove}
