"""Make what opens a lab: passwords, the user's key, the key by which its SSH servers are known."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict
from pathlib import Path

import asyncssh

from lab.credentials import USER, Credentials, read_credentials, write_private
from lab.directory import LabDirectory

_KEY_TYPE = "ssh-ed25519"
_PASSWORD_BYTES = 12


def ensure_credentials(directory: LabDirectory) -> Credentials:
    """Return the lab's credentials, making what is missing: passwords, the user's key, the host key."""
    if not directory.credentials.exists():
        made = Credentials(USER, secrets.token_hex(_PASSWORD_BYTES), secrets.token_hex(_PASSWORD_BYTES))
        write_private(directory.credentials, json.dumps(asdict(made)))
    for path in (directory.user_key, directory.host_key):
        if not path.exists():
            _write_key(path, f"{USER} of lab {directory.name}")
    return read_credentials(directory)


def _write_key(path: Path, comment: str) -> None:
    key = asyncssh.generate_private_key(_KEY_TYPE, comment=comment)
    write_private(path, key.export_private_key().decode())
    write_private(Path(f"{path}.pub"), key.export_public_key().decode())
