"""The power of one VM, and what it takes to get it: memory, processors, disks, devices, and sometimes an answer."""

from __future__ import annotations

import uuid
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lab.esxi.machine.guest import Guest, GuestPace
from lab.esxi.machine.guest_files import GuestFiles
from lab.esxi.machine.guest_process import PnpEntity
from lab.esxi.machine.guest_programs import GuestPrograms
from lab.esxi.machine.outcomes import NO_DRIVER, GuestView
from lab.esxi.machine.pci import PciDevice
from lab.esxi.machine.questions import UUID_ALTERED, Choice, Question
from lab.esxi.machine.vm_change_settings import check_version
from lab.esxi.machine.vm_device_lines import pci_devices
from lab.esxi.machine.vm_devices import Cdrom, Disk, Nic
from lab.esxi.machine.vm_disks import DISK_MISSING, is_disk, read_content, write_content
from lab.esxi.machine.vm_macs import generated_mac
from lab.esxi.machine.vm_passthrough import HostDevices, assign_devices, bars_mib, has_64bit_mmio, pcie_slots
from lab.esxi.machine.vm_snapshots import Saved, Snapshot
from lab.esxi.machine.vmx import Vmx, parse_vmx
from lab.esxi.machine.vmx_spelling import location_uuid, uuid_of_vmx, uuid_to_vmx
from lab.esxi.rules import RuleBroken, rule

if TYPE_CHECKING:
    from lab.esxi.machine.vm import Vm

# What a guest maps below 4 GB; more needs 64-bit MMIO or the guest has no resources for it (unverified).
LOW_MMIO_MIB = 3 * 1024
_GUEST_EVENTS = {
    "guest_reboot": ("VmGuestRebootEvent", "rebooted by its guest"),
    "sleep": ("VmGuestStandbyEvent", "put to sleep by its guest"),
}

POWER_STATE = rule(
    "vm.power_state",
    "A VM is powered on when it is off or suspended, and turned off, reset or suspended when it is on.",
    source="A",
    fault="InvalidPowerState",
    message="The attempted operation cannot be performed in the current state ({existingState}).",
)
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
NO_SUSPEND = rule(
    "vm.suspend_with_pci",
    "A VM with passthrough devices is not suspended.",
    source="S",
    fault="NotSupported",
    message="The operation is not supported on the object: {device} cannot be suspended.",
    unverified="fault and text",
)
NO_SNAPSHOT_PCI = rule(
    "vm.snapshot_with_pci",
    "No snapshot is taken of a running VM with passthrough devices.",
    source="S",
    fault="SnapshotFault",
    message="An error occurred while taking a snapshot: {device} does not support it.",
    unverified="fault and text",
)
ANSWERED_CANCEL = rule(
    "vm.power_on_cancelled",
    "A power-on that is cancelled by an answer fails.",
    source="A",
    fault="GenericVmConfigFault",
    message="The power-on was cancelled: {reason}",
    unverified="fault and text",
)


class VmPower:
    """Power and guest of one VM; `state` as in the API. `assigned` are the host's devices that a running VM has."""

    def __init__(self, vm: Vm) -> None:
        """Begin as the VM's document says: off, or suspended."""
        around = vm.around.host.around
        self._vm = vm
        self.guest = Guest(self, GuestPace(around.scheduler, around.timing, vm.around.settings))
        self.files = GuestFiles(self.guest, around.now)
        self.programs = GuestPrograms(self, around.now)
        self.state = "suspended" if vm.vmx.get("checkpoint.vmState") else "poweredOff"
        self.boot_time: datetime | None = None
        self.assigned: dict[int, str] = {}
        self._next_devices: dict[int, str] = {}  # what was found free just before a power-on
        self.world_id = 0

    # --- orders -------------------------------------------------------------------------------------------------------

    def on(self) -> Question | None:
        """Power on, resume, or wake up; the question that comes back is one that this waits for."""
        if self.state == "poweredOn" and self.guest.state == "standby":
            self.guest.wake()  # unverified: that this wakes a sleeping guest
            return None
        self._need("poweredOff", "suspended", requested="poweredOn")
        self._vm.questions.check_none()
        self._vm.around.host.maintenance.check_power_on()
        self._vm.log.begin(self._vm.around.host.release, self._vm.vmx)
        try:
            self._check()
        except RuleBroken as broken:
            self._fail(broken)
            raise
        question = self._ask_location()
        if question is None:
            self._start()
        return question

    def off(self) -> None:
        """Cut the power: nobody is asked."""
        self._need("poweredOn", "suspended", requested="poweredOff")
        self._happened("forced_off")
        self._end("VmPoweredOffEvent", "powered off")

    def reset(self) -> None:
        """Cut the power for a moment."""
        self._need("poweredOn", requested="poweredOn")
        self._happened("forced_off")
        self._post("VmResettingEvent", "reset")
        self.guest.powered_on()

    def suspend(self) -> None:
        """Save the VM's memory and turn it off."""
        self._need("poweredOn", requested="suspended")
        self._vm.questions.check_none()
        devices = pci_devices(self._vm.vmx)
        NO_SUSPEND.refuse_if(bool(devices), device=f"pciPassthru{devices[0].number}" if devices else "")
        self._vm.put(self._vm.vmx.changed({"checkpoint.vmState": f"{self._vm.path.stem}.vmss"}))
        self._vm.path.with_suffix(".vmss").write_bytes(b"")
        self._end("VmSuspendedEvent", "suspended", state="suspended")

    def halt(self) -> None:
        """Lose power with the host; what is suspended stays so."""
        if self.state == "poweredOn":
            self._happened("forced_off")
            self._end("VmPoweredOffEvent", "lost with the host")

    def kill(self) -> None:
        """End the VM's process."""
        self.off()

    def need_on(self) -> None:
        """Refuse while the VM is not on."""
        POWER_STATE.refuse_if(self.state != "poweredOn", existingState=self.state)

    def _need(self, *states: str, requested: str) -> None:
        POWER_STATE.refuse_if(self.state not in states, existingState=self.state, requestedState=requested)

    # --- powering on --------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        vm, host = self._vm, self._vm.around.host
        UNREADABLE.refuse_if(vm.problem is not None, why=str(vm.problem))
        check_version(vm.config.text("version"), host.release)
        cpus = vm.config.number("cpus")
        NO_CPUS.refuse_if(cpus > host.hardware.threads, numCpuVm=cpus, numCpuDest=host.hardware.threads)
        self._check_memory()
        for disk in vm.disks:
            DISK_MISSING.refuse_if(not is_disk(vm.files.path(disk.file)), file=vm.files.place(disk.file))
        devices = HostDevices(host.identity.system_uuid, host.release, host.passthrough, vm.around.peers.user_of)
        self._next_devices = assign_devices(vm.vmx, devices)

    def _check_memory(self) -> None:
        vm, mib = self._vm, 1 << 20
        free = vm.around.host.hardware.memory_mib - vm.around.peers.reserved_mib
        wanted = vm.config.number("memory_reservation")
        NO_MEMORY.refuse_if(wanted > free, unreserved=max(0, free) * mib, requested=wanted * mib)

    def _ask_location(self) -> Question | None:
        """Ask what became of a VM whose file lies elsewhere than before."""
        vm = self._vm
        known, here = uuid_of_vmx(vm.vmx.get("uuid.location")), self._here()
        if not known or known == here:
            return None
        answers = {"keep": "button.uuid.movedTheVM", "create": "button.uuid.copiedTheVM"}
        given = vm.vmx.get("answer.msg.uuid.altered") or answers.get(vm.vmx.get("uuid.action").lower(), "")
        choice = UUID_ALTERED.find(given) if given else None
        if choice is None:
            return vm.questions.ask(UUID_ALTERED, self._go_on)
        self._settle_location(choice)
        return None

    def _go_on(self, choice: Choice) -> None:
        """Power on after the answer; what was checked before it is checked again."""
        try:
            self._settle_location(choice)
            self._check()
        except RuleBroken as broken:
            self._fail(broken)
            raise
        self._start()

    def _settle_location(self, choice: Choice) -> None:
        ANSWERED_CANCEL.refuse_if(choice.label == "button.uuid.cancel", reason="the VM may be a copy")
        if choice.label == "button.uuid.copiedTheVM":
            self._vm.put(_renewed(self._vm))

    def _here(self) -> str:
        return uuid_of_vmx(location_uuid(str(self._vm.path.relative_to(self._vm.around.host.place.data_dir))))

    def _start(self) -> None:
        vm = self._vm
        resumes = self.state == "suspended"
        vm.put(self._settled_document())
        self.assigned = self._next_devices
        self.state, self.boot_time = "poweredOn", vm.around.host.around.now()
        self.world_id = vm.around.peers.next_world()
        for address in self.assigned.values():
            vm.around.cards.powered_on(address, self.guest.look().prevents_trouble)
            vm.log.write(f"PCIPassthru: device {address} registered")
        self._post("VmPoweredOnEvent", "powered on")
        if resumes:
            vm.path.with_suffix(".vmss").unlink(missing_ok=True)
            self.guest.resumed()
        else:
            self.guest.powered_on()

    def _settled_document(self) -> Vmx:
        """Return the document with what a first power-on writes into it: PCIe slots and where the file lies."""
        vm = self._vm
        known = {vm.vmx.number(f"{device.prefix}pciSlotNumber", -1) for device in pci_devices(vm.vmx)}
        free = [slot for slot in pcie_slots(vm.vmx) if slot not in known]
        values: dict[str, str | None] = {"checkpoint.vmState": None, "uuid.location": uuid_to_vmx(self._here())}
        for device in pci_devices(vm.vmx):
            if not vm.vmx.has(f"{device.prefix}pciSlotNumber") and free:
                values[f"{device.prefix}pciSlotNumber"] = str(free.pop(0))
        return vm.vmx.changed(values)

    def _fail(self, broken: RuleBroken) -> None:
        self._vm.log.write(f"{broken}")
        self._vm.log.write("Module 'DevicePowerOn' power on failed.")
        self._vm.log.write("Failed to start the virtual machine.")
        self._post("VmFailedToPowerOnEvent", f"not powered on: {broken}")

    def _end(self, event: str, says: str, state: str = "poweredOff") -> None:
        vm = self._vm
        for address in self.assigned.values():
            vm.around.cards.released(address)
        self.state, self.boot_time, self.assigned, self.world_id = state, None, {}, 0
        if state == "poweredOff" and vm.vmx.has("checkpoint.vmState"):
            vm.put(vm.vmx.changed({"checkpoint.vmState": None}))
        vm.questions.drop()
        self.guest.powered_off()
        self._post(event, says)
        vm.around.host.maintenance.reconsider()

    def _post(self, event: str, says: str) -> None:
        self._vm.around.host.events.post(event, f"{self._vm.name} was {says}", vm=self._vm.key)
        self._vm.around.peers.power_changed()

    # --- snapshots ----------------------------------------------------------------------------------------------------

    def take_snapshot(self, name: str, description: str = "", memory: bool = False, quiesced: bool = False) -> Snapshot:
        """Keep the VM as it is now; `memory` matters only while it runs."""
        vm, on = self._vm, self.state == "poweredOn"
        devices = pci_devices(vm.vmx)
        NO_SNAPSHOT_PCI.refuse_if(on and bool(devices), device=f"pciPassthru{devices[0].number}" if devices else "")
        disk = self.system_disk()
        saved = Saved(vm.vmx.render(), read_content(disk) if disk is not None else {})
        time = vm.around.host.around.now().isoformat()
        power = self.state if not on or memory else "poweredOff"
        return vm.snapshots.take(Snapshot(0, name, description, time, power, quiesced=quiesced), saved)

    def go_back(self, snapshot_id: int, power_on: bool = True) -> None:
        """Make the VM what it was; it then runs if the snapshot holds its memory and `power_on` allows."""
        vm = self._vm
        snapshot, saved = vm.snapshots.find(snapshot_id), vm.snapshots.saved(snapshot_id)
        if self.state == "poweredOn":
            self.off()
        vm.put(parse_vmx(saved.vmx))
        disk = self.system_disk()
        if disk is not None and is_disk(disk):
            write_content(disk, saved.disk)
        vm.snapshots.go_to(snapshot_id)
        if snapshot.power == "poweredOn" and power_on:
            self.on()

    # --- what the guest needs and tells (guest.GuestHome) -------------------------------------------------------------

    def system_disk(self) -> Path | None:
        """Return the file of the first disk."""
        disk = next(iter(self._vm.disks), None)
        return self._vm.files.path(disk.file) if isinstance(disk, Disk) else None

    def has_media(self) -> bool:
        """Tell whether a CD drive holds an image that is there."""
        drives = (device for device in self._vm.devices if isinstance(device, Cdrom) and device.backing == "iso")
        return any(drive.start_connected and self._vm.files.path(drive.file).is_file() for drive in drives)

    def is_windows(self) -> bool:
        """Tell whether the VM is meant for Windows."""
        return self._vm.config.text("guest_id").startswith("windows")

    @property
    def guest_address(self) -> str | None:
        """Return the address that Tools tell: one of the range for documentation, by the VM's number."""
        tells = self.guest.tools_running and any(isinstance(each, Nic) for each in self._vm.devices)
        return f"192.0.2.{self._vm.vmid % 250 + 1}" if tells else None

    def guest_changed(self) -> None:
        """Tell who watches."""
        self._vm.around.peers.power_changed()

    def guest_event(self, event: str) -> None:
        """Note what the guest did to its cards."""
        self._happened(event)
        type_, says = _GUEST_EVENTS[event]
        self._post(type_, says)

    def guest_ended(self) -> None:
        """Turn off, as the guest has shut down."""
        self._end("VmPoweredOffEvent", "powered off by its guest")

    def _happened(self, event: str) -> None:
        prevented = self.guest.disk.prevents_trouble
        for address in self.assigned.values():
            self._vm.around.cards.happened(address, event, prevented)

    def problem_codes(self) -> dict[str, int]:
        """Return the problem code of Windows for each device that the running VM has, by the host's address."""
        return {address: self._vm.around.cards.code(address, self._view(address)) for address in self.assigned.values()}

    def entities(self) -> tuple[PnpEntity, ...]:
        """Return the PCI devices of the host as the guest's device manager shows them."""
        bus = self._vm.around.host.passthrough.bus.devices
        return tuple(_entity(bus[address].hardware, code) for address, code in self.problem_codes().items())

    def _view(self, address: str) -> GuestView:
        vm, disk = self._vm, self.guest.look()
        passthrough = vm.around.host.passthrough
        hardware = passthrough.bus.devices[address].hardware
        total = bars_mib(self.assigned.values(), passthrough)
        return GuestView(
            hides_hypervisor=vm.config.hides_hypervisor,
            driver=disk.driver,
            disabled=f"{hardware.vendor_id:04x}:{hardware.device_id:04x}" in disk.disabled,
            no_resources=total > LOW_MMIO_MIB and not has_64bit_mmio(vm.vmx),
        )


def _entity(hardware: PciDevice, code: int) -> PnpEntity:
    ids = f"VEN_{hardware.vendor_id:04X}&DEV_{hardware.device_id:04X}"
    subsystem = f"SUBSYS_{hardware.subdevice_id:04X}{hardware.subvendor_id:04X}&REV_{hardware.revision:02X}"
    number = sum(place * int(part, 16) for place, part in enumerate(hardware.address.replace(".", ":").split(":"), 1))
    name = "Video Controller" if code == NO_DRIVER else hardware.device_name
    plain = f"{hardware.vendor_id:04x}:{hardware.device_id:04x}"
    return PnpEntity(name, f"PCI\\{ids}&{subsystem}\\{number:08X}", plain, code)


def _renewed(vm: Vm) -> Vmx:
    """Return the document of a copy: another UUID, other generated addresses."""
    new = str(uuid.uuid4())
    values = {"uuid.bios": uuid_to_vmx(new)}
    for device in vm.devices:
        if isinstance(device, Nic) and device.address_type == "generated":
            values[f"{device.prefix}generatedAddress"] = generated_mac(new, device.number)
    return vm.vmx.changed(values)
