# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carry commands to a device and make sure that they took."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence

from ..errors import DeviceError, TransportError
from .config_tree import has_end
from .transport import NothingSent, Transport

RUNNING_CONFIG = "show running-config"
# Warnings of IOS that are no refusal: `% Warning: A hold time of less than 20 seconds …`.
_WARNING = re.compile(r"%? ?warning\b", re.IGNORECASE)
# What the plan's own warnings say already, in check mode too.
_FORETOLD = re.compile(r"%? ?warning: a hold time of less than 20 seconds", re.IGNORECASE)


def read_running_config(transport: Transport) -> str:
    """Return the running-config; a text without its `end` is no base for a plan."""
    text = transport.run(RUNNING_CONFIG)
    if not has_end(text):
        last = text.strip().splitlines()[-1:] or [""]
        raise DeviceError(
            f"`{RUNNING_CONFIG}` came without its closing `end` ({len(text)} characters, last: {_safe(last[0])}); "
            "nothing is planned on half a configuration. Try again; look at the session's time-outs."
        )
    return text


def _safe(line: str) -> str:
    """Return a device's line for an error, only where it is a message and no configuration."""
    if not line:
        return "nothing"
    return repr(line) if line.startswith("%") else "a line of configuration"


def push_commands(
    transport: Transport,
    commands: Sequence[str],
    remaining: Callable[[str], Sequence[str]],
    revert_after_min: int | None = None,
) -> tuple[list[str], str]:
    """Push, read back, and return the device's remarks and its new running-config.

    `remaining` tells which commands a running-config would still need; any is an error that names
    the line and what the device answered, whether its terminal counts that as an error or not.
    """
    answers = [answer.strip() for answer in transport.push(commands, revert_after_min)]
    shown = read_running_config(transport)
    left = remaining(shown)
    said = [(number, line, answer) for number, (line, answer) in enumerate(zip(commands, answers), start=1) if answer]
    if left:
        raise DeviceError(_not_taken(commands, left, said))
    return [_remark(*item) for item in said if not _FORETOLD.match(item[2])], shown


def _not_taken(commands: Sequence[str], left: Sequence[str], said: Sequence[tuple[int, str, str]]) -> str:
    """Return the error's text: the lines that did not take, and what the device answered."""
    numbers = {line: number for number, line in enumerate(commands, start=1)}
    headers = ("interface ", "router bgp ", "ip access-list ", "route-map ")
    lines = [line for line in left if not line.startswith(headers)] or list(left)
    missing = [f"line {numbers[line]} `{line}`" if line in numbers else f"`{line}` is still needed" for line in lines]
    refusals = [item for item in said if not _WARNING.match(item[2])]
    answers = "; ".join(_remark(*item) for item in refusals) or "the device said nothing"
    return (
        f"The device does not show what was pushed ({len(commands)} lines): {'; '.join(missing)}. "
        f"Answers: {answers}. The startup-config was left alone; run again once the cause is mended."
    )


def _remark(number: int, line: str, answer: str) -> str:
    return f"line {number} `{line}`: the device answered `{' / '.join(answer.splitlines())}`"


def soft_clear(transport: Transport, commands: Sequence[str]) -> None:
    """Run the soft clears; DeviceError where the device refuses one."""
    for command in commands:
        answer = transport.run(command).strip()
        if answer.startswith("%"):
            raise DeviceError(f"`{command}`: the device answered `{answer}`. The configuration itself took.")


@contextlib.contextmanager
def taken_back_on_failure(transport: Transport, revert_after_min: int | None) -> Iterator[None]:
    """Take a timed change back at once where it fails; the error says what became of it."""
    try:
        yield
    except NothingSent:
        raise
    except DeviceError as error:
        if revert_after_min is None:
            raise
        raise DeviceError(f"{error} {_take_back(transport, revert_after_min)}") from error
    except TransportError as error:
        if revert_after_min is None:
            raise
        fate = f"What was applied the device takes back by itself within {revert_after_min} min."
        raise TransportError(f"{error} {fate}") from error


def _take_back(transport: Transport, revert_after_min: int) -> str:
    """Revert, and return what became of the change."""
    try:
        transport.revert()
    except (DeviceError, TransportError) as error:
        return f"Taking it back failed ({error}); the device does it by itself within {revert_after_min} min."
    return "The whole change was taken back: the device has its former configuration."
