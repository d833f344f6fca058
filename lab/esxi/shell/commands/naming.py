"""uname, hostname, uptime and vmware: what the host is and how long it runs."""

from __future__ import annotations

from lab.esxi.shell.result import Request, Result
from lab.esxi.shell.unknown import Unknown

_UNAME_ORDER = "snrvm"


def uname(request: Request) -> Result:
    """Print what the options ask for; the kernel's version is its build, with made-up dates."""
    release, name = request.host.release, request.host.identity.name
    values = {
        "s": "VMkernel",
        "n": name,
        "r": release.version,
        "v": f"#1 SMP Release build-{release.build}",
        "m": "x86_64",
        "i": "x86_64",
        "p": "x86_64",
        "o": "ESXi",
    }
    asked = "".join(word.lstrip("-") for word in request.arguments) or "s"
    if "a" in asked:
        asked = _UNAME_ORDER + "o"
    if unknown := next((letter for letter in asked if letter not in values), ""):
        raise Unknown(f"uname: invalid option -- '{unknown}'\n")
    return Result(
        stdout=" ".join(values[letter] for letter in (*_UNAME_ORDER, "p", "i", "o") if letter in asked) + "\n"
    )


def hostname(request: Request) -> Result:
    """Print the name, short with -s."""
    name = request.host.identity.name
    if request.arguments not in ((), ("-s",), ("-f",)):
        raise Unknown(f"hostname: invalid option {' '.join(request.arguments)}\n")
    return Result(stdout=f"{name.partition('.')[0] if request.arguments == ('-s',) else name}\n")


def uptime(request: Request) -> Result:
    """Print since when the host has been up, in busybox' layout."""
    now, up = request.host.around.now(), request.host.uptime
    hours, minutes = divmod(int(up.total_seconds()) // 60 % 1440, 60)
    days = f"{up.days} days, " if up.days else ""
    return Result(stdout=f" {now:%H:%M:%S} up {days}{hours:02d}:{minutes:02d}:00, load average: 0.01, 0.01, 0.01\n")


def vmware(request: Request) -> Result:
    """Print the product's version."""
    release = request.host.release
    texts = {
        "-v": f"VMware ESXi {release.version} build-{release.build}\n",
        "-l": f"VMware ESXi {release.version} Update {release.update}\n",
    }
    if not request.arguments or any(word not in texts for word in request.arguments):
        raise Unknown("Usage: vmware [-v] [-l]\n")
    return Result(stdout="".join(texts[word] for word in request.arguments))
