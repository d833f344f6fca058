"""How the lab's verbs ask its supervisor: JSON lines over a unix socket in the lab's directory."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.errors import LabError

SOCKET = "control"
_TIMEOUT_S = 30.0


@contextmanager
def short_path(directory: Path) -> Iterator[str]:
    """Give the socket a path that fits into the 108 bytes of a unix address."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)


def call(directory: Path, verb: str, **arguments: Any) -> Any:
    """Ask the supervisor of a running lab, and return its result or raise LabError with its words."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_TIMEOUT_S)
        try:
            with short_path(directory) as path:
                connection.connect(path)
            connection.sendall(json.dumps({"verb": verb, **arguments}).encode() + b"\n")
            with connection.makefile("rb") as stream:
                line = stream.readline()
        except OSError as exc:
            raise LabError(f"the lab's supervisor does not answer: {exc.strerror or exc}") from exc
    if not line:
        raise LabError("the lab's supervisor closed the connection without an answer")
    answer = json.loads(line)
    if "error" in answer:
        raise LabError(answer["error"])
    return answer["result"]
