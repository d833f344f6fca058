"""Snapshots: the VM's document, and what its guest keeps, as they were. The tree lies in the .vmsd file.

Disks keep their names: the chains of delta files that a host makes are not simulated.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from lab.esxi.machine.vmx import Vmx, parse_vmx
from lab.esxi.rules import rule

NO_SNAPSHOT = rule(
    "vm.no_such_snapshot",
    "Only a snapshot that is there is removed or gone back to.",
    source="A",
    fault="NotFound",
    message="There is no snapshot {snapshot}.",
    unverified="fault and text",
)


@dataclass(frozen=True)
class Snapshot:
    """One snapshot; `parent` is 0 for the first, `power` the state that going back to it leads to."""

    id: int
    name: str
    description: str
    time: str
    power: str = "poweredOff"
    parent: int = 0
    quiesced: bool = False

    @property
    def created(self) -> datetime:
        """Return when it was taken."""
        return datetime.fromisoformat(self.time)


@dataclass(frozen=True)
class Saved:
    """What a snapshot keeps: the text of the VMX file and the content of the first disk."""

    vmx: str
    disk: dict[str, Any]


class SnapshotTree:
    """The snapshots of one VM, in its folder."""

    def __init__(self, vmx_file: Path, changed: Callable[[], None]) -> None:
        """Read what is there; `changed` is called after every later change."""
        self._changed = changed
        self._file = vmx_file.with_suffix(".vmsd")
        self._read(parse_vmx(self._file.read_text(encoding="utf-8")) if self._file.exists() else Vmx())

    def _read(self, vmsd: Vmx) -> None:
        self.all: tuple[Snapshot, ...] = tuple(
            Snapshot(**json.loads(vmsd.get(f"snapshot{number}.simulated")))
            for number in range(vmsd.number("snapshot.numSnapshots"))
        )
        self.current = vmsd.number("snapshot.current")
        self._last = vmsd.number("snapshot.lastUID")

    def children(self, parent: int = 0) -> tuple[Snapshot, ...]:
        """Return the snapshots that were taken from another one, or the first ones."""
        return tuple(each for each in self.all if each.parent == parent)

    def find(self, snapshot_id: int) -> Snapshot:
        """Return one snapshot."""
        found = next((each for each in self.all if each.id == snapshot_id), None)
        NO_SNAPSHOT.refuse_if(found is None, snapshot=snapshot_id)
        return found or self.all[0]

    def take(self, snapshot: Snapshot, saved: Saved) -> Snapshot:
        """Add a snapshot below the current one."""
        self._last += 1
        made = replace(snapshot, id=self._last, parent=self.current)
        self.state_file(made.id).write_text(json.dumps(asdict(saved)), encoding="utf-8")
        self._write((*self.all, made), made.id)
        return made

    def saved(self, snapshot_id: int) -> Saved:
        """Return what a snapshot keeps."""
        return Saved(**json.loads(self.state_file(snapshot_id).read_text(encoding="utf-8")))

    def go_to(self, snapshot_id: int) -> None:
        """Make a snapshot the current one."""
        self._write(self.all, self.find(snapshot_id).id)

    def remove(self, snapshot_id: int, with_children: bool = False) -> None:
        """Remove a snapshot; its children, if they stay, go to its parent."""
        gone = {snapshot_id, *(self._below(snapshot_id) if with_children else ())}
        parent = self.find(snapshot_id).parent
        kept = [replace(each, parent=parent) if each.parent in gone else each for each in self.all]
        current = parent if self.current in gone else self.current
        self._write(tuple(each for each in kept if each.id not in gone), current)
        for each in gone:
            self.state_file(each).unlink(missing_ok=True)

    def remove_all(self) -> None:
        """Remove every snapshot."""
        for each in self.children():
            self.remove(each.id, with_children=True)

    def _below(self, snapshot_id: int) -> Iterator[int]:
        for each in self.children(snapshot_id):
            yield each.id
            yield from self._below(each.id)

    def rename(self, snapshot_id: int, name: str | None, description: str | None) -> None:
        """Give a snapshot another name or description."""
        old = self.find(snapshot_id)
        new = replace(
            old,
            name=old.name if name is None else name,
            description=old.description if description is None else description,
        )
        self._write(tuple(new if each.id == old.id else each for each in self.all), self.current)

    def state_file(self, snapshot_id: int) -> Path:
        """Return the file that holds a snapshot."""
        return self._file.with_name(f"{self._file.stem}-Snapshot{snapshot_id}.vmsn")

    def _write(self, snapshots: tuple[Snapshot, ...], current: int) -> None:
        values = {"snapshot.lastUID": self._last, "snapshot.current": current, "snapshot.numSnapshots": len(snapshots)}
        lines = {".encoding": "UTF-8", **{key: str(value) for key, value in values.items()}}
        for number, each in enumerate(snapshots):
            at = f"snapshot{number}"
            lines |= {f"{at}.uid": str(each.id), f"{at}.displayName": each.name, f"{at}.description": each.description}
            lines |= {f"{at}.filename": self.state_file(each.id).name, f"{at}.simulated": json.dumps(asdict(each))}
        vmsd = Vmx().changed(lines)
        self._file.write_text(vmsd.render(), encoding="utf-8")
        self._read(vmsd)
        self._changed()
