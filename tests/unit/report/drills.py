"""Drills as failover_drill_summary returns them, told by their outages: what the seed's lab shows in numbers."""

from __future__ import annotations

import statistics

START = 1790000000.0  # 2026-09-21 14:13:20 UTC
PC1_AHEAD_MS = 12.0

BFD_PREDICTED = {
    "outage_min_ms": 200,
    "outage_max_ms": 800,
    "detection_ms": 300,
    "explanation": "Both ends detect within 300 ms (100 ms x 3); up to 500 ms more for the new path.",
}
TIMERS_PREDICTED = {
    "outage_min_ms": 10000,
    "outage_max_ms": 15500,
    "detection_ms": 15000,
    "explanation": "Without BFD the hold timer of 15 s ends the session, between 10 s and 15 s after the cut.",
}
PREDICTED = {"bfd": BFD_PREDICTED, "bgp_timers": TIMERS_PREDICTED}
CONFIGURATION = {
    "R1": [
        "interface Ethernet0/0",
        " ip address 10.10.10.1 255.255.255.0",
        " bfd interval 100 min_rx 100 multiplier 3",
        "router bgp 64512",
        " neighbor 10.10.10.2 remote-as 64513",
        " neighbor 10.10.10.2 password 7 094F471A1A0A",
        " neighbor 10.10.10.2 fall-over bfd",
    ],
    "R3": [
        "interface Ethernet0/0",
        " ip address 10.10.10.2 255.255.255.0",
        " bfd interval 100 min_rx 100 multiplier 3",
        "router bgp 64513",
        " neighbor 10.10.10.1 remote-as 64512",
        " neighbor 10.10.10.1 fall-over bfd",
    ],
}
PEERS = {"R1": "10.10.10.2", "R3": "10.10.10.1"}


def event(at, router, kind, text):
    uncertainty_ms = 0.0 if router in ("drill", "probe") else 8.0
    return {"at": at, "router": router, "kind": kind, "text": text, "uncertainty_ms": uncertainty_ms}


def bfd_events(cut, seconds):
    """Return what both routers log when BFD notices after so many seconds."""
    found = []
    for router, late in (("R1", 0.0), ("R3", 0.021)):
        at, peer = cut + seconds + late, PEERS[router]
        down = f"%BFDFSM-6-BFD_SESS_DOWN: BFD-SYSLOG: BFD session ld:1 handle:1,is going Down Reason: {REASONS[router]}"
        found += [
            event(at, router, "bfd_down", down),
            event(at + 0.004, router, "bgp_reset", f"%BGP-5-NBR_RESET: Neighbor {peer} reset (BFD adjacency down)"),
            event(at + 0.005, router, "bgp_down", f"%BGP-5-ADJCHANGE: neighbor {peer} Down BFD adjacency down"),
        ]
    return found


REASONS = {"R1": "ECHO FAILURE", "R3": "DETECT TIMER EXPIRED"}


def timer_events(cut, seconds):
    """Return what both routers log when the hold timer ends after so many seconds."""
    found = []
    for router, late in (("R1", 0.0), ("R3", -1.62)):
        at, peer = cut + seconds + late, PEERS[router]
        sent = f"%BGP-3-NOTIFICATION: sent to neighbor {peer} 4/0 (hold time expired) 0 bytes"
        found += [
            event(at, router, "notification_sent", sent),
            event(at + 0.002, router, "bgp_down", f"%BGP-5-ADJCHANGE: neighbor {peer} Down BGP Notification sent"),
        ]
    return found


def back_events(restored, mode):
    """Return what both routers log when the link is back."""
    found = []
    for router, late in (("R1", 0.31), ("R3", 0.38)):
        at = restored + late
        if mode == "bfd":
            up = "%BFDFSM-6-BFD_SESS_UP: BFD-SYSLOG: BFD session ld:2 handle:1 is going UP"
            found.append(event(at + 0.9, router, "bfd_up", up))
        found.append(event(at + 0.6, router, "bgp_up", f"%BGP-5-ADJCHANGE: neighbor {PEERS[router]} Up"))
    return found


def probe(direction, cut, outage_ms, ahead_ms=0.0, stalls=()):
    """Return one direction's probe; its times are on its own host's clock."""
    from_at = cut + 0.004 + ahead_ms / 1000
    to_at = from_at + outage_ms / 1000
    count = round(outage_ms / 10)
    loss = {"from_at": from_at, "to_at": to_at, "count": count, "gap_ms": outage_ms + 10, "outage_ms": outage_ms}
    return {
        "direction": direction,
        "method": "icmp",
        "interval_ms": 10,
        "target": "192.168.2.10",
        "started_at": cut - 3,
        "ended_at": cut + 12,
        "sent": 1500,
        "received": 1500 - count,
        "lost": count,
        "duplicates": 0,
        "reordered": 0,
        "longest_gap_ms": outage_ms + 10,
        "outage_ms": outage_ms,
        "outage_uncertainty_ms": 10,
        "outage_from": from_at if count else None,
        "outage_to": to_at if count else None,
        "losses": [loss] if count else [],
        "stalls": list(stalls),
        "rtt_ms": {"min": 0.2, "p50": 0.31, "p95": 0.6, "p99": 1.2, "max": 4.1},
        "rtt_series": [[cut - 1, 0.3], [cut + 5, 0.3]],
        "forward_lost": None,
        "return_lost": None,
        "truncated": False,
    }


def cause(mode, events, ends=("R1", "R3")):
    """Return the proven cause with the lines that prove it."""
    kind = "bfd" if mode == "bfd" else "hold_timer"
    wanted = {"bfd": "bfd_down", "hold_timer": "notification_sent"}[kind]
    found = []
    for router in ends:
        (line,) = [item for item in events if item["router"] == router and item["kind"] == wanted]
        found.append(
            {
                "router": router,
                "neighbor": PEERS[router],
                "interface": "Ethernet0/0",
                "how": "detected" if kind == "bfd" else "none",
                "at": line["at"] if kind == "bfd" else None,
                "evidence": [line["text"]],
            }
        )
    told = {
        "bfd": "Both ends detected the cut by themselves, 9.7 s before the first hold timer could fire.",
        "hold_timer": "The hold time expired at both ends.",
    }
    return {"proven": True, "kind": kind, "ends": found, "explanation": told[kind]}


def cycle(mode, number, outage_ms, at=START, **changes):
    """Return a cycle that went well, with these values changed."""
    cut, hold = at + 4, 3
    restored = cut + outage_ms / 1000 + hold
    seconds = outage_ms / 1000 * 0.6 if mode == "bfd" else outage_ms / 1000 - 0.19
    noticed = (bfd_events if mode == "bfd" else timer_events)(cut, seconds)
    marks = [event(cut, "drill", "cut", "R1-R3 is cut"), event(restored, "drill", "restoring", "the cut is taken back")]
    first = event(cut + 0.004, "probe", "outage_from", "the first lost probe was sent")
    return {
        "scenario": "link_cut",
        "title": "The link between R1 and R3 is cut, both carriers stay",
        "mode": mode,
        "number": number,
        "started_at": at,
        "ended_at": restored + 6,
        "passed": True,
        "void": False,
        "failures": [],
        "warnings": [],
        "cut": {
            "kind": "command",
            "description": "localhost: python -m lab cut r1-r3 --for 30",
            "at": cut,
            "active_at": cut + 0.002,
            "restoring_at": restored,
            "restored_at": restored + 0.3,
            "restored_by": "drill",
            "verified": True,
        },
        "source": "PC1",
        "target": "PC2",
        "probes": [
            probe("PC1 -> PC2", cut, outage_ms, PC1_AHEAD_MS),
            probe("PC2 -> PC1", cut, max(0, outage_ms - 20)),
        ],
        "outage_ms": outage_ms,
        "outage_uncertainty_ms": 10,
        "lost": round(outage_ms / 10),
        "failback_outage_ms": 0,
        "failback_lost": 0,
        "predicted": PREDICTED[mode],
        "cause": cause(mode, noticed),
        "events": sorted([*marks, first, *noticed, *back_events(restored, mode)], key=lambda item: item["at"]),
        "clocks": {
            "R1": {"offset_ms": 3.1, "uncertainty_ms": 8},
            "R3": {"offset_ms": -2.4, "uncertainty_ms": 9},
            "PC1": {"offset_ms": PC1_AHEAD_MS, "uncertainty_ms": 2},
            "PC2": {"offset_ms": 0.0, "uncertainty_ms": 2},
        },
        "snapshot": {"before": {"R1": {"bfd": []}}, "after": {"R1": {"bfd": []}}, "differences": []},
        "phases": [
            {"name": "snapshot", "at": at, "took_s": 1.2},
            {"name": "probe_on", "at": at + 1.2, "took_s": 2.8},
            {"name": "cut", "at": cut, "took_s": 0.4},
            {"name": "hold", "at": cut + outage_ms / 1000, "took_s": hold},
            {"name": "restore", "at": restored, "took_s": 0.4},
        ],
        **changes,
    }


def void_cycle(mode, number):
    """Return a cycle that measured nothing, since the host of the probe stalled."""
    told = "The probe on PC1 stalled for 840 ms at 14:13:24; a busy host cannot measure."
    changes = {"passed": False, "void": True, "outage_ms": None, "lost": None, "warnings": [told]}
    return {**cycle(mode, number, 450), **changes}


def spread(values):
    known = [value for value in values if value is not None]
    if not known:
        return {"min": None, "median": None, "max": None}
    return {"min": min(known), "median": statistics.median(known), "max": max(known)}


def mode(name, cycles):
    valid = [item for item in cycles if not item["void"]]
    return {
        "mode": name,
        "predicted": PREDICTED[name],
        "outage_ms": spread([item["outage_ms"] for item in valid]),
        "failback_outage_ms": spread([item["failback_outage_ms"] for item in valid]),
        "lost": spread([item["lost"] for item in valid]),
        "passed": all(item["passed"] for item in cycles),
        "cycles": list(cycles),
    }


def scenario(modes, name="link_cut", title="The link between R1 and R3 is cut, both carriers stay", expect=None):
    medians = {item["mode"]: item["outage_ms"]["median"] for item in modes}
    ratio = medians["bgp_timers"] / medians["bfd"] if all(medians.get(item) for item in PREDICTED) else None
    stated = {"outcome": "failover", "cause": "bfd", "max_outage_ms": 800, "max_failback_ms": 50}
    return {"name": name, "title": title, "expect": expect or stated, "modes": list(modes), "ratio": ratio}


def drill(scenarios, failures=()):
    cycles = [item for part in scenarios for run in part["modes"] for item in run["cycles"]]
    return {
        "schema": 1,
        "collection_version": "1.0.0",
        "started_at": START,
        "ended_at": START + 192,
        "passed": bool(cycles) and all(item["passed"] for item in cycles) and not failures,
        "failures": [*(text for item in cycles for text in item["failures"]), *failures],
        "settings": {
            "compare": ["bgp_timers", "bfd"],
            "repeats": {"bgp_timers": 1, "bfd": 5},
            "probe": {"method": "auto", "interval_ms": 10},
            "max_outage_ms": None,
            "scenarios": [{"name": item["name"], "hold_s": 3, "management_cut": False} for item in scenarios],
        },
        "scenarios": list(scenarios),
        "configuration": CONFIGURATION,
    }


def compared_drill():
    """Return one cycle without BFD and five with it: what `make demo` shows."""
    without = mode("bgp_timers", [cycle("bgp_timers", 1, 12400)])
    with_bfd = mode("bfd", [cycle("bfd", at + 1, outage) for at, outage in enumerate((405, 470, 452, 430, 463))])
    return drill([scenario([without, with_bfd])])


def one_cycle_drill():
    return drill([scenario([mode("bfd", [cycle("bfd", 1, 452)])])])


def failed_drill():
    """Return a drill in which one cycle was too long, BFD unproven, the routers changed and the cut not restored."""
    told = [
        "link_cut with BFD, cycle 2: outage 12180 ms, expected at most 800 ms.",
        "link_cut with BFD, cycle 2: the cause is the hold timer, expected BFD.",
        "link_cut with BFD, cycle 2: the cut was not restored.",
    ]
    long = cycle("bfd", 2, 12180, passed=False, failures=told)
    noticed = timer_events(long["cut"]["at"], 11.99)
    long["events"] = sorted([*long["events"][:2], *noticed], key=lambda item: item["at"])
    long["cause"] = {**cause("bgp_timers", noticed), "explanation": "No BFD session was up at the time of the cut."}
    long["cut"] = {**long["cut"], "restoring_at": None, "restored_at": None, "restored_by": "nobody", "verified": False}
    long["snapshot"] = {**long["snapshot"], "differences": ["R1: the BFD session to 10.10.10.2 is Down, it was Up."]}
    without = mode("bgp_timers", [cycle("bgp_timers", 1, 12400)])
    return drill([scenario([without, mode("bfd", [cycle("bfd", 1, 438), long])])])


def void_drill():
    return drill([scenario([mode("bfd", [void_cycle("bfd", 1), void_cycle("bfd", 2)])])])


def empty_drill():
    """Return a drill that ended before its first cycle."""
    return {**drill([]), "started_at": None, "ended_at": None, "configuration": {}, "settings": {}}


def uncut_drill():
    """Return a drill whose cut was refused."""
    told = "The cut could not be made: R3 refused 'ip access-group FASTPATH-DRILL in'."
    refused = {**cycle("bfd", 1, 0), "passed": False, "failures": [told], "outage_ms": None, "lost": None}
    refused["cut"] = {**refused["cut"], "at": None, "restored_at": None, "restored_by": "nobody"}
    return drill([scenario([mode("bfd", [refused])])])


def several_scenarios_drill():
    """Return a drill of all kinds: compared, with BFD alone, without any outage, with a void cycle."""
    compared = compared_drill()["scenarios"][0]
    death = scenario(
        [
            mode("bgp_timers", [cycle("bgp_timers", 1, 10950)]),
            mode("bfd", [cycle("bfd", 1, 640), cycle("bfd", 2, 590)]),
        ],
        name="router_death",
        title="R1 dies: both of its links are gone, HSRP has to move",
    )
    one_way = scenario(
        [mode("bfd", [cycle("bfd", 1, 610), void_cycle("bfd", 2), cycle("bfd", 3, 585)])],
        name="one_way_loss",
        title="Only R3 hears nothing any more",
    )
    quiet = scenario(
        [mode("bfd", [cycle("bfd", 1, 0), cycle("bfd", 2, 0)])],
        name="other_link",
        title="A link that carries none of the traffic is cut",
        expect={"outcome": "none", "cause": "any", "max_outage_ms": 50, "max_failback_ms": 50},
    )
    return drill([compared, death, one_way, quiet])


EVERY_DRILL = {
    "compared": compared_drill,
    "one_cycle": one_cycle_drill,
    "failed": failed_drill,
    "void": void_drill,
    "empty": empty_drill,
    "uncut": uncut_drill,
    "several": several_scenarios_drill,
}
