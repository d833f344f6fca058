"""The state of a VM as JSON, for `lab export`."""

from __future__ import annotations

from typing import Any

from lab.esxi.machine.vm import Vm


def export_vm(vm: Vm) -> dict[str, Any]:
    """Return what a VM is."""
    return {
        "name": vm.name,
        "file": vm.file,
        "power": vm.power.state,
        "guest": vm.power.guest.state,
        "vmx": dict(vm.vmx.items()),
        "devices": {str(number): address for number, address in vm.power.assigned.items()},
        "problem_codes": vm.power.problem_codes(),
        "snapshots": [each.name for each in vm.snapshots.all],
        "question": vm.questions.pending.message.id if vm.questions.pending is not None else "",
    }
