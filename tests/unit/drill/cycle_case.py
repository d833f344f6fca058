"""One cycle of a link cut as it is seen when all goes well, to be spoilt by the tests: times in seconds after START."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.clocks import Reading
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.predict import predict
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.result import CycleFacts
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.scenario import Expect, Scenario
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.sessions import as_observed, find_sessions
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.verdict import CutRecord
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.show_clock import RouterClock

from .network_case import Infos, infos, models, row, scenario

START = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
EPOCH = START.timestamp()
# When the cut was made, when the traffic had moved, when it was healed, when all was back.
CUT, MOVED, HEALING, HEALED, BACK, END = 20.0, 21.5, 25.0, 25.4, 32.0, 34.0
# How far each clock is ahead, in seconds.
AHEAD = {"R1": 100.0, "R3": -7.5, "PC1": 0.25, "PC2": -3.0}
HEADER = """Syslog logging: enabled (0 messages dropped, 0 messages rate-limited, 0 flushes, 0 overruns)
    Buffer logging:  level debugging, 9 messages logged, xml disabled,
Log Buffer (65536 bytes):
"""
LIMITS = Expect(max_outage_ms=1000, max_failback_ms=50)


def at(seconds: float) -> float:
    """Return a time of the cycle on the controller's clock."""
    return EPOCH + seconds


def log_line(router: str, seconds: float, text: str) -> str:
    """Return a message as the router stamps it, by its own clock."""
    moment = START + timedelta(seconds=seconds + AHEAD[router])
    return f"*{moment:%b %d %H:%M:%S}.{moment.microsecond // 1000:03}: {text}"


def bfd_down(router: str, seconds: float, reason: str = "ECHO FAILURE", number: int = 1) -> str:
    """Return the message of a BFD session that goes down; the session over the link has number 1."""
    text = f"BFD session ld:{number} handle:{number},is going Down Reason: {reason}"
    return log_line(router, seconds, f"%BFDFSM-6-BFD_SESS_DOWN: BFD-SYSLOG: {text}")


def bgp_down(router: str, seconds: float, reason: str = "BFD adjacency down") -> list[str]:
    """Return the messages of the link's BGP session that goes down."""
    neighbor = {"R1": "10.10.10.2", "R3": "10.10.10.1"}[router]
    return [
        log_line(router, seconds, f"%BGP-5-NBR_RESET: Neighbor {neighbor} reset ({reason})"),
        log_line(router, seconds, f"%BGP-5-ADJCHANGE: neighbor {neighbor} Down {reason}"),
    ]


def hold_timer(router: str, seconds: float) -> list[str]:
    """Return the messages of a hold timer that fires."""
    neighbor = {"R1": "10.10.10.2", "R3": "10.10.10.1"}[router]
    told = f"%BGP-3-NOTIFICATION: sent to neighbor {neighbor} 4/0 (hold time expired) 0 bytes"
    return [log_line(router, seconds, told), *bgp_down(router, seconds, "BGP Notification sent")]


def log(*lines: str) -> str:
    """Return `show logging` with these messages."""
    return HEADER + "\n".join(lines) + "\n"


GOOD_LOGS = {
    "R1": log(bfd_down("R1", CUT + 0.28), *bgp_down("R1", CUT + 0.281)),
    "R3": log(bfd_down("R3", CUT + 0.25), *bgp_down("R3", CUT + 0.251)),
}


def router_readings(router: str, round_trip_s: float = 0.04) -> list[tuple[float, RouterClock, float]]:
    """Return a reading of a router's clock at the beginning and one at the end."""
    return [
        (at(when), RouterClock(at(when) + round_trip_s / 2 + AHEAD[router], "UTC", 1, "*"), at(when) + round_trip_s)
        for when in (0.0, 33.0)
    ]


def host_readings(host: str, round_trip_s: float = 0.02) -> list[Reading]:
    """Return a reading of a host's clock."""
    return [Reading(at(1), at(1) + round_trip_s, at(1) + round_trip_s / 2 + AHEAD[host], 0.001)]


def probe(source: str, target: str, *losses: tuple[float, float], **changes: Any) -> dict[str, Any]:
    """Return a probe's result with these runs of lost probes, each from when to when."""
    ahead = AHEAD[source]
    runs = [
        {
            "from_at": at(start) + ahead,
            "to_at": at(end) + ahead,
            "count": round((end - start) * 100),
            "gap_ms": 1000 * (end - start) + 10,
            "outage_ms": 1000 * (end - start),
            "uncertainty_ms": 10.0,
        }
        for start, end in losses
    ]
    return {
        "direction": f"{source} -> {target}",
        "interval_ms": 10,
        "started_at": at(3) + ahead,
        "ended_at": at(END - 0.5) + ahead,
        "sent": 3000,
        "received": 3000 - sum(run["count"] for run in runs),
        "losses": runs,
        "stalls": [],
        "truncated": False,
        **changes,
    }


def probes(*losses: tuple[float, float]) -> list[dict[str, Any]]:
    """Return both directions with the same runs of lost probes."""
    return [probe("PC1", "PC2", *losses), probe("PC2", "PC1", *losses)]


def after(reason: str = "BFD adjacency down", seconds: float = CUT + 0.28) -> Infos:
    """Return what the routers show in the end: as before, but for the marks that the reset left."""
    found = infos()
    for router, neighbor in (("R1", "10.10.10.2"), ("R3", "10.10.10.1")):
        row(found, router, "bgp_neighbors", neighbor).update(
            last_reset_reason=reason, last_reset_s=int(END - seconds), connections_dropped=1, uptime_s=2
        )
    return found


def cut(**changes: Any) -> CutRecord:
    """Return a cut that the drill made and took back."""
    record = CutRecord("acl", "inbound access lists", at(CUT), at(CUT + 0.1), at(HEALING), at(HEALED), "drill", True)
    return replace(record, **changes)


def facts(wanted: Scenario | None = None, mode: str = "bfd", **changes: Any) -> CycleFacts:
    """Return a cycle in which everything went well, changed by the case."""
    chosen = wanted or scenario(expect={"max_outage_ms": 1000, "max_failback_ms": 50})
    sessions = as_observed(find_sessions(models(), chosen.ends), infos())
    good = CycleFacts(
        scenario=chosen,
        mode=mode,
        number=1,
        models=models(),
        sessions=sessions,
        prediction=predict(chosen, mode, sessions),
        cut=cut(),
        started_at=at(0),
        ended_at=at(END),
        source="PC1",
        target="PC2",
        before=infos(),
        after=after(),
        read_at={"": at(END)},
        logs=dict(GOOD_LOGS),
        clocks={**{r: router_readings(r) for r in ("R1", "R3")}, **{h: host_readings(h) for h in ("PC1", "PC2")}},
        probes=probes((CUT + 0.02, CUT + 0.45)),
        moved_at=at(MOVED),
        back_at=at(BACK),
    )
    return replace(good, **changes)
