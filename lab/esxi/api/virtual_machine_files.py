"""The files of a VM as the API lists them, with what they take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lab.esxi.api.virtual_machine_site import Site
from lab.esxi.machine.vm import Vm
from lab.esxi.machine.vm_devices import Disk
from lab.esxi.machine.vm_disks import flat_of, read_disk
from lab.esxi.wire.vmodl import vim

_FILE_TYPES = {
    ".vmx": "config",
    ".vmsd": "snapshotList",
    ".nvram": "nvram",
    ".log": "log",
    ".vmss": "suspend",
    ".vmsn": "snapshotData",
}


def snapshot_moid(vm: Vm, snapshot_id: int) -> str:
    """Return the id of a snapshot's object."""
    return f"{vm.vmid}-snapshot-{snapshot_id}"


def _sizes(vm: Vm) -> tuple[int, int]:
    """Return what the VM's files take, and what its disks may still come to take, in bytes."""
    files = [file for file in _own_files(vm) if file.is_file()]
    taken = sum(file.stat().st_blocks * 512 for file in files)
    promised = sum(read_disk(vm.files.path(disk.file)).capacity_kib * 1024 for disk in vm.disks)
    return taken, max(0, promised - taken)


def _own_files(vm: Vm) -> list[Path]:
    """Return the files of a VM: those of its folder, and disks that lie elsewhere."""
    if not vm.path.is_file():
        return []
    disks = [vm.files.path(disk.file) for disk in vm.disks]
    elsewhere = [file for disk in disks for file in (disk, flat_of(disk)) if file.parent != vm.path.parent]
    return [*sorted(file for file in vm.path.parent.iterdir() if file.is_file()), *elsewhere]


def storage_summary_of(vm: Vm) -> Any:
    """Return a VM's StorageSummary."""
    taken, more = _sizes(vm)
    return vim.vm.Summary.StorageSummary(committed=taken, uncommitted=more, unshared=taken, timestamp=vm.changed_at)


def storage_of(vm: Vm, site: Site) -> Any:
    """Return a VM's StorageInfo, all of it on the datastore of its VMX file."""
    taken, more = _sizes(vm)
    store = site.datastore_ref(vm.file.partition("]")[0].lstrip("["))
    usage = vim.vm.StorageInfo.UsageOnDatastore(datastore=store, committed=taken, uncommitted=more, unshared=taken)
    return vim.vm.StorageInfo(perDatastoreUsage=[usage], timestamp=vm.changed_at)


def layout_of(vm: Vm) -> Any:
    """Return a VM's FileLayout: names of its folder without the folder."""
    layout = vim.vm.FileLayout
    names = [file.name for file in _own_files(vm)]
    return layout(
        configFile=[name for name in names if Path(name).suffix in (".vmx", ".nvram", ".vmsd")],
        logFile=[name for name in names if name.endswith(".log")],
        disk=[layout.DiskLayout(key=each.key, diskFile=[vm.files.place(each.file)]) for each in vm.disks],
        snapshot=[
            layout.SnapshotLayout(
                key=vim.vm.Snapshot(snapshot_moid(vm, each.id)),
                snapshotFile=[vm.around.host.datastores.place_of(vm.snapshots.state_file(each.id))],
            )
            for each in vm.snapshots.all
        ],
    )


def layout_ex_of(vm: Vm) -> Any:
    """Return a VM's FileLayoutEx."""
    layout = vim.vm.FileLayoutEx
    files = _own_files(vm)
    keys = {file: key for key, file in enumerate(files)}
    rendered = [
        layout.FileInfo(
            key=key,
            name=vm.around.host.datastores.place_of(file),
            type=_file_type(file),
            size=file.stat().st_blocks * 512,
            uniqueSize=file.stat().st_blocks * 512,
            accessible=True,
        )
        for file, key in keys.items()
    ]
    disks = [_disk_layout(vm, disk, keys) for disk in vm.disks]
    return layout(file=rendered, disk=disks, timestamp=vm.changed_at)


def _disk_layout(vm: Vm, disk: Disk, keys: dict[Path, int]) -> Any:
    layout = vim.vm.FileLayoutEx
    path = vm.files.path(disk.file)
    chain = [keys[file] for file in (path, flat_of(path)) if file in keys]
    return layout.DiskLayout(key=disk.key, chain=[layout.DiskUnit(fileKey=chain)])


def _file_type(file: Path) -> str:
    if file.suffix == ".vmdk":
        return "diskExtent" if file.stem.endswith("-flat") else "diskDescriptor"
    return _FILE_TYPES.get(file.suffix, "uwswap" if file.suffix == ".vswp" else "extendedConfig")
