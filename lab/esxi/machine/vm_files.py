"""The names of a VM's files: in its VMX file beside it or from /vmfs/volumes on, in the API with the datastore."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lab.esxi.machine.datastores import VOLUMES, Datastores


@dataclass(frozen=True)
class VmFiles:
    """The folder of one VM among the datastores of its host."""

    datastores: Datastores
    folder: Path

    def path(self, file: str) -> Path:
        """Return where the file of a VMX value lies; raises RuleBroken where it is in no datastore."""
        if file.startswith(f"{VOLUMES}/"):
            return self.datastores.of_volume(file)
        return self.datastores.resolve(f"{self.datastores.place_of(self.folder)}/{file}".replace("]/", "] "))

    def spelled(self, path: Path) -> str:
        """Return what the VMX file calls a file."""
        if path.parent == self.folder:
            return path.name
        return self.volume_path(path)

    def volume_path(self, path: Path) -> str:
        """Return "/vmfs/volumes/<uuid>/folder/file" of a file."""
        store, _, rest = self.datastores.place_of(path).removeprefix("[").partition("] ")
        return f"{VOLUMES}/{self.datastores.find(store).uuid}/{rest}"

    def place(self, file: str) -> str:
        """Return "[datastore] folder/file" of a VMX value, as it stands where it is in no datastore."""
        if not file.startswith("/") or file.startswith(f"{VOLUMES}/"):
            return self.datastores.place_of(self.path(file))
        return file
