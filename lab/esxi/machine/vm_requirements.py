"""What a VM that is powered on asks of its host: memory, processors, disks, devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.esxi.machine.vm_change_settings import check_version
from lab.esxi.machine.vm_disks import DISK_MISSING, is_disk
from lab.esxi.machine.vm_passthrough import HostDevices, assign_devices
from lab.esxi.rules import rule

if TYPE_CHECKING:
    from lab.esxi.machine.vm import Vm

UNREADABLE = rule(
    "vm.unreadable",
    "A VM whose VMX file cannot be read is not powered on.",
    source="A",
    fault="InvalidState",
    message="The virtual machine is invalid: {why}",
    unverified="the text",
)
NO_MEMORY = rule(
    "vm.memory_over_host",
    "What running VMs have reserved fits into the host's memory.",
    source="A",
    fault="InsufficientMemoryResourcesFault",
    message="The host does not have sufficient memory resources to satisfy the reservation.",
)
NO_CPUS = rule(
    "vm.cpus_over_host",
    "A VM has no more CPUs than the host has threads.",
    source="A",
    fault="NotEnoughCpus",
    message="The total number of virtual CPUs ({numCpuVm}) is more than the host has ({numCpuDest}).",
    unverified="the text",
)


def check_requirements(vm: Vm) -> dict[int, str]:
    """Return the host's address for the number of each device of the VM, or refuse to power it on."""
    host = vm.around.host
    UNREADABLE.refuse_if(vm.problem is not None, why=str(vm.problem))
    check_version(vm.config.text("version"), host.release)
    cpus = vm.config.number("cpus")
    NO_CPUS.refuse_if(cpus > host.hardware.threads, numCpuVm=cpus, numCpuDest=host.hardware.threads)
    _check_memory(vm)
    for disk in vm.disks:
        DISK_MISSING.refuse_if(not is_disk(vm.files.path(disk.file)), file=vm.files.place(disk.file))
    devices = HostDevices(host.identity.system_uuid, host.release, host.passthrough, vm.around.peers.user_of)
    return assign_devices(vm.vmx, devices)


def _check_memory(vm: Vm) -> None:
    mib = 1 << 20
    free = vm.around.host.hardware.memory_mib - vm.around.peers.reserved_mib
    wanted = vm.config.number("memory_reservation")
    NO_MEMORY.refuse_if(wanted > free, unreserved=max(0, free) * mib, requested=wanted * mib)
