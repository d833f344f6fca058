"""VirtualMachine.config: everything that a VM is configured to be."""

from __future__ import annotations

from typing import Any

from lab.esxi.api.virtual_machine_devices import DeviceList
from lab.esxi.api.virtual_machine_site import Site
from lab.esxi.machine.vm import Vm
from lab.esxi.machine.vm_config import VmConfig
from lab.esxi.machine.vmx_spelling import GUESTS
from lab.esxi.wire.vmodl import vim

SHARES = {"low": 0.5, "normal": 1.0, "high": 2.0}


def config_of(vm: Vm, site: Site) -> Any:
    """Return a VM's ConfigInfo."""
    config = vm.config
    guest_id = config.text("guest_id")
    return vim.vm.ConfigInfo(
        changeVersion=vm.change_version,
        modified=vm.changed_at,
        name=vm.name,
        guestFullName=GUESTS[guest_id],
        guestId=guest_id,
        alternateGuestName="",
        version=config.text("version"),
        uuid=config.text("uuid"),
        instanceUuid=config.text("instance_uuid") or None,
        locationId=None,
        template=False,
        annotation=config.text("annotation"),
        files=_files(vm),
        tools=_tools(config),
        flags=_flags(config),
        defaultPowerOps=_power_operations(config),
        hardware=_hardware(vm, site),
        cpuAllocation=_allocation(config, "cpu", 1000 * config.number("cpus")),
        memoryAllocation=_allocation(config, "memory", 10 * config.number("memory_mib")),
        extraConfig=[vim.option.OptionValue(key=key, value=value) for key, value in config.extra],
        bootOptions=_boot_options(config),
        datastoreUrl=[_datastore_url(vm)],
        swapPlacement="inherit",
        **_switches(config),
    )


def _switches(config: VmConfig) -> dict[str, Any]:
    consoles = config.number("max_consoles")
    return {
        "memoryHotAddEnabled": config.is_on("memory_hot_add"),
        "cpuHotAddEnabled": config.is_on("cpu_hot_add"),
        "cpuHotRemoveEnabled": config.is_on("cpu_hot_remove"),
        "memoryReservationLockedToMax": config.is_on("memory_locked"),
        "nestedHVEnabled": config.is_on("nested_hv"),
        "vPMCEnabled": config.is_on("performance_counters"),
        "firmware": config.text("firmware"),
        "maxMksConnections": 40 if consoles < 0 else consoles,
        "migrateEncryption": config.text("migrate_encryption"),
        "ftEncryptionMode": config.text("ft_encryption"),
        "sevEnabled": config.is_on("sev"),
        "changeTrackingEnabled": False,
        "guestAutoLockEnabled": True,
        "messageBusTunnelEnabled": False,
    }


def _files(vm: Vm) -> Any:
    folder = vm.around.host.datastores.place_of(vm.path.parent)
    return vim.vm.FileInfo(
        vmPathName=vm.file, snapshotDirectory=f"{folder}/", suspendDirectory=f"{folder}/", logDirectory=f"{folder}/"
    )


def _tools(config: VmConfig) -> Any:
    return vim.vm.ToolsConfigInfo(
        toolsVersion=0,
        afterPowerOn=True,
        afterResume=True,
        beforeGuestStandby=True,
        beforeGuestShutdown=True,
        syncTimeWithHost=config.is_on("tools_sync_time"),
        toolsUpgradePolicy=config.text("tools_upgrade"),
    )


def _flags(config: VmConfig) -> Any:
    return vim.vm.FlagInfo(
        disableAcceleration=False,
        enableLogging=True,
        useToe=False,
        runWithDebugInfo=False,
        monitorType="release",
        htSharing="any",
        snapshotDisabled=False,
        snapshotLocked=False,
        diskUuidEnabled=config.vmx.is_on("disk.EnableUUID"),
        snapshotPowerOffBehavior="powerOff",
        recordReplayEnabled=False,
        faultToleranceType="unset",
        vvtdEnabled=config.is_on("iommu"),
        vbsEnabled=config.is_on("vbs"),
    )


def _power_operations(config: VmConfig) -> Any:
    types = {f"{name}Type": config.text(f"{setting}_type") for name, setting in _POWER_TYPES.items()}
    usual = {"defaultPowerOffType": "soft", "defaultSuspendType": "hard", "defaultResetType": "soft"}
    return vim.vm.DefaultPowerOpInfo(**types, **usual, standbyAction="checkpoint")


_POWER_TYPES = {"powerOff": "power_off", "suspend": "suspend", "reset": "reset"}


def _boot_options(config: VmConfig) -> Any:
    return vim.vm.BootOptions(
        bootDelay=config.number("boot_delay_ms"),
        enterBIOSSetup=config.is_on("enter_setup"),
        efiSecureBootEnabled=config.is_on("secure_boot"),
        bootRetryEnabled=config.is_on("boot_retry"),
        bootRetryDelay=config.number("boot_retry_ms"),
        networkBootProtocol="ipv4",
    )


def _hardware(vm: Vm, site: Site) -> Any:
    config = vm.config
    return vim.vm.VirtualHardware(
        numCPU=config.number("cpus"),
        numCoresPerSocket=config.number("cores_per_socket"),
        memoryMB=config.number("memory_mib"),
        virtualICH7MPresent=False,
        virtualSMCPresent=False,
        device=DeviceList(vm, site).render(),
    )


def _allocation(config: VmConfig, kind: str, normal: int) -> Any:
    text = config.text(f"{kind}_shares")
    level = text if text in SHARES else "custom"
    count = int(text) if text.isdecimal() else int(normal * SHARES.get(text, 1.0))
    return vim.ResourceAllocationInfo(
        reservation=config.number(f"{kind}_reservation"),
        limit=config.number(f"{kind}_limit"),
        expandableReservation=False,
        shares=vim.SharesInfo(shares=count, level=level),
    )


def _datastore_url(vm: Vm) -> Any:
    name = vm.file.partition("]")[0].lstrip("[")
    store = vm.around.host.datastores.find(name)
    return vim.vm.ConfigInfo.DatastoreUrlPair(name=store.name, url=f"/vmfs/volumes/{store.uuid}")
