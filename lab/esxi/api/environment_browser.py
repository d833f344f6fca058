"""EnvironmentBrowser: what a VM can have on this host.

That `pciPassthrough` lists active devices only is unverified. Of QueryConfigOption just what is asked in practice is
filled with values of the host; limits are those of the release as far as public tables tell.
"""

from __future__ import annotations

from typing import Any

from lab.esxi.api.virtual_machine_devices import signed
from lab.esxi.api.virtual_machine_site import Site
from lab.esxi.machine.pci import BootedDevice
from lab.esxi.machine.vmx_spelling import GUESTS
from lab.esxi.wire.call import Call
from lab.esxi.wire.faults import fault
from lab.esxi.wire.objects import ManagedObject
from lab.esxi.wire.vmodl import find_type, vim

OLDEST_HARDWARE = 4
# Devices that a VM can have besides those of every VM and its disks, named without their limits.
_OPTIONS = ("VirtualPCIPassthrough",)
# Virtual hardware that never was.
_MISSING_HARDWARE = frozenset((5, 6, 12))


def pci_device(found: BootedDevice) -> Any:
    """Return a device of the host, with its ids as signed shorts."""
    hardware = found.hardware
    _, bus, slot, function = hardware.numbers
    return vim.host.PciDevice(
        id=hardware.address,
        classId=signed(hardware.class_id),
        bus=signed(bus, 8),
        slot=signed(slot, 8),
        function=function,
        vendorId=signed(hardware.vendor_id),
        subVendorId=signed(hardware.subvendor_id),
        vendorName=hardware.vendor_name,
        deviceId=signed(hardware.device_id),
        subDeviceId=signed(hardware.subdevice_id),
        parentBridge=hardware.bridge,
        deviceName=hardware.device_name,
    )


class EnvironmentBrowser(ManagedObject):
    """What a VM can have."""

    wsdl_name = "EnvironmentBrowser"

    def __init__(self, moid: str, site: Site) -> None:
        super().__init__(moid)
        self._site = site

    def QueryConfigTarget(self, call: Call, host: Any) -> Any:
        """Return what the host offers."""
        hardware = self._site.host.hardware
        return vim.vm.ConfigTarget(
            numCpus=hardware.threads,
            numCpuCores=hardware.cores,
            numNumaNodes=hardware.packages,
            maxCpusPerHost=hardware.threads,
            smcPresent=False,
            maxMemMBOptimalPerf=hardware.memory_mib,
            supportedMaxMemMB=hardware.memory_mib,
            network=self._networks(),
            pciPassthrough=self._passthrough(),
            dynamicPassthrough=self._dynamic(),
            autoVmotion=False,
        )

    def _networks(self) -> list[Any]:
        return [
            vim.vm.NetworkInfo(
                name=group.name,
                network=vim.Network.Summary(
                    network=self._site.network_ref(group.name), name=group.name, accessible=True, ipPoolName=""
                ),
                vswitch="vSwitch0",
            )
            for group in self._site.host.network.port_groups
        ]

    def _active(self) -> list[BootedDevice]:
        passthrough = self._site.host.passthrough
        return [found for found in passthrough.devices if passthrough.is_active(found.address)]

    def _passthrough(self) -> list[Any]:
        system = self._site.host.identity.system_uuid
        return [
            vim.vm.PciPassthroughInfo(
                name=found.hardware.device_name, pciDevice=pci_device(found), systemId=system, configurationTag=[]
            )
            for found in self._active()
        ]

    def _dynamic(self) -> list[Any]:
        if not self._site.host.release.dynamic_directpath:
            return []
        labels = self._site.host.passthrough.labels
        return [
            vim.vm.DynamicPassthroughInfo(
                name=found.hardware.device_name,
                vendorName=found.hardware.vendor_name,
                deviceName=found.hardware.device_name,
                vendorId=found.hardware.vendor_id,
                deviceId=found.hardware.device_id,
                customLabel=labels.get(found.address) or None,
            )
            for found in self._active()
        ]

    def QueryConfigOptionDescriptor(self, call: Call) -> list[Any]:
        """Return the versions of virtual hardware."""
        newest = self._site.host.release.hardware_version
        return [
            vim.vm.ConfigOptionDescriptor(
                key=f"vmx-{number:02d}",
                description=f"ESXi virtual machine, virtual hardware {number}",
                host=[self._site.host_ref],
                createSupported=True,
                defaultConfigOption=number == min(19, newest),
                runSupported=True,
                upgradeSupported=True,
            )
            for number in range(OLDEST_HARDWARE, newest + 1)
            if number not in _MISSING_HARDWARE
        ]

    def QueryConfigOption(self, call: Call, key: str | None, host: Any) -> Any:
        """Return what one version of virtual hardware can have."""
        return self._option(key, [])

    def QueryConfigOptionEx(self, call: Call, spec: Any) -> Any:
        """Return what one version of virtual hardware can have for some guests."""
        return self._option(spec.key if spec is not None else None, spec.guestId if spec is not None else [])

    def _option(self, key: str | None, guests: list[str]) -> Any:
        newest = self._site.host.release.hardware_version
        number = int(key.rpartition("-")[2]) if key and key.rpartition("-")[2].isdecimal() else min(19, newest)
        if key is not None and not (key.startswith("vmx-") and OLDEST_HARDWARE <= number <= newest):
            raise fault("InvalidArgument", invalidProperty="key")
        wanted = [guest for guest in GUESTS if not guests or guest in guests]
        hardware = self._site.host.hardware
        return vim.vm.ConfigOption(
            version=f"vmx-{number:02d}",
            description=f"virtual hardware {number}",
            guestOSDescriptor=[_guest(guest, hardware.memory_mib) for guest in wanted],
            guestOSDefaultIndex=0,
            hardwareOptions=_hardware(number, hardware.threads, hardware.memory_mib),
            capabilities=_all_off(vim.vm.Capability),
            datastore=vim.vm.DatastoreOption(),
            supportedMonitorType=["release"],
        )


def _all_off(kind: Any) -> Any:
    return kind(**{each.name: False for each in kind._GetPropertyList() if each.type is bool})


def _range(lowest: int, highest: int, default: int) -> Any:
    return vim.option.IntOption(valueIsReadonly=False, min=lowest, max=highest, defaultValue=default)


def _long_range(lowest: int, highest: int, default: int) -> Any:
    return vim.option.LongOption(valueIsReadonly=False, min=lowest, max=highest, defaultValue=default)


def _hardware(number: int, threads: int, memory_mib: int) -> Any:
    part = vim.ResourceAllocationOption(
        sharesOption=vim.SharesOption(
            sharesOption=_range(0, 1000000, 1000), defaultLevel="normal",
        ),
    )  # fmt: skip
    return vim.vm.VirtualHardwareOption(
        hwVersion=number,
        virtualDeviceOption=[_device_option(name) for name in _OPTIONS],
        deviceListReadonly=False,
        numCPU=list(range(1, threads + 1)),
        numCoresPerSocket=_range(1, threads, 1),
        numCpuReadonly=False,
        memoryMB=_long_range(4, memory_mib, 1024),
        numPCIControllers=_range(1, 1, 1),
        numIDEControllers=_range(2, 2, 2),
        numUSBControllers=_range(0, 1, 0),
        numUSBXHCIControllers=_range(0, 1, 0),
        numSIOControllers=_range(1, 1, 1),
        numPS2Controllers=_range(1, 1, 1),
        resourceConfigOption=vim.ResourceConfigOption(cpuAllocationOption=part, memoryAllocationOption=part),
    )


def _device_option(name: str) -> Any:
    device = find_type(name)
    return find_type(f"{name}Option")(type=device, deprecated=False, plugAndPlay=False, hotRemoveSupported=False)


def _guest(guest_id: str, memory_mib: int) -> Any:
    windows = guest_id.startswith("windows")
    made = _all_off(vim.vm.GuestOsDescriptor)
    scsi = find_type("VirtualLsiLogicSASController" if windows else "ParaVirtualSCSIController")
    values = {
        "id": guest_id,
        "family": "windowsGuest" if windows else "linuxGuest",
        "fullName": GUESTS[guest_id],
        "supportedMaxCPUs": 128,
        "numSupportedPhysicalSockets": 2 if windows else 128,
        "numSupportedCoresPerSocket": 64,
        "supportedMinMemMB": 4,
        "supportedMaxMemMB": memory_mib,
        "recommendedMemMB": 4096 if windows else 2048,
        "recommendedColorDepth": 32,
        "supportedDiskControllerList": [scsi],
        "recommendedDiskController": scsi,
        "recommendedSCSIController": scsi,
        "supportedNumDisks": 60,
        "recommendedDiskSizeMB": 32768,
        "recommendedCdromController": find_type("VirtualAHCIController"),
        "supportedEthernetCard": [find_type("VirtualE1000e"), find_type("VirtualVmxnet3")],
        "recommendedEthernetCard": find_type("VirtualE1000e" if windows else "VirtualVmxnet3"),
        "supportedFirmware": ["bios", "efi"],
        "recommendedFirmware": "efi",
        "supportLevel": "supported",
        "supportedForCreate": True,
        "numSupportedFloppyDevices": 2,
        "vRAMSizeInKB": _range(1024, 131072, 8192),
    }
    for name, value in values.items():
        setattr(made, name, value)
    return made
