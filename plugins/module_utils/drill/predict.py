# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cut will cost, said before it is made: the range of the outage, and what the range rests on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from ..ios.derive import Models, Port, ports
from ..ios.verify import observed_from_dict
from .detour import loss_of
from .paths import Network
from .scenario import BFD_MODE, BFD_ONLY, BOTH, AclCut, CommandCut, End, InterfaceCut, Scenario
from .sessions import DrillSession, Infos

CONVERGENCE_MS = 500  # BGP tells its neighbors and the tables change; measured with FRR: 100 to 290 ms
# `standby N timers` where none stands (Cisco first hop redundancy command reference).
HSRP_HELLO_MS, HSRP_HOLD_MS = 3000, 10000

_HSRP_TIMERS = re.compile(r"standby (\d+) timers (msec )?(\d+) (msec )?(\d+)$")


@dataclass(frozen=True)
class Prediction:
    """The range of the outage in milliseconds; None where nothing but the healing ends it."""

    outage_min_ms: float | None
    outage_max_ms: float | None
    detection_ms: float | None
    explanation: str

    def as_dict(self) -> dict[str, Any]:
        """Return the form of the cycle's result."""
        return dict(vars(self))


@dataclass(frozen=True)
class Takeover:
    """How long a dead gateway of the hosts is missed: by BFD or by the hold time of its HSRP group."""

    router: str
    least_ms: float
    most_ms: float
    by: str


@dataclass(frozen=True)
class _Range:
    least_ms: float
    most_ms: float
    why: str


def predict(
    scenario: Scenario,
    mode: str,
    sessions: Sequence[DrillSession],
    takeovers: Sequence[Takeover] = (),
    convergence_ms: float = CONVERGENCE_MS,
) -> Prediction:
    """Return the range of the outage of a cut that is silent and whole.

    `sessions` are those of the ends with the timers that run. Every end that hears nothing any more has to
    notice, so the slowest of them decides.
    """
    by_bfd = mode == BFD_MODE
    if isinstance(scenario.cut, AclCut) and scenario.cut.only == BFD_ONLY:
        return _bfd_only(by_bfd, sessions, convergence_ms)
    deaf = [item for item in sessions if _is_deaf(scenario, item)]
    ranges = [_by_bfd(item) if by_bfd and item.detection_ms else _by_hold_timer(item) for item in deaf]
    known = [item for item in ranges if item is not None]
    if not known or len(known) < len(ranges):
        why = (
            "no session over the ends"
            if not ranges
            else "a session has no hold timer: only the healing ends the outage"
        )
        return Prediction(None, None, None, why)
    known += [_Range(item.least_ms, item.most_ms, item.by) for item in takeovers]
    later_ms = _signal_ms(scenario, deaf, sessions) if by_bfd else 0.0
    detection_ms = max((item.detection_ms for item in deaf if by_bfd and item.detection_ms), default=None)
    slowest = max(known, key=lambda item: item.most_ms)
    return Prediction(
        outage_min_ms=round(max(item.least_ms for item in known), 3),
        outage_max_ms=round(slowest.most_ms + later_ms + convergence_ms, 3),
        detection_ms=detection_ms,
        explanation=f"{slowest.why}{_signal_words(later_ms)}; plus at most {convergence_ms:g} ms to change the routes",
    )


def _is_deaf(scenario: Scenario, item: DrillSession) -> bool:
    """Return whether the end hears nothing any more and has to notice by itself."""
    if isinstance(scenario.cut, InterfaceCut):
        return item.router != scenario.cut.at
    if isinstance(scenario.cut, CommandCut) or scenario.cut.direction == BOTH:
        return True
    return item.router == scenario.cut.direction


def _by_bfd(item: DrillSession) -> _Range | None:
    if item.detection_ms is None:
        return None
    least = max(0.0, item.detection_ms - (item.interval_ms or 0.0))
    return _Range(least, item.detection_ms, f"{item} by BFD after {least:g} to {item.detection_ms:g} ms")


def _by_hold_timer(item: DrillSession) -> _Range | None:
    if not item.hold_s:
        return None
    least = 1000.0 * (item.hold_s - item.keepalive_s)
    words = f"{item} by its hold timer after {item.hold_s - item.keepalive_s} to {item.hold_s} s"
    return _Range(least, 1000.0 * item.hold_s, words)


def _signal_ms(scenario: Scenario, deaf: Sequence[DrillSession], sessions: Sequence[DrillSession]) -> float:
    """Return how much later the end learns it that still hears: at worst it detects too, once the first is silent."""
    if not isinstance(scenario.cut, AclCut) or scenario.cut.direction == BOTH:
        return 0.0
    return max((item.detection_ms or 0.0 for item in sessions if item not in deaf), default=0.0)


def _signal_words(later_ms: float) -> str:
    return f"; its neighbor at most {later_ms:g} ms later" if later_ms else ""


def _bfd_only(by_bfd: bool, sessions: Sequence[DrillSession], convergence_ms: float) -> Prediction:
    if not by_bfd:
        return Prediction(0.0, 0.0, None, "without BFD nothing is lost: only BFD's packets are dropped")
    detection_ms = max((item.detection_ms for item in sessions if item.detection_ms), default=None)
    why = f"the link carries traffic on; at most {convergence_ms:g} ms while the routes change"
    return Prediction(0.0, float(convergence_ms), detection_ms, why)


def hsrp_takeovers(
    scenario: Scenario, network: Network, infos: Infos, hosts: Sequence[IPv4Address]
) -> tuple[Takeover, ...]:
    """Return the takeovers that a dead active gateway of one of the hosts needs."""
    loss = loss_of(scenario, network.models)
    gone = [
        port
        for port in ports(network.models)
        if port.interface.hsrp
        and port.host in loss.routers
        and End(port.host, port.interface.name) in network.active
        and any(host in port.subnet for host in hosts)
    ]
    return tuple(_takeover(port, network.models, infos) for port in gone)


def _takeover(port: Port, models: Models, infos: Infos) -> Takeover:
    hello_ms, hold_ms = hsrp_timers(port)
    detection_ms = _bfd_of_hsrp(port, models, infos)
    if detection_ms is not None:
        by = f"the gateway {port.host} is missed by BFD, a client of which is HSRP, after {detection_ms:g} ms"
        return Takeover(port.host, 0.0, detection_ms, by)
    least = float(hold_ms - hello_ms)
    by = f"the gateway {port.host} is missed by HSRP after {least / 1000:g} to {hold_ms / 1000:g} s"
    return Takeover(port.host, least, float(hold_ms), by)


def hsrp_timers(port: Port) -> tuple[int, int]:
    """Return hello and hold time in milliseconds of the first group of an interface."""
    number = port.interface.hsrp[0].group
    for line in port.interface.facts.lines:
        found = _HSRP_TIMERS.match(line)
        if found and int(found.group(1)) == number:
            hello = int(found.group(3)) * (1 if found.group(2) else 1000)
            return hello, int(found.group(5)) * (1 if found.group(4) else 1000)
    return HSRP_HELLO_MS, HSRP_HOLD_MS


def _bfd_of_hsrp(port: Port, models: Models, infos: Mapping[str, Mapping[str, Any]]) -> float | None:
    """Return the detection time of the standby router's BFD session to the gateway, None where HSRP has none."""
    for other in ports(models):
        if other.host == port.host or other.subnet != port.subnet or other.host not in infos:
            continue
        for row in observed_from_dict(infos[other.host]).bfd or ():
            if row.neighbor == str(port.address) and "HSRP" in row.protocols and row.detection_time_ms is not None:
                return row.detection_time_ms
    return None
