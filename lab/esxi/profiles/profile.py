"""Typed description of a simulated host, from a YAML file; everything that is wrong is reported at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lab.errors import Finding, LabError
from lab.esxi.machine.identity import HardwareSummary
from lab.esxi.machine.licence import EDITIONS
from lab.esxi.machine.network import Pnic
from lab.esxi.machine.pci import PciDevice
from lab.esxi.machine.roles import SYSTEM_ROLES
from lab.esxi.machine.services import POLICIES, SERVICES
from lab.esxi.machine.storage import Adapter, Disk
from lab.esxi.machine.versions import RELEASES
from lab.esxi.profiles.outcome_rows import OutcomeRow
from lab.esxi.profiles.typed_yaml import TypedReader

PROFILES = Path(__file__).parent
OUTCOMES = "outcomes"  # a file of this folder that is no profile


@dataclass(frozen=True)
class ProfileDatastore:
    """A datastore that a host is installed with."""

    name: str
    disk: str
    capacity_mib: int


@dataclass(frozen=True)
class ProfileService:
    """A service whose policy is not the usual one."""

    key: str
    policy: str


@dataclass(frozen=True)
class ProfileUser:
    """A user beside root; whoever starts the host gives the password."""

    name: str
    role: str = "NoAccess"


@dataclass(frozen=True)
class ProfileVm:
    """A VM that the host has from the start."""

    name: str
    guest_id: str = "otherGuest64"
    cpus: int = 1
    memory_mib: int = 1024
    powered_on: bool = False
    autostart: bool = False


@dataclass(frozen=True)
class Profile:
    """A whole host as it is installed; what is changed later lies with its data."""

    name: str
    title: str
    release: str
    hardware: HardwareSummary
    pci: tuple[PciDevice, ...]
    adapters: tuple[Adapter, ...]
    disks: tuple[Disk, ...]
    boot_disk: str
    datastores: tuple[ProfileDatastore, ...]
    pnics: tuple[Pnic, ...]
    uplinks: tuple[str, ...]
    outcomes: tuple[OutcomeRow, ...]
    coredump_disk: str = ""
    licence: str = "enterprise_plus"
    services: tuple[ProfileService, ...] = ()
    users: tuple[ProfileUser, ...] = ()
    vms: tuple[ProfileVm, ...] = ()
    enabled: tuple[str, ...] = ()  # PCI devices that are passed through from the start


class InvalidProfile(LabError):
    """A profile is wrong; all findings are reported at once."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Keep the findings and join them into one text."""
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


def profile_names() -> tuple[str, ...]:
    """Return the names of the profiles that come with the lab."""
    return tuple(sorted(file.stem for file in PROFILES.glob("*.yml") if file.stem != OUTCOMES))


def load_profile(name_or_path: str) -> Profile:
    """Read and validate a profile given by name ("seed-8.0u3") or by the path of a file."""
    path = _find(name_or_path, PROFILES)
    raw = _inherit(path, ())
    raw.setdefault("name", path.stem)
    raw.setdefault(OUTCOMES, _load(PROFILES / f"{OUTCOMES}.yml"))
    return read_profile(raw)


def read_profile(raw: object) -> Profile:
    """Turn what a profile says into values, or raise InvalidProfile with all findings."""
    reader = TypedReader()
    profile = reader.read(Profile, "profile", raw)
    if profile is not None:
        for finding in _contradictions(profile):
            reader.add(*finding)
    if profile is None or reader.findings:
        raise InvalidProfile(reader.findings)
    return profile


def _find(name_or_path: str, beside: Path) -> Path:
    path = Path(name_or_path)
    if path.suffix not in (".yml", ".yaml"):
        path = PROFILES / f"{name_or_path}.yml"
    elif not path.is_absolute() and (beside / path).is_file():
        path = beside / path
    if not path.is_file():
        known = ", ".join(profile_names())
        raise LabError(f"there is no profile {name_or_path!r}; allowed: {known}, or the path of a .yml file")
    return path


def _load(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as exc:
        raise LabError(f"{path}: not readable as YAML: {' '.join(str(exc).split())}") from exc


def _inherit(path: Path, below: tuple[Path, ...]) -> dict[str, Any]:
    """Return a profile's keys over those of the one that it `extends`, `pci_changes` worked in."""
    raw = _load(path)
    if not isinstance(raw, dict):
        raise InvalidProfile([Finding(str(path), raw, "a mapping", "Write it as key: value.")])
    if path in below:
        raise LabError(f"{path}: extends itself by way of {', '.join(each.name for each in below)}")
    base = raw.pop("extends", None)
    merged = {**(_inherit(_find(str(base), path.parent), (*below, path)) if base else {}), **raw}
    if base:
        merged["name"] = raw.get("name", path.stem)
    changes, devices = merged.pop("pci_changes", {}), merged.get("pci", [])
    if changes and _are_mappings(devices):  # devices that are not are found where all values are read
        _check_changes(changes, devices)
        merged["pci"] = _change_devices(devices, changes)
    return merged


def _are_mappings(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(each, dict) for each in values)


def _check_changes(changes: object, devices: list[dict[str, Any]]) -> None:
    """Refuse changes that are none, or that take out what is not there."""
    where, found = "profile.pci_changes", []
    if not isinstance(changes, dict):
        finding = Finding(where, changes, "a mapping from addresses to changes", "Write it as key: value.")
        raise InvalidProfile([finding])
    known = [str(device.get("address")) for device in devices]
    for address, change in changes.items():
        if change is None and address not in known:
            found.append(Finding(where, address, f"an address that is there: {', '.join(known)}", "Correct it."))
        if change is not None and not isinstance(change, dict):
            found.append(Finding(f"{where}.{address}", change, "a mapping of what changes, or null", "Correct it."))
    if found:
        raise InvalidProfile(found)


def _change_devices(devices: list[dict[str, Any]], changes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the devices with those changed that are named by address; null takes one out, a new address adds one."""
    by_address: dict[str, dict[str, Any]] = {str(device.get("address")): device for device in devices}
    changed = {
        address: {**by_address.get(address, {}), **(new or {}), "address": address} for address, new in changes.items()
    }
    kept = {**by_address, **changed}
    return [device for address, device in kept.items() if address not in changes or changes[address] is not None]


_Found = tuple[str, object, str, str]


def _contradictions(profile: Profile) -> Iterator[_Found]:
    """Yield what is wrong although every value by itself is right."""
    for where, names in _unique_names(profile):
        for name in [name for name, count in Counter(names).items() if count > 1]:
            yield f"profile.{where}", name, "each name once", "Rename one or remove it."
    for where, used, known in _references(profile):
        for name in used:
            if name not in known:
                yield f"profile.{where}", name, ", ".join(known) or "nothing", "Correct it or add what it names."
    if not profile.uplinks:
        yield "profile.uplinks", [], "at least one of the pnics", "Name the management adapter."
    room = Counter[str]()
    for store in profile.datastores:
        room[store.disk] += store.capacity_mib
    for disk in profile.disks:
        if room[disk.name] > disk.capacity_mib:
            yield (
                f"profile.datastores on {disk.name}",
                room[disk.name],
                f"at most {disk.capacity_mib} MiB",
                "Shrink one.",
            )


def _unique_names(profile: Profile) -> Iterator[tuple[str, list[str]]]:
    yield "pci", [device.address for device in profile.pci]
    yield "adapters", [adapter.device for adapter in profile.adapters]
    yield "disks", [disk.name for disk in profile.disks]
    yield "datastores", [store.name for store in profile.datastores]
    yield "pnics", [nic.device for nic in profile.pnics]
    yield "vms", [vm.name for vm in profile.vms]
    yield "users", ["root", *(user.name for user in profile.users)]


def _references(profile: Profile) -> Iterator[tuple[str, Iterable[str], Sequence[str]]]:
    """Yield (where, names, the names that there are)."""
    addresses = [device.address for device in profile.pci]
    disks = [disk.name for disk in profile.disks]
    bridges = [device.address for device in profile.pci if device.is_bridge]
    yield "release", [profile.release], list(RELEASES)
    yield "licence", [profile.licence], list(EDITIONS)
    yield "pci.bridge", [device.bridge for device in profile.pci if device.bridge is not None], bridges
    yield "adapters.pci", [adapter.pci for adapter in profile.adapters], addresses
    yield "pnics.pci", [nic.pci for nic in profile.pnics], addresses
    yield "disks.adapter", [disk.adapter for disk in profile.disks], [adapter.device for adapter in profile.adapters]
    yield "datastores.disk", [store.disk for store in profile.datastores], disks
    yield "boot_disk", [profile.boot_disk], disks
    yield "coredump_disk", [profile.coredump_disk] if profile.coredump_disk else [], disks
    yield "uplinks", profile.uplinks, [nic.device for nic in profile.pnics]
    yield "services.key", [service.key for service in profile.services], [service.key for service in SERVICES]
    yield "services.policy", [service.policy for service in profile.services], POLICIES
    yield "users.role", [user.role for user in profile.users], [role.name for role in SYSTEM_ROLES]
    yield "enabled", profile.enabled, addresses
