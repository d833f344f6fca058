"""The host's own Python: present by name and version, but nothing is run by it.

With an interpreter that Ansible no longer supports a module fails here as on the host. Where the
interpreter would do, the call is refused as not simulated.
"""

from __future__ import annotations

from lab.esxi.machine.versions import Release
from lab.esxi.shell.result import Request, Result
from lab.esxi.shell.unknown import Unknown

# The oldest Python that reads the wrapper around a module of any supported ansible-core.
_OLDEST = (3, 8)


def names(release: Release) -> tuple[str, ...]:
    """Return what the interpreter is called."""
    return ("python", "python3", f"python{'.'.join(release.python.split('.')[:2])}")


def run(request: Request) -> Result:
    """Tell the version; refuse a program."""
    version = request.host.release.python
    if request.arguments in (("-V",), ("--version",)):
        return Result(stdout=f"Python {version}\n")
    if _numbers(version) < _OLDEST and request.arguments and not request.arguments[0].startswith("-"):
        return Result(1, stderr=f'  File "{request.arguments[0]}", line 1\nSyntaxError: invalid syntax\n')
    raise Unknown(f"{request.tool}: Python {version} of the host is not simulated\n")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split(".")[:2])
