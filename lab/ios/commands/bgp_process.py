"""What the commands of the BGP process and of its neighbors share: the process and the timers' checks."""

from __future__ import annotations

from lab.ios.commands.change import Change, Refused
from lab.ios.store import Bgp

MIN_HOLD_S = 3  # RFC 4271, 4.2: zero or at least three
FLAPPING_HOLD_S = 20
FLAPPING = "% Warning: A hold time of less than 20 seconds increases the chances of peer flapping"
HOLD_TOO_SHORT = "% Hold time must be 0 or at least 3 seconds"  # the wording is unverified on a device


def bgp_process(change: Change) -> Bgp:
    """Return the process; it is refused where another session removed it meanwhile."""
    if change.config.bgp is None:
        raise Refused("% BGP not active")  # the wording is unverified on a device
    return change.config.bgp


def checked_timers(change: Change) -> tuple[int, int]:
    """Return keepalive and hold time in seconds; refuse an impossible hold time, warn of a short one.

    A keepalive above a third of the hold time is taken: the session then uses the third.
    """
    keepalive_s, hold_s = change.args.number("keepalive"), change.args.number("hold")
    if 0 < hold_s < MIN_HOLD_S:
        raise Refused(HOLD_TOO_SHORT)
    if 0 < hold_s < FLAPPING_HOLD_S:
        change.says.append(FLAPPING)
    return keepalive_s, hold_s
