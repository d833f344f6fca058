"""Which settings of a VM can be changed to what, and when."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from lab.esxi.machine.versions import Release
from lab.esxi.machine.vm_config import SETTINGS, Value, VmConfig, read_setting, write_settings
from lab.esxi.machine.vmx_spelling import GUESTS
from lab.esxi.rules import rule

FIRMWARES = ("bios", "efi")

HARDWARE_WHILE_ON = rule(
    "vm.hardware_while_on",
    "CPUs, memory, firmware and the like cannot be changed while a VM runs, but what hot-add permits can grow.",
    source="A",
    fault="InvalidPowerState",
    message="The attempted operation cannot be performed in the current state (Powered on): {setting}.",
    unverified="the part behind the colon",
)
BAD_SETTING = rule(
    "vm.bad_setting",
    "A setting has a value that a VM can have.",
    source="A",
    fault="InvalidArgument",
    message="A specified parameter was not correct: {invalidProperty} ({value}; allowed: {allowed})",
    unverified="the part in brackets",
)
VERSION_TOO_NEW = rule(
    "vm.hardware_version",
    "Virtual hardware is not newer than the release knows.",
    source="A",
    fault="InvalidArgument",
    message="Virtual hardware {value} is not supported by ESXi {release}; the newest is vmx-{newest:02d}.",
    unverified="fault and text",
)


def check_settings(config: VmConfig, values: Mapping[str, Value], release: Release, running: bool) -> None:
    """Refuse values that the VM cannot have, or not now."""
    for name, allowed, right in _judge(config, values):
        value = values.get(name, read_setting(config.vmx, name))
        BAD_SETTING.refuse_if(not right, invalidProperty=name, value=value, allowed=allowed)
    if "version" in values:
        check_version(str(values["version"]), release)
    for name, value in values.items():
        cold = running and SETTINGS[name].cold and not _may_grow(config, name, value)
        changes = read_setting(config.vmx, name) != value
        HARDWARE_WHILE_ON.refuse_if(cold and changes, setting=name, existingState="poweredOn")


def check_version(version: str, release: Release) -> None:
    """Refuse virtual hardware that the release does not know."""
    newest = release.hardware_version
    newer = int(version.rpartition("-")[2]) > newest
    VERSION_TOO_NEW.refuse_if(newer, value=version, release=release.name, newest=newest, invalidProperty="version")


def _may_grow(config: VmConfig, name: str, value: Value) -> bool:
    """Tell whether hot-add lets a setting become this value while the VM runs."""
    switches = {"cpus": ("cpu_hot_add", "cpu_hot_remove"), "memory_mib": ("memory_hot_add", None)}
    if name not in switches or not isinstance(value, int):
        return False
    grow, shrink = switches[name]
    switch = grow if value > config.number(name) else shrink
    return switch is not None and config.is_on(switch)


def _judge(config: VmConfig, values: Mapping[str, Value]) -> Iterable[tuple[str, str, bool]]:
    """Yield (setting, what is allowed, whether it is)."""
    after = VmConfig(write_settings(config.vmx, values))
    cpus, cores, memory = after.number("cpus"), after.number("cores_per_socket"), after.number("memory_mib")
    if {"cpus", "cores_per_socket"} & set(values):
        yield "cpus", "1 to 768", 1 <= cpus <= 768
        yield "cores_per_socket", f"a divisor of {cpus}", cores >= 1 and cpus % cores == 0
    if "memory_mib" in values:
        yield "memory_mib", "a multiple of 4 MB above 0", memory > 0 and memory % 4 == 0
    if "memory_reservation" in values:
        yield "memory_reservation", f"0 to {memory}", 0 <= after.number("memory_reservation") <= memory
    if "guest_id" in values:
        yield "guest_id", "a known guest", values["guest_id"] in GUESTS
    if "firmware" in values:
        yield "firmware", ", ".join(FIRMWARES), values["firmware"] in FIRMWARES
    if "secure_boot" in values:
        yield "secure_boot", "with efi only", not values["secure_boot"] or after.text("firmware") == "efi"
    if "name" in values:
        yield "name", "1 to 80 characters", 1 <= len(str(values["name"])) <= 80
    for name in ("uuid", "instance_uuid"):
        if name in values:
            yield name, "a UUID", _is_uuid(str(values[name]))


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
