"""Why a session went down: FRR's words on one side, IOS' words on the other."""

from __future__ import annotations

BFD_DOWN = (6, 10)  # RFC 9384
COLLISION = (6, 7)  # RFC 4486

NEIGHBOR_DELETED = "Neighbor deleted"
_CLOSED = "Peer closed the session"
_FLAP = "Interface flap"

# FRR 8.4 bgpd/bgp_fsm.c `peer_down_str` -> IOS. Nothing that is not here reaches the user. Unverified on a
# device: the texts of changed configurations (IDs, AS, confederation, clients, update source, address
# family, peer-groups) and which text stands for what only FRR distinguishes.
RESETS = {
    "Router ID changed": "Router ID changed",
    "Remote AS changed": "Remote AS changed",
    "Local AS change": "Local AS changed",
    "Cluster ID changed": "Cluster ID changed",
    "Confederation identifier changed": "Confederation identifier changed",
    "Confederation peer changed": "Confederation peer changed",
    "RR client config change": "RR client config change",
    "RS client config change": "User reset",
    "Update source change": "Update source changed",
    "Address family activated": "Address family activated",
    "Admin. shutdown": "Admin. shutdown",
    "Admin. shutdown (RTT)": "Admin. shutdown",
    "User reset": "User reset",
    "BGP Notification received": "BGP Notification received",
    "BGP Notification send": "BGP Notification sent",
    "Peer closed the session": _CLOSED,
    "NSF peer closed the session": _CLOSED,
    "Socket Error": _CLOSED,
    "Neighbor deleted": NEIGHBOR_DELETED,
    "Peer-group add member": "Member added to peergroup",
    "Peer-group delete member": "Member removed from peergroup",
    "Capability changed": "Capability changed",
    "Passive config change": "User reset",
    "Multihop config change": "User reset",
    "AS Set config change": "User reset",
    "Reached received prefix count": "Peer over prefix limit",
    "BFD down received": "BFD adjacency down",
    "Interface down": _FLAP,
    "Neighbor address lost": _FLAP,
    "Intf peering v6only config change": _FLAP,
    # The way to the neighbor is gone. A neighbor of the lab is on a connected network.
    "Waiting for NHT": _FLAP,
    "Waiting for Peer IPv6 LLA": _FLAP,
    "Waiting for VRF to be initialized": _FLAP,
    "No AFI/SAFI activated for peer": "User reset",
    "Waiting for peer OPEN": _CLOSED,
}

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
    return RESETS.get(said, _CLOSED)


def bfd_reason(said: str) -> str:
    """Return the diagnostic behind a word of bfdd's log."""
    return _BFD.get(said, said)


def diagnostic_number(said: str) -> int:
    """Return the number of a diagnostic that bfdd shows in words."""
    return DIAGNOSTICS.index(said) if said in DIAGNOSTICS else 0
