"""Bring a lab up and take it down, seen from the machine that carries it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lab.addresses import LabSockets, open_sockets
from lab.credentials import write_known_hosts, write_private
from lab.daemon import Specification
from lab.directory import LabDirectory
from lab.errors import LabError
from lab.inventory import render_inventory
from lab.keys import ensure_credentials
from lab.machine import check_machine, is_rootless
from lab.record import (
    DEFAULT_REVERT_MINUTE_S,
    LabRecord,
    ProcessId,
    child_of,
    end_processes,
    identify,
    kill_and_wait,
    read_record,
    running,
    write_record,
)
from lab.request import SOCKET
from lab.sandbox import unshare_command
from lab.topology import Topology, load_topology

_READY_TIMEOUT_S = 120.0
_FIRST_TIMEOUT_S = 20.0
_POLL_S = 0.01
_ROOT = Path(__file__).resolve().parent.parent
_LOG_LINES = 5
Say = Callable[[str], None]


@dataclass(frozen=True)
class LabWish:
    """What `up` was asked for."""

    topology: Path
    ports: str = "high"
    engine: bool = True
    revert_minute_s: float | None = None  # None: as it is, or the usual one


def bring_up(directory: LabDirectory, wish: LabWish, say: Say) -> LabRecord:
    """Bring a lab up, or find it up already."""
    topology = load_topology(wish.topology)
    digest = hashlib.sha256(wish.topology.read_bytes()).hexdigest()
    with _locked(directory.path.parent):
        found = running(directory)
        if found is not None:
            return _same_lab(directory, found, wish, digest, say)
        check_machine(wish.engine)
        stale = read_record(directory.record)
        if stale is not None:
            say("cleaning up after a lab that ended by itself")
            end_processes(stale)
        return _start(directory, topology, wish, digest, stale, say)


def _same_lab(directory: LabDirectory, found: LabRecord, wish: LabWish, digest: str, say: Say) -> LabRecord:
    down_first = f"run: python -m lab down --name {directory.name}, or choose another --name"
    if found.topology_digest != digest:
        raise LabError(f"lab {directory.name!r} is up with another topology; {down_first}")
    if found.engine != wish.engine:
        state = "with" if found.engine else "without"
        raise LabError(f"lab {directory.name!r} is up {state} its routing engine; {down_first}")
    if wish.revert_minute_s not in (None, found.revert_minute_s):
        raise LabError(
            f"lab {directory.name!r} is up with a revert minute of {found.revert_minute_s:g} s, "
            f"not {wish.revert_minute_s:g} s; {down_first}"
        )
    say(f"lab {directory.name} is already up")
    return found


def _start(
    directory: LabDirectory, topology: Topology, wish: LabWish, digest: str, stale: LabRecord | None, say: Say
) -> LabRecord:
    directory.create()
    directory.topology.write_bytes(wish.topology.read_bytes())
    directory.unknown.unlink(missing_ok=True)
    sockets = open_sockets(topology.nodes, str(directory.path), wish.ports, _former_octet(stale))
    with contextlib.closing(sockets):
        credentials = ensure_credentials(directory)
        write_known_hosts(directory, sockets.addresses, sockets.port)
        inventory = render_inventory(topology, sockets.addresses, sockets.port, directory, credentials)
        write_private(directory.inventory, inventory)
        return _launch(directory, sockets, wish, digest, say)


def _former_octet(stale: LabRecord | None) -> int | None:
    return int(next(iter(stale.addresses.values())).split(".")[1]) if stale is not None else None


def _launch(directory: LabDirectory, sockets: LabSockets, wish: LabWish, digest: str, say: Say) -> LabRecord:
    """Start the sandbox, note down what it is, and wait until it reports that it is ready."""
    hear, report = os.pipe()
    try:
        launcher = _popen(directory, sockets, wish, report)
    finally:
        os.close(report)
    with os.fdopen(hear, "rb") as pipe, _killed_on_error(launcher):
        record = LabRecord(
            launcher=identify(launcher.pid),
            first=_wait_for_first(launcher, directory),
            rootless=is_rootless(),
            topology_digest=digest,
            engine=wish.engine,
            addresses=sockets.addresses,
            port=sockets.port,
            started_at=time.time(),
            revert_minute_s=_revert_minute_s(wish),
        )
        write_record(directory.record, record)
        _wait_until_ready(pipe, directory, say)
    return record


def _popen(directory: LabDirectory, sockets: LabSockets, wish: LabWish, report: int) -> subprocess.Popen[bytes]:
    listeners = {node: listener.fileno() for node, listener in sockets.listeners.items()}
    specification = Specification(
        str(directory.path), wish.engine, _revert_minute_s(wish), report, sockets.claim.fileno(), listeners
    )
    command = unshare_command(is_rootless(), [sys.executable, "-m", "lab.daemon", specification.dump()])
    with directory.supervisor_log.open("wb") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=_ROOT,
            pass_fds=[report, sockets.claim.fileno(), *listeners.values()],
            start_new_session=True,
        )


def _revert_minute_s(wish: LabWish) -> float:
    return DEFAULT_REVERT_MINUTE_S if wish.revert_minute_s is None else wish.revert_minute_s


@contextlib.contextmanager
def _killed_on_error(launcher: subprocess.Popen[bytes]) -> Iterator[None]:
    """Leave nothing behind when bringing up fails or is interrupted."""
    try:
        yield
    except BaseException:
        first = child_of(launcher.pid)
        launcher.kill()
        launcher.wait()
        if first is not None:
            kill_and_wait(first)
        raise


def _wait_for_first(launcher: subprocess.Popen[bytes], directory: LabDirectory) -> ProcessId:
    """Return the first process of the sandbox as soon as there is one."""
    deadline = time.monotonic() + _FIRST_TIMEOUT_S
    while time.monotonic() < deadline and launcher.poll() is None:
        if (first := child_of(launcher.pid)) is not None:
            return first
        time.sleep(_POLL_S)
    raise LabError(f"the sandbox did not start; {_log_end(directory)}")


def _wait_until_ready(pipe: BinaryIO, directory: LabDirectory, say: Say) -> None:
    """Follow the supervisor's report up to "ready"."""
    deadline = time.monotonic() + _READY_TIMEOUT_S
    rest = b""
    while True:
        readable, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
        if not readable:
            raise LabError(f"the lab is not ready after {_READY_TIMEOUT_S:.0f} s; {_log_end(directory)}")
        chunk = os.read(pipe.fileno(), 65536)
        if not chunk:
            raise LabError(f"the lab ended while it started; {_log_end(directory)}")
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if _is_ready(json.loads(line), say):
                return


def _is_ready(report: Mapping[str, str], say: Say) -> bool:
    if report["kind"] == "error":
        raise LabError(report["text"])
    if report["kind"] == "progress":
        say(report["text"])
    return report["kind"] == "ready"


def _log_end(directory: LabDirectory) -> str:
    """Return where the supervisor's log is and how it ends."""
    lines = directory.supervisor_log.read_text(encoding="utf-8", errors="replace").splitlines()
    return f"{directory.supervisor_log} ends with: {' | '.join(lines[-_LOG_LINES:]) or '(nothing)'}"


def take_down(directory: LabDirectory, erase: bool) -> bool:
    """End everything of a lab, also of one that crashed; tell whether there was anything to end."""
    if not directory.path.is_dir():
        return False
    with _locked(directory.path.parent):
        record = read_record(directory.record)
        if record is not None:
            end_processes(record)
            directory.record.unlink()
        (directory.path / SOCKET).unlink(missing_ok=True)
        if erase:
            shutil.rmtree(directory.path)
    return record is not None or erase


@contextlib.contextmanager
def _locked(parent: Path) -> Iterator[None]:
    """Let one `up` or `down` at a time change the labs of a directory."""
    parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
