"""Events, actions and state transitions of HSRP as RFC 2281 gives them (5.5, 5.6, 5.7)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from lab.hsrp.packet import State


class Happening(enum.Enum):
    """The events of RFC 2281, 5.5; the value is the RFC's letter."""

    ENABLED = "a"  # HSRP is configured on an interface that is up
    DISABLED = "b"  # HSRP or the interface is disabled
    ACTIVE_TIMER = "c"
    STANDBY_TIMER = "d"
    HELLO_TIMER = "e"
    HIGHER_SPEAK = "f"  # hello of higher priority from a router in Speak
    HIGHER_ACTIVE = "g"  # hello of higher priority from the active router
    LOWER_ACTIVE = "h"  # hello of lower priority from the active router
    RESIGN = "i"  # resign from the active router
    COUP = "j"  # coup from a router of higher priority
    HIGHER_STANDBY = "k"  # hello of higher priority from the standby router
    LOWER_STANDBY = "l"  # hello of lower priority from the standby router


class Action(enum.Enum):
    """The actions of RFC 2281, 5.6; the value is the RFC's letter."""

    START_ACTIVE_TIMER = "A"
    START_STANDBY_TIMER = "B"
    STOP_ACTIVE_TIMER = "C"
    STOP_STANDBY_TIMER = "D"
    LEARN = "E"
    SEND_HELLO = "F"
    SEND_COUP = "G"
    SEND_RESIGN = "H"
    GRATUITOUS_ARP = "I"


@dataclass(frozen=True)
class Cell:
    """What one event does in one state; `state` is None where the state stays."""

    actions: frozenset[Action]
    state: State | None


_STATES = (State.INIT, State.LEARN, State.LISTEN, State.SPEAK, State.STANDBY, State.ACTIVE)

# The table of RFC 2281, 5.7, columns 1-6 as in _STATES. Two cells differ from the RFC:
# - g in Active sends a resign too, as IOS does: "When a lower priority active router receives a
#   coup message or hello message from a higher priority active router, the router changes to the
#   speak state and sends a resign message" (Cisco, Use Standby Preempt and Standby Track).
# - h in Active repeats the gratuitous ARP: the other router's hello came from the virtual MAC, and
#   the switch must learn at once where that address really is (unverified on a device).
_RFC_TABLE = """
a  AB/3  .      .     .     .       .
b  .     CD/1   CD/1  CD/1  CD/1    CDH/1
c  .     .      AB/4  .     CDFI/6  .
d  .     .      B/4   D/5   .       .
e  .     .      .     F     F       F
f  .     .      .     B/3   B/3     .
g  .     EAB/3  EA    EA    EA      ABH/4
h  .     EAB/3  A     A     A       GI
i  .     .      AB/4  A     CDFI/6  .
j  .     .      .     .     .       ABH/4
k  .     .      B     B/3   B/3     B
l  .     .      B/4   D/5   .       B
"""


def _cell(text: str) -> Cell:
    letters, _, number = text.partition("/")
    return Cell(frozenset(Action(letter) for letter in letters), _STATES[int(number) - 1] if number else None)


def _read_table(text: str) -> Mapping[tuple[State, Happening], Cell]:
    table: dict[tuple[State, Happening], Cell] = {}
    for line in text.split("\n")[1:-1]:
        letter, *cells = line.split()
        for state, cell in zip(_STATES, cells, strict=True):
            if cell != ".":
                table[state, Happening(letter)] = _cell(cell)
    return table


TABLE = _read_table(_RFC_TABLE)
LEARN_INSTEAD = Cell(TABLE[State.INIT, Happening.ENABLED].actions, State.LEARN)  # note "+": no virtual IP known
PREEMPT_INSTEAD = _cell("BGFI/6")  # note "*" of event h: the router is to preempt
