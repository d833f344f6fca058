"""One simulated host: its parts, what a boot makes of them, and what it loses to a VM."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from lab.esxi.machine import autostart
from lab.esxi.machine.autostart import AutoStart
from lab.esxi.machine.config_store import ConfigStore
from lab.esxi.machine.datastores import Datastore, Datastores
from lab.esxi.machine.events import Events
from lab.esxi.machine.identity import Identity
from lab.esxi.machine.kernel_options import KernelOptions
from lab.esxi.machine.licence import Licence
from lab.esxi.machine.lockdown import Lockdown
from lab.esxi.machine.maintenance import Maintenance
from lab.esxi.machine.mishaps import Mishaps
from lab.esxi.machine.network import Network, PortGroup, VirtualSwitch, VmkNic
from lab.esxi.machine.options import Options
from lab.esxi.machine.passthrough import DeviceUse, Passthrough, lost_purposes
from lab.esxi.machine.passthru_map import MapEntry, parse_passthru_map
from lab.esxi.machine.pci import BootSettings, PciBus
from lab.esxi.machine.power import Power, Surroundings
from lab.esxi.machine.ramdisk import RamDisk
from lab.esxi.machine.roles import Roles
from lab.esxi.machine.services import Services
from lab.esxi.machine.shipped_files import PASSTHRU_MAP, SHIPPED_FILES
from lab.esxi.machine.storage import Storage
from lab.esxi.machine.users import Gates, Users
from lab.esxi.machine.versions import RELEASES
from lab.esxi.machine.vm_store import NoVms, VmStore
from lab.esxi.profiles.profile import Profile
from lab.esxi.rules import RuleBroken, rule

MANAGEMENT_GROUP, VM_GROUP = "Management Network", "VM Network"

BOOT_DEVICE_LOST = rule(
    "state.boot_device_lost",
    "A host whose boot device belongs to a VM can no longer save its configuration.",
    source="S",
    message="The boot device is not accessible: the configuration cannot be saved.",
    unverified="the text",
)


@dataclass(frozen=True)
class Place:
    """Where a host lives and what it is called; passwords are those of root and of the profile's users."""

    data_dir: Path
    passwords: Mapping[str, str] = field(repr=False)
    name: str = "esxi1"
    address: str = "127.0.0.21"


class Bootable(Protocol):
    """A part that a boot makes anew from what was kept."""

    def boot(self) -> None:
        """Begin as after a boot."""


class HostListener:
    """Who wants to know about a host's power; override what matters."""

    def on_down(self, clean: bool) -> None:
        """Every connection and session ends now; that no door is open any more was told just before."""

    def on_boot(self) -> None:
        """Everything was made anew; neither the API nor SSH answers yet."""

    def on_doors(self, doors: frozenset[str]) -> None:
        """The host now answers by these of "api" and "ssh", and by no other."""


class Host:
    """One host with all its parts; everything else belongs to one of them."""

    def __init__(self, profile: Profile, place: Place, around: Surroundings) -> None:
        """Build the host from what it is and what an earlier run left; it is switched off."""
        self.profile = profile
        self.release = RELEASES[profile.release]
        self.place = place
        self.hardware = profile.hardware
        self.identity = _identify(place)
        self.around = around
        self.vms: VmStore = NoVms()
        self._listeners: list[HostListener] = []
        self._doors: frozenset[str] = frozenset()
        self._hidden: set[str] = set()  # datastores that a mishap hides
        self.parsed_map: tuple[MapEntry, ...] = ()
        self._make_hardware()
        self._make_parts()

    def _make_hardware(self) -> None:
        profile = self.profile
        self.mishaps = Mishaps()
        self.config = ConfigStore(self.place.data_dir / "config.json", lambda: "boot" not in self.lost)
        self.passthrough = Passthrough(self.release, used_by=lambda address: self.vms.user_of(address))
        self.passthrough.changed = self._passthrough_changed
        self.ramdisk = RamDisk(self.place.data_dir / "ramdisk", self.place.data_dir / "state.json", SHIPPED_FILES)
        self._storage = Storage(profile.adapters, profile.disks, profile.boot_disk, profile.coredump_disk)
        self._network = _network_of(profile, self.place.address)
        self.storage, self.network = self._storage, self._network
        self.datastores = Datastores(self.config.section("datastores"), self._installed_datastores(), self._sees)

    def _make_parts(self) -> None:
        around, section = self.around, self.config.section
        self.events = Events(around.now)
        self.options = Options(section("options"))
        self.kernel_options = KernelOptions(section("kernel_options"), self.release)
        self.licence = Licence(section("licence"), self.profile.licence)
        self.lockdown = Lockdown(section("lockdown"))
        self.roles = Roles(section("roles"), {user.name: user.role for user in self.profile.users})
        gates = Gates(self.roles, self.lockdown, self.options, around.now)
        self.users = Users(section("users"), self.place.passwords, gates)
        policies = {service.key: service.policy for service in self.profile.services}
        self.services = Services(section("services"), around.scheduler, self._shell_timeout_s, policies)
        self.services.subscribe(lambda _key, _running: self.doors_changed())
        self.maintenance = Maintenance(section("maintenance"), self.events, around.scheduler, lambda: self.vms.running)
        reach = autostart.Reach(self.events, around.scheduler, around.timing, lambda: self.vms)
        self.autostarts = AutoStart(section("autostart"), reach)
        self.power = Power(around, self.mishaps, lambda: self.maintenance.active)
        self.power.drive(self)

    def adopt_vms(self, vms: VmStore) -> None:
        """Take the store of the host's VMs; called once, before the host starts."""
        self.vms = vms

    def subscribe(self, listener: HostListener) -> None:
        """Tell a listener of every later change of the host's power."""
        self._listeners.append(listener)

    def start(self) -> None:
        """Boot at once."""
        self.power.start()

    def stop(self) -> None:
        """Shut down at once, in an orderly way."""
        self.power.stop()

    # --- what the host is now -----------------------------------------------------------------------------------------

    @property
    def pci(self) -> PciBus:
        """Return the bus as the last boot found it."""
        return self.passthrough.bus

    @property
    def uses(self) -> tuple[DeviceUse, ...]:
        """Return what the host itself needs its PCI devices for."""
        disks = tuple(store.disk for store in self.datastores.all)
        console = [DeviceUse(d.address, "console") for d in self.passthrough.devices if d.hardware.console]
        return (*self.storage.uses(disks), *self.network.uses(), *console)

    @property
    def lost(self) -> tuple[str, ...]:
        """Return what the host can no longer do because a VM owns the device."""
        return lost_purposes(self.passthrough, self.uses)

    @property
    def reboot_required(self) -> bool:
        """Tell whether something waits for the next boot; that kernel options count is unverified."""
        return self.passthrough.reboot_required or any(option.is_pending for option in self.kernel_options.all)

    @property
    def uptime(self) -> timedelta:
        """Return how long the kernel has been running."""
        return self.around.now() - self.power.boot_time

    @property
    def doors(self) -> frozenset[str]:
        """Return by what the host answers; without its management adapter by nothing."""
        if "management" in self.lost:
            return frozenset()
        ssh = self.power.ssh_up and self.services.is_running("TSM-SSH")
        return frozenset(door for door, is_open in (("api", self.power.api_up), ("ssh", ssh)) if is_open)

    # --- what it does -------------------------------------------------------------------------------------------------

    def back_up(self) -> tuple[str, ...]:
        """Write the state archive, as auto-backup.sh does, and return the files in it."""
        BOOT_DEVICE_LOST.refuse_if("boot" in self.lost)
        return self.ramdisk.back_up()

    def rescan_storage(self) -> None:
        """Look again which datastores are there."""
        self._hidden.clear()
        self.datastores.rescan()

    def save(self) -> None:
        """Write the state archive if that is possible."""
        try:
            self.back_up()
        except RuleBroken as broken:
            self.around.journal.record("state", "host", "backup", outcome=str(broken))

    def go_down(self, clean: bool) -> None:
        """Stop everything; a clean end stops the VMs by their own actions and saves what is to be kept."""
        self.maintenance.halt()
        if clean:
            self.autostarts.power_off()
            self.save()
        self.autostarts.halt()
        self.services.halt()
        self.vms.halt()
        for listener in self._listeners:
            listener.on_down(clean)

    def come_up(self) -> None:
        """Make everything anew from what was kept: the hardware, the RAM disk, the bus, then what builds on them."""
        self.config.reload()
        settings = (self.kernel_options, self.options, self.licence, self.lockdown, self.roles, self.users)
        parts: tuple[Bootable, ...] = (*settings, self.events, self.maintenance, self.autostarts)
        for part in parts:
            part.boot()
        self.ramdisk.rebuild()
        self._boot_bus()
        self._boot_datastores()
        self.services.boot()
        self.vms.boot()
        self.events.post("EventEx", "Host has booted.", eventTypeId="esx.audit.host.boot")
        self._tell_losses()
        for listener in self._listeners:
            listener.on_boot()

    def autostart(self) -> None:
        """Start the VMs that start with the host, unless it is in maintenance mode."""
        if not self.maintenance.active:
            self.autostarts.power_on()

    def doors_changed(self) -> None:
        """Tell the listeners if the host answers by other doors than before."""
        if self.doors != self._doors:
            self._doors = self.doors
            for listener in self._listeners:
                listener.on_doors(self._doors)

    def _boot_bus(self) -> None:
        mishap = self.mishaps.meet("moved_pci")
        addresses = mishap.addresses if mishap is not None else {}
        self.storage, self.network = self._storage.moved(addresses), self._network.moved(addresses)
        self.parsed_map = parse_passthru_map(self.ramdisk.read(PASSTHRU_MAP))
        on = self.kernel_options.is_on
        settings = BootSettings(self.parsed_map, not on("noIOMMU"), not on("disableACSCheck"))
        kept = self.config.get("passthrough")
        self.passthrough.configured = set(kept.get("enabled", self.profile.enabled))
        self.passthrough.labels = dict(kept.get("labels", {}))
        self.passthrough.stuck = self.mishaps.meet("enabled_never_active") is not None
        self.passthrough.boot(PciBus.boot([device.moved(addresses) for device in self.profile.pci], settings))

    def _boot_datastores(self) -> None:
        mishap = self.mishaps.meet("without_datastore")
        self._hidden = {mishap.name} if mishap is not None else set()
        self.datastores.rescan()

    def _passthrough_changed(self) -> None:
        passthrough = self.passthrough
        values = {"enabled": sorted(passthrough.configured), "labels": passthrough.labels}
        self.config.put("passthrough", values)
        self.datastores.rescan()
        self._tell_losses()
        self.doors_changed()

    def _tell_losses(self) -> None:
        for purpose in self.lost:
            self.around.journal.record("state", "host", "device_lost", target=purpose)

    def _installed_datastores(self) -> tuple[Datastore, ...]:
        made = []
        for store in self.profile.datastores:
            given = uuid.uuid5(uuid.UUID(self.identity.system_uuid), store.name).hex
            uuid_ = f"{given[:8]}-{given[8:16]}-{given[16:20]}-{given[20:]}"
            folder = self.place.data_dir / "datastores" / uuid_
            made.append(Datastore(store.name, uuid_, store.disk, store.capacity_mib, folder))
        return tuple(made)

    def _sees(self, store: Datastore) -> bool:
        return store.name not in self._hidden and not self.passthrough.is_active(
            self.storage.adapter_of(store.disk).pci
        )

    def _shell_timeout_s(self) -> float:
        return self.around.timing.scaled(self.options.number("UserVars.ESXiShellTimeOut"))


def _identify(place: Place) -> Identity:
    """Return the ids of the host in this folder, made up when it is first there."""
    file = place.data_dir / "identity.json"
    if not file.exists():
        place.data_dir.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"system_uuid": str(uuid.uuid4()), "bios_uuid": str(uuid.uuid4())}), "utf-8")
    ids = json.loads(file.read_text("utf-8"))
    return Identity(place.name, place.address, ids["system_uuid"], ids["bios_uuid"])


def _network_of(profile: Profile, address: str) -> Network:
    """Return the network that an installation makes: one switch, the host and its VMs on it."""
    groups = (PortGroup(VM_GROUP), PortGroup(MANAGEMENT_GROUP))
    mac = next(nic.mac for nic in profile.pnics if nic.device == profile.uplinks[0])
    vmk = VmkNic("vmk0", MANAGEMENT_GROUP, address, "255.0.0.0", mac)
    return Network(profile.pnics, (VirtualSwitch("vSwitch0", profile.uplinks, groups),), (vmk,))
