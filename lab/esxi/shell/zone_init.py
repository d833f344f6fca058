"""The first process of a zone: make the host's root the only root there is, then wait for the end.

Run as a script by lab.esxi.shell.zone, in namespaces of its own; it imports the standard library only.
Arguments: the root folder, then pairs of a file or folder and where below the root it appears. It
writes a line when the zone stands, and the zone ends when its standard input does, so that it never
outlives the simulator.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys

_BIND_ALL = 4096 | 16384  # MS_BIND | MS_REC
_DETACH = 2  # MNT_DETACH
_BUSYBOX = "/bin/busybox"


def _call(name: str, *arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")


def _show(source: str, target: str) -> None:
    _call("mount", os.fsencode(source), os.fsencode(target), None, ctypes.c_ulong(_BIND_ALL), None)


def _enter_root(root: str) -> None:
    """Take the root and let go of the old one with everything that is mounted there, /proc too."""
    os.chdir(root)
    _call("pivot_root", b".", b".")
    _call("umount2", b".", _DETACH)
    os.chdir("/")


def main(name: str, root: str, *shown: str) -> None:
    """Build the zone and wait."""
    socket.sethostname(name)
    _show(root, root)
    for source, target in zip(shown[::2], shown[1::2]):
        _show(source, os.path.join(root, target))
    _enter_root(root)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # what loses its parent is reaped by the kernel
    print("ready", flush=True)
    os.dup2(os.open("/dev/null", os.O_WRONLY), 1)
    os.execv(_BUSYBOX, ["cat"])


if __name__ == "__main__":
    main(*sys.argv[1:])
