# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states of module outage_probe: started, seen, collected, absent."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, Callable

from ..errors import FastpathError, InvalidInput, Refused
from .detached import KEEP_S, Stop, Work, bound, detach, end_process, hurry, identity, relax, stand_by
from .outage import REPLY_WITHIN_S
from .place import Place, Shelf, create_place, find_place, shelf
from .recorder import Recorder
from .responder import Responder, open_responder
from .result import Run, build_result
from .sender import Sender, Surroundings
from .settings import ProbeSettings, differences, name_findings
from .wire import Wire, open_wire

KIND = "probe"
# The last replies, and the arithmetic of an hour of probes on a slow host.
ENDS_WITHIN_S = REPLY_WITHIN_S + 30
DIES_WITHIN_S = 5.0
REPORT_EVERY_S = 0.1

SHOWN = ("pid", "method", "sent", "received", "consecutive", "started_at")


def run_outage_probe(params: Mapping[str, Any], check_mode: bool, keep_s: float = KEEP_S) -> dict[str, Any]:
    """Bring a probe into a state, and return the module's result."""
    name, state = params["name"], params["state"]
    findings = list(name_findings(name))
    if findings:
        raise InvalidInput(findings)
    home = shelf(KIND)
    place = find_place(home.path(name))
    try:
        if state == "started":
            settings = ProbeSettings(**{key: value for key, value in params.items() if key != "state"})
            return _start(home, place, settings, None if check_mode else keep_s)
        if place is None and state != "absent":
            raise Refused(_missing(home, name))
        return _STATES[state](place, name, check_mode)
    finally:
        if place is not None:
            place.close()


def _missing(home: Shelf, name: str) -> str:
    names = ", ".join(home.names()) or "none"
    return (
        f"No probe named {name!r} of this user is here; there are: {names}. It may have been collected already, "
        f"have removed itself {KEEP_S / 60:.0f} minutes after its end, or belong to another user or host."
    )


# --- started ----------------------------------------------------------------------------------------------------------


def _start(home: Shelf, place: Place | None, settings: ProbeSettings, keep_s: float | None) -> dict[str, Any]:
    """Start what does not run yet; without `keep_s`, only look."""
    if place is not None:
        if _same_runs(place, settings):
            return {"changed": False, **_shown(place, running=True)}
        if keep_s is not None:
            place.remove()
    opened = open_wire(settings) if settings.role == "probe" else open_responder(settings)
    with opened.link:
        if keep_s is None:
            method = opened.method if isinstance(opened, Wire) else "udp"
            return {"changed": True, "running": False, "method": method, "host_time": time.time()}
        home.sweep()
        return _launch(home, settings, opened, keep_s)


def _same_runs(place: Place, settings: ProbeSettings) -> bool:
    """Return whether the same probe runs, False where it was killed; Refused where another one is in the way."""
    alive = not place.lock()
    if place.read("result") or place.read("error"):
        text = "has ended and was not collected. Use state: collected for its result, or absent to do without."
        raise Refused(f"Probe {settings.name!r} {text}")
    if not alive:
        return False
    found = differences(place.read("settings") or {}, settings.compared)
    if found:
        text = f"runs with other options: asked for {'; '.join(found)}. Collect or remove it first, or choose a name."
        raise Refused(f"Probe {settings.name!r} {text}")
    return True


def _launch(home: Shelf, settings: ProbeSettings, opened: Wire | Responder, keep_s: float) -> dict[str, Any]:
    place = create_place(home.path(settings.name))
    try:
        place.write("settings", settings.compared)
        place.move(home.path(settings.name))
        work = _probing(place, opened, settings) if isinstance(opened, Wire) else _responding(place, opened, settings)

        def whole_life(stop: Stop, ready: Callable[[], None]) -> None:
            bound(settings.duration_s + REPLY_WITHIN_S + keep_s)
            hurry()
            work(stop, ready)
            stand_by(place, stop, keep_s)

        detach(f"outage_{settings.role}", place, whole_life, (opened.link.fileno(),))
        return {"changed": True, **_shown(place, running=True)}
    except BaseException:
        place.remove()
        raise
    finally:
        place.close()


def _probing(place: Place, wire: Wire, settings: ProbeSettings) -> Work:
    """Return the working life of a prober."""

    def work(stop: Stop, ready: Callable[[], None]) -> None:
        recorder = Recorder(settings.interval_s)
        epoch_offset_s = time.time() - time.monotonic()
        started_at = time.time()

        def report(running: bool = True) -> None:
            numbers = {"sent": len(recorder.sent_s), "received": recorder.received}
            row = recorder.consecutive(time.monotonic())
            status = {"method": wire.method, **numbers, "consecutive": row, "started_at": started_at}
            _write_status(place, {**status, "running": running})

        report()
        ready()
        surroundings = Surroundings(
            wire, time.monotonic, lambda timeout_s: stop.wait(timeout_s, wire.link), lambda: stop.asked
        )
        with _reporting(report):
            Sender(recorder, settings.duration_s, surroundings).run()
        ended_s = time.monotonic()
        relax()
        step_ms = (time.time() - ended_s - epoch_offset_s) * 1000
        target = settings.target or ""
        run = Run(wire.method, target, started_at, ended_s + epoch_offset_s, step_ms, wire.method == "udp")
        place.write("result", build_result(recorder, run, epoch_offset_s))
        report(running=False)

    return work


def _responding(place: Place, responder: Responder, settings: ProbeSettings) -> Work:
    """Return the working life of a responder."""

    def work(stop: Stop, ready: Callable[[], None]) -> None:
        started_at, end_s = time.time(), time.monotonic() + settings.duration_s

        def report(running: bool = True) -> None:
            numbers = {"sent": responder.answered, "received": responder.received, "consecutive": 0}
            _write_status(place, {"method": "udp", **numbers, "started_at": started_at, "running": running})

        report()
        ready()
        with _reporting(report):
            while not stop.asked and time.monotonic() < end_s:
                stop.wait(end_s - time.monotonic(), responder.link)
                responder.answer()
        responder.link.close()
        counts = {"received": responder.received, "answered": responder.answered}
        times = {"started_at": started_at, "ended_at": time.time()}
        place.write("result", {"method": "udp", "port": settings.port, **times, **counts})
        report(running=False)

    return work


@contextlib.contextmanager
def _reporting(report: Callable[[], None]) -> Iterator[None]:
    """Report every now and then from a thread: a disk may keep a writer waiting for many intervals."""
    over = threading.Event()

    def tell() -> None:
        while not over.wait(REPORT_EVERY_S):
            report()

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _write_status(place: Place, status: Mapping[str, Any]) -> None:
    with contextlib.suppress(OSError):  # a full disk ends no measurement
        place.write("status", {**identity(), **status})


# --- seen, collected, absent ------------------------------------------------------------------------------------------


def _shown(place: Place, running: bool) -> dict[str, Any]:
    status = place.read("status") or {}
    shown = {key: status.get(key) for key in SHOWN}
    running = running and bool(status.get("running"))
    return {**shown, "running": running, "status_file": f"{place.path}/status", "host_time": time.time()}


def _see(place: Place, _name: str, _check_mode: bool) -> dict[str, Any]:
    return {"changed": False, **_shown(place, running=not place.lock())}


def _collect(place: Place, name: str, check_mode: bool) -> dict[str, Any]:
    """Stop the probe where it still runs, and take its result with everything it has here."""
    if check_mode:
        return {**_see(place, name, check_mode), "changed": True}
    end_process(place, signal.SIGTERM, ENDS_WITHIN_S)
    result, error, shown = place.read("result"), place.read("error"), _shown(place, running=False)
    place.remove()
    if result is None:
        why = error["error"] if error else "it was killed"
        counts = f"It had sent {shown['sent']} and received {shown['received']}; its files are removed."
        raise FastpathError(f"Probe {name!r} ended without a result: {why}. {counts}")
    return {"changed": True, **shown, "result": result}


def _remove(place: Place | None, _name: str, check_mode: bool) -> dict[str, Any]:
    if place is not None and not check_mode:
        end_process(place, signal.SIGKILL, DIES_WITHIN_S)
        place.remove()
    return {"changed": place is not None, "running": False}


_STATES: dict[str, Callable[[Any, str, bool], dict[str, Any]]] = {
    "seen": _see,
    "collected": _collect,
    "absent": _remove,
}
