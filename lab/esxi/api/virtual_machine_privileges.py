"""Which privileges a reconfiguration needs, by what its spec sets."""

from __future__ import annotations

from typing import Any

from lab.esxi.wire.vmodl import is_unset, vim

# Privilege that a field needs; every other one needs VirtualMachine.Config.Settings.
PRIVILEGES = {
    "name": "Rename",
    "annotation": "Annotation",
    "numCPUs": "CPUCount",
    "numCoresPerSocket": "CPUCount",
    "memoryMB": "Memory",
    "memoryAllocation": "Resource",
    "cpuAllocation": "Resource",
    "memoryReservationLockedToMax": "Resource",
    "extraConfig": "AdvancedConfig",
    "version": "UpgradeVirtualHardware",
}
_NO_PRIVILEGE = frozenset(("changeVersion", "files", "deviceChange", "dynamicType", "dynamicProperty"))
_DEVICE_PRIVILEGES = {"add": "AddRemoveDevice", "remove": "AddRemoveDevice", "edit": "EditDevice"}


def fields_set(made: Any) -> dict[str, Any]:
    """Return the fields of a data object that are set."""
    found = {each.name: getattr(made, each.name) for each in made._GetPropertyList()}
    return {name: value for name, value in found.items() if not is_unset(value)}


def privileges_of(spec: Any) -> set[str]:
    """Return the privileges that a reconfiguration needs."""
    plain = {PRIVILEGES.get(name, "Settings") for name in fields_set(spec) if name not in _NO_PRIVILEGE}
    devices = set()
    for change in spec.deviceChange or []:
        is_disk = isinstance(change.device, vim.vm.device.VirtualDisk)
        kind = _DEVICE_PRIVILEGES[str(change.operation or "edit")]
        disk = {"add": "AddNewDisk", "remove": "RemoveDisk", "edit": "DiskExtend"}
        devices.add(disk[str(change.operation or "edit")] if is_disk else kind)
    return {f"VirtualMachine.Config.{name}" for name in plain | devices}
