"""What a VM is at the moment: runtime, guest, summary, files, snapshots."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lab.esxi.api.virtual_machine_site import Site
from lab.esxi.machine.questions import Question
from lab.esxi.machine.vm import Vm
from lab.esxi.machine.vm_devices import Disk, Nic
from lab.esxi.machine.vm_disks import flat_of, read_disk
from lab.esxi.machine.vm_snapshots import Snapshot
from lab.esxi.machine.vmx_spelling import GUESTS
from lab.esxi.wire.vmodl import vim

# VMware Tools 12.3.0.
TOOLS_VERSION = "12352"
GUEST_STATES = {"running": "running", "standby": "standby", "ending": "shuttingDown"}
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


def runtime_of(vm: Vm, site: Site) -> Any:
    """Return a VM's RuntimeInfo."""
    pending = vm.questions.pending
    return vim.vm.RuntimeInfo(
        device=[],
        host=site.host_ref,
        connectionState=connection_of(vm),
        powerState=vm.power.state,
        faultToleranceState="notConfigured",
        toolsInstallerMounted=False,
        bootTime=vm.power.boot_time,
        question=_question(pending) if pending is not None else None,
        maxCpuUsage=site.host.hardware.cpu_mhz * vm.config.number("cpus") if vm.is_on else None,
        maxMemoryUsage=vm.config.number("memory_mib") if vm.is_on else None,
        numMksConnections=0,
        recordReplayState="inactive",
        cleanPowerOff=None if vm.is_on else True,
        onlineStandby=vm.power.guest.state == "standby",
        consolidationNeeded=False,
        suspendInterval=0,
    )


def connection_of(vm: Vm) -> str:
    """Return whether the host can use the VM's files."""
    if vm.problem is None:
        return "connected"
    return "inaccessible" if vm.problem.rule.id.startswith("datastore.") else "invalid"


def _question(pending: Question) -> Any:
    message = pending.message
    choices = [vim.ElementDescription(key=c.key, label=c.label, summary=c.summary) for c in message.choices]
    return vim.vm.QuestionInfo(
        id=pending.id,
        text=f"{message.id}:{message.text}",
        choice=vim.option.ChoiceOption(valueIsReadonly=None, choiceInfo=choices, defaultIndex=message.default),
        message=[vim.vm.Message(id=message.id, text=message.text)],
    )


def guest_of(vm: Vm) -> Any:
    """Return a VM's GuestInfo."""
    guest = vm.power.guest
    installed, runs = guest.tools_installed, guest.tools_running
    guest_id = vm.config.text("guest_id")
    known = runs or None
    return vim.vm.GuestInfo(
        toolsStatus="toolsOk" if runs else "toolsNotRunning" if installed else "toolsNotInstalled",
        toolsVersionStatus="guestToolsCurrent" if installed else "guestToolsNotInstalled",
        toolsVersionStatus2="guestToolsCurrent" if installed else "guestToolsNotInstalled",
        toolsRunningStatus="guestToolsRunning" if runs else "guestToolsNotRunning",
        toolsVersion=TOOLS_VERSION if installed else "0",
        guestId=known and guest_id,
        guestFamily=known and ("windowsGuest" if guest_id.startswith("windows") else "linuxGuest"),
        guestFullName=known and GUESTS[guest_id],
        hostName=known and _host_name(vm),
        ipAddress=vm.power.guest_address,
        net=_nics(vm) if runs else [],
        guestState=GUEST_STATES.get(guest.state, "notRunning"),
        appHeartbeatStatus="appStatusGray",
        guestOperationsReady=runs,
        interactiveGuestOperationsReady=False,
        guestStateChangeSupported=runs,
    )


def _host_name(vm: Vm) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "-", vm.name)[:15]


def _nics(vm: Vm) -> list[Any]:
    address = vm.power.guest_address
    found: list[Any] = []
    for each in vm.devices:
        if isinstance(each, Nic):
            addresses = [address] if address and not found else []
            found.append(
                vim.vm.GuestInfo.NicInfo(
                    network=each.network,
                    ipAddress=addresses,
                    macAddress=each.mac,
                    connected=True,
                    deviceConfigId=each.key,
                )
            )
    return found


def summary_of(vm: Vm, site: Site) -> Any:
    """Return a VM's Summary."""
    return vim.vm.Summary(
        vm=vim.VirtualMachine(vm.key),
        runtime=runtime_of(vm, site),
        guest=_guest_summary(vm),
        config=_config_summary(vm),
        storage=_storage(vm),
        quickStats=_quick_stats(vm),
        overallStatus="green",
    )


def _guest_summary(vm: Vm) -> Any:
    told = guest_of(vm)
    guest_id = vm.config.text("guest_id")
    return vim.vm.Summary.GuestSummary(
        guestId=guest_id,
        guestFullName=GUESTS[guest_id],
        toolsStatus=told.toolsStatus,
        toolsVersionStatus=told.toolsVersionStatus,
        toolsVersionStatus2=told.toolsVersionStatus2,
        toolsRunningStatus=told.toolsRunningStatus,
        hostName=told.hostName,
        ipAddress=told.ipAddress,
    )


def _config_summary(vm: Vm) -> Any:
    config = vm.config
    return vim.vm.Summary.ConfigSummary(
        name=vm.name,
        template=False,
        vmPathName=vm.file,
        memorySizeMB=config.number("memory_mib"),
        cpuReservation=config.number("cpu_reservation"),
        memoryReservation=config.number("memory_reservation"),
        numCpu=config.number("cpus"),
        numEthernetCards=sum(isinstance(each, Nic) for each in vm.devices),
        numVirtualDisks=len(vm.disks),
        uuid=config.text("uuid"),
        instanceUuid=config.text("instance_uuid") or None,
        guestId=config.text("guest_id"),
        guestFullName=GUESTS[config.text("guest_id")],
        annotation=config.text("annotation"),
        installBootRequired=False,
        tpmPresent=False,
        numVmiopBackings=0,
        hwVersion=config.text("version"),
    )


def _quick_stats(vm: Vm) -> Any:
    now, began = vm.around.host.around.now(), vm.power.boot_time
    memory = vm.config.number("memory_mib") if vm.is_on else 0
    return vim.vm.Summary.QuickStats(
        overallCpuUsage=0,
        guestMemoryUsage=0,
        hostMemoryUsage=memory,
        guestHeartbeatStatus="green" if vm.power.guest.tools_running else "gray",
        grantedMemory=memory,
        privateMemory=memory,
        sharedMemory=0,
        swappedMemory=0,
        balloonedMemory=0,
        uptimeSeconds=int((now - began).total_seconds()) if began is not None else 0,
    )


# --- files --------------------------------------------------------------------------------------------------------


def _sizes(vm: Vm) -> tuple[int, int]:
    """Return what the VM's files take, and what its disks may still come to take, in bytes."""
    files = [file for file in _own_files(vm) if file.is_file()]
    taken = sum(file.stat().st_blocks * 512 for file in files)
    promised = sum(read_disk(vm.files.path(disk.file)).capacity_kib * 1024 for disk in vm.disks)
    return taken, max(0, promised - taken)


def _own_files(vm: Vm) -> list[Path]:
    """Return the files of a VM: those of its folder, and disks that lie elsewhere."""
    if connection_of(vm) == "inaccessible":
        return []
    disks = [vm.files.path(disk.file) for disk in vm.disks]
    elsewhere = [file for disk in disks for file in (disk, flat_of(disk)) if file.parent != vm.path.parent]
    return [*sorted(file for file in vm.path.parent.iterdir() if file.is_file()), *elsewhere]


def _storage(vm: Vm) -> Any:
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


# --- snapshots ----------------------------------------------------------------------------------------------------


def snapshot_of(vm: Vm) -> Any:
    """Return a VM's SnapshotInfo, nothing where it has no snapshot."""
    tree = vm.snapshots
    if not tree.all:
        return None
    current = vim.vm.Snapshot(snapshot_moid(vm, tree.current)) if tree.current else None
    roots = [_tree(vm, each) for each in tree.children()]
    return vim.vm.SnapshotInfo(currentSnapshot=current, rootSnapshotList=roots)


def _tree(vm: Vm, snapshot: Snapshot) -> Any:
    return vim.vm.SnapshotTree(
        snapshot=vim.vm.Snapshot(snapshot_moid(vm, snapshot.id)),
        vm=vim.VirtualMachine(vm.key),
        name=snapshot.name,
        description=snapshot.description,
        id=snapshot.id,
        createTime=snapshot.created,
        state=snapshot.power,
        quiesced=snapshot.quiesced,
        childSnapshotList=[_tree(vm, each) for each in vm.snapshots.children(snapshot.id)],
        replaySupported=False,
    )
