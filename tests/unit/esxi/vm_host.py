"""A simulated host with VMs, for tests: a VM as the seed's, and the steps that make it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lab.esxi.machine.guest import GuestSettings
from lab.esxi.machine.guest_disk import GuestDisk
from lab.esxi.machine.host import Host
from lab.esxi.machine.passthrough import PassthroughChange
from lab.esxi.machine.vm import Vm
from lab.esxi.machine.vm_config import ConfigChange, DeviceChange, DiskOrder, Value
from lab.esxi.machine.vm_devices import Cdrom, Device, Disk, Nic, PciFixed, StorageController
from lab.esxi.machine.vm_nodes import Node
from lab.esxi.machine.vms import Vms
from lab.esxi.machine.vmx_spelling import pci_to_vmx
from lab.esxi.profiles.profile import Profile, load_profile
from tests.unit.esxi.machine_host import ManualScheduler, built_host

GPU, AUDIO, USB = "0000:01:00.0", "0000:01:00.1", "0000:02:00.0"
GUESTS = GuestSettings("guest's secret", install_s=900, boot_s=40, shutdown_s=10)
# The seed's map: the wildcard taken out, the card reset by its power state.
SEED_MAP = "10de  1f82  d3d0  false\n10de  10fa  d3d0  false\n"


@dataclass
class VmHost:
    """A host with its VMs and what a test holds them by."""

    host: Host
    vms: Vms
    scheduler: ManualScheduler
    values: dict[str, Value] = field(default_factory=dict)

    def enable(self, *addresses: str) -> None:
        """Make devices active at once."""
        self.host.passthrough.update([PassthroughChange(address, True, True) for address in addresses])

    def disable(self, *addresses: str) -> None:
        """Give devices back to the host at once."""
        self.host.passthrough.update([PassthroughChange(address, False, True) for address in addresses])

    def reboot(self) -> None:
        """Reboot and wait until the host is up again."""
        self.host.power.reboot(force=True)
        self.scheduler.advance(1000)

    def write_map(self, text: str = SEED_MAP) -> None:
        """Replace passthru.map in place."""
        self.host.ramdisk.root.joinpath("etc/vmware/passthru.map").write_text(text, encoding="utf-8")

    def create(self, name: str = "win10", *devices: DeviceChange, **values: Value) -> Vm:
        """Make a VM with a disk, EFI and all memory locked."""
        return self.vms.create("[datastore1]", change(name, *devices, **values))

    def ready(self, name: str = "win10", **values: Value) -> Vm:
        """Return a VM with the card attached, ready to be powered on."""
        self.enable(GPU, AUDIO)
        vm = self.create(name, **values)
        self.attach(vm, GPU, AUDIO)
        return vm

    def attach(self, vm: Vm, *addresses: str) -> None:
        """Attach devices by their addresses, with the right ids."""
        vm.reconfigure(ConfigChange(devices=tuple(added(self.fixed(a, n)) for n, a in enumerate(addresses))))

    def detach(self, vm: Vm) -> None:
        """Take every passthrough device out."""
        gone = [d for d in vm.devices if isinstance(d, PciFixed)]
        vm.reconfigure(ConfigChange(devices=tuple(DeviceChange("remove", d) for d in gone)))

    def fixed(self, address: str, number: int = 0) -> PciFixed:
        """Return the device of a VM for one of the host."""
        hardware = self.host.pci.devices[address].hardware
        system = self.host.identity.system_uuid
        ids = f"0x{hardware.device_id:04x}", f"0x{hardware.vendor_id:04x}"
        return PciFixed(number, pci_to_vmx(address), *ids, system)

    def install(self, vm: Vm, driver: str = "vendor") -> None:
        """Put Windows with a driver on the disk of a VM that is off."""
        vm.power.guest.disk = GuestDisk(system="windows", driver=driver)
        vm.power.guest.save()

    def iso(self, name: str = "win10.iso") -> Path:
        """Upload installer media."""
        path = self.host.datastores.resolve(f"[datastore1] iso/{name}")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"CD001")
        return path


def added(device: Device, disk: DiskOrder | None = None) -> DeviceChange:
    return DeviceChange("add", device, disk=disk)


def new_disk(unit: int = 0, kib: int = 1 << 20, kind: str = "scsi") -> DeviceChange:
    return added(Disk(Node(kind, 0, unit), ""), DiskOrder("create", kib, thin=True))


SCSI = added(StorageController("scsi", 0, "pvscsi"))


def change(name: str, *devices: DeviceChange, **values: Value) -> ConfigChange:
    """Return what a VM like the seed's is made of."""
    usual: Mapping[str, Value] = {
        "name": name,
        "guest_id": "windows9_64Guest",
        "cpus": 4,
        "cores_per_socket": 4,
        "memory_mib": 8192,
        "memory_locked": True,
        "firmware": "efi",
    }
    nic = added(Nic(0, "vmxnet3", "VM Network"))
    return ConfigChange({**usual, **values}, {"hypervisor.cpuid.v0": "FALSE"}, (SCSI, new_disk(), nic, *devices))


def cdrom(path: str) -> DeviceChange:
    return added(Cdrom(Node("ide", 0, 0), "iso", path))


profile_named = cache(load_profile)


def make_vm_host(folder: Path, profile: str | Profile = "seed-8.0u3", booted: bool = True) -> VmHost:
    """Return a host that is up, with no VMs but the profile's."""
    made = built_host(folder, profile_named(profile) if isinstance(profile, str) else profile)
    vms = Vms(made.host, GUESTS)
    made.host.adopt_vms(vms)
    if booted:
        made.host.start()
    return VmHost(made.host, vms, made.scheduler)


def seed_host(folder: Path) -> VmHost:
    """Return the seed's host with the seed's map in effect."""
    made = make_vm_host(folder)
    made.write_map()
    made.host.back_up()
    made.reboot()
    return made
