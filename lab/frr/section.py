"""FRR configuration as a tree of sections, and the commands that lead from one tree to another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Line:
    """One line of configuration.

    Two lines of the same `key` are one setting in two values. `undo` takes the line away ("" where
    nothing has to); `undo_first` where FRR wants that before the new value. A line whose `owner` (the
    key of another line) goes away needs no undo. `revision` makes a line be sent again although its
    text is the same.
    """

    key: str
    text: str
    undo: str = ""
    owner: str = ""
    undo_first: bool = False
    revision: str = ""


@dataclass(frozen=True)
class Section:
    """A mode of the vty: how to enter it, how to remove it, what it holds."""

    key: str
    enter: str
    undo: str = ""
    lines: tuple[Line, ...] = ()
    sections: tuple[Section, ...] = ()


EMPTY = Section("", "")


def plan_removals(have: Section, want: Section) -> list[str]:
    """Return the commands, from configuration mode, that take away what `want` lacks, last things first."""
    return _removals(have, want, gone=_keys(have) - _keys(want))


def plan_additions(have: Section, want: Section) -> list[str]:
    """Return the commands, from configuration mode, that add or change what `have` lacks."""
    commands = []
    before = {line.key: line for line in have.lines}
    for line in want.lines:
        if _differs(before.get(line.key), line):
            commands.append(line.text)
    known = {section.key: section for section in have.sections}
    for section in want.sections:
        commands += _addition(known.get(section.key), section)
    return commands


def _addition(have: Section | None, want: Section) -> list[str]:
    inner = plan_additions(have or EMPTY, want)
    if have is not None and have.enter == want.enter and not inner:
        return []
    return [want.enter, *inner, "exit"]


def _removals(have: Section, want: Section, gone: set[str]) -> list[str]:
    commands: list[str] = []
    wanted_sections = {section.key: section for section in want.sections}
    for section in reversed(have.sections):
        kept = wanted_sections.get(section.key)
        if kept is None:
            commands += [section.undo] if section.undo else []
        elif inner := _removals(section, kept, gone):
            commands += [section.enter, *inner, "exit"]
    wanted_lines = {line.key: line for line in want.lines}
    for line in reversed(have.lines):
        if line.undo and line.owner not in gone and _must_undo(line, wanted_lines.get(line.key)):
            commands.append(line.undo)
    return commands


def _must_undo(line: Line, kept: Line | None) -> bool:
    return kept is None or (line.undo_first and kept.text != line.text)


def _differs(have: Line | None, want: Line) -> bool:
    return have is None or replace(have, undo="", owner="") != replace(want, undo="", owner="")


def _keys(section: Section) -> set[str]:
    return set(_all_keys(section))


def _all_keys(section: Section) -> Iterator[str]:
    for line in section.lines:
        yield line.key
    for child in section.sections:
        yield from _all_keys(child)
