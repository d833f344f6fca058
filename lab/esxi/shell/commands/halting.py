"""reboot, halt and poweroff. With -f nothing is asked and nothing saved, as when power is lost."""

from __future__ import annotations

from lab.esxi.shell.result import Request, Result
from lab.esxi.shell.unknown import Unknown

_FORCE = "-f"
_TAKES_NUMBER = "-d"
_IGNORED = ("-n", "-w", "-p")


def reboot(request: Request) -> Result:
    """Reboot; without -f in an orderly way, and unlike esxcli outside maintenance mode too."""
    power = request.host.power
    if _read(request):
        power.reset(request.caller.user)
    else:
        power.reboot(True, request.caller.user)
    return Result()


def power_off(request: Request) -> Result:
    """Switch off; that -f loses what was not saved is only known of a reboot, and here it is orderly (unverified)."""
    _read(request)
    request.host.power.shutdown(True, request.caller.user)
    return Result()


def _read(request: Request) -> bool:
    """Return whether it is forced; the delay of -d is not waited for."""
    words = list(request.arguments)
    forced = False
    while words:
        word = words.pop(0)
        if word == _FORCE:
            forced = True
        elif word == _TAKES_NUMBER and words and words[0].isdigit():
            words.pop(0)
        elif word not in _IGNORED:
            raise Unknown(f"{request.tool}: invalid option -- '{word}'\n")
    return forced
