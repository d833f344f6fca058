"""The VMs of one host: created, registered, unregistered, destroyed; and what the host asks of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.esxi.machine.guest import GuestSettings
from lab.esxi.machine.host import Host
from lab.esxi.machine.outcomes import Cards
from lab.esxi.machine.vm import NO_FILE, Vm, VmAround, read_vmx_text, write_vmx_text
from lab.esxi.machine.vm_config import ConfigChange, write_settings
from lab.esxi.machine.vm_device_lines import pci_devices
from lab.esxi.machine.vm_devices import PciFixed
from lab.esxi.machine.vm_disks import destroy_disk
from lab.esxi.machine.vm_passthrough import matching_devices
from lab.esxi.machine.vm_power import POWER_STATE
from lab.esxi.machine.vms_created import free_place, install_vms, new_document
from lab.esxi.machine.vms_export import export_vm
from lab.esxi.machine.vmx import parse_vmx
from lab.esxi.machine.vmx_spelling import pci_of_vmx
from lab.esxi.rules import RuleBroken, rule

FIRST_WORLD = 2099000

UNKNOWN = rule(
    "vm.unknown",
    "An order names a registered VM.",
    source="A",
    fault="NotFound",
    message="There is no virtual machine {vm}.",
    unverified="the text",
)
NAME_TAKEN = rule(
    "vm.name_taken",
    "Two VMs have different names.",
    source="A",
    fault="DuplicateName",
    message="The name '{name}' already exists.",
    unverified="that a host without vCenter refuses it too",
)
FILE_TAKEN = rule(
    "vm.file_taken",
    "A new VM is not made over the VMX file of another.",
    source="A",
    fault="FileAlreadyExists",
    message="Cannot complete the operation because the file or folder {file} already exists",
)
REGISTERED = rule(
    "vm.register_twice",
    "A VMX file is registered once.",
    source="A",
    fault="AlreadyExists",
    message="The specified key, name, or identifier '{name}' already exists.",
)


@dataclass(frozen=True)
class _Listener:
    added: Callable[[Vm], None]
    removed: Callable[[Vm], None]


class Vms:
    """The VMs of one host by number; a number is given once."""

    def __init__(self, host: Host, settings: GuestSettings) -> None:
        """Prepare; the VMs are read when the host boots."""
        self._host = host
        self._saved = host.config.section("vms")
        self._vms: dict[int, Vm] = {}
        self._listeners: list[_Listener] = []
        self._worlds = FIRST_WORLD
        self._next = 1
        self._booted = False
        self.cards = Cards(host.profile.outcomes, lambda address: host.pci.devices.get(address))
        self._around = VmAround(host, settings, self.cards, self)
        self.changed: Callable[[], None] = lambda: None  # called after a change of a VM's power or guest
        self._watch_rebinds()

    # --- which VMs there are ------------------------------------------------------------------------------------------

    @property
    def all(self) -> tuple[Vm, ...]:
        """Return the registered VMs by number."""
        return tuple(self._vms[vmid] for vmid in sorted(self._vms))

    def find(self, vmid: int) -> Vm:
        """Return one VM."""
        UNKNOWN.refuse_if(vmid not in self._vms, vm=vmid)
        return self._vms[vmid]

    def by_name(self, name: str) -> Vm | None:
        """Return the VM with a name."""
        return next((vm for vm in self.all if vm.name == name), None)

    def subscribe(self, added: Callable[[Vm], None], removed: Callable[[Vm], None]) -> None:
        """Tell of every VM that comes and goes, and now of those that are there."""
        self._listeners.append(_Listener(added, removed))
        for vm in self.all:
            added(vm)

    def create(self, place: str, change: ConfigChange) -> Vm:
        """Make a VM; `place` is "[datastore]" for a folder with its name, or names a folder or the VMX file."""
        name = str(change.values.get("name", ""))
        NAME_TAKEN.refuse_if(self.by_name(name) is not None, name=name)
        path = free_place(self._host.datastores, place, name)
        FILE_TAKEN.refuse_if(path.exists(), file=self._host.datastores.place_of(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = not any(path.parent.iterdir())
        write_vmx_text(path, new_document(self._host, path, name).render())
        vm = Vm(self._next, path, self._around)
        try:
            vm.reconfigure(change)
        except RuleBroken:
            path.unlink()
            if fresh:
                path.parent.rmdir()
            raise
        path.with_suffix(".nvram").write_bytes(b"")
        path.with_suffix(".vmsd").write_bytes(b"")
        self._add(vm)
        self._host.events.post("VmCreatedEvent", f"{vm.name} was created", vm=vm.key)
        return vm

    def register(self, path: Path, name: str | None = None) -> Vm:
        """Register the VMX file of a VM."""
        place = self._host.datastores.place_of(path)
        NO_FILE.refuse_if(not path.is_file(), file=place)
        REGISTERED.refuse_if(any(vm.path == path for vm in self.all), name=place)
        parse_vmx(read_vmx_text(path))
        vm = Vm(self._next, path, self._around)
        wanted = name or vm.name
        NAME_TAKEN.refuse_if(self.by_name(wanted) is not None, name=wanted)
        if name:
            vm.put(write_settings(vm.vmx, {"name": name}))
        self._add(vm)
        self._host.events.post("VmRegisteredEvent", f"{vm.name} was registered", vm=vm.key)
        return vm

    def unregister(self, vm: Vm) -> None:
        """Forget a VM; its files stay."""
        POWER_STATE.refuse_if(vm.is_on, existingState=vm.power.state)
        del self._vms[vm.vmid]
        self._host.autostarts.forget(vm.key)
        self._save()
        self._host.events.post("VmRemovedEvent", f"{vm.name} was removed", vm=vm.key)
        for listener in self._listeners:
            listener.removed(vm)

    def destroy(self, vm: Vm) -> None:
        """Forget a VM and remove its files."""
        self.unregister(vm)
        for disk in vm.disks:
            destroy_disk(vm.files.path(disk.file))
        for snapshot in vm.snapshots.all:
            vm.snapshots.state_file(snapshot.id).unlink(missing_ok=True)
        for suffix in (".vmx", ".nvram", ".vmsd", ".vmss", ".vmxf"):
            vm.path.with_suffix(suffix).unlink(missing_ok=True)
        for log in vm.path.parent.glob("vmware*.log"):
            log.unlink()
        if not any(vm.path.parent.iterdir()):
            vm.path.parent.rmdir()

    def _add(self, vm: Vm) -> None:
        self._vms[vm.vmid] = vm
        self._next = vm.vmid + 1
        self._save()
        for listener in self._listeners:
            listener.added(vm)

    # --- what the VMs know of each other (vm_peers.VmPeers) -----------------------------------------------------------

    @property
    def reserved_mib(self) -> int:
        """Return the memory that running VMs have reserved."""
        return sum(vm.config.number("memory_reservation") for vm in self.all if vm.is_on)

    def next_world(self) -> int:
        """Return the id of a new process."""
        self._worlds += 17
        return self._worlds

    def power_changed(self) -> None:
        """Keep what happened to the cards, and tell who watches."""
        self._save()
        self.changed()

    # --- what the host asks (vm_store.VmStore) ------------------------------------------------------------------------

    @property
    def running(self) -> tuple[str, ...]:
        """Return the names of the VMs that are on."""
        return tuple(vm.name for vm in self.all if vm.is_on)

    def knows(self, key: str) -> bool:
        """Tell whether a VM is registered."""
        return key.isdecimal() and int(key) in self._vms

    def user_of(self, address: str) -> str | None:
        """Return the name of the running VM that has the PCI device."""
        return next((vm.name for vm in self.all if address in vm.power.assigned.values()), None)

    def power_on(self, key: str) -> None:
        """Power a VM on; a question leaves it waiting."""
        self.find(int(key)).power.on()

    def stop(self, key: str, action: str) -> None:
        """Do one of STOP_ACTIONS to a VM that is on; a guest without Tools is turned off."""
        vm = self.find(int(key))
        if not vm.is_on or action == "none":
            return
        if action == "guestShutdown" and vm.power.guest.tools_running:
            vm.power.guest_ended()
        elif action == "suspend" and not pci_devices(vm.vmx):
            vm.power.suspend()
        else:
            vm.power.off()

    def halt(self) -> None:
        """Turn every VM off at once."""
        for vm in self.all:
            vm.power.halt()

    def boot(self) -> None:
        """Read the registered VMs anew, and let the boot reset the cards that none of them has."""
        kept = self._saved.read()
        if not self._booted:
            self._next = kept.get("next", 1)
            self.cards.restore(kept.get("cards", {}))
            for vmid, file in kept.get("registered", ()):
                self._vms[vmid] = Vm(vmid, self._host.place.data_dir / file, self._around)
        else:
            for vm in self.all:
                vm.load()
        self._booted = True
        self._active = set(self._host.passthrough.active)
        self.cards.host_booted(self._attached())
        if not kept.get("installed"):
            install_vms(self, self._host)
        self._save()

    def export(self) -> Mapping[str, Any]:
        """Return the state of all VMs."""
        return {vm.key: export_vm(vm) for vm in self.all} | {"cards": self.cards.export()}

    def _attached(self) -> Iterator[str]:
        """Yield the addresses that some VM is configured with."""
        for vm in self.all:
            for device in pci_devices(vm.vmx):
                if isinstance(device, PciFixed):
                    yield pci_of_vmx(device.id) or ""
                else:
                    yield from matching_devices(device, self._host.passthrough)

    def _save(self) -> None:
        root = self._host.place.data_dir
        registered = [[vm.vmid, str(vm.path.relative_to(root))] for vm in self.all]
        values = {"installed": True, "next": self._next, "registered": registered, "cards": self.cards.export()}
        if values != self._saved.read():
            self._saved.write(values)

    def _watch_rebinds(self) -> None:
        """Notice when the host takes a device and gives it back without a boot."""
        tell, passthrough = self._host.passthrough.changed, self._host.passthrough
        self._active = set(passthrough.active)

        def changed() -> None:
            for address in passthrough.active - self._active:
                self.cards.rebound(address)
            self._active = set(passthrough.active)
            tell()

        passthrough.changed = changed
