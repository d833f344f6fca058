"""Run ip(8), many lines at a time."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Sequence
from typing import Any

from lab.errors import LabError


async def run_batch(lines: Sequence[str], namespace: str | None = None) -> None:
    """Run `ip -batch` with these lines, inside a namespace where one is named."""
    if lines:
        await _ip(namespace, ["-batch", "-"], "".join(f"{line}\n" for line in lines))


async def run_what_can_be(lines: Sequence[str], namespace: str) -> None:
    """Do what `run_batch` does, passing over lines that fail."""
    for line in lines:
        with contextlib.suppress(LabError):
            await run_batch([line], namespace)


async def show_json(namespace: str, *arguments: str) -> list[dict[str, Any]]:
    """Return what `ip -json ...` says in a namespace."""
    text = await _ip(namespace, ["-json", *arguments], "")
    rows: list[dict[str, Any]] = json.loads(text or "[]")
    return rows


async def _ip(namespace: str | None, arguments: Sequence[str], given: str) -> str:
    command = ["ip", *(["-n", namespace] if namespace else []), *arguments]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
    out, err = await process.communicate(given.encode())
    if process.returncode != 0:
        said = " ".join(err.decode(errors="replace").split())
        raise LabError(f"{' '.join(command)} failed: {said or process.returncode}; its lines were: {given.split()}")
    return out.decode()
