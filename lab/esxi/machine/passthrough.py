"""Who owns each PCI device: the VMkernel or a VM; configured at once, in effect at the next boot.

Two owners a device, as `esxcli hardware pci list` shows them: the configured one, which is kept, and
the current one. The API calls them passthruEnabled and passthruActive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from lab.esxi.machine.pci import ADDRESS, BootedDevice, PciBus
from lab.esxi.machine.versions import Release
from lab.esxi.rules import rule

UNKNOWN_DEVICE = rule(
    "passthrough.unknown_device",
    "Passthrough cannot be configured for a device that the host does not have.",
    source="A",
    fault="HostConfigFault",
    message="No PCI device at {address}.",
    unverified="the text",
)
INCAPABLE_DEVICE = rule(
    "passthrough.enable_incapable",
    "An incapable device cannot be enabled; one that was enabled before can be disabled.",
    source="A",
    fault="HostConfigFault",
    message="Device {address} is not capable of passthrough.",
    unverified="the text",
)
DEVICE_IN_USE = rule(
    "passthrough.change_in_use",
    "A device that a running VM uses keeps its owner.",
    source="U",
    fault="ResourceInUse",
    message="Device {address} is in use by {vm}.",
    unverified="fault and text; that a change without apply-now is refused too",
)
NO_APPLY_NOW = rule(
    "passthrough.apply_now_unsupported",
    "Before 7.0 a change takes effect at the next boot only.",
    source="A",
    fault="NotSupported",
    message="Release {release} cannot apply a passthrough change without a reboot.",
    unverified="that an older host refuses the option and does not ignore it",
)
TWICE = rule(
    "passthrough.device_twice",
    "One call names a device once.",
    source="U",
    fault="InvalidArgument",
    message="Device {address} is named twice.",
    unverified="that the whole call is refused",
)
NO_LABELS = rule(
    "passthrough.label_unsupported",
    "Before 7.0 a device has no hardware label.",
    source="A",
    fault="NotSupported",
    message="Release {release} knows no hardware labels.",
    unverified="that an older host refuses the label and does not ignore it",
)


@dataclass(frozen=True)
class PassthroughChange:
    """What is wanted of one device; None leaves `apply_now` to the host and `hardware_label` as it is."""

    address: str
    enabled: bool
    apply_now: bool | None = None
    hardware_label: str | None = None


@dataclass(frozen=True)
class DeviceUse:
    """What else the host needs a device for: a part of "boot", "coredump", "vmfs", "management"."""

    address: str
    purpose: str


@dataclass
class Passthrough:
    """The owners of the devices of one host.

    `configured` is kept over boots and may name devices that are gone. `active` holds since the last
    boot, or since a change that could be applied at once.
    """

    release: Release
    configured: set[str] = field(default_factory=set)
    active: set[str] = field(default_factory=set)
    labels: dict[str, str] = field(default_factory=dict)
    bus: PciBus = field(default_factory=PciBus)
    used_by: Callable[[str], str | None] = lambda _address: None  # the running VM that has a device
    stuck: bool = False  # a fault: what is enabled never becomes active
    changed: Callable[[], None] = lambda: None  # called after every update that was not refused

    def boot(self, bus: PciBus) -> None:
        """Take the bus as the boot found it and let what is configured take effect."""
        self.bus = bus
        self.active = set() if self.stuck else {a for a in self.configured if self._capable(a)}

    def _capable(self, address: str) -> bool:
        return address in self.bus.devices and self.bus.devices[address].capable

    def is_enabled(self, address: str) -> bool:
        """Tell whether the configured owner is a VM."""
        return address in self.configured

    def is_active(self, address: str) -> bool:
        """Tell whether the current owner is a VM."""
        return address in self.active

    @property
    def reboot_required(self) -> bool:
        """Tell whether some device's owners differ; one that is gone stays so for ever."""
        return self.configured != self.active

    @property
    def devices(self) -> tuple[BootedDevice, ...]:
        """Return the devices of the bus."""
        return tuple(self.bus.devices.values())

    def update(self, changes: Sequence[PassthroughChange]) -> tuple[str, ...]:
        """Configure devices, all or none; return the addresses whose configured owner changed."""
        for place, change in enumerate(changes):
            self._check(change, changes[:place])
        changed = tuple(change.address for change in changes if self._apply(change))
        self.changed()
        return changed

    def _check(self, change: PassthroughChange, before: Iterable[PassthroughChange]) -> None:
        address = change.address
        TWICE.refuse_if(any(address == other.address for other in before), address=address)
        known = address in self.bus.devices or (address in self.configured and ADDRESS.fullmatch(address) is not None)
        UNKNOWN_DEVICE.refuse_if(not known, address=address)
        INCAPABLE_DEVICE.refuse_if(change.enabled and not self._capable(address), address=address)
        too_old = change.apply_now is True and not self.release.apply_now
        NO_APPLY_NOW.refuse_if(too_old, release=self.release.name)
        no_labels = change.hardware_label is not None and not self.release.hardware_labels
        NO_LABELS.refuse_if(no_labels, release=self.release.name)
        vm = self.used_by(address)
        changes_owner = change.enabled != self.is_enabled(address)
        DEVICE_IN_USE.refuse_if(vm is not None and changes_owner, address=address, vm=vm or "")

    def _apply(self, change: PassthroughChange) -> bool:
        changed = change.enabled != self.is_enabled(change.address)
        _put(self.configured, change.address, change.enabled)
        if change.hardware_label is not None:
            self.labels[change.address] = change.hardware_label
        if self._applies_now(change):
            _put(self.active, change.address, change.enabled)
        return changed

    def _applies_now(self, change: PassthroughChange) -> bool:
        """Tell whether the owner changes at once; that a device without function reset waits is unverified."""
        if self.stuck or not self.release.apply_now or change.apply_now is False:
            return False
        if change.apply_now:
            return True
        device = self.bus.devices.get(change.address)
        return device is not None and device.reset_method in ("flr", "d3d0")


def _put(addresses: set[str], address: str, there: bool) -> None:
    if there:
        addresses.add(address)
    else:
        addresses.discard(address)


def lost_purposes(passthrough: Passthrough, uses: Iterable[DeviceUse]) -> tuple[str, ...]:
    """Return what the host can no longer do because a VM owns the device: "boot" loses what is saved from then on."""
    return tuple(sorted({use.purpose for use in uses if passthrough.is_active(use.address)}))
