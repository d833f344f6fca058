# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text of `show running-config` to a tree of lines, by indentation and without knowing any command.

What is text and not configuration is left out: banners and menus up to their delimiter, macros up
to `@` or `}`, certificates up to `quit`.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .show_text import strip_pager

# `banner motd ^C`, `aaa authentication banner #`, `menu NAME title /`: text follows up to the delimiter.
_DELIMITED = re.compile(
    r"(?:banner \S+|aaa authentication (?:banner|fail-message)|menu \S+ (?:title|prompt|status-line))\s+(?P<text>\S.*)$"
)
_CERTIFICATE = re.compile(r"\s*certificate (?:\S+ )*[0-9A-F]+$")
_MACRO = re.compile(r"macro name \S+$")
_SCRIPT = re.compile(r"macro auto execute .*\{$")
_END = re.compile(r"end$")
# What stands around the configuration: the device's preamble, and prompts of a pasted session.
_NOISE = re.compile(
    r"Building configuration|Current configuration *:|Using \d+ out of|Load for |Time source is|\S+[#>]"
)
# A listing that lost its indentation still tells where a block begins; `!`, `exit` or the next header ends it.
_HEADER = re.compile(
    r"(?:interface|router|route-map|ip access-list (?:standard|extended)|line|vrf definition) \S|archive$"
)
# What stands in a block only, so that it belongs to the one before even where a hand lost its indentation.
_BODY = re.compile(r"(?:\d+ )?(?:permit|deny|remark) |(?:match|set) \S")


@dataclass
class Node:
    """One line without its indentation, and the lines that stand below it."""

    line: str
    children: list[Node] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        """Yield every node below this one, depth first."""
        for child in self.children:
            yield child
            yield from child.walk()


def parse_tree(text: str) -> list[Node]:
    """Return the top-level lines of a running-config with what is nested below them."""
    lines = _configuration(text)
    if not any(line.startswith(" ") for line in lines):
        lines = list(_reindented(lines))
    roots: list[Node] = []
    path: list[tuple[int, Node]] = []
    for line in lines:
        if line.lstrip().startswith("!"):
            continue
        node, indent = Node(line.strip()), len(line) - len(line.lstrip()) or int(bool(_BODY.match(line)))
        while path and path[-1][0] >= indent:
            path.pop()
        (path[-1][1].children if path else roots).append(node)
        path.append((indent, node))
    return roots


def has_end(text: str) -> bool:
    """Return whether the configuration is closed by `end`; one inside of a banner does not count."""
    return any(_END.match(line) for line in _lines(text))


def _configuration(text: str) -> list[str]:
    """Return the lines of configuration: no preamble, no text blocks, nothing after `end`."""
    kept: list[str] = []
    for line in _lines(text):
        if _END.match(line):
            break
        if not _NOISE.match(line):
            kept.append(line)
    return kept


def _lines(text: str) -> Iterator[str]:
    """Yield the lines that are not blank, without their line ends and what text blocks hold."""
    plain = textwrap.dedent(strip_pager(text).replace("\r", "").expandtabs())
    lines = [line.rstrip() for line in plain.split("\n")]
    position = 0
    while position < len(lines):
        line = lines[position]
        position += 1
        if line:
            yield line
            position = _after_text(line, lines, position)


def _after_text(line: str, lines: list[str], position: int) -> int:
    """Return the position behind the text block that `line` opens, `position` where it opens none."""
    delimited = _DELIMITED.match(line)
    if delimited:
        text = delimited.group("text")
        delimiter = text[:2] if text.startswith("^") else text[0]
        if delimiter in text[len(delimiter) :]:
            return position
        return _behind(lines, position, lambda candidate: delimiter in candidate)
    if _MACRO.match(line):
        return _behind(lines, position, lambda candidate: candidate == "@")
    if _SCRIPT.match(line):
        return _behind(lines, position, lambda candidate: candidate == "}")
    if _CERTIFICATE.match(line):
        return _behind(lines, position, lambda candidate: candidate.strip() == "quit")
    return position


def _behind(lines: list[str], position: int, ends: Callable[[str], bool]) -> int:
    """Return the position behind the first line that ends the block; a block without end is none."""
    found = next((number for number in range(position, len(lines)) if ends(lines[number])), None)
    return position if found is None else found + 1


def _reindented(lines: list[str]) -> Iterator[str]:
    """Yield the lines of a flat listing with those behind a header moved below it."""
    inside = False
    for line in lines:
        if line.startswith("!") or line == "exit":
            inside = False
        elif _HEADER.match(line):
            inside = True
            yield line
            continue
        yield f" {line}" if inside else line
