"""Virtual disks: a descriptor and a flat file with holes; what a guest keeps lies in the flat file, as JSON."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.esxi.rules import rule

_SECTORS = re.compile(r"^RW (\d+) VMFS", re.MULTILINE)
_THIN = re.compile(r'^ddb\.thinProvisioned = "1"', re.MULTILINE)
_EAGER = re.compile(r'^ddb\.eagerlyScrub = "1"', re.MULTILINE)

DISK_EXISTS = rule(
    "vm.disk_file_exists",
    "A new disk is not made over a file.",
    source="A",
    fault="FileAlreadyExists",
    message="Cannot complete the operation because the file or folder {file} already exists",
)
DISK_MISSING = rule(
    "vm.disk_file_missing",
    "A disk that is attached, or that a VM starts with, is there.",
    source="A",
    fault="FileNotFound",
    message="File {file} was not found",
)


@dataclass(frozen=True)
class DiskFacts:
    """What a descriptor says."""

    capacity_kib: int
    thin: bool
    eager: bool = False


def flat_of(disk: Path) -> Path:
    """Return the file with the disk's content."""
    return disk.with_name(f"{disk.stem}-flat.vmdk")


def is_disk(disk: Path) -> bool:
    """Tell whether descriptor and content are there."""
    return disk.is_file() and flat_of(disk).is_file()


def read_disk(disk: Path) -> DiskFacts:
    """Return what a disk is; one whose descriptor says nothing has no capacity."""
    text = disk.read_text(encoding="utf-8", errors="replace") if disk.is_file() else ""
    match = _SECTORS.search(text)
    return DiskFacts(int(match[1]) // 2 if match else 0, bool(_THIN.search(text)), bool(_EAGER.search(text)))


def create_disk(disk: Path, facts: DiskFacts, adapter: str) -> None:
    """Make an empty disk."""
    disk.parent.mkdir(parents=True, exist_ok=True)
    with flat_of(disk).open("wb") as flat:
        os.truncate(flat.fileno(), facts.capacity_kib * 1024)
    disk.write_text(_describe(disk, facts, adapter), encoding="utf-8")


def extend_disk(disk: Path, capacity_kib: int) -> None:
    """Make a disk larger; its content stays."""
    text = disk.read_text(encoding="utf-8")
    disk.write_text(_SECTORS.sub(f"RW {capacity_kib * 2} VMFS", text), encoding="utf-8")
    with flat_of(disk).open("rb+") as flat:
        os.truncate(flat.fileno(), max(capacity_kib * 1024, flat.seek(0, os.SEEK_END)))


def destroy_disk(disk: Path) -> None:
    """Remove a disk; what is missing already is no matter."""
    for file in (flat_of(disk), disk):
        file.unlink(missing_ok=True)


def read_content(disk: Path) -> dict[str, Any]:
    """Return what a guest keeps on its disk, nothing if it is empty or holds something else."""
    try:
        with flat_of(disk).open("rb") as flat:
            if flat.read(1) != b"{":
                return {}
            flat.seek(0)
            kept = json.loads(flat.readline())
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def write_content(disk: Path, kept: Mapping[str, Any]) -> None:
    """Write what a guest keeps to the beginning of its disk."""
    flat = flat_of(disk)
    size = flat.stat().st_size
    with flat.open("rb+") as file:
        os.truncate(file.fileno(), 0)
        file.write(json.dumps(kept, sort_keys=True).encode() + b"\n")
        os.truncate(file.fileno(), max(size, file.tell()))


def _describe(disk: Path, facts: DiskFacts, adapter: str) -> str:
    return (
        '# Disk DescriptorFile\nversion=1\nencoding="UTF-8"\nCID=fffffffe\nparentCID=ffffffff\ncreateType="vmfs"\n\n'
        f'# Extent description\nRW {facts.capacity_kib * 2} VMFS "{flat_of(disk).name}"\n\n'
        f'# The Disk Data Base\n#DDB\n\nddb.adapterType = "{adapter}"\n'
        + ('ddb.thinProvisioned = "1"\n' if facts.thin else "")
        + ('ddb.eagerlyScrub = "1"\n' if facts.eager else "")
        + 'ddb.virtualHWVersion = "14"\n'
    )
