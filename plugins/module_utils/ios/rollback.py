# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IOS' own rollback: the archive that it needs, the change that waits for its confirmation, what it logged.

Sources: Cisco's guides on configuration rollback and on the confirmed change; its command reference for
`show archive config rollback timer`; captures of IOS XE for `show archive` and the log.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import DeviceError, Finding
from .platforms import Range
from .show_clock import parse_clock
from .show_text import clean_lines, matched, matched_int
from .transport import Transport

SHOW_ARCHIVE = "show archive"
SHOW_TIMER = "show archive config rollback timer"
REVERT_MINUTES = Range(1, 120, "min")
SHOW_LOG = "show logging | include ROLLBK_CNFMD_CHG"

_NEXT_FILE = re.compile(r"^The next archive file will be named (\S+?)(?:-<timestamp>)?(?:-\d+)?$")
_NOTHING_PENDING = re.compile(r"no rollback confirmed change pending", re.IGNORECASE)
_VALUE = re.compile(r"^Timer value: (\d+) min", re.MULTILINE)
_TYPE = re.compile(r"^Timer type: (\w+)", re.MULTILINE)
_USER = re.compile(r"^User: (.+)$", re.MULTILINE)
_SINCE = re.compile(r"^Time configured.*?: (.+)$", re.MULTILINE)
# Events of a confirmed change; RECONFIG, CONFIRM and ROLLNOW are unverified on a device.
_EVENT = re.compile(r"%ARCHIVE_DIFF-\d-ROLLBK_CNFMD_CHG_(START|RECONFIG|CONFIRM|ROLLNOW|ROLLBACK_START)")
_BY_TIMER, _BY_HAND = "ROLLBACK_START", "ROLLNOW"


@dataclass(frozen=True)
class PendingChange:
    """A change that the device takes back by itself; `idle` counts from the last key pressed."""

    minutes: int
    started_by: str | None = None
    started_at_s: float | None = None  # in the device's own zone, as `show clock` has it
    idle: bool = False


@dataclass(frozen=True)
class RollbackState:
    """Whether a device can roll back, and what it is going to; `remaining_s` is None where that is not known."""

    archive_enabled: bool
    archive_path: str | None = None
    pending: bool = False
    remaining_s: int | None = None
    started_by: str | None = None


def read_rollback(transport: Transport) -> RollbackState:
    """Return what the device can roll back to, and which change is pending."""
    path = parse_archive(transport.run(SHOW_ARCHIVE))
    change = _read_pending(transport)
    if change is None:
        return RollbackState(path is not None, path)
    remaining_s = remaining(change, transport.run("show clock"))
    return RollbackState(path is not None, path, True, remaining_s, change.started_by)


def _read_pending(transport: Transport) -> PendingChange | None:
    """Return the pending change; a release that does not know of timers has none."""
    try:
        return parse_rollback_timer(transport.run(SHOW_TIMER))
    except DeviceError as error:
        if "% Invalid input" not in str(error):
            raise
        return None


def read_expired(transport: Transport) -> str | None:
    """Return the log line of an unconfirmed change that the device took back last, None where there is none."""
    try:
        return parse_rollback_log(transport.run(SHOW_LOG))
    except DeviceError:  # what the log would have told is worth a warning, never a failure
        return None


def parse_archive(text: str) -> str | None:
    """Return the path of the archive, None where it is not enabled."""
    found = [match for match in map(_NEXT_FILE.match, clean_lines(text)) if match]
    return found[0].group(1) if found else None


def parse_rollback_timer(text: str) -> PendingChange | None:
    """Return the pending change; an answer that says neither that there is one nor that there is none is an error."""
    plain = "\n".join(clean_lines(text))
    minutes = matched_int(_VALUE, plain)
    if minutes is None:
        if _NOTHING_PENDING.search(plain):
            return None
        raise DeviceError(
            f"`{SHOW_TIMER}`: the answer {plain.strip()!r} could not be read; whether a change is pending is not known."
        )
    since = parse_clock(matched(_SINCE, plain) or "")
    idle = matched(_TYPE, plain) == "idle"
    return PendingChange(minutes, matched(_USER, plain), since.local_s if since else None, idle)


def parse_rollback_log(text: str) -> str | None:
    """Return the line of the last rollback where the timer did it, None where the last change ended otherwise."""
    found = [(match.group(1), line) for line in clean_lines(text) for match in [_EVENT.search(line)] if match]
    kinds = [kind for kind, _line in found]
    return found[-1][1] if kinds[-1:] == [_BY_TIMER] and kinds[-2:-1] != [_BY_HAND] else None


def remaining(change: PendingChange, clock: str) -> int | None:
    """Return the seconds that a change has left by the device's own clock (the answer to `show clock`)."""
    now = parse_clock(clock)
    if change.idle or change.started_at_s is None or now is None:
        return None
    return max(0, change.minutes * 60 - int(now.local_s - change.started_at_s))


def timer_findings(revert_after_min: int) -> list[Finding]:
    """Return what is wrong with the minutes of a timer."""
    if revert_after_min in REVERT_MINUTES:
        return []
    remedy = "IOS counts in whole minutes: choose one of these."
    return [Finding("revert_after_min", revert_after_min, str(REVERT_MINUTES), remedy)]


def rollback_findings(state: RollbackState, revert_after_min: int, command_timeout_s: int) -> list[Finding]:
    """Return what stands against a change that the device takes back after so many minutes."""
    findings = []
    if not state.archive_enabled:
        remedy = "A rollback needs an archive: declare config.archive and run once without a timer."
        findings.append(Finding("archive", "not enabled", "an archive with a path", remedy))
    if state.pending:
        findings.append(pending_finding(state))
    if command_timeout_s >= revert_after_min * 60:
        allowed = f"less than {revert_after_min * 60} s, the {revert_after_min} min of the timer"
        remedy = "A session that hangs would outlast the timer: lower the one or raise the other."
        findings.append(Finding("ansible_command_timeout", f"{command_timeout_s} s", allowed, remedy))
    return findings


def pending_finding(state: RollbackState) -> Finding:
    """Return the finding of a change that waits for its confirmation."""
    remedy = "Confirm or revert it with edgeworks.fastpath.ios_pending_change, or wait until the device takes it back."
    return Finding("pending change", describe(state), "none", remedy)


def describe(state: RollbackState) -> str:
    """Return who began the pending change and how long it has left."""
    left = "" if state.remaining_s is None else f", taken back in {state.remaining_s} s"
    return f"begun by {state.started_by or 'somebody'}{left}"
