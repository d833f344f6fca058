"""What a VM is configured to be besides its devices: one table of settings with the VMX keys that hold them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Union

from lab.esxi.machine.vm_devices import Device
from lab.esxi.machine.vmx import Vmx
from lab.esxi.machine.vmx_spelling import guest_of_vmx, guest_to_vmx, uuid_of_vmx, uuid_to_vmx

Value = Union[str, int, bool]


@dataclass(frozen=True)
class Kind:
    """How a setting is read from a VMX file and written to it."""

    read: Callable[[str], Value]
    write: Callable[[Value], str]


@dataclass(frozen=True)
class Setting:
    """One setting; what is `cold` cannot be changed while the VM runs."""

    key: str
    kind: Kind
    default: Value
    cold: bool = False


def _number(text: str) -> Value:
    return int(text) if text.lstrip("-").isdecimal() else 0


TEXT = Kind(str, str)
NUMBER = Kind(_number, str)
LIMIT = Kind(lambda text: -1 if text == "unlimited" else _number(text), lambda value: str(value))
SWITCH = Kind(lambda text: text.lower() in ("true", "yes", "1"), lambda value: "TRUE" if value else "FALSE")
GUEST = Kind(guest_of_vmx, lambda value: guest_to_vmx(str(value)))
UUID = Kind(uuid_of_vmx, lambda value: uuid_to_vmx(str(value)))
VERSION = Kind(lambda text: f"vmx-{int(_number(text)):02d}", lambda value: str(int(str(value).rpartition("-")[2])))

SETTINGS = {
    "name": Setting("displayName", TEXT, ""),
    "guest_id": Setting("guestOS", GUEST, "otherGuest", cold=True),
    "version": Setting("virtualHW.version", VERSION, "vmx-04", cold=True),
    "annotation": Setting("annotation", TEXT, ""),
    "uuid": Setting("uuid.bios", UUID, "", cold=True),
    "instance_uuid": Setting("vc.uuid", UUID, "", cold=True),
    "cpus": Setting("numvcpus", NUMBER, 1, cold=True),
    "cores_per_socket": Setting("cpuid.coresPerSocket", NUMBER, 1, cold=True),
    "memory_mib": Setting("memSize", NUMBER, 32, cold=True),
    "memory_hot_add": Setting("mem.hotadd", SWITCH, False, cold=True),
    "cpu_hot_add": Setting("vcpu.hotadd", SWITCH, False, cold=True),
    "cpu_hot_remove": Setting("vcpu.hotremove", SWITCH, False, cold=True),
    "memory_locked": Setting("sched.mem.pin", SWITCH, False),
    "memory_reservation": Setting("sched.mem.min", NUMBER, 0),
    "memory_limit": Setting("sched.mem.max", LIMIT, -1),
    "memory_shares": Setting("sched.mem.shares", TEXT, "normal"),
    "cpu_reservation": Setting("sched.cpu.min", NUMBER, 0),
    "cpu_limit": Setting("sched.cpu.max", LIMIT, -1),
    "cpu_shares": Setting("sched.cpu.shares", TEXT, "normal"),
    "firmware": Setting("firmware", TEXT, "bios", cold=True),
    "secure_boot": Setting("uefi.secureBoot.enabled", SWITCH, False, cold=True),
    "nested_hv": Setting("vhv.enable", SWITCH, False, cold=True),
    "vbs": Setting("windows.vbs.enabled", SWITCH, False, cold=True),
    "iommu": Setting("vvtd.enable", SWITCH, False, cold=True),
    "performance_counters": Setting("vpmc.enable", SWITCH, False, cold=True),
    "sev": Setting("sev.enable", SWITCH, False, cold=True),
    "max_consoles": Setting("RemoteDisplay.maxConnections", NUMBER, -1),
    "migrate_encryption": Setting("migrate.encryptionMode", TEXT, "opportunistic"),
    "ft_encryption": Setting("ftcpt.ftEncryptionMode", TEXT, "ftEncryptionOpportunistic"),
    "boot_delay_ms": Setting("bios.bootDelay", NUMBER, 0),
    "enter_setup": Setting("bios.forceSetupOnce", SWITCH, False),
    "boot_order": Setting("bios.bootOrder", TEXT, ""),
    "boot_retry": Setting("bios.bootRetry.enabled", SWITCH, False),
    "boot_retry_ms": Setting("bios.bootRetry.delay", NUMBER, 10000),
    "power_off_type": Setting("powerType.powerOff", TEXT, "default"),
    "suspend_type": Setting("powerType.suspend", TEXT, "default"),
    "reset_type": Setting("powerType.reset", TEXT, "default"),
    "tools_sync_time": Setting("tools.syncTime", SWITCH, False),
    "tools_upgrade": Setting("tools.upgrade.policy", TEXT, "manual"),
    "working_directory": Setting("workingDir", TEXT, "", cold=True),
}
# Keys that stand for a setting or a device; all others are the extraConfig of the API.
_OWN_KEYS = frozenset(setting.key.lower() for setting in SETTINGS.values())
_DEVICE_KEYS = re.compile(
    r"(?:(?:scsi|sata|nvme|ide)[0-3](?::\d+)?|ethernet\d+|pcipassthru\d+|usb|usb_xhci)"
    r"\.(?:present|devicetype|filename|mode|sharing|clientdevice|startconnected|allowguestconnectioncontrol"
    r"|shar(?:ed)?bus|virtualdev|networkname|addresstype|address|generatedaddress|wakeonpcktrcv"
    r"|id|deviceid|vendorid|systemid|alloweddevices|customlabel)",
)
_FILE_KEYS = frozenset((".encoding", "config.version", "uuid.location"))


def is_extra(key: str) -> bool:
    """Tell whether the API shows a key of the VMX file as extraConfig."""
    low = key.lower()
    return low not in _OWN_KEYS and low not in _FILE_KEYS and _DEVICE_KEYS.fullmatch(low) is None


def read_setting(vmx: Vmx, name: str) -> Value:
    """Return a setting of a document."""
    setting = SETTINGS[name]
    text = vmx.get(setting.key)
    return setting.kind.read(text) if text else setting.default


def write_settings(vmx: Vmx, values: Mapping[str, Value]) -> Vmx:
    """Return the document with settings changed; those that have their value already stay as they stand."""
    changed = {name: value for name, value in values.items() if read_setting(vmx, name) != value}
    return vmx.changed({SETTINGS[name].key: SETTINGS[name].kind.write(value) for name, value in changed.items()})


@dataclass(frozen=True)
class VmConfig:
    """The settings of one document by name, and what is no setting and no device."""

    vmx: Vmx

    def text(self, name: str) -> str:
        """Return a setting that is text."""
        return str(read_setting(self.vmx, name))

    def number(self, name: str) -> int:
        """Return a setting that is a number."""
        return int(read_setting(self.vmx, name))

    def is_on(self, name: str) -> bool:
        """Return a setting that is a switch."""
        return bool(read_setting(self.vmx, name))

    @property
    def hardware_version(self) -> int:
        """Return the virtual hardware's version as a number."""
        return int(self.text("version").rpartition("-")[2])

    @property
    def extra(self) -> Iterator[tuple[str, str]]:
        """Yield what the API calls extraConfig, in the order of the file."""
        return ((key, value) for key, value in self.vmx.items() if is_extra(key))

    @property
    def hides_hypervisor(self) -> bool:
        """Tell whether the guest does not see that it runs in a VM: hypervisor.cpuid.v0 is FALSE."""
        return self.vmx.get("hypervisor.cpuid.v0", "TRUE").upper() == "FALSE"


@dataclass(frozen=True)
class DiskOrder:
    """What is to be done with the file of a disk: create, use (it is there), destroy, or keep (take out only)."""

    action: str
    capacity_kib: int = 0
    thin: bool = False
    eager: bool = False
    datastore: str = ""  # where a disk without a file name is made; that of the VM if empty


@dataclass(frozen=True)
class DeviceChange:
    """One device to add, edit or remove; `index` is its place in the call, for faults."""

    operation: str
    device: Device
    index: int = 0
    disk: DiskOrder | None = None


@dataclass(frozen=True)
class ConfigChange:
    """What is wanted of a VM; what is not named stays. An extra value "" takes the key out."""

    values: Mapping[str, Value] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    devices: tuple[DeviceChange, ...] = ()
    change_version: str = ""

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.values) - set(SETTINGS)):
            raise ValueError(f"settings {', '.join(unknown)} are not known; known: {', '.join(SETTINGS)}")
