"""esxcli storage: the file systems and adapters of the host. Columns from public captures."""

from __future__ import annotations

from lab.esxi.shell.esxcli import Command, Values
from lab.esxi.shell.result import Request
from lab.esxi.shell.shown import Fields, Shown, table

NAMESPACES = {
    "storage": "VMware storage commands.",
    "storage core": "VMware core storage commands.",
    "storage core adapter": "Operations pertaining to the host bus adapters of the core storage layer.",
    "storage filesystem": "Operations pertaining to filesystems, also known as datastores, on the ESX host.",
}
_TYPE = {"VMFS": "VMFS-6"}


def _list_filesystems(request: Request, _values: Values) -> Shown:
    host = request.host
    rows: list[Fields] = [
        {
            "Mount Point": f"/vmfs/volumes/{store.uuid}",
            "Volume Name": store.name,
            "UUID": store.uuid,
            "Mounted": True,
            "Type": _TYPE.get(store.type, store.type),
            "Size": store.capacity_mib << 20,
            "Free": host.datastores.free_mib(store.name) << 20,
        }
        for store in host.datastores.all
        if store.accessible
    ]
    return table("FilesystemVolume", rows)


def _list_adapters(request: Request, _values: Values) -> Shown:
    rows: list[Fields] = [
        {
            "HBA Name": adapter.device,
            "Driver": adapter.driver,
            "Link State": "link-n/a",
            "UID": f"{adapter.kind}.{adapter.device}",
            "Capabilities": "",
            "Description": f"({adapter.pci}) {adapter.model}",
        }
        for adapter in request.host.storage.adapters
        if not request.host.passthrough.is_active(adapter.pci)
    ]
    return table("ScsiInterface", rows)


COMMANDS = (
    Command(
        "storage filesystem list",
        "List the volumes available to the host.",
        _list_filesystems,
    ),
    Command("storage core adapter list", "List all the SCSI Host Bus Adapters on the system.", _list_adapters),
)
