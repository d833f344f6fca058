# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process of its own: it outlives the session that started it, and ends by itself."""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import time
from collections.abc import Collection
from typing import Any, Callable

from ..errors import FastpathError, TransportError
from .place import Place

# How long what has ended waits to be collected.
KEEP_S = 900.0
# A process that hangs is ended by the kernel so long after it should have ended.
GRACE_S = 120
STARTS_WITHIN_S = 10.0
POLL_S = 0.02
REAL_TIME_PRIORITY, NICE = 10, -10
_LONGEST_COMM = 15


class Stop:
    """SIGTERM, as something to wait for."""

    def __init__(self) -> None:
        """Take the signal over."""
        self.asked = False
        self._reader, writer = os.pipe()
        for end in (self._reader, writer):
            os.set_blocking(end, False)
        signal.signal(signal.SIGTERM, self._ask)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)

    def _ask(self, _signal: int, _frame: Any) -> None:
        self.asked = True

    def wait(self, timeout_s: float, *links: socket.socket) -> None:
        """Return after so many seconds, when a socket has something, or when asked to stop.

        select(2) takes microseconds, poll(2) milliseconds: of an interval of 5 that is much.
        """
        watched: list[Any] = [self._reader, *links]
        ready, _w, _x = select.select(watched, [], [], max(0.0, timeout_s))
        if self._reader in ready:
            os.read(self._reader, 64)


# What a process does: it is given a Stop, and a function to call once it is ready.
Work = Callable[[Stop, Callable[[], None]], None]


def detach(title: str, place: Place, work: Work, keep: Collection[int]) -> int:
    """Run `work` in a detached process and return its pid once it says that it is ready.

    It keeps the open files `keep` and the place, whose lock it shares from the beginning. Forked twice, so that it is
    nobody's child; in a session of its own, so that no terminal's end reaches it.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _become_detached(title, place, work, (writer, place.fd, *keep))
    os.close(writer)
    os.waitpid(child, 0)
    told = _read_all(reader)
    os.close(reader)
    if not told.isdigit():
        raise FastpathError(f"{title}: the process did not start: {told or 'it ended without a word'}")
    return int(told)


def _read_all(reader: int) -> str:
    """Return what the process says before it closes its end."""
    end_s = time.monotonic() + STARTS_WITHIN_S
    told = b""
    while True:
        ready, _w, _x = select.select([reader], [], [], max(0.0, end_s - time.monotonic()))
        if not ready:
            return f"no sign of life within {STARTS_WITHIN_S:.0f} s"
        part = os.read(reader, 4096)
        if not part:
            return told.decode(errors="replace")
        told += part


def _become_detached(title: str, place: Place, work: Work, keep: tuple[int, ...]) -> None:
    """Never return: whatever happens, this is not the module any more."""
    writer, told = keep[0], False

    def tell(text: str) -> None:
        nonlocal told
        if not told:
            told = True
            os.write(writer, text.encode())
            os.close(writer)

    try:
        os.setsid()
        if os.fork():
            os._exit(0)
        _leave_everything(keep)
        _name(title)
        work(Stop(), lambda: tell(str(os.getpid())))
    except BaseException as exc:
        error = f"{type(exc).__name__}: {exc}"
        with contextlib.suppress(OSError):
            tell(error)
        with contextlib.suppress(OSError):
            place.write("error", {"error": error})
    finally:
        os._exit(0)


def _leave_everything(keep: tuple[int, ...]) -> None:
    """Let go of the session's files, directory and signals."""
    os.chdir("/")
    os.umask(0o077)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    for text in os.listdir("/proc/self/fd"):
        if int(text) > 2 and int(text) not in keep:
            with contextlib.suppress(OSError):  # the listing's own
                os.close(int(text))
    gc.disable()


def _name(title: str) -> None:
    with contextlib.suppress(OSError), open("/proc/self/comm", "w", encoding="ascii") as file:
        file.write(title[:_LONGEST_COMM])


def hurry() -> None:
    """Ask for real-time scheduling, else for a better priority; a host that allows neither is asked in vain."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(REAL_TIME_PRIORITY))
    except (OSError, AttributeError):
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, NICE)


def relax() -> None:
    """Give real-time scheduling up: what is left to do may take a moment, and others have a host to run."""
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def stand_by(place: Place, stop: Stop, keep_s: float) -> None:
    """Wait until somebody collects; when nobody comes, clean up."""
    end_s = time.monotonic() + keep_s
    while not stop.asked and time.monotonic() < end_s:
        stop.wait(end_s - time.monotonic())
    if not stop.asked:
        place.remove()


def bound(seconds: float) -> None:
    """Let the kernel end this process if it should hang."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(int(seconds) + GRACE_S)


def identity() -> dict[str, int]:
    """Return what tells this process from a later one with its number."""
    return {"pid": os.getpid(), "born": _born(os.getpid())}


def _born(pid: int) -> int:
    """Return when a process was started, in ticks since boot; 0 where there is none (proc(5), stat, field 22)."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return int(file.read().rpartition(")")[2].split()[19])
    except (OSError, IndexError):
        return 0


def end_process(place: Place, number: int, within_s: float) -> None:
    """Send a signal to the process of a place and wait until it is gone; afterwards its lock is ours."""
    end_s = time.monotonic() + within_s
    asked = False
    while not place.lock():
        status = place.read("status") or {}
        if not asked and status.get("pid") and _born(status["pid"]) == status["born"]:
            os.kill(status["pid"], number)
            asked = True
        if time.monotonic() > end_s:
            text = f"{place.path}: process {status.get('pid')} did not end within {within_s:.0f} s. Try again."
            raise TransportError(text)
        time.sleep(POLL_S)
