"""What a drill does to routers and hosts, and how it undoes it: one timed change a router, a command with its bound."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.scenario import CommandCut
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import DeviceError, TransportError
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.transport import NothingSent
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.disturbance import (
    BOUNDED_COMMAND,
    REVERT_TIMER,
    Both,
    CommandDisturbance,
    Healing,
    RouterDisturbance,
    RouterLines,
)

BEFORE = "! Last configuration change at 10:00:00\nhostname R1\nsnmp-server community hush\nend\n"
NONE_PENDING = "%No Rollback Confirmed Change pending"
PENDING = (
    "Time configured(or reconfigured): 15:57:01.123 UTC Mon Nov 23 2026\nTimer type: absolute timer\nTimer value: 5 min"
)
ARCHIVE = "The maximum archive configurations allowed is 5.\nThe next archive file will be named flash:fastpath-1\n"
HEALING = Healing(revert_after_min=5, cut_limit_s=30.5)


@dataclass
class FakeIos:
    """A router with a configuration of lines, one timed change, and a record of what it was told."""

    lines: list[str] = field(default_factory=BEFORE.splitlines)
    former: list[str] | None = None
    told: list[str] = field(default_factory=list)
    refuses: str | None = None
    lost_after: str | None = None
    unreachable: bool = False
    push_breaks: Exception | None = None

    def run(self, command: str) -> str:
        self._demand_session()
        if command == "show running-config":
            return "\n".join(["! Last configuration change at 11:11:11", *self.lines[1:]])
        return {"show archive": ARCHIVE}.get(command, PENDING if self.former else NONE_PENDING)

    def push(self, lines: Iterable[str], revert_after_min: int | None = None) -> list[str]:
        self._demand_session()
        if self.push_breaks:
            raise self.push_breaks
        self.told.append(f"revert timer {revert_after_min}")
        self.former = list(self.lines)
        for line in lines:
            self._demand_session()
            if line == self.refuses:
                raise DeviceError(f"Line 1, {line!r}: the device answered '% Invalid input'")
            self.told.append(line)
            self.lines.insert(-1, line)
            if line == self.lost_after:
                self.unreachable = True
                raise TransportError("no answer in time")
        self.told.append("end")
        return []

    def confirm(self) -> None:
        raise AssertionError("a drill never confirms")

    def save(self) -> None:
        raise AssertionError("a drill never saves")

    def revert(self) -> None:
        self._demand_session()
        if self.former is None:
            raise DeviceError("configure revert now: % No Rollback Confirmed Change pending")
        self.told.append("revert")
        self.fire()

    def fire(self) -> None:
        """Take the change back, as the timer does."""
        self.lines, self.former = list(self.former or self.lines), None

    def _demand_session(self) -> None:
        if self.unreachable:
            raise TransportError("connection refused")


@dataclass
class FakeHost:
    """A host that notes what is run on it."""

    ran: list[str] = field(default_factory=list)
    fails: set[str] = field(default_factory=set)
    timer_restored: bool = False

    def run(self, command: str) -> None:
        self.ran.append(command)
        if command in self.fails:
            raise DeviceError("command on localhost: non-zero return code")

    def arm(self, restore: str, after_s: int) -> None:
        self.ran.append(f"in {after_s} s: {restore}")

    def disarm(self) -> None:
        self.ran.append("disarm")

    def mended(self) -> bool:
        return self.timer_restored


def on_routers(devices: dict[str, FakeIos], management_cut: bool = False, **lines: RouterLines) -> RouterDisturbance:
    """Return a disturbance of the fakes, at the time 100."""
    return RouterDisturbance(lines, devices.__getitem__, HEALING, lambda: 100.0, management_cut=management_cut)


def test_baseline_and_cut_share_one_change_and_its_timer() -> None:
    device = FakeIos()
    disturbance = on_routers(
        {"R1": device}, R1=RouterLines(BEFORE, ("no bfd 1", "no bfd 2"), ("ip access-group X in",))
    )
    assert disturbance.heals_at is None
    disturbance.prepare()
    assert device.told == ["revert timer 5", "no bfd 1", "no bfd 2"]
    assert device.run("show running-config"), "the router is looked at while the change is open"
    disturbance.cut()
    assert device.told == ["revert timer 5", "no bfd 1", "no bfd 2", "ip access-group X in", "end"]
    assert (disturbance.heals_at, disturbance.healer) == (100 + 5 * 60, REVERT_TIMER)
    assert disturbance.leftovers() == ("R1: a change is pending",)
    disturbance.restore()
    assert disturbance.leftovers() == ()
    assert device.told[-1] == "revert"


def test_change_without_a_cut_is_closed_when_it_is_prepared() -> None:
    device = FakeIos()
    disturbance = on_routers({"R1": device}, R1=RouterLines(BEFORE, ("no bfd",)))
    disturbance.prepare()
    assert device.told == ["revert timer 5", "no bfd", "end"]


def test_router_without_lines_is_left_alone() -> None:
    device = FakeIos()
    disturbance = on_routers({"R1": device}, R1=RouterLines(BEFORE))
    disturbance.prepare()
    disturbance.cut()
    disturbance.restore()
    assert device.told == []
    assert disturbance.heals_at is None


def test_restore_undoes_what_a_failed_preparation_left() -> None:
    devices = {"R1": FakeIos(), "R2": FakeIos(refuses="no bfd")}
    lines = RouterLines(BEFORE, ("no bfd",), ("shutdown",))
    disturbance = on_routers(devices, R1=lines, R2=lines)
    with pytest.raises(DeviceError, match="Invalid input"):
        disturbance.prepare()
    disturbance.restore()
    assert disturbance.leftovers() == ()
    assert [device.lines for device in devices.values()] == [BEFORE.splitlines()] * 2


def test_restore_twice_is_fine_also_after_the_timer_fired() -> None:
    device = FakeIos()
    disturbance = on_routers({"R1": device}, R1=RouterLines(BEFORE, (), ("shutdown",)))
    disturbance.cut()
    device.fire()
    disturbance.restore()
    disturbance.restore()
    assert "revert" not in device.told


def test_restore_tries_every_router_and_names_those_that_failed() -> None:
    devices = {"R1": FakeIos(), "R2": FakeIos()}
    lines = RouterLines(BEFORE, (), ("shutdown",))
    disturbance = on_routers(devices, R1=lines, R2=lines)
    disturbance.cut()
    devices["R1"].unreachable = True
    with pytest.raises(TransportError, match="connection refused"):
        disturbance.restore()
    assert devices["R2"].former is None
    devices["R1"].unreachable = False
    disturbance.restore()
    assert disturbance.leftovers() == ()


def test_configuration_that_is_not_as_before_is_told_without_its_secrets() -> None:
    device = FakeIos()
    disturbance = on_routers({"R1": device}, R1=RouterLines(BEFORE, (), ("shutdown",)))
    disturbance.cut()
    device.fire()
    device.lines = ["!", "hostname R1", "snmp-server community changed", "end"]
    (sentence,) = disturbance.leftovers()
    assert sentence.startswith("R1: its configuration is not as before: lacks `snmp-server community ********`")
    assert "hush" not in sentence
    assert "changed" not in sentence


def test_cut_that_takes_the_session_away_is_a_cut_where_that_is_meant() -> None:
    device = FakeIos(lost_after="shutdown")
    lines = RouterLines(BEFORE, (), ("shutdown",))
    with pytest.raises(TransportError, match="no answer in time"):
        on_routers({"R1": device}, R1=lines).cut()
    device = FakeIos(lost_after="shutdown")
    disturbance = on_routers({"R1": device}, management_cut=True, R1=lines)
    disturbance.cut()
    with pytest.raises(TransportError, match="connection refused"):
        disturbance.restore()
    device.unreachable = False
    device.fire()
    disturbance.restore()
    assert disturbance.leftovers() == ()


def test_change_of_somebody_else_is_left_alone_where_the_drills_never_began() -> None:
    device = FakeIos(former=BEFORE.splitlines(), push_breaks=NothingSent("a change is already pending"))
    device.lines.insert(1, "ip route 10.0.0.0 255.0.0.0 Null0")
    disturbance = on_routers({"R1": device}, R1=RouterLines(BEFORE, (), ("shutdown",)))
    with pytest.raises(NothingSent):
        disturbance.cut()
    disturbance.restore()
    assert disturbance.leftovers() == ()
    assert device.former is not None, "the change of somebody else was taken back"


def test_change_that_somebody_begins_after_the_drills_own_is_left_alone() -> None:
    device = FakeIos()
    disturbance = on_routers({"R1": device}, R1=RouterLines(BEFORE, (), ("shutdown",)))
    disturbance.cut()
    disturbance.restore()
    device.push(["ip route 10.0.0.0 255.0.0.0 Null0"], 5)
    disturbance.restore()
    assert device.former is not None, "the change of somebody else was taken back"
    assert disturbance.leftovers() == ("R1: a change is pending",)


def test_error_without_a_name_is_no_cut_that_was_made() -> None:
    device = FakeIos(push_breaks=OSError("socket path does not exist"))
    disturbance = on_routers({"R1": device}, R1=RouterLines(BEFORE, (), ("shutdown",)))
    with pytest.raises(TransportError, match=r"R1: the change broke off: OSError\('socket path does not exist'\)"):
        disturbance.cut()
    disturbance.restore()
    assert disturbance.leftovers() == ()


@pytest.mark.parametrize(("waited_s", "cuts"), [(284.0, True), (286.0, False), (400.0, False)])
def test_nothing_is_cut_in_a_change_whose_timer_has_fired_or_soon_will(waited_s: float, cuts: bool) -> None:
    now, device = [100.0], FakeIos()
    lines = {"R1": RouterLines(BEFORE, ("no bfd",), ("shutdown",))}
    disturbance = RouterDisturbance(lines, {"R1": device}.__getitem__, HEALING, lambda: now[0], management_cut=True)
    disturbance.prepare()
    now[0] += waited_s
    if cuts:
        disturbance.cut()
    else:
        with pytest.raises(TransportError, match=r"not made: the revert timer has -?\d+ s left; allowed: 15 s"):
            disturbance.cut()
    assert ("shutdown" in device.told) is cuts
    disturbance.restore()
    assert disturbance.leftovers() == ()


def test_end_of_healing_counts_from_the_router_that_was_changed_last() -> None:
    now, devices = [100.0], {"R1": FakeIos(), "R2": FakeIos()}
    lines = {"R1": RouterLines(BEFORE, ("no bfd",)), "R2": RouterLines(BEFORE, (), ("shutdown",))}
    disturbance = RouterDisturbance(lines, devices.__getitem__, HEALING, lambda: now[0])
    disturbance.prepare()
    now[0] = 150.0
    disturbance.cut()
    assert disturbance.heals_at == 150 + 5 * 60
    disturbance.restore()


def command(bounded: bool) -> CommandCut:
    """Return a pair of commands, bounded by itself or not."""
    return CommandCut("localhost", "cut it for {seconds}" if bounded else "cut it", "mend it", bounded)


def test_bounded_command_gets_its_bound_and_is_restored_once() -> None:
    host = FakeHost()
    disturbance = CommandDisturbance(command(True), host, HEALING, lambda: 100.0)
    disturbance.restore()
    assert host.ran == []
    disturbance.cut()
    assert (disturbance.heals_at, disturbance.healer) == (131, BOUNDED_COMMAND)
    assert disturbance.leftovers() == ("localhost: the cut stands, its restore command has not succeeded",)
    disturbance.restore()
    disturbance.restore()
    assert host.ran == ["cut it for 31", "mend it"]
    assert disturbance.leftovers() == ()


def test_unbounded_command_is_guarded_by_a_timer_before_it_cuts() -> None:
    host = FakeHost()
    disturbance = CommandDisturbance(command(False), host, HEALING, lambda: 100.0)
    disturbance.cut()
    disturbance.restore()
    assert host.ran == ["in 31 s: mend it", "cut it", "mend it", "disarm"]


def test_command_that_failed_half_way_is_restored_too() -> None:
    host = FakeHost(fails={"cut it for 31"})
    disturbance = CommandDisturbance(command(True), host, HEALING, lambda: 100.0)
    with pytest.raises(DeviceError):
        disturbance.cut()
    disturbance.restore()
    assert host.ran[-1] == "mend it"


def test_command_that_cannot_be_undone_is_over_at_its_bound() -> None:
    now = [100.0]
    host = FakeHost(fails={"mend it"})
    disturbance = CommandDisturbance(command(True), host, HEALING, lambda: now[0])
    disturbance.cut()
    with pytest.raises(DeviceError):
        disturbance.restore()
    assert disturbance.leftovers()
    now[0] = 131.0
    assert disturbance.leftovers() == ()


@pytest.mark.parametrize("restored", [True, False])
def test_guarded_command_is_over_only_where_its_timer_has_restored(restored: bool) -> None:
    now = [100.0]
    host = FakeHost(fails={"mend it"}, timer_restored=restored)
    disturbance = CommandDisturbance(command(False), host, HEALING, lambda: now[0])
    disturbance.cut()
    now[0] = 131.0
    assert disturbance.leftovers(), "the timer may be about to fire: it is not taken back"
    now[0] = 132.0
    left = () if restored else ("localhost: the cut stands, its restore command has not succeeded",)
    assert disturbance.leftovers() == left


def test_both_are_undone_each_also_where_the_other_is_not() -> None:
    device, host = FakeIos(), FakeHost(fails={"mend it"})
    routers = on_routers({"R1": device}, R1=RouterLines(BEFORE, ("no bfd",)))
    both = Both(routers, CommandDisturbance(command(True), host, HEALING, lambda: 100.0))
    both.prepare()
    assert both.heals_at == 400
    both.cut()
    with pytest.raises(TransportError, match="non-zero return code"):
        both.restore()
    assert device.former is None
    assert both.leftovers() == ("localhost: the cut stands, its restore command has not succeeded",)
    host.fails.clear()
    both.restore()
    assert both.leftovers() == ()
