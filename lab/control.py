"""How the lab's verbs talk to its supervisor: JSON lines over a unix socket in the lab's directory."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.errors import LabError

_SOCKET = "control"
_TIMEOUT_S = 30.0
_LOG = logging.getLogger(__name__)

Handler = Callable[[Mapping[str, Any]], Awaitable[Any]]


@contextmanager
def _short_path(directory: Path) -> Iterator[str]:
    """Give the socket a path that fits into the 108 bytes of a unix address."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{_SOCKET}"
    finally:
        os.close(descriptor)


async def serve_control(directory: Path, verbs: Mapping[str, Handler]) -> asyncio.Server:
    """Answer the verbs on the lab's control socket."""
    (directory / _SOCKET).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with _short_path(directory) as path:
        listener.bind(path)
    (directory / _SOCKET).chmod(0o600)
    return await asyncio.start_unix_server(lambda reader, writer: _serve(verbs, reader, writer), sock=listener)


async def _serve(verbs: Mapping[str, Handler], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one line after the other until the client goes."""
    try:
        while line := await reader.readline():
            writer.write(json.dumps(await _answer(verbs, json.loads(line))).encode() + b"\n")
            await writer.drain()
    except (ConnectionError, ValueError) as exc:
        _LOG.warning("control connection ended: %s", exc)
    finally:
        writer.close()


async def _answer(verbs: Mapping[str, Handler], request: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {"result": await verbs[request["verb"]](request)}
    except LabError as exc:
        return {"error": str(exc)}
    except Exception as exc:  # the supervisor must outlive any request; the caller gets the text
        _LOG.exception("verb %s failed", request)
        return {"error": f"{type(exc).__name__}: {exc} (the lab's supervisor.log has more)"}


def call(directory: Path, verb: str, **arguments: Any) -> Any:
    """Ask the supervisor of a running lab, and return its result or raise LabError with its words."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_TIMEOUT_S)
        try:
            with _short_path(directory) as path:
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
