# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drill does to a network, and how it is undone: lines of routers under their timers, a command on a host."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from ..module_utils.drill.scenario import SECONDS, CommandCut
from ..module_utils.errors import FastpathError, TransportError
from ..module_utils.ios.push import read_running_config
from ..module_utils.ios.redaction import redact
from ..module_utils.ios.rollback import read_rollback
from ..module_utils.ios.transport import Transport
from .sessions import side_by_side
from .timed_change import TimedChange

REVERT_TIMER, BOUNDED_COMMAND = "revert_timer", "bounded_command"
# So long after its time a timer on a host is asked what it did; a drill waits longer than that.
TIMER_SLACK_S = 1.0
# A cut is made only while the timer that undoes it has so many seconds left: sending lines takes time too.
LEFT_FOR_CUT_S = 15.0
# Lines of a running-config that change without anybody's doing.
VOLATILE = ("!", "Building configuration", "Current configuration", "ntp clock-period")


class CommandHost(Protocol):
    """The host on which a command cuts, and where a timer can be set that restores."""

    def run(self, command: str) -> None:
        """Run a command there; FastpathError where it fails."""

    def arm(self, restore: str, after_s: int) -> None:
        """Let the host itself restore after that time."""

    def disarm(self) -> None:
        """Take that back; none armed is fine."""

    def mended(self) -> bool:
        """Take an armed timer back that must have fired, and return whether its command succeeded."""


@dataclass(frozen=True)
class RouterLines:
    """What is sent to one router: lines that take BFD away, then lines that cut; `before` is its running-config."""

    before: str
    baseline: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()


@dataclass(frozen=True)
class Healing:
    """When the network mends itself: minutes of the routers' revert timers, seconds of a command's cut."""

    revert_after_min: int
    cut_limit_s: float


class RouterDisturbance:
    """Lines on routers, each router's in one change under its revert timer.

    `management_cut` says that the session of a router may be lost with its last line.
    """

    def __init__(
        self,
        lines: Mapping[str, RouterLines],
        transport: Callable[[str], Transport],
        healing: Healing,
        clock: Callable[[], float],
        *,
        management_cut: bool = False,
    ) -> None:
        """Keep the lines; nothing is sent yet."""
        self._lines = {router: item for router, item in lines.items() if item.baseline or item.cut}
        self._transport = transport
        self._healing = healing
        self._clock = clock
        self._management_cut = management_cut
        self._changes: dict[str, TimedChange] = {}
        self._ended: set[str] = set()  # routers whose change is over: what is pending there now is not the drill's
        self._fires_first_at: float | None = None
        self.heals_at: float | None = None
        self.healer = REVERT_TIMER

    def prepare(self) -> None:
        """Send the lines that take BFD away; a router that is cut later keeps its change open."""
        routers = [router for router, item in self._lines.items() if item.baseline]
        self._send({router: self._lines[router].baseline for router in routers})
        self._finish(router for router in routers if not self._lines[router].cut)

    def cut(self) -> None:
        """Send the lines that cut, to all routers at the same time; TransportError where no timer would undo them."""
        routers = [router for router, item in self._lines.items() if item.cut]
        self._require_timer()
        try:
            self._send({router: self._lines[router].cut for router in routers})
            self._finish(routers)
        except TransportError:
            if not self._management_cut:
                raise

    def restore(self) -> None:
        """Let every router take its change back that still has it."""
        _raise_all(self._undo(router) for router in self._changes)

    def leftovers(self) -> tuple[str, ...]:
        """Return what differs from before, for each router that was sent anything."""
        found = side_by_side({router: partial(self._left_on, router) for router in self._changes})
        return tuple(sentence for sentence in found.values() if sentence)

    def _send(self, lines: Mapping[str, tuple[str, ...]]) -> None:
        """Send a stage to several routers; each one's timer counts from its first stage on."""
        new = [router for router in lines if router not in self._changes]
        for router in new:
            self._changes[router] = TimedChange(router, self._transport(router), self._healing.revert_after_min)
        if new:
            self.heals_at = self._clock() + self._healing.revert_after_min * 60
            self._fires_first_at = self._fires_first_at or self.heals_at
        side_by_side({router: partial(self._changes[router].send, stage) for router, stage in lines.items()})

    def _require_timer(self) -> None:
        """Refuse to cut in a change whose timer has fired or soon will: nothing would take such lines back."""
        left_s = math.inf if self._fires_first_at is None else self._fires_first_at - self._clock()
        if left_s < LEFT_FOR_CUT_S:
            raise TransportError(
                f"The cut was not made: the revert timer has {left_s:.0f} s left; allowed: {LEFT_FOR_CUT_S:.0f} s or "
                "more. The network took too long to be stable without BFD: raise the minutes of the timer."
            )

    def _finish(self, routers: Iterable[str]) -> None:
        side_by_side({router: self._changes[router].finish for router in routers})

    def _undo(self, router: str) -> str:
        """Undo one router's change; return what failed, nothing where there is nothing to undo.

        A change that is pending although the drill's never began, or is over, is somebody else's: it is left alone.
        """
        change = self._changes[router]
        _failure(change.finish)  # told before, where it is one
        if router in self._ended or not change.began:
            return ""
        try:
            if read_rollback(self._transport(router)).pending:
                self._transport(router).revert()
            self._ended.add(router)
        except FastpathError as exc:
            return str(exc)
        return ""

    def _left_on(self, router: str) -> str:
        """Return in what a router differs from before, a secret never shown."""
        if not self._changes[router].began:
            return ""
        transport = self._transport(router)
        if read_rollback(transport).pending:
            return f"{router}: a change is pending"
        before, now = _stable_lines(self._lines[router].before), _stable_lines(read_running_config(transport))
        if before == now:
            return ""
        other = [f"lacks `{redact(line)}`" for line in before if line not in now]
        other += [f"has `{redact(line)}`" for line in now if line not in before]
        return f"{router}: its configuration is not as before: {'; '.join(other[:3]) or 'lines in another order'}"


class CommandDisturbance:
    """A user's pair of commands on a host, bounded by itself or guarded by a timer there."""

    def __init__(self, cut: CommandCut, host: CommandHost, healing: Healing, clock: Callable[[], float]) -> None:
        """Keep the commands; nothing is run yet."""
        self._commands = cut
        self._host = host
        self._limit_s = math.ceil(healing.cut_limit_s)
        self._clock = clock
        self._pending = False
        self.heals_at: float | None = None
        self.healer = BOUNDED_COMMAND

    def prepare(self) -> None:
        """Do nothing: the end of the cut is settled together with its beginning."""

    def cut(self) -> None:
        """Run the command that cuts; one that does not end by itself is guarded first."""
        if not self._commands.bounded:
            self._host.arm(self._commands.restore, self._limit_s)
        self._pending = True
        self.heals_at = self._clock() + self._limit_s
        self._host.run(self._commands.cut.replace(SECONDS, str(self._limit_s)))

    def restore(self) -> None:
        """Run the command that restores, where the other one may have run; then no timer is needed any more."""
        if not self._pending:
            return
        self._host.run(self._commands.restore)
        self._pending = False
        if not self._commands.bounded:
            self._host.disarm()

    def leftovers(self) -> tuple[str, ...]:
        """Return that the cut stands, unless it was restored, its own end has come, or its timer has restored it."""
        if self._pending and self._is_mended():
            self._pending = False
        return (
            ()
            if not self._pending
            else (f"{self._commands.host}: the cut stands, its restore command has not succeeded",)
        )

    def _is_mended(self) -> bool:
        """Return whether it healed without the drill; a timer's word counts, that its time is over does not."""
        over_s = self._clock() - (self.heals_at or math.inf)
        return over_s >= 0 if self._commands.bounded else over_s >= TIMER_SLACK_S and self._host.mended()


class Both:
    """BFD taken from routers, and a cut by a command elsewhere."""

    def __init__(self, routers: RouterDisturbance, command: CommandDisturbance) -> None:
        """Keep both; the command's healer is the one that is named."""
        self._routers = routers
        self._command = command
        self.healer = command.healer

    @property
    def heals_at(self) -> float | None:
        """Return when both are healed by themselves."""
        times = [at for at in (self._routers.heals_at, self._command.heals_at) if at is not None]
        return max(times, default=None)

    def prepare(self) -> None:
        """Take BFD away."""
        self._routers.prepare()
        self._command.prepare()

    def cut(self) -> None:
        """Cut by the command."""
        self._command.cut()

    def restore(self) -> None:
        """Undo both, each also where the other cannot be undone."""
        _raise_all(_failure(part.restore) for part in (self._command, self._routers))

    def leftovers(self) -> tuple[str, ...]:
        """Return what is left of both."""
        return self._command.leftovers() + self._routers.leftovers()


def _failure(call: Callable[[], None]) -> str:
    try:
        call()
    except FastpathError as exc:
        return str(exc)
    return ""


def _raise_all(failures: Iterable[str]) -> None:
    """Raise one error that says all that failed, after everything was tried."""
    said = [failure for failure in failures if failure]
    if said:
        raise TransportError("; ".join(said))


def _stable_lines(config: str) -> list[str]:
    """Return the lines of a running-config that only change when somebody changes them."""
    return [line.rstrip() for line in config.splitlines() if line.strip() and not line.startswith(VOLATILE)]
