"""Whether this machine can carry a lab; if not, what is missing and what mends it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from lab.errors import LabError
from lab.frr.daemons import BINARIES, DAEMONS
from lab.sandbox import unshare_command

# Command -> the Debian package that brings it.
_COMMANDS = {
    "ip": "iproute2",
    "nft": "nftables",
    "nsenter": "util-linux",
    "unshare": "util-linux",
    "mount": "mount",
}
_PROBE = "; ".join(
    [
        "ip link add name bridge0 type bridge || echo bridge",
        "ip link add name veth0 type veth peer name veth1 || echo veth",
        "ip link add link veth0 name macvlan0 type macvlan mode bridge || echo macvlan",
        "nft 'table bridge t { chain c { type filter hook forward priority 0; }; }' || echo nf_tables",
        "mount -t tmpfs tmpfs /run || echo tmpfs",
    ]
)
_PROBE_TIMEOUT_S = 20


def is_rootless() -> bool:
    """Tell whether the lab needs a user namespace."""
    return os.geteuid() != 0


def check_machine(engine: bool) -> None:
    """Raise LabError where something is missing that the lab needs; `engine` is whether FRR will run."""
    packages = [package for command, package in _COMMANDS.items() if shutil.which(command) is None]
    missing = [command for command in _COMMANDS if shutil.which(command) is None]
    if engine:
        absent = [daemon for daemon in DAEMONS if not os.access(BINARIES / daemon, os.X_OK)]
        missing += [str(BINARIES / daemon) for daemon in absent]
        packages += ["frr"] if absent else []
    if missing:
        remedy = f"run: sudo apt-get install {' '.join(sorted(set(packages)))} (or: make demo, which does it)"
        raise LabError(f"this machine lacks {', '.join(missing)}; {remedy}")
    _check_namespaces()


def _check_namespaces() -> None:
    """Make a sandbox as the lab will, and everything that goes into it, once."""
    command = unshare_command(is_rootless(), ["sh", "-c", _PROBE])
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PROBE_TIMEOUT_S)
    except subprocess.TimeoutExpired as exc:
        raise LabError(f"making a namespace takes longer than {_PROBE_TIMEOUT_S} s on this machine") from exc
    if done.returncode != 0:
        raise LabError(f"this machine lets us make no namespaces ({_last_line(done.stderr)}); {_namespace_remedy()}")
    if lacking := done.stdout.split():
        modules = " && ".join(f"sudo modprobe {name}" for name in lacking if name != "tmpfs")
        raise LabError(f"namespaces here have no {', '.join(lacking)} ({_last_line(done.stderr)}); run: {modules}")


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no reason given"


def _namespace_remedy() -> str:
    if not is_rootless():
        return "in a container it must be privileged: docker run --privileged ..."
    for path, wanted in (
        ("kernel/apparmor_restrict_unprivileged_userns", "0"),
        ("kernel/unprivileged_userns_clone", "1"),
    ):
        knob = Path("/proc/sys", path)
        if knob.exists() and knob.read_text(encoding="ascii").strip() != wanted:
            return f"run: sudo sysctl -w {path.replace('/', '.')}={wanted} (or run the lab as root)"
    return "run the lab as root: sudo -E ..."
