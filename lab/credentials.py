"""Keys and passwords of a lab, made once and kept in files that only the owner reads."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import asyncssh

from lab.directory import LabDirectory

USER = "fastpath"
_KEY_TYPE = "ssh-ed25519"
_PASSWORD_BYTES = 12


@dataclass(frozen=True)
class Credentials:
    """What opens the routers by password."""

    username: str
    password: str
    enable_secret: str


def ensure_credentials(directory: LabDirectory) -> Credentials:
    """Return the lab's credentials, making what is missing: passwords, the user's key, the host key."""
    if not directory.credentials.exists():
        made = Credentials(USER, secrets.token_hex(_PASSWORD_BYTES), secrets.token_hex(_PASSWORD_BYTES))
        write_private(directory.credentials, json.dumps(asdict(made)))
    for path in (directory.user_key, directory.host_key):
        if not path.exists():
            _write_key(path, f"{USER} of lab {directory.name}")
    return read_credentials(directory)


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


def _write_key(path: Path, comment: str) -> None:
    key = asyncssh.generate_private_key(_KEY_TYPE, comment=comment)
    write_private(path, key.export_private_key().decode())
    write_private(Path(f"{path}.pub"), key.export_public_key().decode())
