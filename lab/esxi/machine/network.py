"""Network adapters tied to their PCI devices, virtual switches, and the host's own address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lab.esxi.machine.passthrough import DeviceUse
from lab.esxi.machine.pci import ADDRESS


@dataclass(frozen=True)
class Pnic:
    """One physical adapter; a speed of 0 says that the link is down."""

    device: str
    driver: str
    mac: str
    pci: str
    speed_mbps: int = 1000

    def __post_init__(self) -> None:
        if not ADDRESS.fullmatch(self.pci):
            raise ValueError(f"{self.device}: PCI address {self.pci!r} is not allowed; allowed: dddd:bb:ss.f")


@dataclass(frozen=True)
class PortGroup:
    """One port group of a switch."""

    name: str
    vlan: int = 0


@dataclass(frozen=True)
class VirtualSwitch:
    """One standard switch."""

    name: str
    uplinks: tuple[str, ...]
    port_groups: tuple[PortGroup, ...]
    mtu: int = 1500
    ports: int = 128


@dataclass(frozen=True)
class VmkNic:
    """One interface of the host itself."""

    device: str
    port_group: str
    address: str
    netmask: str
    mac: str
    mtu: int = 1500


@dataclass(frozen=True)
class Network:
    """The network of one host; vmk0 is the management interface."""

    pnics: tuple[Pnic, ...]
    switches: tuple[VirtualSwitch, ...]
    vmknics: tuple[VmkNic, ...]

    def moved(self, addresses: Mapping[str, str]) -> Network:
        """Return the same adapters where the bus was numbered anew."""
        return replace(self, pnics=tuple(replace(nic, pci=addresses.get(nic.pci, nic.pci)) for nic in self.pnics))

    @property
    def port_groups(self) -> tuple[PortGroup, ...]:
        """Return the port groups of all switches."""
        return tuple(group for switch in self.switches for group in switch.port_groups)

    def management_uplinks(self) -> tuple[Pnic, ...]:
        """Return the adapters that the management interface goes out by."""
        group = self.vmknics[0].port_group
        names = {up for s in self.switches if group in [g.name for g in s.port_groups] for up in s.uplinks}
        return tuple(nic for nic in self.pnics if nic.device in names)

    def uses(self) -> tuple[DeviceUse, ...]:
        """Return what an adapter is needed for; one of several management uplinks may go."""
        uplinks = self.management_uplinks()
        return tuple(DeviceUse(nic.pci, "management") for nic in uplinks) if len(uplinks) == 1 else ()
