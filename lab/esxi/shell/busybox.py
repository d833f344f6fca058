"""Make, from a stock busybox, one that knows only what ESXi's shell knows.

A stock busybox is dangerous and too capable: its ash runs applets in preference to files, whichever
way they are called (nested `sh -c`, xargs, env), and two of them are `reboot` and `poweroff`. So the
names of all applets that ESXi does not have, or that the simulator answers itself, are overwritten in
the copy's own table, and so is ash's builtin `command`. The table is searched by order: a new name
keeps the length and the place of the old one and mostly holds a control character, so that nobody
types it by accident.
Which applets ESXi's busybox has is from users' listings and unverified on a host; that it has neither
`command` nor `tr` is from notes of a project that runs scripts there.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from lab.errors import LabError

STOCK = Path("/bin/busybox")
_FIRST_NAMES = b"\0[\0[[\0"
_COMMAND_BUILTIN = b"2command\0"  # the digit is the builtin's kind
_HIDDEN_BUILTIN = b"2comman\x01\0"
_OWN_NAME = "busybox"
_TRIED = 1024
_MAY_STAY = ("w",)  # nothing else of one letter fits there; it lists who is logged in

# Plain tools without a part in the simulation, as they are.
_NAMES = """
[ [[ ash awk basename bunzip2 bzcat bzip2 cat chgrp chmod chown clear cmp cp cut date dd diff dirname du echo egrep
env expr false fgrep find getopt grep groups gunzip gzip head hexdump id kill less ln logger ls md5sum mkdir mkfifo
mknod mktemp more mv od printf pwd readlink realpath reset rm rmdir sed seq setsid sh sha1sum sha256sum sha512sum
shuf sleep sort stat stty sync tail tar tee test time timeout touch true tty uniq unlink unxz unzip usleep vi watch
wc which xargs xz zcat
"""
APPLETS = frozenset(_NAMES.split())


def strip_busybox(stock: bytes, kept: Collection[str] = APPLETS) -> bytes:
    """Return a busybox without `command` and with no applet but the kept ones."""
    start, names = _read_table(stock)
    hidden = _hide(names, {_OWN_NAME, *kept})
    table = b"".join(name + b"\0" for name in hidden)
    if stock.count(_COMMAND_BUILTIN) != 1:
        raise LabError("this busybox cannot be taken apart: its shell's builtins are not where they should be")
    stripped = stock[:start] + table + stock[start + len(table) :]
    return stripped.replace(_COMMAND_BUILTIN, _HIDDEN_BUILTIN)


def _read_table(stock: bytes) -> tuple[int, list[bytes]]:
    """Return where the table of applets begins, and its names."""
    if stock.count(_FIRST_NAMES) != 1:
        raise LabError("this busybox cannot be taken apart: it has no table of applets, or several")
    start = stock.index(_FIRST_NAMES) + 1
    names: list[bytes] = []
    place = start
    while name := stock[place : stock.index(b"\0", place)]:
        if names and name <= names[-1]:
            break
        names.append(name)
        place += len(name) + 1
    if not {b"sh", b"reboot", b"poweroff"} <= set(names):
        raise LabError("this busybox cannot be taken apart: its table of applets ends too soon")
    return start, names


def _hide(names: Sequence[bytes], kept: Collection[str]) -> list[bytes]:
    hidden: list[bytes] = []
    for place, name in enumerate(names):
        if name.decode() in kept:
            hidden.append(name)
            continue
        after = next((other for other in names[place + 1 :] if other.decode() in kept), b"\xff")
        hidden.append(_hidden_name(name, hidden[-1] if hidden else b"", after))
    return hidden


def _hidden_name(name: bytes, before: bytes, after: bytes) -> bytes:
    """Return a name of the same length between two others, with a control character where there is one."""
    free = [found for found in _names_from(before, len(name)) if before < found < after and found != name]
    untypable = [found for found in free if min(found) < 32]
    if not free and name.decode() not in _MAY_STAY:
        raise LabError(f"this busybox cannot be taken apart: no name is free for its applet {name.decode()!r}")
    return (untypable or free or [name])[0]


def _names_from(before: bytes, size: int) -> Iterator[bytes]:
    """Yield some names of a length that follow another one: in each the last bytes are counted up."""
    number = int.from_bytes(before[:size].ljust(size, b"\1"), "big")
    for candidate in range(number, number + _TRIED):
        found = candidate.to_bytes(size + 1, "big")[1:]
        if 0 not in found:
            yield found


def install_busybox(target: Path, stock: Path = STOCK) -> None:
    """Write a stripped busybox to a new file."""
    if not stock.exists():
        raise LabError(f"{stock} is missing; install Debian's package busybox-static")
    stripped = strip_busybox(stock.read_bytes())
    target.write_bytes(stripped)
    os.chmod(target, 0o755)
