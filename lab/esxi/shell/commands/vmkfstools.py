"""vmkfstools: virtual disks. Only -c SIZE (with -d and -a), -U and -E; a disk is a descriptor and a flat file.

Texts of the refusals are unverified on a host.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.esxi.rules import rule
from lab.esxi.shell.result import Request, Result
from lab.esxi.shell.unknown import Unknown

_UNITS = {"": 1, "s": 512, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_FORMATS = ("thin", "zeroedthick", "eagerzeroedthick")
_ADAPTERS = ("lsilogic", "buslogic", "ide", "pvscsi")
_SIZE = re.compile(r"(\d+)([skmgt]?)", re.IGNORECASE)

DISK_EXISTS = rule(
    "vmkfstools.exists",
    "A virtual disk is not made over a file.",
    source="A",
    message="Failed to create virtual disk: The file specified already exists ({path}).",
    unverified="the text",
)
NO_DISK = rule(
    "vmkfstools.no_disk",
    "Only a virtual disk that is there can be removed or moved.",
    source="A",
    message="Failed to open '{path}': The system cannot find the file specified (25).",
    unverified="the text",
)


@dataclass(frozen=True)
class _Line:
    action: str
    size: str
    format: str
    adapter: str
    paths: tuple[str, ...]


def changes(_arguments: Sequence[str]) -> bool:
    """Tell that every simulated call changes a datastore."""
    return True


def run(request: Request) -> Result:
    """Make, remove or rename a disk."""
    line = _read(request.arguments)
    places = [request.host.datastores.of_volume(request.path(path)) for path in line.paths]
    if line.action == "-c":
        return _create(request, line, places[0])
    NO_DISK.refuse_if(not _is_disk(places[0]), path=line.paths[0])
    if line.action == "-U":
        return _remove(places[0])
    DISK_EXISTS.refuse_if(places[1].exists(), path=line.paths[1])
    return _rename(places[0], places[1])


def _read(arguments: Sequence[str]) -> _Line:
    values = {"-d": "zeroedthick", "-a": "lsilogic", "-c": ""}
    spelled = {"--createvirtualdisk": "-c", "--diskformat": "-d", "--adaptertype": "-a"}
    spelled |= {"--deletevirtualdisk": "-U", "--renamevirtualdisk": "-E"}
    actions, paths, words = [], [], list(arguments)
    while words:
        word = words.pop(0)
        option = spelled.get(word, word)
        if option in values and words:
            values[option] = words.pop(0)
        if option in ("-c", "-U", "-E"):
            actions.append(option)
        elif not option.startswith("-"):
            paths.append(option)
        elif option not in values:
            raise Unknown(f"vmkfstools: {word}: not simulated; simulated: -c -d -a -U -E\n")
    fits = len(actions) == 1 and len(paths) == (2 if actions == ["-E"] else 1)
    if not fits or values["-d"] not in _FORMATS or values["-a"] not in _ADAPTERS:
        raise Unknown(f"vmkfstools: {' '.join(arguments)}: not a line that is simulated\n")
    return _Line(actions[0], values["-c"], values["-d"], values["-a"], tuple(paths))


def _flat(disk: Path) -> Path:
    return disk.with_name(f"{disk.stem}-flat.vmdk")


def _is_disk(disk: Path) -> bool:
    return disk.is_file() and _flat(disk).is_file()


def _create(request: Request, line: _Line, disk: Path) -> Result:
    size = _SIZE.fullmatch(line.size)
    if size is None:
        raise Unknown(f"vmkfstools: size {line.size!r} is not allowed; allowed: a number with s, k, m, g or t\n")
    length = int(size[1]) * _UNITS[size[2].lower()]
    DISK_EXISTS.refuse_if(disk.exists() or _flat(disk).exists(), path=line.paths[0])
    store = request.host.datastores.place_of(disk.parent).partition("]")[0].lstrip("[")
    if line.format != "thin":
        request.host.datastores.check_space(store, length)
    with _flat(disk).open("wb") as flat:
        os.truncate(flat.fileno(), length)
    disk.write_text(_describe(disk, line, length), encoding="utf-8")
    return Result(stdout="Create: 100% done.\n")


def _describe(disk: Path, line: _Line, length: int) -> str:
    return (
        '# Disk DescriptorFile\nversion=1\nencoding="UTF-8"\nCID=fffffffe\nparentCID=ffffffff\ncreateType="vmfs"\n\n'
        f'# Extent description\nRW {length // 512} VMFS "{_flat(disk).name}"\n\n'
        f'# The Disk Data Base\n#DDB\n\nddb.adapterType = "{line.adapter}"\n'
        f'ddb.thinProvisioned = "{int(line.format == "thin")}"\nddb.virtualHWVersion = "13"\n'
    )


def _remove(disk: Path) -> Result:
    _flat(disk).unlink()
    disk.unlink()
    return Result()


def _rename(old: Path, new: Path) -> Result:
    os.rename(_flat(old), _flat(new))
    text = old.read_text(encoding="utf-8").replace(f'"{_flat(old).name}"', f'"{_flat(new).name}"')
    new.write_text(text, encoding="utf-8")
    old.unlink()
    return Result()
