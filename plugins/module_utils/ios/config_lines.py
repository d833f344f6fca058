# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arithmetic of configuration lines: an object is a table of slots, each with the line that IOS shows.

A slot without a line is at its default. Whole lines are negated, as IOS shows them: that form is
accepted everywhere, while short forms differ between releases. The one exception stands in `negate`.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping

Lines = Mapping[Hashable, str]

# `no standby 1 preempt delay minimum 5` takes the delay back and leaves `standby 1 preempt` (Cisco first
# hop redundancy command reference, standby preempt).
_PREEMPT = re.compile(r"standby \d+ preempt\b")


def negate(line: str) -> str:
    """Return the command that takes a line back."""
    preempt = _PREEMPT.match(line)
    if preempt:
        return f"no {preempt.group()}"
    return line[3:] if line.startswith("no ") else f"no {line}"


def removed(have: Lines, target: Lines) -> dict[Hashable, str]:
    """Return the slots that go back to their default, with the commands for it."""
    return {slot: negate(line) for slot, line in have.items() if slot not in target}


def written(have: Lines, target: Lines) -> dict[Hashable, str]:
    """Return the slots that are new or change in place, with the commands for it."""
    return {slot: line for slot, line in target.items() if have.get(slot) != line}


def below(header: str, lines: list[str]) -> list[str]:
    """Return a block of commands with its header, nothing where the block is empty."""
    return [header, *lines] if lines else []


def indented(header: str, lines: list[str]) -> list[str]:
    """Return a block as the running-config shows it."""
    return [header, *(f" {line}" for line in lines)]
