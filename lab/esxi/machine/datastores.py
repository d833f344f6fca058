"""Datastores: real folders, each a VMFS volume on one of the host's disks."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from lab.esxi.machine.config_store import Section
from lab.esxi.rules import rule

MIB = 1024 * 1024
VOLUMES = PurePosixPath("/vmfs/volumes")
_BAD_NAME = re.compile(r"^\s*$|[]/\x00-\x1f]")
_PATH = re.compile(r"\[(?P<datastore>[^\]]+)\] ?(?P<rest>.*)")

UNKNOWN_DATASTORE = rule(
    "datastore.unknown",
    "A path names a datastore that the host has.",
    source="A",
    fault="InvalidDatastore",
    message="There is no datastore {name}.",
    unverified="the text",
)
INACCESSIBLE = rule(
    "datastore.inaccessible",
    "A datastore whose disk the host does not see can be neither read nor written.",
    source="A",
    fault="InaccessibleDatastore",
    message="Datastore {name} is not accessible.",
    unverified="the text",
)
BAD_PATH = rule(
    "datastore.bad_path",
    "A path is [datastore] folder/file and stays inside the datastore, links included.",
    source="A",
    fault="InvalidDatastorePath",
    message="Invalid datastore path '{datastorePath}'.",
)
NO_SPACE = rule(
    "datastore.no_space",
    "What does not fit is not written.",
    source="A",
    fault="NoDiskSpace",
    message="Datastore {datastore} has {free_mib} MiB left, {wanted_mib} MiB are wanted.",
    unverified="the text",
)
BAD_NAME = rule(
    "datastore.bad_name",
    "A datastore's name is not empty, and no part of it could end the name in a path.",
    source="A",
    fault="InvalidName",
    message="The name '{name}' is invalid.",
    unverified="which characters a host refuses; here ], / and control characters",
)
NAME_TAKEN = rule(
    "datastore.name_taken",
    "Two datastores have different names.",
    source="A",
    fault="DuplicateName",
    message="The name '{name}' already exists.",
)


@dataclass(frozen=True)
class Datastore:
    """One datastore; `folder` holds its files, `uuid` is its name below /vmfs/volumes."""

    name: str
    uuid: str
    disk: str
    capacity_mib: int
    folder: Path
    accessible: bool = True
    type: str = "VMFS"


class Datastores:
    """The datastores of one host; `sees` tells whether the host has a datastore's disk at the moment."""

    def __init__(self, saved: Section, shipped: tuple[Datastore, ...], sees: Callable[[Datastore], bool]) -> None:
        """Make the folders, and take where changed names are kept, by uuid."""
        self._saved = saved
        self._shipped = shipped
        self._sees = sees
        for datastore in shipped:
            datastore.folder.mkdir(parents=True, exist_ok=True)
        self.rescan()

    def rescan(self) -> None:
        """Look again which disks are there."""
        names = self._saved.read()
        named = (replace(store, name=names.get(store.uuid, store.name)) for store in self._shipped)
        self._stores = {store.name: replace(store, accessible=self._sees(store)) for store in named}

    @property
    def all(self) -> tuple[Datastore, ...]:
        """Return the datastores, accessible or not."""
        return tuple(self._stores.values())

    def find(self, name: str) -> Datastore:
        """Return one datastore by its name or uuid."""
        found = next((store for store in self.all if name in (store.name, store.uuid)), None)
        UNKNOWN_DATASTORE.refuse_if(found is None, name=name)
        return found or self.all[0]

    def open(self, name: str) -> Datastore:
        """Return one datastore that can be read and written."""
        store = self.find(name)
        INACCESSIBLE.refuse_if(not store.accessible, name=store.name, datastore=None)
        return store

    def resolve(self, path: str) -> Path:
        """Return the file of "[datastore1] folder/file", which need not be there."""
        match = _PATH.fullmatch(path)
        BAD_PATH.refuse_if(match is None, datastorePath=path)
        name, rest = (match["datastore"], match["rest"]) if match else (self.all[0].name, "")
        return self._inside(self.open(name), rest, path)

    def of_volume(self, path: str) -> Path:
        """Return the file of "/vmfs/volumes/datastore1/folder/file", by name or uuid of the datastore."""
        parts = PurePosixPath(path).parts
        inside = parts[:3] == VOLUMES.parts and len(parts) > 3
        BAD_PATH.refuse_if(not inside, datastorePath=path)
        name, rest = (parts[3], "/".join(parts[4:])) if inside else (self.all[0].name, "")
        return self._inside(self.open(name), rest, path)

    def place_of(self, file: Path) -> str:
        """Return the datastore path of a file: "[datastore1] folder/file"."""
        real = Path(os.path.realpath(file))
        for store in self.all:
            root = Path(os.path.realpath(store.folder))
            if real == root:
                return f"[{store.name}]"
            if real.is_relative_to(root):
                return f"[{store.name}] {real.relative_to(root).as_posix()}"
        raise ValueError(f"{file} is in no datastore")

    def _inside(self, store: Datastore, rest: str, path: str) -> Path:
        """Return a path below the datastore, with its links followed."""
        BAD_PATH.refuse_if("\0" in rest, datastorePath=path)
        root = os.path.realpath(store.folder)
        real = os.path.realpath(os.path.join(root, *PurePosixPath("/" + rest).parts[1:]))
        outside = real != root and not real.startswith(root + os.sep)
        BAD_PATH.refuse_if(outside, datastorePath=path)
        return Path(real)

    def used_mib(self, name: str) -> int:
        """Return what the files take on the disk; holes in them take nothing."""
        found = [os.path.join(at, file) for at, _, files in os.walk(self.find(name).folder) for file in files]
        return -(-sum(map(_blocks, found)) * 512 // MIB)

    def free_mib(self, name: str) -> int:
        """Return what is left."""
        return max(0, self.find(name).capacity_mib - self.used_mib(name))

    def check_space(self, name: str, size: int) -> None:
        """Refuse to write so many bytes where they do not fit."""
        free, wanted = self.free_mib(name), -(-size // MIB)
        NO_SPACE.refuse_if(wanted > free, datastore=name, free_mib=free, wanted_mib=wanted)

    def rename(self, old: str, new: str) -> None:
        """Give a datastore another name, kept over boots."""
        store = self.find(old)
        BAD_NAME.refuse_if(_BAD_NAME.search(new) is not None, name=new)
        NAME_TAKEN.refuse_if(
            any(new == other.name for other in self.all if other.uuid != store.uuid), name=new, object=None
        )
        self._saved.write({**self._saved.read(), store.uuid: new})
        self.rescan()


def _blocks(file: str) -> int:
    """Return how many blocks a file takes, none if it has gone meanwhile: the shell works beside this process."""
    try:
        return os.lstat(file).st_blocks
    except FileNotFoundError:
        return 0
