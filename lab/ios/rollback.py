"""The confirmed change: a timer that brings the former configuration back unless somebody confirms.

Source: Cisco, "Configuration Rollback Confirmed Change" and the command reference (one pending change, only
the user who started it may confirm, restart or revert). Log lines: captures of IOS XE for BACKUP,
START_ABSTIMER, WARNING_ABSTIMER and ROLLBACK_START; the others are unverified on a device, as are the texts of
refusals but for "No … pending" and "Turn config archive on …". IOS prints the warning and the rollback unasked
on terminals as well; here the log alone has them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lab.engine import EngineError
from lab.ios.commands.change import Refused
from lab.ios.replacement import Replacement, replace_config
from lab.ios.show_archive import NOTHING_PENDING

if TYPE_CHECKING:
    from lab.ios.router import Router

NO_ARCHIVE = "%Turn config archive on before using Rollback Confirmed Change"
ALREADY_PENDING = "%Rollback Confirmed Change is already pending"
_KEEP = 'Enter "configure confirm" if you wish to keep what you\'ve configured'


@dataclass(frozen=True)
class Backup:
    """The configuration to return to; the text is kept, for the archive may give the file up meanwhile."""

    url: str
    text: str


@dataclass(frozen=True)
class PendingChange:
    """A change that waits for its confirmation."""

    backup: Backup
    user: str  # as IOS names it: "console" for a terminal without a user
    minutes: int
    idle: bool  # whether each line that the user types starts the time anew
    configured_at: float


class Rollback:
    """The pending change of one router and its timer. Whoever changes it holds the router's lock."""

    def __init__(self, router: Router, minute_s: float) -> None:
        """Let a minute of the timer last `minute_s`."""
        self.pending: PendingChange | None = None
        self._router, self._minute_s = router, minute_s
        self._timers: list[asyncio.TimerHandle] = []
        self._revert: asyncio.Task[None] | None = None

    def back_up(self) -> Backup:
        """Archive the running-config for a change to come; refuse a second one."""
        if self._router.config.archive.path is None:
            raise Refused(NO_ARCHIVE)
        self.refuse_second()
        backup = Backup(self._router.archive_config(), self._router.config_text())
        self._log("BACKUP", f"Backing up current running config to {backup.url}")
        return backup

    def refuse_second(self) -> None:
        """Refuse to begin a change while another one is pending."""
        if self.pending is not None:
            raise Refused(ALREADY_PENDING)

    def start(self, backup: Backup, user: str, minutes: int, idle: bool) -> None:
        """Start the time of a change."""
        self.refuse_second()
        self.pending = PendingChange(backup, user, minutes, idle, self._router.clock())
        self._log_start("START", self.pending)
        self._arm()

    def restart(self, user: str, minutes: int, idle: bool) -> None:
        """Start the time of the pending change anew."""
        pending = replace(self._of(user), minutes=minutes, idle=idle, configured_at=self._router.clock())
        self.pending = pending
        self._log_start("RECONFIG", pending)
        self._arm()

    def confirm(self, user: str) -> None:
        """Keep the change."""
        self._of(user)
        self._end()
        self._log("CONFIRM", f"User: {user}: Confirm the configuration change")

    async def revert_now(self, user: str) -> tuple[PendingChange, Replacement]:
        """Bring the former configuration back; where the engine fails the change stays pending."""
        pending = self._of(user)
        self._log("ROLLNOW", f"User: {user}: Rollback immediately.")
        return pending, await self._bring_back(pending)

    def touch(self, user: str) -> None:
        """Start an idle timer anew: its user has typed a line."""
        if self.pending is not None and self.pending.idle and self.pending.user == user:
            self._arm()

    def _of(self, user: str) -> PendingChange:
        """Return the pending change, if it is this user's."""
        if self.pending is None:
            raise Refused(NOTHING_PENDING)
        if self.pending.user != user:
            raise Refused(f"%Rollback Confirmed Change was started by user {self.pending.user}")
        return self.pending

    async def _bring_back(self, pending: PendingChange) -> Replacement:
        self._log("ROLLBACK_START", f"Start rolling to: {pending.backup.url}")
        done = await replace_config(self._router, pending.backup.text, pending.user)
        self._end()
        return done

    def _end(self) -> None:
        self.pending = None
        self._disarm()

    def _arm(self) -> None:
        """Set the timer of the pending change, and the warning a minute before."""
        self._disarm()
        pending, loop = self.pending, asyncio.get_running_loop()
        if pending is None:
            return
        self._timers.append(loop.call_later(pending.minutes * self._minute_s, self._expire))
        if not pending.idle or pending.minutes > 1:
            self._timers.append(loop.call_later((pending.minutes - 1) * self._minute_s, self._warn, pending))

    def _disarm(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _warn(self, pending: PendingChange) -> None:
        self._log(
            f"WARNING_{_timer(pending)}", f"System will rollback to config {pending.backup.url} in one minute. {_KEEP}"
        )

    def _expire(self) -> None:
        self._revert = asyncio.get_running_loop().create_task(self._time_is_up())

    async def _time_is_up(self) -> None:
        """Bring the former configuration back, unless it was confirmed meanwhile; try again where the engine fails."""
        async with self._router.lock:
            if self.pending is None:
                return
            try:
                await self._bring_back(self.pending)
            except EngineError:  # commit has logged it, and the configuration is as it was
                self._arm()

    def _log_start(self, how: str, pending: PendingChange) -> None:
        when = f"if session has been idle for {pending.minutes}" if pending.idle else f"in {pending.minutes}"
        who = f"User: {pending.user}(Priv: 15, View: 0)"
        what = f"Scheduled to rollback to config {pending.backup.url} {when} minutes"
        self._log(f"{how}_{_timer(pending)}", f"{who}: {what}")

    def _log(self, name: str, text: str) -> None:
        self._router.log_message(f"%ARCHIVE_DIFF-5-ROLLBK_CNFMD_CHG_{name}: {text}")


def _timer(pending: PendingChange) -> str:
    return "IDLETIMER" if pending.idle else "ABSTIMER"
