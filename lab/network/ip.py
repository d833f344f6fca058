"""Run ip(8), many lines at a time."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from typing import Any

from lab.errors import LabError
from lab.network.process import run_fed


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
    return await run_fed(["ip", *(["-n", namespace] if namespace else []), *arguments], given)
