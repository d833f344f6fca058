"""The supervisor's side of the control socket: a JSON line in, a JSON line out."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from lab.errors import LabError
from lab.request import SOCKET, short_path

_LOG = logging.getLogger(__name__)

Handler = Callable[[Mapping[str, Any]], Awaitable[Any]]


async def serve_control(directory: Path, verbs: Mapping[str, Handler]) -> asyncio.Server:
    """Answer the verbs on the lab's control socket."""
    (directory / SOCKET).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with short_path(directory) as path:
        listener.bind(path)
    (directory / SOCKET).chmod(0o600)
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
