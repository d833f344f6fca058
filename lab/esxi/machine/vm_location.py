"""Where a VM's file lies, by which a host notices that a VM was moved or copied, and what a power-on writes down."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from lab.esxi.machine.questions import UUID_ALTERED, Choice
from lab.esxi.machine.vm_device_lines import pci_devices
from lab.esxi.machine.vm_devices import Nic
from lab.esxi.machine.vm_macs import generated_mac
from lab.esxi.machine.vm_passthrough import pcie_slots
from lab.esxi.machine.vmx import Vmx
from lab.esxi.machine.vmx_spelling import location_uuid, uuid_of_vmx, uuid_to_vmx
from lab.esxi.rules import rule

if TYPE_CHECKING:
    from lab.esxi.machine.vm import Vm

# What `uuid.action` of a VMX file answers.
_ACTIONS = {"keep": "button.uuid.movedTheVM", "create": "button.uuid.copiedTheVM"}

ANSWERED_CANCEL = rule(
    "vm.power_on_cancelled",
    "A power-on that is cancelled by an answer fails.",
    source="A",
    fault="GenericVmConfigFault",
    message="The power-on was cancelled: {reason}",
    unverified="fault and text",
)


def has_moved(vm: Vm) -> bool:
    """Tell whether the file lies elsewhere than when the VM was last powered on."""
    known = uuid_of_vmx(vm.vmx.get("uuid.location"))
    return bool(known) and known != _here(vm)


def answer_in_file(vm: Vm) -> Choice | None:
    """Return the answer that the VMX file itself gives, if it does."""
    given = vm.vmx.get("answer.msg.uuid.altered") or _ACTIONS.get(vm.vmx.get("uuid.action").lower(), "")
    return UUID_ALTERED.find(given) if given else None


def settle_location(vm: Vm, choice: Choice) -> None:
    """Do what the answer asks for: nothing for a moved VM, another identity for a copy."""
    ANSWERED_CANCEL.refuse_if(choice.label == "button.uuid.cancel", reason="the VM may be a copy")
    if choice.label == "button.uuid.copiedTheVM":
        vm.put(_renewed(vm))


def settled_document(vm: Vm) -> Vmx:
    """Return the document with what a power-on writes into it: PCIe slots and where the file lies."""
    devices = pci_devices(vm.vmx)
    known = {vm.vmx.number(f"{device.prefix}pciSlotNumber", -1) for device in devices}
    free = [slot for slot in pcie_slots(vm.vmx) if slot not in known]
    values: dict[str, str | None] = {"checkpoint.vmState": None, "uuid.location": uuid_to_vmx(_here(vm))}
    for device in devices:
        if not vm.vmx.has(f"{device.prefix}pciSlotNumber") and free:
            values[f"{device.prefix}pciSlotNumber"] = str(free.pop(0))
    return vm.vmx.changed(values)


def _here(vm: Vm) -> str:
    return uuid_of_vmx(location_uuid(str(vm.path.relative_to(vm.around.host.place.data_dir))))


def _renewed(vm: Vm) -> Vmx:
    """Return the document of a copy: another UUID, other generated addresses."""
    new = str(uuid.uuid4())
    values = {"uuid.bios": uuid_to_vmx(new)}
    for device in vm.devices:
        if isinstance(device, Nic) and device.address_type == "generated":
            values[f"{device.prefix}generatedAddress"] = generated_mac(new, device.number)
    return vm.vmx.changed(values)
