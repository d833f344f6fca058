"""Talk to one FRR daemon over its vty socket, as vtysh does.

A command goes out as text and a zero byte; the answer is text, three zero bytes and one status byte
(FRR, lib/vty.c and vtysh/vtysh.c).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lab.engine import EngineError

_END = b"\0\0\0"
_STATUS = {1: "warning", 2: "unknown command", 3: "ambiguous", 4: "incomplete", 13: "configuration failed"}
_OK = 0
_TIMEOUT_S = 20.0
_BUFFER = 16 * 1024 * 1024  # an answer comes without line ends that would bound it


class VtyError(EngineError):
    """A daemon refused a command."""

    def __init__(self, daemon: str, command: str, status: int, answer: str) -> None:
        """Keep what was said on both sides."""
        self.command, self.status, self.answer = command, status, answer.strip()
        word = _STATUS.get(status, f"status {status}")
        super().__init__(f"{daemon} refused {command!r}: {word}: {self.answer or 'no answer'}")


class Vty:
    """An open session with one daemon, privileged; one command at a time."""

    def __init__(self, daemon: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._daemon, self._reader, self._writer = daemon, reader, writer
        self._lock = asyncio.Lock()

    async def run(self, command: str) -> str:
        """Run one command in exec mode and return its answer."""
        async with self._lock:
            return await self._run(command)

    async def show(self, command: str) -> Any:
        """Run a show command that answers with JSON."""
        return json.loads(await self.run(command) or "{}")

    async def configure(self, commands: Iterable[str]) -> None:
        """Run commands in configuration mode, which is left whatever happens."""
        async with self._lock:
            await self._run("configure terminal")
            try:
                for command in commands:
                    await self._run(command)
            finally:
                await self._run("end")

    async def configure_what_can_be(self, commands: Iterable[str]) -> list[str]:
        """Do what `configure` does, passing over what is refused; return that."""
        refused = []
        async with self._lock:
            await self._run("configure terminal")
            for command in commands:
                try:
                    await self._run(command)
                except VtyError:
                    refused.append(command)
            await self._run("end")
        return refused

    def close(self) -> None:
        """Leave the session."""
        self._writer.close()

    async def _run(self, command: str) -> str:
        self._writer.write(command.encode() + b"\0")
        await self._writer.drain()
        try:
            answer = await asyncio.wait_for(self._reader.readuntil(_END), _TIMEOUT_S)
            status = (await asyncio.wait_for(self._reader.readexactly(1), _TIMEOUT_S))[0]
        except (asyncio.IncompleteReadError, asyncio.TimeoutError, OSError) as exc:
            raise VtyError(self._daemon, command, -1, f"the daemon does not answer ({type(exc).__name__})") from exc
        text = answer[: -len(_END)].decode(errors="replace")
        if status != _OK:
            raise VtyError(self._daemon, command, status, text)
        return text


async def open_vty(path: Path) -> Vty:
    """Open a privileged session on a daemon's socket."""
    reader, writer = await asyncio.open_unix_connection(str(path), limit=_BUFFER)
    vty = Vty(path.stem, reader, writer)
    await vty.run("enable")
    return vty
