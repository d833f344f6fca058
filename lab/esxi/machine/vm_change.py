"""The plan of a reconfiguration: from what a VM is and what is wanted of it to its new document, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lab.esxi.machine.vm_change_devices import STEPS, Plan, Situation, check_controllers
from lab.esxi.machine.vm_change_settings import check_settings
from lab.esxi.machine.vm_config import ConfigChange, Value, VmConfig, is_extra, write_settings
from lab.esxi.machine.vmx import Vmx


def plan_change(vmx: Vmx, change: ConfigChange, at: Situation) -> Plan:
    """Return the plan of a change; raises RuleBroken and has done nothing then."""
    check_settings(VmConfig(vmx), change.values, at.release, at.running)
    plan = Plan(_lock_memory(write_settings(vmx, change.values), change.values))
    for each in change.devices:
        plan = STEPS[each.operation](plan, each, at)
    check_controllers(plan.vmx, change.devices)
    return replace(plan, vmx=_put_extra(plan.vmx, change.extra))


def _put_extra(vmx: Vmx, extra: Mapping[str, str]) -> Vmx:
    """Set extraConfig; what stands for a setting or a device is passed over without a word, as the API says."""
    return vmx.changed({key: value or None for key, value in extra.items() if is_extra(key)})


def _lock_memory(vmx: Vmx, values: Mapping[str, Value]) -> Vmx:
    """Reserve all memory where it is locked, when memory or lock is named; what was reserved before stays else."""
    if not {"memory_mib", "memory_locked", "memory_reservation"} & set(values):
        return vmx
    config = VmConfig(vmx)
    if not config.is_on("memory_locked"):
        return vmx.changed({"sched.mem.pin": None, "sched.mem.minSize": None})
    memory = str(config.number("memory_mib"))
    return vmx.changed({"sched.mem.min": memory, "sched.mem.minSize": memory})
