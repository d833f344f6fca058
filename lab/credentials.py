"""Passwords of a lab, and the files of its SSH clients; only the owner reads them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.directory import LabDirectory

USER = "fastpath"


@dataclass(frozen=True)
class Credentials:
    """What opens the routers by password."""

    username: str
    password: str
    enable_secret: str


def read_credentials(directory: LabDirectory) -> Credentials:
    """Read the passwords of a lab that was started before."""
    return Credentials(**json.loads(directory.credentials.read_text(encoding="utf-8")))


def write_known_hosts(directory: LabDirectory, addresses: Mapping[str, str], port: int) -> None:
    """Write known_hosts for every node, and an SSH client configuration that names it."""
    key = " ".join(Path(f"{directory.host_key}.pub").read_text(encoding="ascii").split()[:2])
    places = [address if port == 22 else f"[{address}]:{port}" for address in addresses.values()]
    write_private(directory.known_hosts, "".join(f"{place} {key}\n" for place in places))
    options = {"UserKnownHostsFile": directory.known_hosts, "StrictHostKeyChecking": "yes"}
    write_private(directory.ssh_config, "".join(f"{key} {value}\n" for key, value in options.items()))


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    temporary = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)
