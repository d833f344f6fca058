"""The power of one VM and of its guest, and its snapshots."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lab.esxi.machine.guest import Guest, GuestPace
from lab.esxi.machine.guest_files import GuestFiles
from lab.esxi.machine.guest_process import PnpEntity
from lab.esxi.machine.guest_programs import GuestPrograms
from lab.esxi.machine.questions import UUID_ALTERED, Choice, Question
from lab.esxi.machine.vm_device_lines import pci_devices
from lab.esxi.machine.vm_devices import Cdrom, Disk, Nic
from lab.esxi.machine.vm_disks import is_disk, read_content, write_content
from lab.esxi.machine.vm_guest_view import pnp_entities, problem_codes
from lab.esxi.machine.vm_location import answer_in_file, has_moved, settle_location, settled_document
from lab.esxi.machine.vm_requirements import check_requirements
from lab.esxi.machine.vm_snapshots import Saved, Snapshot
from lab.esxi.machine.vmx import Vmx, parse_vmx
from lab.esxi.rules import RuleBroken, rule

if TYPE_CHECKING:
    from lab.esxi.machine.vm import Vm

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
        self.started_as = Vmx()  # the document that the running VM was powered on with
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
            self._next_devices = check_requirements(self._vm)
            if has_moved(self._vm):
                choice = answer_in_file(self._vm)
                if choice is None:
                    return self._vm.questions.ask(UUID_ALTERED, self._go_on)
                settle_location(self._vm, choice)
        except RuleBroken as broken:
            self._fail(broken)
            raise
        self._start()
        return None

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

    def need_on(self) -> None:
        """Refuse while the VM is not on."""
        POWER_STATE.refuse_if(self.state != "poweredOn", existingState=self.state)

    def _need(self, *states: str, requested: str) -> None:
        POWER_STATE.refuse_if(self.state not in states, existingState=self.state, requestedState=requested)

    # --- powering on --------------------------------------------------------------------------------------------------

    def _go_on(self, choice: Choice) -> None:
        """Power on after the answer; what was checked before it is checked again."""
        try:
            settle_location(self._vm, choice)
            self._next_devices = check_requirements(self._vm)
        except RuleBroken as broken:
            self._fail(broken)
            raise
        self._start()

    def _start(self) -> None:
        vm = self._vm
        resumes = self.state == "suspended"
        vm.put(settled_document(vm))
        self.assigned, self.started_as = self._next_devices, vm.vmx
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
        return problem_codes(self._vm)

    def entities(self) -> tuple[PnpEntity, ...]:
        """Return the PCI devices of the host as the guest's device manager shows them."""
        return pnp_entities(self._vm)
