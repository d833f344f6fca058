# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A failover drill's scenarios as data: what is cut, how, and what is expected of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Union

from ..errors import Finding, InvalidInput
from ..ios.names import interface_name

ACL, INTERFACE, COMMAND = "acl", "interface", "command"
BOTH = "both"
ALL_TRAFFIC, BFD_ONLY = "all", "bfd"
FAILOVER, NO_CHANGE, ANY = "failover", "none", "any"
BFD_CAUSE, HOLD_TIMER = "bfd", "hold_timer"
BFD_MODE, TIMER_MODE = "bfd", "bgp_timers"
MODES = (TIMER_MODE, BFD_MODE)
SECONDS = "{seconds}"  # where a bounded command wants its length

ONLY = (ALL_TRAFFIC, BFD_ONLY)
OUTCOMES = (FAILOVER, NO_CHANGE, ANY)
CAUSES = (BFD_CAUSE, HOLD_TIMER, ANY)
LONGEST_HOLD_S = 600
LONGEST_LIMIT_MS = 600_000

_NAME = re.compile(r"[a-z0-9_]{1,40}")


@dataclass(frozen=True)
class End:
    """One interface that loses traffic, by its canonical name."""

    router: str
    interface: str

    def __str__(self) -> str:
        """Return the end for people."""
        return f"{self.router} {self.interface}"


@dataclass(frozen=True)
class AclCut:
    """An inbound access list on the ends that drops what `only` names; silent, both carriers stay.

    `direction` is "both", or the one router whose ends get the list.
    """

    direction: str = BOTH
    only: str = ALL_TRAFFIC
    kind = ACL


@dataclass(frozen=True)
class InterfaceCut:
    """A shutdown of the ends at one router."""

    at: str
    kind = INTERFACE


@dataclass(frozen=True)
class CommandCut:
    """The user's own pair of commands on a host of the inventory.

    A bounded one heals itself: `cut` has "{seconds}" where its length belongs.
    """

    host: str
    cut: str
    restore: str
    bounded: bool
    chdir: str | None = None
    kind = COMMAND


Cut = Union[AclCut, InterfaceCut, CommandCut]


@dataclass(frozen=True)
class Expect:
    """What a cycle with BFD must show; a limit of None is not checked."""

    outcome: str = FAILOVER
    cause: str = BFD_CAUSE
    max_outage_ms: int | None = None
    max_failback_ms: int | None = None


@dataclass(frozen=True)
class Scenario:
    """One scenario; `hold_s` is how long the cut stays once the other path works."""

    name: str
    title: str
    ends: tuple[End, ...]
    cut: Cut
    hold_s: float = 3.0
    expect: Expect = Expect()
    management_cut: bool = False

    @property
    def routers(self) -> tuple[str, ...]:
        """Return the routers of the ends, each once, in their order."""
        return tuple(dict.fromkeys(end.router for end in self.ends))

    @property
    def cut_routers(self) -> tuple[str, ...]:
        """Return the routers that the cut itself changes: those that need a revert timer."""
        if isinstance(self.cut, CommandCut):
            return ()
        if isinstance(self.cut, InterfaceCut):
            return (self.cut.at,)
        return self.routers if self.cut.direction == BOTH else (self.cut.direction,)

    def ends_at(self, router: str) -> tuple[End, ...]:
        """Return the ends of one router."""
        return tuple(end for end in self.ends if end.router == router)


KINDS: Mapping[str, type] = {ACL: AclCut, INTERFACE: InterfaceCut, COMMAND: CommandCut}


def read_scenarios(
    data: object,
    routers: Collection[str],
    defaults: Expect = Expect(),
) -> tuple[Scenario, ...]:
    """Return the scenarios of a role variable; InvalidInput carries all findings at once.

    `routers` are the names that an end may have, `defaults` what a scenario does not say of `expect`.
    """
    if not isinstance(data, Sequence) or isinstance(data, str) or not data:
        raise InvalidInput([Finding("scenarios", data, "a list with one scenario at least", "State what to cut.")])
    reader = _Reader(tuple(routers), defaults, [])
    found = [reader.scenario(f"scenarios[{number}]", item) for number, item in enumerate(data)]
    names = [scenario.name for scenario in found]
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        reader.say("scenarios", name, "each name once", "Give one of them another name.")
    if reader.findings:
        raise InvalidInput(reader.findings)
    return tuple(found)


@dataclass(frozen=True)
class _Reader:
    """Reads untrusted data and collects what is wrong with it; what it returns counts only without findings."""

    routers: tuple[str, ...]
    defaults: Expect
    findings: list[Finding]

    def say(self, where: str, seen: object, allowed: str, remedy: str) -> None:
        self.findings.append(Finding(where, seen, allowed, remedy))

    def scenario(self, where: str, data: object) -> Scenario:
        name = data.get("name") if isinstance(data, Mapping) else None
        named = isinstance(name, str) and _NAME.fullmatch(name)
        if isinstance(data, Mapping) and not named:
            self.say(f"{where} name", name, "1 to 40 of a-z, 0-9 and _", "Give the scenario a name.")
        where, name = (f"scenario {name}", str(name)) if named else (where, "")
        options = self.options(where, data, [item.name for item in fields(Scenario)])
        ends = self.ends(f"{where} ends", options.get("ends"))
        return Scenario(
            name=name,
            title=self.text(f"{where} title", options.get("title", name or "untitled")),
            ends=ends,
            cut=self.cut(f"{where} cut", options.get("cut"), ends),
            hold_s=self.number(f"{where} hold_s", options.get("hold_s", Scenario.hold_s), LONGEST_HOLD_S),
            expect=self.expect(f"{where} expect", options.get("expect")),
            management_cut=self.flag(f"{where} management_cut", options.get("management_cut", False)),
        )

    def ends(self, where: str, data: object) -> tuple[End, ...]:
        if not isinstance(data, Sequence) or isinstance(data, str) or not data:
            remedy = "List every interface that loses traffic."
            self.say(where, data, "a list of {router, interface}", remedy)
            return ()
        ends = tuple(end for number, item in enumerate(data) for end in self.end(f"{where}[{number}]", item))
        for end in sorted({str(end) for end in ends if ends.count(end) > 1}):
            self.say(where, end, "each interface once", "Remove the repetition.")
        return ends

    def end(self, where: str, data: object) -> Iterator[End]:
        options = self.options(where, data, ["router", "interface"])
        router, interface = options.get("router"), options.get("interface")
        if router not in self.routers:
            self.say(f"{where} router", router, _words(self.routers), "Name a router of the drill.")
        if not isinstance(interface, str) or not interface:
            self.say(f"{where} interface", interface, "the name of an interface", "Name it as IOS does.")
        elif isinstance(router, str):
            yield End(router, interface_name(interface.replace(" ", "")))

    def cut(self, where: str, data: object, ends: Sequence[End]) -> Cut:
        kind = data.get("kind") if isinstance(data, Mapping) else None
        if not isinstance(kind, str) or kind not in KINDS:
            self.say(f"{where} kind", kind, _words(KINDS), "Name one of them.")
            return AclCut()
        options = self.options(where, data, ["kind", *(item.name for item in fields(KINDS[kind]))])
        names = tuple(dict.fromkeys(end.router for end in ends))
        if kind == ACL:
            direction = self.choice(f"{where} direction", options.get("direction", BOTH), (BOTH, *names))
            return AclCut(direction, self.choice(f"{where} only", options.get("only", ALL_TRAFFIC), ONLY))
        if kind == INTERFACE:
            return InterfaceCut(self.choice(f"{where} at", options.get("at"), names))
        return self.command(where, options)

    def command(self, where: str, options: Mapping[str, Any]) -> CommandCut:
        texts = {name: self.text(f"{where} {name}", options.get(name)) for name in ("host", "cut", "restore")}
        bounded = self.flag(f"{where} bounded", options.get("bounded"))
        if bounded and SECONDS not in texts["cut"]:
            remedy = "Put {seconds} where the length belongs, or set bounded to false."
            self.say(f"{where} cut", texts["cut"], f"a command with {SECONDS}, since bounded is true", remedy)
        chdir = options.get("chdir")
        return CommandCut(**texts, bounded=bounded, chdir=None if chdir is None else self.text(f"{where} chdir", chdir))

    def expect(self, where: str, data: object) -> Expect:
        given = self.options(where, {} if data is None else data, [item.name for item in fields(Expect)])
        given = {name: value for name, value in given.items() if value is not None}
        for name, allowed in (("outcome", OUTCOMES), ("cause", CAUSES)):
            if name in given:
                given[name] = self.choice(f"{where} {name}", given[name], allowed)
        for name in ("max_outage_ms", "max_failback_ms"):
            if name in given:
                given[name] = int(self.number(f"{where} {name}", given[name], LONGEST_LIMIT_MS))
        return replace(self.defaults, **given)

    def options(self, where: str, data: object, known: Sequence[str]) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            self.say(where, data, f"a dict of {_words(known)}", "State it as a dict.")
            return {}
        for name in data:
            if name not in known:
                self.say(where, name, _words(known), "Remove it, or correct its spelling.")
        return {name: value for name, value in data.items() if name in known}

    def choice(self, where: str, value: object, allowed: Sequence[str]) -> str:
        if value not in allowed:
            self.say(where, value, _words(allowed), "Name one of them.")
        return str(value)

    def text(self, where: str, value: object) -> str:
        if not isinstance(value, str) or not value.strip():
            self.say(where, value, "a text that is not empty", "State it.")
        return str(value)

    def flag(self, where: str, value: object) -> bool:
        if not isinstance(value, bool):
            self.say(where, value, "true, false", "State one of them.")
        return bool(value)

    def number(self, where: str, value: object, most: int) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
            self.say(where, value, f"0 to {most}", "State a number in this range.")
            return 0
        return value


def _words(names: Collection[str]) -> str:
    return ", ".join(names) or "none"
