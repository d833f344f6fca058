"""Why a session went down: FRR's words on one side, IOS' words on the other."""

from __future__ import annotations

BFD_DOWN = (6, 10)  # RFC 9384
COLLISION = (6, 7)  # RFC 4486

# FRR bgpd/bgp_fsm.c `peer_down_str` -> IOS. What is not here reads the same on both sides.
_RESETS = {
    "BFD down received": "BFD adjacency down",
    "BGP Notification send": "BGP Notification sent",
    "Interface down": "Interface flap",
    "Neighbor address lost": "Interface flap",
    "Local AS change": "Local AS changed",
    "Admin. shutdown (RTT)": "Admin. shutdown",
}

# FRR says this where a session has never been up: IOS says nothing.
_NEVER_RESET = ("", "No AFI/SAFI activated for peer", "Waiting for peer OPEN", "No path to specified Neighbor")

# bfdd's log -> its diagnostic (RFC 5880, 4.1), the words that the lab's syslog knows.
_BFD = {
    "control-expired": "control detection time expired",
    "echo-failed": "echo function failed",
    "neighbor-down": "neighbor signaled session down",
    "admin-down": "administratively down",
    "fwd-reset": "forwarding plane reset",
    "path-down": "path down",
    "concatenated-path-down": "concatenated path down",
    "reverse-concat-path-down": "reverse concatenated path down",
}

DIAGNOSTICS = (
    "ok",
    "control detection time expired",
    "echo function failed",
    "neighbor signaled session down",
    "forwarding plane reset",
    "path down",
    "concatenated path down",
    "administratively down",
    "reverse concatenated path down",
)


def reset_reason(said: str, notification: tuple[int, int] | None) -> str:
    """Return IOS' words for a reset; `notification` is the code and subcode that went with it."""
    if notification == BFD_DOWN and said == "BGP Notification send":
        return "BFD adjacency down"
    return _RESETS.get(said, said)


def was_reset(said: str) -> bool:
    """Tell whether FRR's words stand for a reset that IOS would know of."""
    return said not in _NEVER_RESET


def bfd_reason(said: str) -> str:
    """Return the diagnostic behind a word of bfdd's log."""
    return _BFD.get(said, said)


def diagnostic_number(said: str) -> int:
    """Return the number of a diagnostic that bfdd shows in words."""
    return DIAGNOSTICS.index(said) if said in DIAGNOSTICS else 0
