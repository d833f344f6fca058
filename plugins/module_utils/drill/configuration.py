# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration that a drill was made with: the lines of the ends and of the sessions over them, secrets hidden."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..ios.config_tree import Node, parse_tree
from ..ios.names import interface_name
from ..ios.redaction import redact
from .scenario import End
from .sessions import DrillSession

_INTERFACE = re.compile(r"interface (\S+(?: \d\S*)?)")
_BGP = re.compile(r"router bgp \d")
_NEIGHBOR = re.compile(r"neighbor (\S+) ")
_PROCESS = re.compile(r"(?:timers bgp|bgp) ")
_GLOBAL = re.compile(r"bfd ")


def end_configuration(running: str, ends: Sequence[End], sessions: Sequence[DrillSession]) -> list[str]:
    """Return the lines of one router that a drill rests on; `ends` and `sessions` are its own."""
    names = {end.interface for end in ends}
    neighbors = {item.neighbor for item in sessions}
    lines = [line for node in parse_tree(running) for line in _lines(node, names, neighbors)]
    return [redact(line) for line in lines]


def _lines(node: Node, names: set[str], neighbors: set[str]) -> Iterator[str]:
    header = _INTERFACE.match(node.line)
    if header and interface_name(header.group(1).replace(" ", "")) in names:
        yield node.line
        yield from (f" {child.line}" for child in node.walk())
    elif _BGP.match(node.line):
        yield node.line
        yield from (f" {child.line}" for child in node.walk() if _is_wanted(child.line, neighbors))
    elif _GLOBAL.match(node.line):
        yield node.line


def _is_wanted(line: str, neighbors: set[str]) -> bool:
    found = _NEIGHBOR.match(line)
    return found.group(1) in neighbors if found else _PROCESS.match(line) is not None
