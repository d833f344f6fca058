# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routers, probes and hosts of a drill, as they are reached from its one action."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ..module_utils.drill.clocks import Reading
from ..module_utils.drill.cycle import Infos
from ..module_utils.drill.cycle_options import DrillSettings
from ..module_utils.errors import DeviceError, FastpathError, TransportError
from ..module_utils.ios.info import run_info
from ..module_utils.ios.push import read_running_config
from ..module_utils.ios.rollback import RollbackState, read_rollback
from ..module_utils.ios.show_clock import RouterClock, parse_clock
from .sessions import NamedTransport, Sessions, side_by_side

PROBE = "edgeworks.fastpath.outage_probe"
TIMER = "edgeworks.fastpath.command_timer"
COMMAND = "ansible.legacy.command"
# Where the inventory names the interface that carries a router's session.
MANAGEMENT = "fast_failover_management_interface"
# Answers that follow each other for so long are steady.
STEADY_MS = 300
FEWEST_ANSWERS = 3
CLOCK_READINGS = 3
GUARD = "failover-drill"
DATE_RESOLUTION_MS = 0.001


class LiveNetwork:
    """The routers, looked at side by side, and the clocks of routers and probe hosts."""

    def __init__(
        self, sessions: Sessions, routers: Sequence[str], hosts: Sequence[str], clock: Callable[[], float]
    ) -> None:
        """Keep who is looked at."""
        self._sessions = sessions
        self._routers = routers
        self._hosts = hosts
        self._clock = clock

    def transport(self, router: str) -> NamedTransport:
        """Return a router's session."""
        return self._sessions.transport(router)

    def configs(self) -> dict[str, str]:
        """Return the running-config of every router."""
        return side_by_side({name: partial(read_running_config, self.transport(name)) for name in self._routers})

    def observe(self) -> Infos:
        """Return what every router shows; one whose session fails is left out."""
        found = side_by_side({name: partial(self._look, name) for name in self._routers})
        return {name: info for name, info in found.items() if info is not None}

    def logs(self) -> dict[str, str]:
        """Return the log of every router that answers."""
        found = side_by_side({name: partial(self._log, name) for name in self._routers})
        return {name: text for name, text in found.items() if text is not None}

    def clocks(self) -> dict[str, Any]:
        """Return readings of every clock that can be read."""
        calls: dict[str, Callable[[], list[Any]]] = {name: partial(self._router_clock, name) for name in self._routers}
        calls.update({name: partial(self._host_clock, name) for name in self._hosts})
        return {name: readings for name, readings in side_by_side(calls).items() if readings}

    def rollback(self, routers: Sequence[str]) -> dict[str, RollbackState]:
        """Return what each of the routers can take back, and what is pending there."""
        return side_by_side({name: partial(read_rollback, self.transport(name)) for name in routers})

    def command_timeout_s(self) -> int:
        """Return the longest time that a router is given for an answer."""
        return max(self._sessions.command_timeout_s(name) for name in self._routers)

    def reached_at(self) -> dict[str, str]:
        """Return the address that the session to each router goes to, where its name resolves."""
        found = {name: self._sessions.address(name) for name in self._routers}
        return {name: address for name, address in found.items() if address is not None}

    def management(self) -> dict[str, str]:
        """Return the interface that carries the session, for each router of which the inventory says it."""
        found = {name: self._sessions.variable(name, MANAGEMENT) for name in self._routers}
        return {name: str(value) for name, value in found.items() if value is not None}

    def _look(self, router: str) -> Mapping[str, Any] | None:
        try:
            return run_info(self.transport(router))
        except TransportError:
            return None

    def _log(self, router: str) -> str | None:
        try:
            return self.transport(router).run("show logging")
        except FastpathError:
            return None

    def _router_clock(self, router: str) -> list[tuple[float, RouterClock, float]]:
        return [reading for _ in range(CLOCK_READINGS) for reading in self._read_router_clock(router)]

    def _read_router_clock(self, router: str) -> Iterator[tuple[float, RouterClock, float]]:
        sent_at = self._clock()
        try:
            shown = parse_clock(self.transport(router).run("show clock"))
        except FastpathError:
            return
        if shown is not None:
            yield sent_at, shown, self._clock()

    def _host_clock(self, host: str) -> list[Reading]:
        return [reading for _ in range(CLOCK_READINGS) for reading in self._read_host_clock(host)]

    def _read_host_clock(self, host: str) -> Iterator[Reading]:
        sent_at = self._clock()
        try:
            remote_s = float(self._sessions.run_shell(host, "date +%s.%N"))
        except (FastpathError, ValueError):  # a `date` without nanoseconds prints no number
            return
        yield Reading(sent_at, self._clock(), remote_s, DATE_RESOLUTION_MS)


class LiveProbes:
    """The probes of a cycle: started, looked at, collected and cleared on both hosts."""

    def __init__(self, sessions: Sessions, settings: DrillSettings, duration_s: int) -> None:
        """Keep what is probed; nothing is started yet."""
        self._sessions = sessions
        self._settings = settings
        self._duration_s = duration_s
        self._status_files: dict[str, str] = {}
        self._begun = False

    def start(self) -> None:
        """Start what is missing, responders first; what an earlier drill left there is removed."""
        self._begun = True
        self._each_host(self._remove)
        if self._settings.probe_method != "icmp":
            self._each_host(self._start_responder)
        self._each_host(self._start_probe)

    def missing(self) -> tuple[str, ...]:
        """Return a sentence for each direction in which answers do not come steadily just now."""
        found = side_by_side({name: partial(self._silent, name) for name in self._settings.directions})
        return tuple(sentence for sentence in found.values() if sentence)

    def collect(self) -> list[dict[str, Any]]:
        """Stop the probes and return a result for each direction."""
        return list(side_by_side({name: partial(self._collect, name) for name in self._settings.directions}).values())

    def clear(self) -> None:
        """Remove everything that is left of them."""
        if self._begun:
            self._each_host(self._remove)

    def _each_host(self, call: Callable[[str], None]) -> None:
        ends = (self._settings.source, self._settings.target)
        side_by_side({end.host: partial(call, end.host) for end in ends if end.host is not None})

    def _remove(self, host: str) -> None:
        for name in (*self._names_on(host), f"{GUARD}-responder"):
            self._sessions.run_module(host, PROBE, {"name": name, "state": "absent"})

    def _start_responder(self, host: str) -> None:
        options = {"name": f"{GUARD}-responder", "role": "responder", "port": self._settings.probe_port}
        self._sessions.run_module(host, PROBE, {**options, "duration_s": self._duration_s})

    def _start_probe(self, host: str) -> None:
        for direction, (sender, answerer) in self._settings.ends.items():
            if sender.host == host and direction in self._settings.directions:
                options = {"name": _name(direction), "target": answerer.address, "source_address": sender.address}
                shown = self._sessions.run_module(host, PROBE, {**options, **self._options()})
                self._status_files[direction] = shown["status_file"]

    def _options(self) -> dict[str, Any]:
        settings = self._settings
        timing = {"interval_ms": settings.interval_ms, "duration_s": self._duration_s}
        return {"method": settings.probe_method, "port": settings.probe_port, **timing}

    def _names_on(self, host: str) -> list[str]:
        return [_name(name) for name in self._settings.directions if self._settings.ends[name][0].host == host]

    def _silent(self, direction: str) -> str:
        sender, _ = self._settings.ends[direction]
        text = self._sessions.run_shell(str(sender.host), f"cat {self._status_files[direction]}")
        status = json.loads(text)
        wanted = max(FEWEST_ANSWERS, STEADY_MS // self._settings.interval_ms)
        if not status["running"]:
            raise DeviceError(f"{self._label(direction)}: the probe does not run any more.")
        if status["consecutive"] >= wanted:
            return ""
        counts = f"{status['received']} of {status['sent']} probes answered, the last {status['consecutive']} in a row"
        return f"{self._label(direction)}: {counts}; {wanted} in a row are wanted"

    def _collect(self, direction: str) -> dict[str, Any]:
        sender, _ = self._settings.ends[direction]
        shown = self._sessions.run_module(str(sender.host), PROBE, {"name": _name(direction), "state": "collected"})
        return {"direction": self._label(direction), "host": sender.host, **shown["result"]}

    def _label(self, direction: str) -> str:
        sender, answerer = self._settings.ends[direction]
        return f"{sender.label} -> {answerer.label}"


class LiveHost:
    """The host on which a command cuts."""

    def __init__(self, sessions: Sessions, host: str, chdir: str | None) -> None:
        """Keep the host and the directory of its commands."""
        self._sessions = sessions
        self._host = host
        self._chdir = chdir
        # A name of its own: the guard of another drill's cut has to fire, whoever armed it is gone.
        self._guard = f"{GUARD}-{secrets.token_hex(4)}"

    def run(self, command: str) -> None:
        """Run a shell command."""
        arguments = {"_raw_params": command, "_uses_shell": True}
        self._sessions.run_module(self._host, COMMAND, {**arguments, **self._directory()})

    def arm(self, restore: str, after_s: int) -> None:
        """Arm a timer on the host, beside those that other drills left."""
        options = {"name": self._guard, "state": "armed", "shell": restore, "after_s": after_s}
        self._sessions.run_module(self._host, TIMER, {**options, **self._directory()})

    def disarm(self) -> None:
        """Disarm the timer; none armed is fine."""
        self._sessions.run_module(self._host, TIMER, {"name": self._guard, "state": "disarmed"})

    def mended(self) -> bool:
        """Return whether the timer restored; asked again it knows nothing any more."""
        answer = self._sessions.run_module(self._host, TIMER, {"name": self._guard, "state": "disarmed"})
        return bool(answer["fired"]) and answer["rc"] == 0

    def _directory(self) -> dict[str, str]:
        return {} if self._chdir is None else {"chdir": self._chdir}


def _name(direction: str) -> str:
    """Return a probe's name: fixed, so that a drill finds and removes what a killed one left."""
    return f"{GUARD}-{direction.replace('_', '-')}"
