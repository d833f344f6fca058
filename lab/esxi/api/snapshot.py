"""VirtualMachineSnapshot: one snapshot of a VM."""

from __future__ import annotations

from typing import Any

from lab.esxi.api.virtual_machine_config import config_of
from lab.esxi.api.virtual_machine_files import snapshot_moid
from lab.esxi.api.virtual_machine_site import Site
from lab.esxi.machine.vm import Vm
from lab.esxi.wire.call import Call
from lab.esxi.wire.objects import ManagedObject
from lab.esxi.wire.vmodl import vim


class VirtualMachineSnapshot(ManagedObject):
    """A snapshot; `config` is that of the VM now, since that of the snapshot is not simulated."""

    wsdl_name = "VirtualMachineSnapshot"

    def __init__(self, vm: Vm, snapshot_id: int, site: Site) -> None:
        super().__init__(snapshot_moid(vm, snapshot_id))
        self._vm = vm
        self._id = snapshot_id
        self._site = site

    @property
    def vm(self) -> Any:
        """Return the VM."""
        return vim.VirtualMachine(self._vm.key)

    @property
    def config(self) -> Any:
        """Return the VM's configuration."""
        return config_of(self._vm, self._site)

    @property
    def childSnapshot(self) -> list[Any]:
        """Return the snapshots that were taken from this one."""
        return [vim.vm.Snapshot(snapshot_moid(self._vm, each.id)) for each in self._vm.snapshots.children(self._id)]

    def RemoveSnapshot_Task(self, call: Call, removeChildren: bool, consolidate: bool | None) -> Any:
        """Remove the snapshot."""
        return self._site.start(call, self, lambda: self._remove(removeChildren), self._vm.name)

    def RevertToSnapshot_Task(self, call: Call, host: Any, suppressPowerOn: bool | None) -> Any:
        """Make the VM what it was."""
        return self._site.start(call, self, lambda: self._go_back(not suppressPowerOn), self._vm.name)

    def RenameSnapshot(self, call: Call, name: str | None, description: str | None) -> None:
        """Give the snapshot another name or description."""
        self._vm.snapshots.rename(self._id, name, description)

    def _go_back(self, power_on: bool) -> None:
        self._vm.power.go_back(self._id, power_on)

    def _remove(self, with_children: bool) -> None:
        self._vm.snapshots.remove(self._id, with_children)
