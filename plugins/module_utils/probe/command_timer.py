# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states of module command_timer: armed, disarmed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from typing import Any, Callable

from ..errors import Finding, InvalidInput, Refused
from .detached import KEEP_S, Stop, bound, detach, end_process, identity, stand_by
from .place import Place, Shelf, create_place, find_place, shelf
from .settings import TimerSettings, differences, name_findings

KIND = "timer"
# A command that takes longer is killed.
COMMAND_WITHIN_S = 300
# How long a disarming waits for a command that has begun.
ENDS_WITHIN_S = 60.0
MOST_OUTPUT = 2000
NOT_FIRED = {"fired": False, "rc": None, "fired_at": None}


def run_command_timer(params: Mapping[str, Any], check_mode: bool, keep_s: float = KEEP_S) -> dict[str, Any]:
    """Bring a timer into a state, and return the module's result."""
    name = params["name"]
    findings = list(name_findings(name))
    if findings:
        raise InvalidInput(findings)
    home = shelf(KIND)
    place = find_place(home.path(name))
    try:
        if params["state"] == "armed":
            return _arm(home, place, _settings(params), None if check_mode else keep_s)
        return _disarm(place, check_mode)
    finally:
        if place is not None:
            place.close()


def _settings(params: Mapping[str, Any]) -> TimerSettings:
    """Return the settings; a guard that cannot do its work is refused when it is armed, not when it is needed."""
    options = {key: params[key] for key in ("name", "after_s", "shell", "chdir")}
    command = params["command"]
    settings = TimerSettings(command=None if command is None else tuple(command), **options)
    where = settings.chdir or "/"
    if not os.path.isdir(where):
        raise InvalidInput([Finding("chdir", settings.chdir, "a directory on this host", "State one that exists.")])
    program = settings.words[0]
    if not shutil.which(os.path.join(where, program) if "/" in program else program):
        remedy = "State its full path, or use shell."
        raise InvalidInput([Finding("command", program, "a program on this host", remedy)])
    return settings


# --- armed ------------------------------------------------------------------------------------------------------------


def _arm(home: Shelf, place: Place | None, settings: TimerSettings, keep_s: float | None) -> dict[str, Any]:
    """Arm what is not armed yet; without `keep_s`, only look."""
    if place is not None:
        if _same_waits(place, settings):
            return {"changed": False, **_shown(place)}
        if keep_s is not None:
            place.remove()
    if keep_s is None:
        return {"changed": True, "pid": None, "fires_at": time.time() + settings.after_s}
    home.sweep()
    return _launch(home, settings, keep_s)


def _same_waits(place: Place, settings: TimerSettings) -> bool:
    """Return whether the same timer waits, False where it was killed; Refused where another one is in the way."""
    alive = not place.lock()
    outcome = place.read("outcome")
    if outcome and outcome["fired"]:
        raise Refused(f"Timer {settings.name!r} has fired. Use state: disarmed to see what its command did.")
    if not alive:
        return False
    found = differences(place.read("settings") or {}, settings.compared)
    if found:
        text = f"waits with other options: asked for {'; '.join(found)}. Disarm it first, or choose another name."
        raise Refused(f"Timer {settings.name!r} {text}")
    return True


def _launch(home: Shelf, settings: TimerSettings, keep_s: float) -> dict[str, Any]:
    place = create_place(home.path(settings.name))
    try:
        place.write("settings", settings.compared)
        place.move(home.path(settings.name))

        def whole_life(stop: Stop, ready: Callable[[], None]) -> None:
            bound(settings.after_s + COMMAND_WITHIN_S + keep_s)
            if _wait(place, settings, stop, ready):
                _fire(place, settings)
                stand_by(place, stop, keep_s)

        detach("command_timer", place, whole_life, ())
        return {"changed": True, **_shown(place)}
    except BaseException:
        place.remove()
        raise
    finally:
        place.close()


def _wait(place: Place, settings: TimerSettings, stop: Stop, ready: Callable[[], None]) -> bool:
    """Return True when the time is over, False when the timer was disarmed."""
    end_s = time.monotonic() + settings.after_s
    place.write("status", {**identity(), "fires_at": time.time() + settings.after_s})
    ready()
    while not stop.asked and time.monotonic() < end_s:
        stop.wait(end_s - time.monotonic())
    return not stop.asked


def _fire(place: Place, settings: TimerSettings) -> None:
    """Run the command, whatever happens to the notes about it."""
    outcome = {"fired": True, "rc": None, "fired_at": time.time()}
    _note(place, outcome)
    try:
        output = place.open_output("output")
    except OSError:
        output = os.open(os.devnull, os.O_RDWR)
    outcome["rc"] = _run(settings, output)
    _note(place, outcome)


def _note(place: Place, outcome: Mapping[str, Any]) -> None:
    with contextlib.suppress(OSError):  # a full disk stops no guard
        place.write("outcome", outcome)


def _run(settings: TimerSettings, output: int) -> int:
    """Return the command's exit status, as subprocess gives it; 127 where it cannot be started."""
    try:
        child = subprocess.Popen(
            settings.words,
            cwd=settings.chdir or "/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as exc:
        os.write(output, str(exc).encode())
        return 127
    try:
        return child.wait(COMMAND_WITHIN_S)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        return child.wait()


# --- disarmed ---------------------------------------------------------------------------------------------------------


def _shown(place: Place) -> dict[str, Any]:
    status = place.read("status") or {}
    return {"pid": status.get("pid"), "fires_at": status.get("fires_at")}


def _disarm(place: Place | None, check_mode: bool) -> dict[str, Any]:
    """End the timer where it waits, and take what its command did where it has fired."""
    if place is None:
        return {"changed": False, "found": False, **NOT_FIRED, "output": ""}
    if not check_mode:
        end_process(place, signal.SIGTERM, ENDS_WITHIN_S)
    outcome = place.read("outcome") or NOT_FIRED
    output = _output(place)
    if not check_mode:
        place.remove()
    return {"changed": True, "found": True, **outcome, "output": output}


def _output(place: Place) -> str:
    """Return the end of what the command printed."""
    try:
        file = os.open("output", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=place.fd)
    except FileNotFoundError:
        return ""
    with os.fdopen(file, "rb") as opened:
        opened.seek(max(0, os.fstat(file).st_size - MOST_OUTPUT))
        return opened.read().decode(errors="replace")
