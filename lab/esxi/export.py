"""The whole state of a simulated host as JSON: equal states give equal text, and what changes by itself is marked."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lab.esxi.machine.datastores import Datastore
from lab.esxi.machine.host import Host
from lab.esxi.machine.pci import BootedDevice
from lab.esxi.machine.ramdisk import RamDisk
from lab.esxi.machine.shipped_files import PASSTHRU_MAP

# Paths into the state, "*" for every key or element. What VmStore.export returns has nothing of this kind.
VOLATILE = (
    "power.boot_time",
    "power.uptime_s",
    "events.last_key",
    "datastores.*.free_mib",
    "datastores.*.logs",
)
# A larger file of a datastore is told by its size alone: disks are large, and mostly holes.
HASHED_BYTES = 64 * 1024


def export_host(host: Host) -> dict[str, Any]:
    """Return {"state": …, "volatile": paths into it}, JSON only and without secrets."""
    state = {
        "profile": host.profile.name,
        "release": asdict(host.release),
        "hardware": asdict(host.hardware),
        "identity": asdict(host.identity),
        "power": _power(host),
        "pci": {device.address: _device(host, device) for device in host.passthrough.devices},
        "passthrough": _passthrough(host),
        "files": _files(host.ramdisk),
        **_settings(host),
        **_resources(host),
        "events": {"last_key": max((event.key for event in host.events.all), default=0)},
        "mishaps": [asdict(mishap) for mishap in host.mishaps.all],
        "vms": host.vms.export(),
    }
    plain: dict[str, Any] = json.loads(json.dumps({"state": state, "volatile": VOLATILE}, sort_keys=True))
    return plain


def comparable(exported: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state of an export without what changes by itself; equal for hosts that nobody changed."""
    state: dict[str, Any] = json.loads(json.dumps(exported["state"], sort_keys=True))
    for path in exported["volatile"]:
        _drop(state, path.split("."))
    return state


def _drop(value: Any, path: list[str]) -> None:
    key, *rest = path
    if key == "*":
        for each in list(value.values()) if isinstance(value, dict) else value:
            _drop(each, rest)
    elif rest and key in value:
        _drop(value[key], rest)
    elif not rest:
        value.pop(key, None)


def _power(host: Host) -> dict[str, Any]:
    return {
        "state": host.power.state,
        "doors": sorted(host.doors),
        "boot_time": host.power.boot_time.isoformat(),
        "uptime_s": host.uptime.total_seconds(),
    }


def _device(host: Host, device: BootedDevice) -> dict[str, Any]:
    owners = {True: "passthru", False: "vmkernel"}
    return {
        **asdict(device.hardware),
        "reset_method": device.reset_method,
        "shareable": device.shareable,
        "capable": device.capable,
        "dependent": device.dependent,
        "configured_owner": owners[host.passthrough.is_enabled(device.address)],
        "current_owner": owners[host.passthrough.is_active(device.address)],
    }


def _passthrough(host: Host) -> dict[str, Any]:
    """Return what concerns no single device of the bus; `configured` may name devices that are gone."""
    return {
        "configured": sorted(host.passthrough.configured),
        "labels": host.passthrough.labels,
        "map": host.ramdisk.read(PASSTHRU_MAP).encode("utf-8", "backslashreplace").decode("utf-8"),
        "map_in_effect": [asdict(entry) for entry in host.parsed_map],
        "reboot_required": host.reboot_required,
        "lost": list(host.lost),
    }


def _files(ramdisk: RamDisk) -> dict[str, Any]:
    """Return the files of the RAM disk by their hashes: whoever is on the host writes what it wants into them."""
    kept, saved = ramdisk.kept(), ramdisk.saved()
    found = {path: {**_file(ramdisk.root / path), "kept": path in kept} for path in _paths(ramdisk.root)}
    archive = {path: _hash(text.encode("utf-8", "surrogateescape")) for path, text in saved.items()}
    return {"ramdisk": found, "archive": archive}


def _settings(host: Host) -> dict[str, Any]:
    return {
        "services": {
            service.key: {"running": service.running, "policy": service.policy} for service in host.services.all
        },
        "lockdown": {"mode": host.lockdown.mode, "exceptions": sorted(host.lockdown.exceptions)},
        "maintenance": {"active": host.maintenance.active, "entering": host.maintenance.entering},
        "kernel_options": {o.name: {"configured": o.configured, "runtime": o.runtime} for o in host.kernel_options.all},
        "options": {option.key: option.value for option in host.options.all},
        "licence": host.licence.edition.name,
        "users": {user.name: {"description": user.description} for user in host.users.all},
        "roles": {role.name: {**asdict(role), "privileges": sorted(role.privileges)} for role in host.roles.all},
        "permissions": host.roles.permissions,
        "autostart": {
            "defaults": asdict(host.autostarts.defaults),
            "entries": [asdict(entry) for entry in host.autostarts.entries],
        },
    }


def _resources(host: Host) -> dict[str, Any]:
    return {
        "storage": asdict(host.storage),
        "network": asdict(host.network),
        "datastores": {store.name: _datastore(host, store) for store in host.datastores.all},
    }


def _datastore(host: Host, store: Datastore) -> dict[str, Any]:
    found = {path: _file(store.folder / path) for path in _paths(store.folder)} if store.accessible else {}
    logs = {path: file for path, file in found.items() if path.endswith(".log")}
    return {
        "uuid": store.uuid,
        "disk": store.disk,
        "capacity_mib": store.capacity_mib,
        "accessible": store.accessible,
        "free_mib": host.datastores.free_mib(store.name),
        "files": {path: file for path, file in found.items() if path not in logs},
        "logs": logs,
    }


def _paths(root: Path) -> Iterator[str]:
    """Yield the files and links below a folder, relative to it and in order; no link is followed."""
    for at, folders, files in os.walk(root):
        folders.sort()
        linked = [name for name in folders if os.path.islink(os.path.join(at, name))]
        for name in sorted([*files, *linked]):
            yield os.path.relpath(os.path.join(at, name), root)


def _file(path: Path) -> dict[str, Any]:
    """Tell what a file is; one that has gone meanwhile, or is neither file nor link, is told as such."""
    if path.is_symlink():
        return {"link": os.readlink(path)}
    if not path.is_file():
        return {"size": None}
    size = path.stat().st_size
    return {"size": size, "sha256": _hash(path.read_bytes())} if size <= HASHED_BYTES else {"size": size}


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
