"""The lab's own process, inside its sandbox: `python -m lab.daemon SPECIFICATION`.

`up` starts it with listening sockets and a pipe to report on, and then lets go of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from lab.control import serve_control
from lab.directory import LabDirectory
from lab.errors import LabError
from lab.hosts import home_directory
from lab.sandbox import adopt_orphans, prepare_mounts
from lab.supervisor import Supervisor
from lab.topology import load_topology


@dataclass(frozen=True)
class Specification:
    """What the supervisor is told: where the lab is, and the descriptors that it inherits."""

    directory: str
    engine: bool
    revert_minute_s: float
    report: int
    claim: int
    listeners: Mapping[str, int]

    def dump(self) -> str:
        """Return the specification as the argument of the command line."""
        return json.dumps(asdict(self))


class _Report:
    """Tells `up` how far the lab is; a line of JSON each."""

    def __init__(self, descriptor: int) -> None:
        self._pipe = os.fdopen(descriptor, "w", encoding="utf-8")

    def say(self, kind: str, text: str) -> None:
        """Send one line; BrokenPipeError where `up` has gone, so that a lab half up ends with it."""
        print(json.dumps({"kind": kind, "text": text}), file=self._pipe, flush=True)

    def close(self) -> None:
        """Say nothing more."""
        self._pipe.close()


def main(arguments: list[str]) -> int:
    """Become the supervisor; return the exit status."""
    specification = Specification(**json.loads(arguments[0]))
    for descriptor in (specification.report, specification.claim, *specification.listeners.values()):
        os.set_inheritable(descriptor, False)
    report = _Report(specification.report)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    try:
        prepare_mounts()
        adopt_orphans()
        os.chdir(home_directory())
        asyncio.run(_supervise(specification, report))
    except Exception as exc:
        logging.getLogger(__name__).exception("the supervisor ends")
        with contextlib.suppress(OSError, ValueError):  # nobody listens any more
            report.say("error", str(exc) if isinstance(exc, LabError) else f"{type(exc).__name__}: {exc}")
        return 1
    return 0


async def _supervise(specification: Specification, report: _Report) -> None:
    """Bring the lab up, say so, and serve it until the process is killed."""
    directory = LabDirectory(Path(specification.directory))
    supervisor = Supervisor(
        load_topology(directory.topology), directory, specification.engine, specification.revert_minute_s
    )
    listeners = {node: socket.socket(fileno=fd) for node, fd in specification.listeners.items()}
    await supervisor.start(listeners, lambda text: report.say("progress", text))
    await serve_control(directory.path, supervisor.verbs())
    report.say("ready", "")
    report.close()
    await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
