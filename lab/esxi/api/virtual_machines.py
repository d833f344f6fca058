"""The VMs of the host as objects of the API: they come and go with the machine's, whoever made them."""

from __future__ import annotations

from typing import Any

from lab.esxi.api.environment_browser import EnvironmentBrowser
from lab.esxi.api.snapshot import VirtualMachineSnapshot
from lab.esxi.api.virtual_machine import VirtualMachine
from lab.esxi.api.virtual_machine_files import snapshot_moid
from lab.esxi.api.virtual_machine_site import BROWSER, Site
from lab.esxi.api.virtual_machine_spec import SpecReader, in_words_of_the_api
from lab.esxi.machine.vm import Vm
from lab.esxi.wire.call import Call
from lab.esxi.wire.objects import ManagedObject
from lab.esxi.wire.vmodl import vim


def publish_vms(site: Site) -> None:
    """Make every VM, now and later, an object; also what tells what a VM can have."""
    registry = site.stack.registry
    registry.add(EnvironmentBrowser(BROWSER, site))
    shown: dict[str, set[str]] = {}

    def added(vm: Vm) -> None:
        registry.add(VirtualMachine(vm, site))
        shown[vm.key] = set()
        vm.snapshots_changed = lambda: refresh(vm)
        refresh(vm)

    def refresh(vm: Vm) -> None:
        there = {snapshot_moid(vm, each.id): each.id for each in vm.snapshots.all}
        for moid in shown[vm.key] - set(there):
            registry.remove(moid)
        for moid in set(there) - shown[vm.key]:
            registry.add(VirtualMachineSnapshot(vm, there[moid], site))
        shown[vm.key] = set(there)

    def removed(vm: Vm) -> None:
        for moid in (vm.key, *shown.pop(vm.key)):
            registry.remove(moid)

    site.vms.changed = registry.changed
    site.vms.subscribe(added, removed)


def vm_refs(site: Site) -> list[Any]:
    """Return the references of the VMs, as folder, host, pool and datastores list them."""
    return [vim.VirtualMachine(vm.key) for vm in site.vms.all]


def create_vm(site: Site, call: Call, folder: ManagedObject, config: Any) -> Any:
    """Start the task that makes a VM: Folder.CreateVM_Task."""
    place = config.files.vmPathName if config.files is not None and config.files.vmPathName else ""

    def work() -> Any:
        change = SpecReader(site, None).read(config)
        return vim.VirtualMachine(in_words_of_the_api(lambda: site.vms.create(place, change)).key)

    return site.start(call, folder, work, config.name or "")


def register_vm(site: Site, call: Call, folder: ManagedObject, path: str, name: str | None) -> Any:
    """Start the task that registers a VMX file: Folder.RegisterVM_Task."""

    def work() -> Any:
        return vim.VirtualMachine(site.vms.register(site.host.datastores.resolve(path), name).key)

    return site.start(call, folder, work, name or "")
