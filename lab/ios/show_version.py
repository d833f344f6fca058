"""`show version` of a lab router, which says that it is the lab.

The lines are those that tools read: cisco.ios' cliconf takes version, model ("cisco X (revision"),
host name ("X uptime is") and image file out of them. What the lab does not have (memory, serial
numbers, licences, configuration register) is not claimed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lab.ios.show_time import DAY_S, HOUR_S, MINUTE_S, WEEK_S, YEAR_S

VERSION = "15.7(3)M2"  # the release whose command line the lab imitates
MODEL = "FASTPATH-LAB"
IMAGE = "lab:fastpath"
BANNER = f"""\
Cisco IOS Software, Linux Software (LAB-FASTPATH), Version {VERSION}, edgeworks.fastpath lab
This is the lab of edgeworks.fastpath, an emulation for tests. It contains no software of Cisco.
"""
UNITS = (("year", YEAR_S), ("week", WEEK_S), ("day", DAY_S), ("hour", HOUR_S), ("minute", MINUTE_S))


def render_version(hostname: str, interfaces: Sequence[str], started_at: float, now: float) -> str:
    """Return `show version`; `interfaces` are canonical names, times are UTC epoch seconds."""
    return "\n".join(
        [
            BANNER,
            f"{hostname} uptime is {_uptime(now - started_at)}",
            f'System image file is "{IMAGE}"',
            "",
            f"cisco {MODEL} (revision 1) emulated on Linux",
            *_interface_counts(interfaces),
        ]
    )


def render_inventory(hostname: str) -> str:
    """Return `show inventory`: a lab router is one part, without version and serial number."""
    return f'NAME: "{hostname}", DESCR: "edgeworks.fastpath lab router"\nPID: {MODEL:<18}, VID:     , SN: \n'


def _uptime(seconds: float) -> str:
    """Return "1 week, 2 days, 5 minutes"; units that are zero are left out."""
    rest, parts = max(0, int(seconds)), []
    for unit, length in UNITS:
        count, rest = divmod(rest, length)
        if count:
            parts.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return ", ".join(parts) or "0 minutes"


def _interface_counts(interfaces: Sequence[str]) -> list[str]:
    kinds = Counter(name.rstrip("0123456789/.") for name in interfaces)
    physical = [(kind, count) for kind, count in sorted(kinds.items()) if kind != "Loopback"]
    return [f"{count} {kind} interface{'' if count == 1 else 's'}" for kind, count in physical]
