"""The root that the shell sees: the host's RAM disk, completed with busybox, tools and what is mounted.

The only program is busybox. Every other tool is one script, under many names, that hands its
arguments to the simulator and does what that answers (see calls.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.esxi.shell.busybox import APPLETS, install_busybox

CALLS = "var/run/.calls"
_SHIM = "usr/lib/vmware/shim"
# A shim opens its own end of `done` before it calls, so the simulator's write neither waits nor fails.
_SHIM_TEXT = f"""#!/bin/sh
d=/{CALLS}/$$
mkdir "$d" && mkfifo "$d/done" && exec 3<>"$d/done" || exit 126
printf '%s\\0' "$USER" "$PWD" "${{0##*/}}" "$@" >"$d/argv"
echo $$ >/{CALLS}/calls
read -r _ <&3
. "$d/answer"
"""
# Debian's busybox has no nohup.
_NOHUP = "#!/bin/sh\ntrap '' HUP\nexec \"$@\"\n"
# Every user of the shell is root in there; `~root` needs the line.
_PASSWD = "root:x:0:0:Administrator:/:/bin/sh\n"
_GROUP = "root:x:0:root\n"
_FOLDERS = ("bin", "dev", "etc", "opt", "scratch", "tmp", "usr/bin", "usr/lib/vmware", "var/log", "var/tmp", CALLS)
_DEVICES = ("null", "zero", "random", "urandom")
VOLUMES = "vmfs/volumes"


@dataclass(frozen=True)
class Volume:
    """A datastore: its label, the name of its folder below /vmfs/volumes, and where its files really lie."""

    label: str
    uuid: str
    folder: Path


def complete_root(root: Path, tools: Iterable[str], volumes: Iterable[Volume]) -> Mapping[str, Path]:
    """Complete the root, and return what must appear in it from outside: place below the root -> file or folder."""
    for folder in _FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "tmp").chmod(0o1777)
    _link(root / "sbin", "bin")
    _link(root / "usr/bin/env", "../../bin/env")
    install_busybox(root / "bin/busybox")
    _write_script(root / "bin/nohup", _NOHUP)
    _write_script(root / _SHIM, _SHIM_TEXT)
    (root / "etc/passwd").write_text(_PASSWD, encoding="utf-8")
    (root / "etc/group").write_text(_GROUP, encoding="utf-8")
    for tool in tools:
        _link(root / "bin" / tool, f"/{_SHIM}")
    for applet in APPLETS:
        _link(root / "bin" / applet, "busybox")
    return {**_show_devices(root), **_show_volumes(root, volumes)}


def _link(place: Path, target: str) -> None:
    if not place.is_symlink():
        place.symlink_to(target)


def _write_script(place: Path, text: str) -> None:
    place.write_text(text, encoding="utf-8")
    place.chmod(0o755)


def _show_devices(root: Path) -> Mapping[str, Path]:
    for device in _DEVICES:
        (root / "dev" / device).touch()
    return {f"dev/{device}": Path("/dev", device) for device in _DEVICES}


def _show_volumes(root: Path, volumes: Iterable[Volume]) -> Mapping[str, Path]:
    shown = {}
    (root / VOLUMES).mkdir(parents=True, exist_ok=True)
    for volume in volumes:
        (root / VOLUMES / volume.uuid).mkdir(exist_ok=True)
        _link(root / VOLUMES / volume.label, volume.uuid)
        shown[f"{VOLUMES}/{volume.uuid}"] = volume.folder
    return shown
