"""Where a lab keeps what outlives it: one directory per lab, readable by its owner only."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError
from lab.sandbox import HIDDEN
from lab.topology import LAB_NAME

PARENT_VARIABLE = "FASTPATH_LAB_DIR"
_DEFAULT_PARENT = Path(__file__).resolve().parent.parent / ".lab"


@dataclass(frozen=True)
class LabDirectory:
    """The files of one lab."""

    path: Path

    @property
    def name(self) -> str:
        """Return the lab's name."""
        return self.path.name

    @property
    def record(self) -> Path:
        """Return what tells which processes are this lab."""
        return self.path / "lab.json"

    @property
    def topology(self) -> Path:
        """Return the copy of the topology that the lab was started with."""
        return self.path / "topology.yml"

    @property
    def inventory(self) -> Path:
        """Return the inventory for Ansible."""
        return self.path / "inventory.yml"

    @property
    def credentials(self) -> Path:
        """Return the passwords."""
        return self.path / "credentials.json"

    @property
    def user_key(self) -> Path:
        """Return the private key that opens hosts and routers; the public one ends in .pub."""
        return self.path / "user_key"

    @property
    def authorized_keys(self) -> Path:
        """Return the public key that hosts and routers let in."""
        return self.path / "user_key.pub"

    @property
    def host_key(self) -> Path:
        """Return the private key by which all SSH servers of the lab are known."""
        return self.path / "host_key"

    @property
    def known_hosts(self) -> Path:
        """Return the known_hosts file of the lab's SSH servers."""
        return self.path / "known_hosts"

    @property
    def ssh_config(self) -> Path:
        """Return the SSH client's configuration that names `known_hosts`."""
        return self.path / "ssh_config"

    @property
    def unknown(self) -> Path:
        """Return the record of every command that a router did not know."""
        return self.path / "unknown.log"

    @property
    def supervisor_log(self) -> Path:
        """Return the log of the lab's own process."""
        return self.path / "logs" / "supervisor.log"

    @property
    def remote_tmp(self) -> Path:
        """Return where Ansible puts the modules that it runs on hosts."""
        return self.path / "ansible_tmp"

    def startup(self, router: str) -> Path:
        """Return a router's startup-config."""
        return self.path / "startup" / f"{router}.cfg"

    def flash(self, router: str) -> Path:
        """Return the folder that a router has for its flash: archived configurations."""
        return self.path / "flash" / router

    def logs(self, node: str) -> Path:
        """Return the folder of a node's logs."""
        return self.path / "logs" / node

    def create(self) -> None:
        """Create the directory."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o700)
        for name in ("startup", "logs"):
            (self.path / name).mkdir(exist_ok=True)


def labs_parent(environ: Mapping[str, str]) -> Path:
    """Return the directory that holds all labs."""
    given = environ.get(PARENT_VARIABLE)
    parent = Path(given).absolute() if given else _DEFAULT_PARENT
    hidden = [str(path) for path in HIDDEN if parent.resolve().is_relative_to(path.resolve())]
    if hidden:
        raise LabError(f"{PARENT_VARIABLE}={parent} is below {hidden[0]}, which the lab has of its own; choose another")
    return parent


def lab_directory(name: str, environ: Mapping[str, str] = os.environ) -> LabDirectory:
    """Return the directory of the lab of this name, which need not exist."""
    if not LAB_NAME.pattern.fullmatch(name):
        raise LabError(f"--name {name!r} is not allowed; allowed: {LAB_NAME.says}")
    return LabDirectory(labs_parent(environ) / name)


def all_labs(environ: Mapping[str, str] = os.environ) -> Iterator[LabDirectory]:
    """Yield every lab that has a directory."""
    parent = labs_parent(environ)
    for path in sorted(parent.iterdir()) if parent.is_dir() else ():
        if LAB_NAME.pattern.fullmatch(path.name) and path.is_dir():
            yield LabDirectory(path)
