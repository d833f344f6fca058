from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from lab.hsrp.group import Announce, Changed, GroupSettings, Install, Output, Peer, Remove, Send
from lab.hsrp.machine import GroupMachine
from lab.hsrp.packet import Opcode, Packet, State
from lab.hsrp.table import TABLE, Happening

VIP = IPv4Address("192.168.1.1")
LOW, OWN, HIGH = (Peer(IPv4Address(f"192.168.1.{last}"), priority) for last, priority in ((4, 50), (2, 100), (3, 200)))
SETTINGS = GroupSettings(1, OWN.address, VIP)
NOW = 100.0  # when the event under test happens; the states are reached well before
HOLD_S = 10.0
TAUGHT_HOLD_S = 17.0  # what the packets of others say

INIT, LEARN, LISTEN, SPEAK, STANDBY, ACTIVE = State


def packet(sender: Peer, state: State, opcode: Opcode = Opcode.HELLO, **changes: object) -> Packet:
    made = Packet(opcode, state, 5, int(TAUGHT_HOLD_S), sender.priority, 1, VIP)
    return replace(made, **changes)  # type: ignore[arg-type]


def hear(machine: GroupMachine, sender: Peer, state: State, now: float, opcode: Opcode = Opcode.HELLO) -> list[Output]:
    return machine.receive(packet(sender, state, opcode), sender.address, now)


def words(outputs: list[Output]) -> str:
    """Return outputs as short words, "v" before what leaves from the virtual MAC."""
    said = []
    for output in outputs:
        if isinstance(output, Send):
            said.append("v" * output.virtual_source + output.packet.opcode.name.lower())
        elif not isinstance(output, Changed):
            said.append({Install: "install", Remove: "remove", Announce: "arp"}[type(output)])
    return " ".join(said)


def reach(state: State, settings: GroupSettings = SETTINGS) -> GroupMachine:
    """Return a machine in a state, with timers that run out after NOW."""
    machine = GroupMachine(settings if state is not LEARN else replace(settings, virtual_ip=None), 0.0)
    if state is INIT:
        return machine
    start = {LEARN: NOW - 1, LISTEN: NOW - 1, SPEAK: NOW - 11, STANDBY: NOW - 21, ACTIVE: NOW - 21}[state]
    machine.enable(start)
    if state in (SPEAK, STANDBY, ACTIVE):
        machine.poll(start + 10)
    if state is STANDBY:
        hear(machine, HIGH, ACTIVE, start + 19)
    if state in (STANDBY, ACTIVE):
        machine.poll(start + 20)
    assert machine.state is state
    return machine


def happen(machine: GroupMachine, letter: str) -> list[Output]:
    """Let one event of RFC 2281, 5.5 happen at NOW."""
    if letter in "cde":
        setattr(machine, {"c": "active_deadline", "d": "standby_deadline", "e": "hello_deadline"}[letter], NOW)
        return machine.poll(NOW)
    if letter in "ab":
        return machine.enable(NOW) if letter == "a" else machine.disable(NOW)
    sender, state, opcode = {
        "f": (HIGH, SPEAK, Opcode.HELLO),
        "g": (HIGH, ACTIVE, Opcode.HELLO),
        "h": (LOW, ACTIVE, Opcode.HELLO),
        "i": (HIGH, ACTIVE, Opcode.RESIGN),
        "j": (HIGH, STANDBY, Opcode.COUP),
        "k": (HIGH, STANDBY, Opcode.HELLO),
        "l": (LOW, STANDBY, Opcode.HELLO),
    }[letter]
    return hear(machine, sender, state, NOW, opcode)


# (state, event): new state, outputs, Active timer, Standby timer. Timers: seconds they now run for,
# 0 for stopped, None for untouched. What is not listed changes nothing.
Expected = tuple[State, str, float | None, float | None]
EXPECTED: dict[tuple[State, str], Expected] = {
    (INIT, "a"): (LISTEN, "", HOLD_S, HOLD_S),
    (LEARN, "b"): (INIT, "", 0, 0),
    (LEARN, "g"): (LISTEN, "", TAUGHT_HOLD_S, TAUGHT_HOLD_S),
    (LEARN, "h"): (LISTEN, "", TAUGHT_HOLD_S, TAUGHT_HOLD_S),
    (LISTEN, "b"): (INIT, "", 0, 0),
    (LISTEN, "c"): (SPEAK, "hello", HOLD_S, HOLD_S),
    (LISTEN, "d"): (SPEAK, "hello", None, HOLD_S),
    (LISTEN, "g"): (LISTEN, "", TAUGHT_HOLD_S, None),
    (LISTEN, "h"): (LISTEN, "", TAUGHT_HOLD_S, None),
    (LISTEN, "i"): (SPEAK, "hello", HOLD_S, HOLD_S),
    (LISTEN, "k"): (LISTEN, "", None, TAUGHT_HOLD_S),
    (LISTEN, "l"): (SPEAK, "hello", None, TAUGHT_HOLD_S),
    (SPEAK, "b"): (INIT, "", 0, 0),
    (SPEAK, "c"): (SPEAK, "", 0, None),
    (SPEAK, "d"): (STANDBY, "hello", None, 0),
    (SPEAK, "e"): (SPEAK, "hello", None, None),
    (SPEAK, "f"): (LISTEN, "", None, HOLD_S),
    (SPEAK, "g"): (SPEAK, "", TAUGHT_HOLD_S, None),
    (SPEAK, "h"): (SPEAK, "", TAUGHT_HOLD_S, None),
    (SPEAK, "i"): (SPEAK, "", HOLD_S, None),
    (SPEAK, "k"): (LISTEN, "", None, TAUGHT_HOLD_S),
    (SPEAK, "l"): (STANDBY, "hello", None, 0),
    (STANDBY, "b"): (INIT, "", 0, 0),
    (STANDBY, "c"): (ACTIVE, "install vhello arp", 0, 0),
    (STANDBY, "e"): (STANDBY, "hello", None, None),
    # From Standby on, our hold time is the one that the active router has taught.
    (STANDBY, "f"): (LISTEN, "", None, TAUGHT_HOLD_S),
    (STANDBY, "g"): (STANDBY, "", TAUGHT_HOLD_S, None),
    (STANDBY, "h"): (STANDBY, "", TAUGHT_HOLD_S, None),
    (STANDBY, "i"): (ACTIVE, "install vhello arp", 0, 0),
    (STANDBY, "k"): (LISTEN, "", None, TAUGHT_HOLD_S),
    (ACTIVE, "b"): (INIT, "remove resign", 0, 0),
    (ACTIVE, "e"): (ACTIVE, "vhello", None, None),
    (ACTIVE, "g"): (SPEAK, "remove resign hello", TAUGHT_HOLD_S, HOLD_S),
    (ACTIVE, "h"): (ACTIVE, "coup arp", None, None),
    (ACTIVE, "j"): (SPEAK, "remove resign hello", HOLD_S, HOLD_S),
    (ACTIVE, "k"): (ACTIVE, "", None, TAUGHT_HOLD_S),
    (ACTIVE, "l"): (ACTIVE, "", None, TAUGHT_HOLD_S),
}
LETTERS = "abcdefghijkl"


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("state", list(State))
def test_every_pair_of_state_and_event(state: State, letter: str) -> None:
    machine = reach(state)
    if letter in "cd":  # the timer under test is the one that `happen` sets, so compare with that
        setattr(machine, "active_deadline" if letter == "c" else "standby_deadline", NOW)
    before = machine.active_deadline, machine.standby_deadline
    outputs = happen(machine, letter)
    new, said, *timers = EXPECTED.get((state, letter), (state, "", None, None))
    assert machine.state is new
    assert words(outputs) == said
    assert (Changed(state, new) in outputs) == (new is not state)
    for seen, runs_for_s, was in zip((machine.active_deadline, machine.standby_deadline), timers, before, strict=True):
        fired = was == NOW and runs_for_s is None
        assert seen == (None if runs_for_s == 0 or fired else was if runs_for_s is None else NOW + runs_for_s)


def test_the_table_has_no_cell_that_is_not_tested() -> None:
    assert {(state, happening.value) for state, happening in TABLE} <= set(EXPECTED)
    assert {happening.value for happening in Happening} == set(LETTERS)


def test_cold_start_takes_two_hold_times_as_on_ios() -> None:
    """Init -> Listen 10 s -> Speak 10 s -> Standby -> Active in one instant."""
    machine = GroupMachine(SETTINGS, 0.0)
    machine.enable(0.0)
    seen: list[tuple[float, State]] = []
    for _step in range(20):
        now = machine.next_deadline()
        assert now is not None
        seen += [(now, output.new) for output in machine.poll(now) if isinstance(output, Changed)]
        if machine.state is ACTIVE:
            break
    assert seen == [(10.0, SPEAK), (20.0, STANDBY), (20.0, ACTIVE)]
    assert machine.changes == 5


def test_hellos_leave_every_hello_time() -> None:
    machine = reach(ACTIVE)
    times = []
    for _step in range(4):
        now = machine.next_deadline()
        assert now is not None
        assert words(machine.poll(now)) == "vhello"
        times.append(now)
    assert [later - earlier for earlier, later in zip(times, times[1:], strict=False)] == [3.0, 3.0, 3.0]


def test_an_early_or_idle_poll_does_nothing() -> None:
    machine = reach(LISTEN)
    assert machine.poll(NOW) == []
    assert GroupMachine(SETTINGS, 0.0).next_deadline() is None


@pytest.mark.parametrize(("last", "wins"), [(1, True), (3, False)])
def test_equal_priority_is_decided_by_the_address(last: int, wins: bool) -> None:
    machine = reach(ACTIVE)
    other = Peer(IPv4Address(f"192.168.1.{last}"), OWN.priority)
    hear(machine, other, ACTIVE, NOW)
    assert (machine.state is ACTIVE) == wins


# Preemption


@pytest.mark.parametrize("state", [LISTEN, SPEAK, STANDBY])
def test_preempt_sends_a_coup_and_takes_over(state: State) -> None:
    machine = reach(state, replace(SETTINGS, preempt=True))
    hold_s = machine.timers_ms[1] / 1000
    outputs = hear(machine, LOW, ACTIVE, NOW)
    assert words(outputs) == "coup install vhello arp"
    assert machine.state is ACTIVE
    assert (machine.active_deadline, machine.standby_deadline) == (None, NOW + hold_s)
    coup, hello = (output.packet for output in outputs if isinstance(output, Send))
    assert (coup.state, hello.state) == (state, ACTIVE)


def test_preempt_does_not_touch_a_higher_active_router() -> None:
    machine = reach(LISTEN, replace(SETTINGS, preempt=True))
    assert hear(machine, HIGH, ACTIVE, NOW) == []
    assert machine.preempt_deadline is None


def test_preempt_delay_counts_from_the_first_hello_of_the_lower_active_router() -> None:
    machine = reach(LISTEN, replace(SETTINGS, preempt=True, preempt_delay_s=5.0))
    for later in (0.0, 3.0):
        assert words(hear(machine, LOW, ACTIVE, NOW + later)) == ""
    assert machine.preempt_deadline == NOW + 5
    assert machine.poll(NOW + 4.9) == []
    assert words(machine.poll(NOW + 5)) == "coup install vhello arp"
    assert machine.preempt_deadline is None


def test_a_hello_after_the_delay_is_enough() -> None:
    machine = reach(LISTEN, replace(SETTINGS, preempt=True, preempt_delay_s=5.0))
    hear(machine, LOW, ACTIVE, NOW)
    assert words(hear(machine, LOW, ACTIVE, NOW + 5)) == "coup install vhello arp"


def test_the_delay_does_not_hinder_where_nobody_is_active() -> None:
    machine = reach(STANDBY, replace(SETTINGS, preempt=True, preempt_delay_s=60.0))
    hear(machine, LOW, ACTIVE, NOW)
    assert hear(machine, LOW, ACTIVE, NOW + 1, Opcode.RESIGN)
    assert machine.state is ACTIVE


def test_the_delay_starts_anew_when_the_lower_router_was_gone() -> None:
    machine = reach(LISTEN, replace(SETTINGS, preempt=True, preempt_delay_s=30.0))
    hear(machine, LOW, ACTIVE, NOW)
    machine.lose_peer(LOW.address, NOW + 1)
    assert machine.preempt_deadline is None
    hear(machine, LOW, ACTIVE, NOW + 2)
    assert machine.preempt_deadline == NOW + 32


def test_a_higher_active_router_ends_the_delay() -> None:
    machine = reach(LISTEN, replace(SETTINGS, preempt=True, preempt_delay_s=30.0))
    hear(machine, LOW, ACTIVE, NOW)
    hear(machine, HIGH, ACTIVE, NOW + 1)
    assert machine.preempt_deadline is None
    hear(machine, LOW, ACTIVE, NOW + 2)
    assert machine.preempt_deadline == NOW + 32


def test_without_preempt_a_lower_active_router_stays() -> None:
    machine = reach(STANDBY)
    assert hear(machine, LOW, ACTIVE, NOW) == []
    assert (machine.state, machine.active) == (STANDBY, LOW)


# Coup and resign


def test_a_resign_counts_only_from_the_active_router() -> None:
    machine = reach(STANDBY)
    assert machine.active == HIGH
    assert hear(machine, LOW, SPEAK, NOW, Opcode.RESIGN) == []
    assert machine.state is STANDBY


def test_a_lower_coup_is_ignored() -> None:
    machine = reach(ACTIVE)
    assert hear(machine, LOW, STANDBY, NOW, Opcode.COUP) == []
    assert machine.active is None


def test_a_deposed_router_knows_who_deposed_it_and_resigns_as_active() -> None:
    machine = reach(ACTIVE)
    outputs = hear(machine, HIGH, STANDBY, NOW, Opcode.COUP)
    assert machine.active == HIGH
    resign, hello = (output for output in outputs if isinstance(output, Send))
    assert (resign.packet.opcode, resign.packet.state, resign.virtual_source) == (Opcode.RESIGN, ACTIVE, False)
    assert (hello.packet.state, hello.virtual_source) == (SPEAK, False)


# What is known of the others


def test_the_standby_router_takes_over_when_the_active_one_falls_silent() -> None:
    machine = reach(STANDBY)
    hear(machine, HIGH, ACTIVE, NOW)
    assert machine.poll(NOW + TAUGHT_HOLD_S - 0.1)  # hellos
    assert "install" in words(machine.poll(NOW + TAUGHT_HOLD_S))


def test_an_active_timer_that_expired_in_speak_counts_in_standby() -> None:
    machine = reach(SPEAK)
    machine.lose_peer(HIGH.address, NOW)
    happen(machine, "c")
    assert (machine.state, machine.active_deadline) == (SPEAK, None)
    hear(machine, LOW, STANDBY, NOW)
    assert (machine.state, machine.next_deadline()) == (STANDBY, NOW)
    machine.poll(NOW)
    assert machine.state is ACTIVE


def test_active_notes_and_forgets_its_standby_router() -> None:
    machine = reach(ACTIVE)
    hear(machine, LOW, STANDBY, NOW)
    assert machine.standby == LOW
    assert "remove" not in words(machine.poll(NOW + TAUGHT_HOLD_S))
    assert (machine.state, machine.standby) == (ACTIVE, None)


def test_a_router_is_never_active_and_standby_at_once() -> None:
    machine = reach(LISTEN)
    hear(machine, HIGH, STANDBY, NOW)
    hear(machine, HIGH, ACTIVE, NOW + 1)
    assert (machine.active, machine.standby) == (HIGH, None)
    hear(machine, HIGH, SPEAK, NOW + 2)
    assert (machine.active, machine.standby) == (None, None)


@pytest.mark.parametrize(
    "change", [{"authentication": b"secret"}, {"group": 2}], ids=["wrong password", "another group"]
)
def test_foreign_packets_are_ignored(change: dict[str, object]) -> None:
    machine = reach(ACTIVE)
    assert machine.receive(packet(HIGH, ACTIVE, **change), HIGH.address, NOW) == []  # type: ignore[arg-type]
    assert machine.state is ACTIVE


def test_our_own_packets_are_ignored() -> None:
    machine = reach(ACTIVE)
    assert machine.receive(packet(HIGH, ACTIVE), OWN.address, NOW) == []


# Learning


def test_the_virtual_ip_is_learnt_and_forgotten_with_the_line() -> None:
    machine = reach(LEARN)
    hear(machine, HIGH, ACTIVE, NOW)
    assert machine.virtual_ip == VIP
    machine.disable(NOW + 1)
    assert machine.virtual_ip is None
    machine.enable(NOW + 2)
    assert machine.state is LEARN


def test_a_hello_without_virtual_ip_teaches_none() -> None:
    machine = reach(LEARN)
    machine.receive(packet(HIGH, ACTIVE, virtual_ip=IPv4Address(0)), HIGH.address, NOW)
    assert machine.virtual_ip is None


def test_learn_waits_without_a_timer() -> None:
    machine = reach(LEARN)
    assert machine.poll(NOW + 1000) == []
    assert (machine.state, machine.next_deadline()) == (LEARN, None)


def test_a_configured_virtual_ip_is_kept() -> None:
    machine = reach(LISTEN)
    machine.receive(packet(HIGH, ACTIVE, virtual_ip=IPv4Address("192.168.1.99")), HIGH.address, NOW)
    assert machine.virtual_ip == VIP


def test_timers_are_learnt_from_the_active_router_but_not_used_when_active() -> None:
    machine = reach(STANDBY)
    assert machine.timers_ms == (5000, 17000)
    (hello,) = happen(machine, "e")
    assert isinstance(hello, Send)
    assert (hello.packet.hello_s, hello.packet.hold_s) == (5, 17)
    hear(machine, HIGH, ACTIVE, NOW, Opcode.RESIGN)
    assert (machine.state, machine.timers_ms) == (ACTIVE, (3000, 10000))


def test_millisecond_timers_are_neither_sent_nor_learnt() -> None:
    fast = replace(SETTINGS, hello_ms=200, hold_ms=700)
    machine = GroupMachine(fast, 0.0)
    machine.enable(0.0)
    assert machine.active_deadline == 0.7
    outputs = machine.poll(0.7)
    machine.receive(packet(HIGH, ACTIVE, hello_s=0, hold_s=0), HIGH.address, 1.0)
    assert machine.active_deadline == pytest.approx(1.7)
    hello = next(output for output in outputs if isinstance(output, Send))
    assert (hello.packet.hello_s, hello.packet.hold_s) == (0, 0)
    hear(machine, HIGH, ACTIVE, 1.1)
    assert machine.timers_ms == (200, 700)


def test_timers_that_are_not_advertised_are_not_learnt() -> None:
    machine = reach(LISTEN)
    machine.receive(packet(HIGH, ACTIVE, hello_s=0, hold_s=0), HIGH.address, NOW)
    assert machine.timers_ms == (3000, 10000)
    assert machine.active_deadline == NOW + 10


# Changes of the configuration at run time


def test_a_changed_priority_is_told_at_once() -> None:
    machine = reach(ACTIVE)
    (hello,) = machine.reconfigure(replace(SETTINGS, priority=10), NOW)
    assert isinstance(hello, Send)
    assert (hello.packet.priority, hello.virtual_source) == (10, True)
    hear(machine, LOW, ACTIVE, NOW)  # 50 is the higher one now
    assert machine.state is SPEAK


def test_the_same_settings_change_nothing() -> None:
    machine = reach(ACTIVE)
    deadline = machine.next_deadline()
    assert machine.reconfigure(SETTINGS, NOW) == []
    assert machine.next_deadline() == deadline


def test_a_new_hello_time_counts_from_now() -> None:
    machine = reach(ACTIVE)
    machine.reconfigure(replace(SETTINGS, hello_ms=1000, hold_ms=3000), NOW)
    assert machine.hello_deadline == NOW + 1


def test_another_virtual_ip_is_installed_by_the_active_router() -> None:
    machine = reach(ACTIVE)
    new = IPv4Address("192.168.1.77")
    outputs = machine.reconfigure(replace(SETTINGS, virtual_ip=new), NOW)
    assert words(outputs) == "remove install arp vhello"
    assert Install(new) in outputs
    assert Announce(new) in outputs


def test_a_virtual_ip_ends_learn() -> None:
    machine = reach(LEARN)
    machine.reconfigure(SETTINGS, NOW)
    assert (machine.state, machine.active_deadline, machine.standby_deadline) == (LISTEN, NOW + 10, NOW + 10)


def test_no_virtual_ip_means_resign_and_learn() -> None:
    machine = reach(ACTIVE)
    assert words(machine.reconfigure(replace(SETTINGS, virtual_ip=None), NOW)) == "remove resign"
    assert machine.state is LEARN


def test_another_own_address_starts_anew() -> None:
    machine = reach(ACTIVE)
    outputs = machine.reconfigure(replace(SETTINGS, own_address=IPv4Address("192.168.1.9")), NOW)
    assert words(outputs) == "remove resign"
    assert machine.state is LISTEN


def test_settings_change_while_in_init() -> None:
    machine = reach(INIT)
    assert machine.reconfigure(replace(SETTINGS, priority=7), NOW) == []
    assert (machine.state, machine.settings.priority) == (INIT, 7)


def test_preempt_switched_on_acts_on_the_next_hello_and_off_ends_the_delay() -> None:
    delayed = replace(SETTINGS, preempt=True, preempt_delay_s=5.0)
    machine = reach(STANDBY)
    machine.reconfigure(delayed, NOW)
    hear(machine, LOW, ACTIVE, NOW)
    assert machine.preempt_deadline == NOW + 5
    machine.reconfigure(replace(delayed, preempt_delay_s=2.0), NOW + 1)
    assert machine.preempt_deadline == NOW + 2
    machine.reconfigure(SETTINGS, NOW + 1)
    assert machine.preempt_deadline is None
    machine.poll(NOW + 3)
    assert machine.state is STANDBY


# BFD as helper


def test_bfd_down_of_the_active_router_is_an_active_timer_that_expires() -> None:
    machine = reach(STANDBY)
    assert "install" in words(machine.lose_peer(HIGH.address, NOW))
    assert machine.state is ACTIVE


def test_bfd_down_of_the_standby_router_lets_a_listener_speak() -> None:
    machine = reach(LISTEN)
    hear(machine, HIGH, ACTIVE, NOW)
    standby = Peer(IPv4Address("192.168.1.8"), 150)
    hear(machine, standby, STANDBY, NOW)
    machine.lose_peer(standby.address, NOW + 1)
    assert (machine.state, machine.active, machine.standby) == (SPEAK, HIGH, None)


def test_bfd_down_of_a_stranger_is_nothing() -> None:
    machine = reach(STANDBY)
    assert machine.lose_peer(LOW.address, NOW) == []
    assert machine.state is STANDBY


# Two routers with a lossless wire between them


class Wire:
    """Two machines that hear each other at once; time goes from deadline to deadline."""

    def __init__(self, *settings: GroupSettings) -> None:
        self.machines = [GroupMachine(each, 0.0) for each in settings]
        self.now = 0.0
        self.cut = False

    def start(self, index: int) -> None:
        self.carry(index, self.machines[index].enable(self.now))

    def carry(self, index: int, outputs: list[Output]) -> None:
        source = self.machines[index].settings.own_address
        for output in outputs:
            if isinstance(output, Send) and not self.cut:
                for other, machine in enumerate(self.machines):
                    if other != index:
                        self.carry(other, machine.receive(output.packet, source, self.now))

    def run(self, until: float) -> None:
        while True:
            due = [(deadline, i) for i, each in enumerate(self.machines) if (deadline := each.next_deadline())]
            if not due or min(due)[0] > until:
                self.now = until
                return
            self.now, index = min(due)
            self.carry(index, self.machines[index].poll(self.now))

    @property
    def states(self) -> tuple[State, ...]:
        return tuple(machine.state for machine in self.machines)


SEED = (
    GroupSettings(1, OWN.address, VIP, preempt=True, preempt_delay_s=5.0),
    GroupSettings(1, IPv4Address("192.168.1.3"), VIP, priority=10, preempt=True, preempt_delay_s=5.0),
)


def test_two_routers_that_start_together_elect_the_higher_one() -> None:
    wire = Wire(*SEED)
    wire.start(0)
    wire.start(1)
    wire.run(20.5)
    assert wire.states[0] is ACTIVE
    wire.run(60)
    assert wire.states == (ACTIVE, STANDBY)


def test_the_later_higher_router_takes_over_after_the_delay() -> None:
    wire = Wire(*SEED)
    wire.start(1)
    wire.run(100)
    assert wire.states == (INIT, ACTIVE)
    wire.start(0)
    wire.run(104.9)
    assert wire.states[1] is ACTIVE
    wire.run(109)  # 5 s after the first hello, which came within 3 s
    assert wire.states[0] is ACTIVE
    wire.run(140)
    assert wire.states == (ACTIVE, STANDBY)


def test_without_preempt_a_router_that_returns_becomes_standby() -> None:
    wire = Wire(*(replace(each, preempt=False) for each in SEED))
    wire.start(1)
    wire.run(100)
    wire.start(0)
    wire.run(200)
    assert wire.states == (STANDBY, ACTIVE)


@pytest.mark.parametrize("preempt", [True, False])
def test_two_active_routers_heal(preempt: bool) -> None:
    wire = Wire(*(replace(each, preempt=preempt) for each in SEED))
    wire.start(0)
    wire.start(1)
    wire.run(60)
    wire.cut = True
    wire.run(100)
    assert wire.states == (ACTIVE, ACTIVE)
    wire.cut = False
    wire.run(104)
    assert wire.states[0] is ACTIVE
    assert wire.states[1] is not ACTIVE
    wire.run(150)
    assert wire.states == (ACTIVE, STANDBY)


def test_three_routers_find_one_active_and_one_standby() -> None:
    third = GroupSettings(1, IPv4Address("192.168.1.4"), VIP, priority=50)
    wire = Wire(*SEED, third)
    for index in range(3):
        wire.start(index)
    wire.run(120)
    assert wire.states == (ACTIVE, LISTEN, STANDBY)
    wire.carry(0, wire.machines[0].disable(wire.now))
    wire.run(wire.now + 60)
    assert wire.states == (INIT, STANDBY, ACTIVE)
