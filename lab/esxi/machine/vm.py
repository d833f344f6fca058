"""One virtual machine: its VMX document, devices, snapshots and questions, and how it is changed.

The document in memory counts. A file that somebody has edited counts after a reload, a new registration, or a
boot of the host; a reconfiguration before that writes over it (which is unverified on a host).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lab.esxi.machine import vm_disks
from lab.esxi.machine.guest import GuestSettings
from lab.esxi.machine.host import Host
from lab.esxi.machine.outcomes import Cards
from lab.esxi.machine.questions import CDROM_LOCKED, Choice, Question, Questions
from lab.esxi.machine.vm_change import plan_change
from lab.esxi.machine.vm_change_devices import DiskWork, Plan, Situation
from lab.esxi.machine.vm_config import ConfigChange, VmConfig
from lab.esxi.machine.vm_device_lines import read_devices
from lab.esxi.machine.vm_devices import Cdrom, Device, Disk
from lab.esxi.machine.vm_files import VmFiles
from lab.esxi.machine.vm_log import VmLog
from lab.esxi.machine.vm_peers import VmPeers
from lab.esxi.machine.vm_power import POWER_STATE, VmPower
from lab.esxi.machine.vm_snapshots import SnapshotTree
from lab.esxi.machine.vmx import Vmx, parse_vmx
from lab.esxi.rules import RuleBroken, rule

CONCURRENT = rule(
    "vm.concurrent_access",
    "A change that names a changeVersion applies to that version only.",
    source="A",
    fault="ConcurrentAccess",
    message="The resource is being accessed by another operation: changeVersion {given}, the VM has {now}.",
    unverified="the part behind the colon",
)
NO_FILE = rule(
    "vm.file_missing",
    "A VM is registered, and loaded, from a VMX file that is there.",
    source="A",
    fault="FileNotFound",
    message="File {file} was not found",
)
NOT_RELOADED = rule(
    "vm.reload_while_on",
    "A VM is not loaded anew while it runs.",
    source="U",
    fault="InvalidPowerState",
    message="The attempted operation cannot be performed in the current state (Powered on).",
    unverified="that the order is refused",
)
KEEPS_LOCK = rule(
    "vm.cdrom_locked",
    "Where the guest has locked its CD and nobody overrides that, the CD stays as it is.",
    source="S",
    fault="GenericVmConfigFault",
    message="Connection control operation failed for disk '{reason}'.",
    unverified="fault and text",
)
UPGRADED = rule(
    "vm.upgrade_version",
    "Virtual hardware is upgraded to a newer version only.",
    source="A",
    fault="AlreadyUpgraded",
    message="The virtual machine has virtual hardware {version} already.",
    unverified="that an older version gets the same answer",
)


@dataclass(frozen=True)
class VmAround:
    """What the VMs of a host share."""

    host: Host
    settings: GuestSettings
    cards: Cards
    peers: VmPeers


class Vm:
    """One registered VM; `vmid` is its number, `path` its VMX file, `problem` why that cannot be read."""

    def __init__(self, vmid: int, path: Path, around: VmAround) -> None:
        """Read the VM's files."""
        self.vmid = vmid
        self.path = path
        self.around = around
        self.questions = Questions()
        self.snapshots_changed: Callable[[], None] = lambda: None  # called after every change of the tree
        self.problem: RuleBroken | None = None
        self.vmx = Vmx()
        self.log = VmLog(path.parent, around.host.around.now)
        self._touch()
        self.load()
        self.power = VmPower(self)

    def load(self) -> None:
        """Take the files as they are now."""
        self._touch()
        try:
            path = self.around.host.datastores.resolve(self.file)
            NO_FILE.refuse_if(not path.is_file(), file=self.file)
            self.vmx = parse_vmx(read_vmx_text(path)) if path.is_file() else Vmx()
            self.problem = None
        except RuleBroken as broken:
            self.problem = broken
        self.snapshots = SnapshotTree(self.path, lambda: self.snapshots_changed())

    def reload(self) -> None:
        """Take the VMX file as it is now, on order."""
        NOT_RELOADED.refuse_if(self.is_on, existingState=self.power.state)
        self.load()
        if self.problem is not None:
            raise self.problem

    def _touch(self) -> None:
        self.changed_at: datetime = self.around.host.around.now()

    # --- what it is ---------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Return the name, that of the file where there is none."""
        return self.config.text("name") or self.path.stem

    @property
    def key(self) -> str:
        """Return the number as text, as autostart and events know the VM."""
        return str(self.vmid)

    @property
    def config(self) -> VmConfig:
        """Return the settings."""
        return VmConfig(self.vmx)

    @property
    def devices(self) -> tuple[Device, ...]:
        """Return the devices."""
        return read_devices(self.vmx)

    @property
    def files(self) -> VmFiles:
        """Return the names of the VM's files."""
        return VmFiles(self.around.host.datastores, self.path.parent)

    @property
    def file(self) -> str:
        """Return "[datastore] folder/vm.vmx"."""
        return self.around.host.datastores.place_of(self.path)

    @property
    def change_version(self) -> str:
        """Return what changes with every change of the configuration."""
        return self.changed_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    @property
    def is_on(self) -> bool:
        """Tell whether the VM runs."""
        return self.power.state == "poweredOn"

    @property
    def disks(self) -> tuple[Disk, ...]:
        """Return the virtual disks."""
        return tuple(device for device in self.devices if isinstance(device, Disk))

    # --- how it is changed --------------------------------------------------------------------------------------------

    def reconfigure(self, change: ConfigChange) -> Question | None:
        """Change the configuration; the question that comes back is one that this waits for."""
        now = self.change_version
        differs = change.change_version not in ("", now)
        CONCURRENT.refuse_if(differs, given=change.change_version, now=now)
        self.questions.check_none()
        plan = plan_change(self.vmx, change, self._situation())
        if self.is_on and self.power.guest.locks_media and self._touches_media(plan.vmx):
            return self.questions.ask(CDROM_LOCKED, lambda choice: self._override(choice, change))
        self._apply(plan)
        return None

    def _override(self, choice: Choice, change: ConfigChange) -> None:
        KEEPS_LOCK.refuse_if(choice.label != "button.yes", reason="the CD is in use by the guest")
        self._apply(plan_change(self.vmx, change, self._situation()))

    def _touches_media(self, new: Vmx) -> bool:
        drives = (device for device in self.devices if isinstance(device, Cdrom) and device.backing == "iso")
        after = set(read_devices(new))
        return any(drive not in after for drive in drives)

    def _situation(self) -> Situation:
        host = self.around.host
        networks = tuple(group.name for group in host.network.port_groups)
        has_snapshots = bool(self.snapshots.all)
        return Situation(host.release, host.passthrough, networks, self.files, self.is_on, has_snapshots)

    def _apply(self, plan: Plan) -> None:
        for work in plan.work:
            _DISK_WORK[work.action](work)
        self.put(plan.vmx)

    def put(self, vmx: Vmx) -> None:
        """Take a document and write it down."""
        if vmx != self.vmx:
            self.vmx = vmx
            self._touch()
            write_vmx_text(self.path, vmx.render())

    def upgrade(self, version: str = "") -> None:
        """Give the VM newer virtual hardware, the newest if none is named."""
        POWER_STATE.refuse_if(self.power.state != "poweredOff", existingState=self.power.state)
        wanted = version or f"vmx-{self.around.host.release.hardware_version:02d}"
        number = int(wanted.rpartition("-")[2])
        UPGRADED.refuse_if(number <= self.config.hardware_version, version=self.config.text("version"))
        self.reconfigure(ConfigChange({"version": wanted}))


def read_vmx_text(path: Path) -> str:
    """Return a VMX file's text; bytes that are no text are kept as they are."""
    return path.read_bytes().decode("utf-8", "surrogateescape")


def write_vmx_text(path: Path, text: str) -> None:
    """Write a VMX file's text."""
    path.write_bytes(text.encode("utf-8", "surrogateescape"))


def _create(work: DiskWork) -> None:
    vm_disks.create_disk(work.path, work.facts, work.adapter)


def _extend(work: DiskWork) -> None:
    vm_disks.extend_disk(work.path, work.facts.capacity_kib)


def _destroy(work: DiskWork) -> None:
    vm_disks.destroy_disk(work.path)


_DISK_WORK = {"create": _create, "extend": _extend, "destroy": _destroy}
