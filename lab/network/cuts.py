"""What a link or a node loses in its switch: kinds of cuts as values, and the rules that make them.

The switch drops, so both ends keep their carrier and have to find out by themselves. What comes in is dropped
before the switch learns where its sender is (bridge hook prerouting): a node that is cut off must not attract
the frames of others. What goes out to a node is dropped at its port alone (hook forward): its neighbors on the
same switch go on talking.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lab.errors import LabError
from lab.topology import Topology

MIN_FLAP_S, MAX_FLAP_S = 0.1, 3600.0
WHOLE = 100
_TABLE = "bridge cuts"
_BFD = "ip protocol udp udp dport { 3784, 3785 } "  # control and echo: RFC 5881, 4


@dataclass(frozen=True)
class Flap:
    """For how long the loss lasts and for how long it pauses, in turn, until the cut is restored."""

    down_s: float
    up_s: float

    def __post_init__(self) -> None:
        for seconds in (self.down_s, self.up_s):
            if not MIN_FLAP_S <= seconds <= MAX_FLAP_S:
                allowed = f"{MIN_FLAP_S:g} to {MAX_FLAP_S:g} s"
                raise LabError(f"--flap: {seconds:g} s is not allowed; allowed: {allowed}, down and up each")


@dataclass(frozen=True)
class CutKind:
    """What of the traffic is lost; the parts go together as one likes."""

    one_way_from: str | None = None  # a node: only what it sends
    bfd_only: bool = False
    loss_percent: int = WHOLE
    flap: Flap | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.loss_percent <= WHOLE:
            raise LabError(f"--loss: {self.loss_percent} is not allowed; allowed: 1 to {WHOLE} percent")


@dataclass(frozen=True)
class Cut:
    """One cut: the link or node by its name, and the switch ports where its frames are lost."""

    what: str
    kind: CutKind
    ports_from: tuple[str, ...]  # what comes in here
    ports_to: tuple[str, ...]  # what would go out here

    @property
    def loses(self) -> str:
        """Return what is lost, in words: "30 % of everything from R1"."""
        kind = self.kind
        share = "" if kind.loss_percent == WHOLE else f"{kind.loss_percent} % of "
        sender = "" if kind.one_way_from is None else f" from {kind.one_way_from}"
        turns = "" if kind.flap is None else f", {kind.flap.down_s:g} s down and {kind.flap.up_s:g} s up in turn"
        return f"{share}{'BFD' if kind.bfd_only else 'everything'}{sender}{turns}"


def plan_cut(topology: Topology, what: str, kind: CutKind) -> Cut:
    """Find the ports of a link, or of a node on all its links, where a cut of this kind drops."""
    name, ports = topology.plugged(what)
    if kind.one_way_from is not None:
        sender = _sender(name, [port.node for port in ports], kind.one_way_from)
        sends = tuple(port.switch_port for port in ports if port.node == sender)
        return Cut(name, replace(kind, one_way_from=sender), sends, ())
    every = tuple(port.switch_port for port in ports)
    return Cut(name, kind, every, every if name in topology.nodes else ())


def _sender(what: str, nodes: Sequence[str], asked: str) -> str:
    for node in nodes:
        if node.lower() == asked.lower():
            return node
    allowed = ", ".join(dict.fromkeys(nodes))
    raise LabError(f"--one-way-from: {asked!r} is not allowed with {what}; allowed: {allowed}")


def render_cuts(cuts: Sequence[Cut]) -> str:
    """Return the text for nft(8) after which exactly these cuts are in force."""
    lines = [f"table {_TABLE}", f"delete table {_TABLE}"]  # named first: it may be absent
    if cuts:
        coming = (rule for cut in cuts for rule in _rules("iifname", cut.ports_from, cut.kind))
        going = (rule for cut in cuts for rule in _rules("oifname", cut.ports_to, cut.kind))
        lines += [f"table {_TABLE} {{", *_chain("prerouting", coming), *_chain("forward", going), "}"]
    return "\n".join(lines) + "\n"


def _chain(hook: str, rules: Iterator[str]) -> Iterator[str]:
    yield f"  chain {hook} {{"
    yield f"    type filter hook {hook} priority 0; policy accept;"
    yield from (f"    {rule}" for rule in rules)
    yield "  }"


def _rules(direction: str, ports: Sequence[str], kind: CutKind) -> Iterator[str]:
    matches = _BFD if kind.bfd_only else ""
    chance = "" if kind.loss_percent == WHOLE else f"numgen random mod {WHOLE} < {kind.loss_percent} "
    for port in ports:
        yield f'{direction} "{port}" {matches}{chance}drop'
