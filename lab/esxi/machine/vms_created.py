"""New VMs: where their files go, what their document says, and those that a profile begins with."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from lab.esxi.machine.autostart import AutoStartEntry
from lab.esxi.machine.datastores import Datastores
from lab.esxi.machine.host import Host
from lab.esxi.machine.vm import Vm
from lab.esxi.machine.vm_config import ConfigChange, DeviceChange, DiskOrder, Value, write_settings
from lab.esxi.machine.vm_devices import Disk, StorageController
from lab.esxi.machine.vm_nodes import Node
from lab.esxi.machine.vmx import Vmx
from lab.esxi.machine.vmx_spelling import location_uuid, uuid_to_vmx
from lab.esxi.profiles.profile import ProfileVm

PROFILE_DISK_KIB = 16 * 1024 * 1024
USUAL_HARDWARE = 19
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9 _.()+-]")
# What ESXi writes into every new VMX file.
_BASE = {
    ".encoding": "UTF-8",
    "config.version": "8",
    "virtualHW.version": "19",
    "pciBridge0.present": "TRUE",
    "svga.present": "TRUE",
    **{
        f"pciBridge{number}.{key}": value
        for number in range(4, 8)
        for key, value in (("present", "TRUE"), ("virtualDev", "pcieRootPort"), ("functions", "8"))
    },
    "vmci0.present": "TRUE",
    "hpet0.present": "TRUE",
    "floppy0.present": "FALSE",
}


class Creator(Protocol):
    """What makes VMs."""

    def create(self, place: str, change: ConfigChange) -> Vm:
        """Make a VM."""
        ...


def free_place(datastores: Datastores, place: str, name: str) -> Path:
    """Return the VMX file for a place; "[datastore]" alone gets a folder named like the VM, or the next free one."""
    stem = _NOT_IN_NAMES.sub("_", name) or "vm"
    path = datastores.resolve(place if "]" in place else f"[{datastores.all[0].name}]")
    if path.suffix == ".vmx":
        return path
    if path not in [Path(store.folder).resolve() for store in datastores.all]:
        return path / f"{stem}.vmx"
    names = (f"{stem}{f'_{number}' if number else ''}" for number in range(1000))
    folder = next(name for name in names if not (path / name).exists())
    return path / folder / f"{folder}.vmx"


def new_document(host: Host, path: Path, name: str) -> Vmx:
    """Return the document of a VM before anything is configured."""
    version = str(min(USUAL_HARDWARE, host.release.hardware_version))
    base = Vmx().changed({**_BASE, "virtualHW.version": version, "nvram": f"{path.stem}.nvram"})
    ids: dict[str, Value] = {"uuid": str(uuid.uuid4()), "instance_uuid": str(uuid.uuid4())}
    settled = write_settings(base, {"name": name, "memory_mib": 1024, **ids})
    here = location_uuid(str(path.relative_to(host.place.data_dir)))
    return settled.changed({"uuid.location": uuid_to_vmx(here)})


def install_vms(vms: Creator, host: Host) -> None:
    """Make the VMs that the host's profile begins with, and start those that run."""
    for each in host.profile.vms:
        vm = _install(vms, each)
        if each.autostart:
            entry = AutoStartEntry(vm.key, start_order=vm.vmid, start_action="powerOn")
            host.autostarts.reconfigure(replace(host.autostarts.defaults, enabled=True), [entry])
        if each.powered_on:
            vm.power.on()


def _install(vms: Creator, each: ProfileVm) -> Vm:
    values: dict[str, Value] = {"name": each.name, "guest_id": each.guest_id}
    values |= {"cpus": each.cpus, "memory_mib": each.memory_mib}
    devices = (
        DeviceChange("add", StorageController("scsi", 0, "pvscsi")),
        DeviceChange("add", Disk(Node("scsi", 0, 0), ""), disk=DiskOrder("create", PROFILE_DISK_KIB, thin=True)),
    )
    vm = vms.create("", ConfigChange(values, devices=devices))
    vm.power.guest.installed_already("windows" if vm.power.is_windows() else "other")
    return vm
