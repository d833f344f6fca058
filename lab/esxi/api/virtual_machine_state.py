"""What a VM is at the moment: runtime, guest, summary, snapshots."""

from __future__ import annotations

import re
from typing import Any

from lab.esxi.api.virtual_machine_files import snapshot_moid, storage_summary_of
from lab.esxi.api.virtual_machine_site import Site
from lab.esxi.machine.questions import Question
from lab.esxi.machine.vm import Vm
from lab.esxi.machine.vm_devices import Nic
from lab.esxi.machine.vm_snapshots import Snapshot
from lab.esxi.machine.vmx_spelling import GUESTS
from lab.esxi.wire.vmodl import vim

# VMware Tools 12.3.0.
TOOLS_VERSION = "12352"
GUEST_STATES = {"running": "running", "standby": "standby", "ending": "shuttingDown"}


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
        storage=storage_summary_of(vm),
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
