"""The order of a drill's cycle, and that what was cut is restored whatever happens in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.cycle import (
    DRILL,
    NOBODY,
    Infos,
    Interrupted,
    Limits,
    Parts,
    Prepared,
    Record,
    run_cycle,
)
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import (
    DeviceError,
    FastpathError,
    TransportError,
)

HEALER = "revert_timer"
HEALS_AFTER_S = 60.0
LIMITS = Limits(answers_s=5, stable_s=20, move_s=10, hold_s=3.0, back_s=20, settle_s=1.0)
PHASES = [
    "snapshot_before",
    "preflight",
    "clocks",
    "probe_on",
    "probe_answers",
    "prepare",
    "cut",
    "failover",
    "hold",
    "restore",
    "failback",
    "probe_off",
    "snapshot_after",
]
# What happens in each phase that may fail there, by the name under which the world counts its calls.
HARMLESS = {
    "snapshot_before": "observe",
    "preflight": "preflight",
    "clocks": "clocks",
    "probe_on": "start",
    "probe_answers": "missing",
}
DISTURBING = {
    "prepare": "prepare",
    "stable": "stable",
    "cut": "cut",
    "failover": "moved",
    "hold": "hold",
}
AFTERWARDS = {"failback": "back", "probe_off": "collect", "snapshot_after": "logs"}


@dataclass
class World:
    """Routers, probes and a cut in one: a link that is up, prepared or cut, and a clock of its own."""

    now: float = 1000.0
    cut_made: bool = False
    prepared: bool = False
    probing: bool = False
    calls: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    breaks: dict[str, Exception] = field(default_factory=dict)
    refuses_restore: int = 0
    heals_itself: bool = True
    heals_at: float | None = None
    healer: str = HEALER

    def call(self, name: str) -> None:
        """Note a call, and fail where a test wants it to."""
        self.calls.append(name)
        if name in self.breaks:
            raise self.breaks[name]

    def observe(self) -> Infos:
        self.call("observe")
        return {"R1": {"cut": self.cut_made, "bfd": not self.prepared}}

    def clocks(self) -> Mapping[str, Any]:
        self.call("clocks")
        return {"R1": {"offset_ms": 0}}

    def logs(self) -> Mapping[str, str]:
        self.call("logs")
        return {"R1": "a log"}

    def start(self) -> None:
        self.call("start")
        self.probing = True

    def missing(self) -> tuple[str, ...]:
        self.call("missing")
        return ()

    def collect(self) -> Sequence[Mapping[str, Any]]:
        self.call("collect")
        return [{"direction": "PC1 -> PC2"}]

    def clear(self) -> None:
        self.call("clear")
        self.probing = False

    def prepare(self) -> None:
        self.prepared, self.heals_at = True, self.now + HEALS_AFTER_S
        self.call("prepare")

    def cut(self) -> None:
        self.cut_made = True
        self.call("cut")

    def restore(self) -> None:
        self.call("restore")
        if self.refuses_restore:
            self.refuses_restore -= 1
            raise TransportError("R1: no answer in time")
        self.cut_made = self.prepared = False

    def leftovers(self) -> tuple[str, ...]:
        self.call("leftovers")
        if self.heals_itself and self.heals_at is not None and self.now >= self.heals_at:
            self.cut_made = self.prepared = False
        return ("R1: the cut is still there",) if self.cut_made or self.prepared else ()

    def check(self, name: str, missing: Callable[[], bool]) -> Callable[..., tuple[str, ...]]:
        def look(*_: Infos) -> tuple[str, ...]:
            self.call(name)
            return (f"{name} is not there",) if missing() else ()

        return look

    def pause(self, seconds: float) -> None:
        if seconds == LIMITS.hold_s:
            self.call("hold")
        self.now += seconds

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def plan(self, before: Infos, **checks: Any) -> Prepared:
        self.call("preflight")
        assert before == {"R1": {"cut": False, "bfd": True}}
        quiet = Prepared(
            self,
            back=self.check("back", lambda: self.cut_made),
            stable=self.check("stable", lambda: False),
            moved=self.check("moved", lambda: not self.cut_made),
        )
        return replace(quiet, **checks)

    def run(self, limits: Limits = LIMITS, **checks: Any) -> Record:
        plan = partial(self.plan, **checks)
        parts = Parts(self, self, plan, lambda: self.now, self.pause, self.sleep, self.said.append)
        return run_cycle(parts, limits)


def test_quiet_cycle_goes_through_every_phase_in_order() -> None:
    world = World()
    record = world.run()
    assert [phase.name for phase in record.phases] == PHASES
    assert record.failures == []
    assert record.whole
    assert (record.healed.by, record.healed.tries) == (DRILL, 1)
    assert record.cut_at is not None
    assert record.moved_at is not None
    assert record.back_at is not None
    assert record.before == {"R1": {"cut": False, "bfd": True}} == record.after
    assert not world.probing
    assert world.calls[-1] == "clear"


def test_every_phase_is_told_as_it_begins() -> None:
    world = World()
    world.run()
    assert [line.split()[2].rstrip(":") for line in world.said if not line.startswith("  restore")] == PHASES


@pytest.mark.parametrize("phase", HARMLESS)
@pytest.mark.parametrize("error", [DeviceError("it broke"), Interrupted("it broke")])
def test_failure_before_the_cut_ends_the_cycle_and_touches_nothing(phase: str, error: FastpathError) -> None:
    world = World(breaks={HARMLESS[phase]: error})
    with pytest.raises(type(error), match="it broke"):
        world.run()
    assert not {"prepare", "cut", "restore"} & set(world.calls)
    assert not world.probing
    assert "clear" in world.calls


@pytest.mark.parametrize("phase", DISTURBING)
def test_failure_while_disturbed_is_restored_verified_and_reported(phase: str) -> None:
    world = World(breaks={DISTURBING[phase]: DeviceError("it broke")})
    record = world.run()
    assert record.failures == ["it broke"]
    assert "restore" in world.calls
    assert "leftovers" in world.calls
    assert not world.cut_made
    assert not world.prepared
    assert record.whole
    assert record.healed.by == DRILL
    assert record.healed.at is not None
    assert record.back_at is not None, "the drill looks whether all is back"
    assert record.after


@pytest.mark.parametrize("phase", DISTURBING)
def test_interruption_while_disturbed_restores_and_then_ends(phase: str) -> None:
    world = World(breaks={DISTURBING[phase]: Interrupted("the drill was interrupted")})
    record = world.run()
    assert record.interrupted
    assert record.failures == ["the drill was interrupted"]
    assert not world.cut_made
    assert not world.prepared
    assert record.healed.by == DRILL
    assert world.calls[world.calls.index("restore") :] == ["restore", "leftovers", "clear"]


@pytest.mark.parametrize("asked_in", ["missing", "stable"])
def test_wish_to_end_is_heard_before_the_cut_also_where_nothing_was_waited_for(asked_in: str) -> None:
    world = World()

    def pause(seconds: float) -> None:
        world.now += seconds
        if asked_in in world.calls:
            raise Interrupted("the drill was interrupted")

    world.pause = pause  # type: ignore[method-assign]
    if asked_in == "missing":
        with pytest.raises(Interrupted):
            world.run()
        assert "prepare" not in world.calls
    else:
        assert world.run().interrupted
    assert "cut" not in world.calls
    assert not world.prepared


@pytest.mark.parametrize("call", ["restore", "leftovers"])
def test_defect_in_one_try_to_restore_does_not_end_the_tries(call: str) -> None:
    world = World()
    broken = getattr(world, call)

    def once() -> object:
        setattr(world, call, broken)
        raise RuntimeError("a defect")

    setattr(world, call, once)
    record = world.run()
    assert record.whole
    assert not world.cut_made
    assert record.healed.tries == 2


@pytest.mark.parametrize("phase", DISTURBING)
@pytest.mark.parametrize("error", [RuntimeError("a defect"), KeyboardInterrupt()])
def test_what_no_one_foresaw_is_restored_too_and_not_hidden(phase: str, error: BaseException) -> None:
    world = World(breaks={DISTURBING[phase]: error})  # type: ignore[dict-item]
    with pytest.raises(type(error)):
        world.run()
    assert not world.cut_made
    assert not world.prepared
    assert not world.probing


@pytest.mark.parametrize("phase", AFTERWARDS)
@pytest.mark.parametrize("interrupt", [False, True])
def test_failure_after_the_restore_is_reported(phase: str, interrupt: bool) -> None:
    error = Interrupted("it broke") if interrupt else DeviceError("it broke")
    world = World(breaks={AFTERWARDS[phase]: error})
    record = world.run()
    assert record.failures == ["it broke"]
    assert record.interrupted is interrupt
    assert record.whole
    assert not world.probing


def test_restore_is_tried_again_until_it_succeeds() -> None:
    world = World(refuses_restore=3)
    record = world.run()
    assert record.whole
    assert record.healed.tries == 4
    assert record.healed.by == DRILL
    assert sum("restore: R1: the cut is still there" in line for line in world.said) == 3


def test_healer_is_awaited_where_the_drill_cannot_restore() -> None:
    world = World(refuses_restore=1000)
    record = world.run()
    assert record.whole
    assert record.healed.by == HEALER
    assert world.heals_at is not None
    assert world.now >= world.heals_at


def test_cut_that_nobody_undoes_is_a_failure_that_names_it() -> None:
    world = World(refuses_restore=1000, heals_itself=False)
    record = world.run()
    assert not record.whole
    assert record.healed.by == NOBODY
    assert "not restored: R1: the cut is still there" in record.failures
    assert any("fail-back" in failure for failure in record.failures)


def test_restore_that_cannot_be_verified_does_not_count() -> None:
    world = World(breaks={"leftovers": TransportError("R1: connection lost")})
    record = world.run()
    assert not record.whole
    assert record.healed.left == ("R1: connection lost",)


def test_heal_after_the_bound_is_credited_to_the_healer() -> None:
    world = World()
    record = world.run(replace(LIMITS, hold_s=HEALS_AFTER_S + 1))
    assert record.healed.by == HEALER


def test_failover_that_does_not_come_is_a_failure() -> None:
    world = World()
    record = world.run(moved=world.check("moved", lambda: True))
    assert len(record.failures) == 1
    assert "moved is not there" in record.failures[0]
    assert "hold" not in world.calls
    assert record.healed.by == DRILL


def test_failover_that_need_not_come_is_a_warning() -> None:
    world = World()
    record = world.run(moved=world.check("moved", lambda: True), must_move=False)
    assert record.failures == []
    assert "moved is not there" in record.warnings[0]
    assert "hold" in world.calls
    assert record.moved_at is None


def test_no_failover_is_waited_for_where_none_is_expected() -> None:
    world = World()
    record = world.run(moved=None)
    assert record.failures == []
    assert "moved" not in world.calls


def test_network_that_does_not_come_back_is_a_failure() -> None:
    world = World()
    record = world.run(back=world.check("back", lambda: True))
    assert "fail-back" in record.failures[0]
    assert record.back_at is None
    assert record.probes, "what was measured is kept"


def test_probes_that_cannot_be_cleared_are_a_warning() -> None:
    world = World(breaks={"clear": TransportError("PC1 is not reached")})
    assert "PC1 is not reached" in world.run().warnings[0]
