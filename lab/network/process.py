"""Run a program that reads what to do from its input."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from lab.errors import LabError


async def run_fed(command: Sequence[str], given: str) -> str:
    """Run a command with this input and return its output; LabError with its words where it fails."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
    out, err = await process.communicate(given.encode())
    if process.returncode != 0:
        said = " ".join(err.decode(errors="replace").split())
        raise LabError(f"{' '.join(command)} failed: {said or process.returncode}; its lines were: {given.split()}")
    return out.decode()
