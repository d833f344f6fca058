"""The devices that a VM can have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from lab.esxi.machine.vm_nodes import BUSES, Node

NIC_KEY, PCI_KEY = 4000, 13000
NIC_MODELS = ("vmxnet3", "vmxnet2", "e1000e", "e1000", "vlance")
SCSI_MODELS = ("pvscsi", "lsilogic", "lsisas1068", "buslogic")
USB = {"usb": (7000, "USB controller"), "usb_xhci": (14000, "USB xHCI controller")}


@dataclass(frozen=True)
class BuiltIn:
    """A device that every VM has and no line of the VMX file names."""

    key: int
    kind: str
    label: str
    prefix: str = ""


@dataclass(frozen=True)
class StorageController:
    """A controller; the two of IDE are always there. `model` is one of SCSI_MODELS for SCSI, else the kind."""

    kind: str
    bus: int
    model: str
    shared_bus: str = "none"

    @property
    def key(self) -> int:
        """Return the device's key."""
        return BUSES[self.kind].controller_key + self.bus

    @property
    def prefix(self) -> str:
        """Return what its keys in the VMX file begin with."""
        return f"{self.kind}{self.bus}."


@dataclass(frozen=True)
class UsbController:
    """A USB controller; `model` is a key of USB."""

    model: str

    @property
    def key(self) -> int:
        """Return the device's key."""
        return USB[self.model][0]

    @property
    def prefix(self) -> str:
        """Return what its keys in the VMX file begin with."""
        return f"{self.model}."


@dataclass(frozen=True)
class Disk:
    """A virtual disk; `file` as in the VMX file: beside it, or from /vmfs/volumes on."""

    node: Node
    file: str
    mode: str = "persistent"
    sharing: str = ""

    @property
    def key(self) -> int:
        """Return the device's key."""
        return self.node.key

    @property
    def prefix(self) -> str:
        """Return what its keys in the VMX file begin with."""
        return f"{self.node}."


@dataclass(frozen=True)
class Cdrom:
    """A CD drive; `backing` is iso, or client or host with _atapi or _passthrough, `file` the image of an "iso"."""

    node: Node
    backing: str
    file: str = ""
    start_connected: bool = True
    guest_control: bool = True

    @property
    def key(self) -> int:
        """Return the device's key."""
        return self.node.key

    @property
    def prefix(self) -> str:
        """Return what its keys in the VMX file begin with."""
        return f"{self.node}."


@dataclass(frozen=True)
class Nic:
    """A network adapter; `address_type` is generated (by the host), vpx or static."""

    number: int
    model: str
    network: str
    mac: str = ""
    address_type: str = "generated"
    start_connected: bool = True
    guest_control: bool = True
    wake_on_lan: bool = True

    @property
    def key(self) -> int:
        """Return the device's key."""
        return NIC_KEY + self.number

    @property
    def prefix(self) -> str:
        """Return what its keys in the VMX file begin with."""
        return f"ethernet{self.number}."


@dataclass(frozen=True)
class PciFixed:
    """One device of the host by its address; every field as the VMX file spells it."""

    number: int
    id: str
    device_id: str = ""
    vendor_id: str = ""
    system_id: str = ""

    @property
    def key(self) -> int:
        """Return the device's key."""
        return PCI_KEY + self.number

    @property
    def prefix(self) -> str:
        """Return what its keys in the VMX file begin with."""
        return f"pciPassthru{self.number}."


@dataclass(frozen=True)
class AllowedDevice:
    """One kind of device that may be taken; None matches any."""

    vendor_id: int
    device_id: int
    subvendor_id: int | None = None
    subdevice_id: int | None = None
    revision: int | None = None


@dataclass(frozen=True)
class PciDynamic:
    """Any device of the host of these kinds and with this label (none asks for none)."""

    number: int
    allowed: tuple[AllowedDevice, ...]
    label: str = ""

    @property
    def key(self) -> int:
        """Return the device's key."""
        return PCI_KEY + self.number

    @property
    def prefix(self) -> str:
        """Return what its keys in the VMX file begin with."""
        return f"pciPassthru{self.number}."


PciPassthrough = Union[PciFixed, PciDynamic]
Device = Union[BuiltIn, StorageController, UsbController, Disk, Cdrom, Nic, PciFixed, PciDynamic]

BUILT_IN = (
    BuiltIn(100, "pci", "PCI controller 0"),
    BuiltIn(300, "ps2", "PS2 controller 0"),
    BuiltIn(400, "sio", "SIO controller 0"),
    BuiltIn(500, "video", "Video card"),
    BuiltIn(600, "keyboard", "Keyboard"),
    BuiltIn(700, "pointing", "Pointing device"),
    BuiltIn(12000, "vmci", "VMCI device"),
)
