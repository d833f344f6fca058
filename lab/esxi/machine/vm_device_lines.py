"""How a VMX document says which devices a VM has: read from its lines, and written back to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from lab.esxi.machine.vm_devices import (
    BUILT_IN,
    USB,
    AllowedDevice,
    Cdrom,
    Device,
    Disk,
    Nic,
    PciDynamic,
    PciFixed,
    PciPassthrough,
    StorageController,
    UsbController,
)
from lab.esxi.machine.vm_nodes import BUSES, Node, parse_node
from lab.esxi.machine.vmx import Vmx
from lab.esxi.machine.vmx_spelling import hex_id

# How a CD drive is backed -> deviceType and clientDevice of the VMX file.
CDROM_BACKINGS = {
    "iso": ("cdrom-image", ""),
    "client_atapi": ("atapi-cdrom", "TRUE"),
    "client_passthrough": ("cdrom-raw", "TRUE"),
    "host_atapi": ("atapi-cdrom", ""),
    "host_passthrough": ("cdrom-raw", ""),
}
DISK_TYPES = {"scsi": "scsi-hardDisk", "ide": "ata-hardDisk", "sata": "ata-hardDisk", "nvme": "disk"}
_NIC = re.compile(r"ethernet(\d+)\.present", re.IGNORECASE)
_PCI = re.compile(r"pcipassthru(\d+)\.present", re.IGNORECASE)
_CONTROLLER = re.compile(r"(scsi|sata|nvme)([0-3])\.present", re.IGNORECASE)
_ON_NODE = re.compile(r"((?:ide|scsi|sata|nvme)[0-3]:\d+)\.present", re.IGNORECASE)


def read_devices(vmx: Vmx) -> tuple[Device, ...]:
    """Return the devices of a document, by key."""
    return tuple(sorted((*BUILT_IN, *_ide(), *_read(vmx)), key=lambda device: device.key))


def pci_devices(vmx: Vmx) -> tuple[PciPassthrough, ...]:
    """Return the devices that are passed through."""
    return tuple(device for device in read_devices(vmx) if isinstance(device, (PciFixed, PciDynamic)))


def _ide() -> Iterator[StorageController]:
    return (StorageController("ide", bus, "ide") for bus in range(BUSES["ide"].controllers))


def _read(vmx: Vmx) -> Iterator[Device]:
    for key, _ in vmx.items():
        if not vmx.is_on(key):
            continue
        if match := _CONTROLLER.fullmatch(key):
            yield _read_controller(vmx, match[1].lower(), int(match[2]))
        elif match := _ON_NODE.fullmatch(key):
            yield from _read_node(vmx, parse_node(match[1]))
        elif match := _NIC.fullmatch(key):
            yield _read_nic(vmx, int(match[1]))
        elif match := _PCI.fullmatch(key):
            yield _read_pci(vmx, int(match[1]))
        elif (model := key.lower().removesuffix(".present")) in USB:
            yield UsbController(model)


def _read_controller(vmx: Vmx, kind: str, bus: int) -> StorageController:
    model = vmx.get(f"{kind}{bus}.virtualDev", "buslogic") if kind == "scsi" else kind
    return StorageController(kind, bus, model.lower(), vmx.get(f"{kind}{bus}.sharedBus", "none"))


def _read_node(vmx: Vmx, node: Node | None) -> Iterator[Disk | Cdrom]:
    if node is None:
        return
    kind = vmx.get(f"{node}.deviceType", DISK_TYPES[node.kind])
    file = vmx.get(f"{node}.fileName")
    if "cdrom" not in kind:
        yield Disk(node, file, vmx.get(f"{node}.mode", "persistent"), vmx.get(f"{node}.sharing"))
        return
    client = "TRUE" if vmx.is_on(f"{node}.clientDevice") else ""
    backing = next((name for name, spelled in CDROM_BACKINGS.items() if spelled == (kind, client)), "iso")
    yield Cdrom(
        node,
        backing,
        file if backing == "iso" else "",
        vmx.is_on(f"{node}.startConnected", default=True),
        vmx.is_on(f"{node}.allowGuestConnectionControl", default=True),
    )


def _read_nic(vmx: Vmx, number: int) -> Nic:
    at = f"ethernet{number}"
    kind = vmx.get(f"{at}.addressType", "generated")
    return Nic(
        number,
        vmx.get(f"{at}.virtualDev", "vlance"),
        vmx.get(f"{at}.networkName"),
        vmx.get(f"{at}.address" if kind == "static" else f"{at}.generatedAddress"),
        kind,
        vmx.is_on(f"{at}.startConnected", default=True),
        vmx.is_on(f"{at}.allowGuestConnectionControl", default=True),
        vmx.is_on(f"{at}.wakeOnPcktRcv", default=True),
    )


def _read_pci(vmx: Vmx, number: int) -> PciPassthrough:
    at = f"pciPassthru{number}"
    if vmx.has(f"{at}.allowedDevices"):
        allowed = (_read_allowed(text) for text in vmx.get(f"{at}.allowedDevices").split(","))
        return PciDynamic(number, tuple(each for each in allowed if each is not None), vmx.get(f"{at}.customLabel"))
    fields = (vmx.get(f"{at}.{name}") for name in ("id", "deviceId", "vendorId", "systemId"))
    return PciFixed(number, *fields)


def _read_allowed(text: str) -> AllowedDevice | None:
    numbers = [hex_id(part) if part.strip() else None for part in text.split(":")]
    vendor, device, *more = (*numbers, None, None, None, None, None)[:5]
    return AllowedDevice(vendor, device, *more) if vendor is not None and device is not None else None


def _write_controller(device: StorageController) -> dict[str, str]:
    values = {"present": "TRUE"}
    if device.kind == "scsi":
        values |= {"sharedBus": device.shared_bus, "virtualDev": device.model}
    return values if device.kind != "ide" else {}


def _write_disk(device: Disk) -> dict[str, str | None]:
    mode = None if device.mode == "persistent" else device.mode
    kind = DISK_TYPES[device.node.kind]
    sharing = device.sharing or None
    return {"deviceType": kind, "fileName": device.file, "mode": mode, "sharing": sharing, "present": "TRUE"}


def _write_cdrom(device: Cdrom) -> dict[str, str | None]:
    kind, client = CDROM_BACKINGS[device.backing]
    return {
        "deviceType": kind,
        "fileName": device.file if device.backing == "iso" else "emptyBackingString",
        "clientDevice": client or None,
        "startConnected": _said(device.start_connected),
        "allowGuestConnectionControl": None if device.guest_control else "FALSE",
        "present": "TRUE",
    }


def _write_nic(device: Nic) -> dict[str, str | None]:
    generated = device.address_type != "static"
    return {
        "virtualDev": device.model,
        "networkName": device.network,
        "addressType": device.address_type,
        "generatedAddress": device.mac if generated else None,
        "address": None if generated else device.mac,
        "wakeOnPcktRcv": None if device.wake_on_lan else "FALSE",
        "startConnected": None if device.start_connected else "FALSE",
        "allowGuestConnectionControl": None if device.guest_control else "FALSE",
        "present": "TRUE",
    }


def _write_fixed(device: PciFixed) -> dict[str, str]:
    return {
        "id": device.id,
        "deviceId": device.device_id,
        "vendorId": device.vendor_id,
        "systemId": device.system_id,
        "present": "TRUE",
    }


def _write_dynamic(device: PciDynamic) -> dict[str, str | None]:
    allowed = ",".join(":".join(_spell(number) for number in _ids(each)).rstrip(":") for each in device.allowed)
    return {"allowedDevices": allowed, "customLabel": device.label or None, "present": "TRUE"}


def _ids(each: AllowedDevice) -> tuple[int | None, ...]:
    return each.vendor_id, each.device_id, each.subvendor_id, each.subdevice_id, each.revision


def _spell(number: int | None) -> str:
    return "" if number is None else f"0x{number:x}"


def _said(value: bool) -> str:
    return "TRUE" if value else "FALSE"


_WRITERS: Mapping[type, Callable[..., Mapping[str, str | None]]] = {
    StorageController: _write_controller,
    UsbController: lambda _device: {"present": "TRUE"},
    Disk: _write_disk,
    Cdrom: _write_cdrom,
    Nic: _write_nic,
    PciFixed: _write_fixed,
    PciDynamic: _write_dynamic,
}


def put_device(vmx: Vmx, device: Device) -> Vmx:
    """Return the document with a device added, or changed where it is there; its other lines stay."""
    values = _WRITERS[type(device)](device)
    return vmx.changed({f"{device.prefix}{name}": value for name, value in values.items()})


def drop_device(vmx: Vmx, device: Device) -> Vmx:
    """Return the document without a device."""
    return vmx.without(device.prefix)
