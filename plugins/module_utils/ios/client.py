# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The device's session over network_cli: the only file that knows cisco.ios' cliconf and terminal.

Lines are sent one by one: cliconf's own edit_config stops at the first bad line without `end`
and drops the answers it had.
"""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Iterable, Sized
from typing import Protocol

from ansible.module_utils.connection import Connection
from ansible.module_utils.connection import ConnectionError as RpcError

from ..errors import DeviceError, TransportError
from .transport import NothingSent

# Lines after which the device expects lines of a submode: any answer to one of them is a refusal,
# since what follows would land in the mode before. Unverified on a device.
SUBMODE_LINE = re.compile(r"(?:interface|router|route-map|ip access-list) \S")
# The terminal plugin reports a refusal as the repr of the bytes that it read.
BYTES_REPR = re.compile(r"b(['\"]).*\1$", re.DOTALL)
# What network_cli makes of a channel that closed while it was reading: str(None).
CLOSED_CHANNEL = "None"
NETWORK_CLI = ("network_cli", "ansible.netcommon.network_cli")
CONFIGURATION_PROMPT = "(config"
# Asked where the startup-config was written by another release. Unverified on a device.
SAVE_CONFIRMATION = r"\[confirm\]"
# What a timed change tells every terminal of the device, between the lines of whatever runs there.
# That it reaches a VTY is unverified on a device.
NOTICE = re.compile(r"\s*(?:Rollback Confirmed Change: |Enter \"configure confirm\" if you wish )")
# A refusal, unlike `%ARCHIVE_DIFF-5-ROLLBK_CNFMD_CHG_CONFIRM: …`, which the device logs of its own.
REFUSAL = re.compile(r"^\s*%(?! ?[A-Z][A-Z0-9_]*-\d-)", re.MULTILINE)
REVERTED = re.compile(r"rollback done", re.IGNORECASE)


class CliConnection(Protocol):
    """What the transport needs of `ansible.module_utils.connection.Connection` on network_cli."""

    def get(self, command: str, prompt: str | None = None, answer: str | None = None) -> str:
        """Send one line and return what the device printed before its next prompt."""

    def get_prompt(self) -> str | None:
        """Connect where needed and return the prompt that was read last, None where none was."""

    def close(self) -> None:
        """Close the session; the next task opens a new one."""


class NetworkCliTransport:
    """One router's session, as the use cases see it."""

    def __init__(self, connection: CliConnection) -> None:
        """Keep the connection; the first command opens the session."""
        self._connection = connection
        self._ready = False
        self._configuring = False

    def run(self, command: str) -> str:
        """Run one command in privileged mode, or by `do` where lines are being pushed, and return its output."""
        self._prepare()
        return self._send(f"do {command}" if self._configuring else command)

    def push(self, lines: Iterable[str], revert_after_min: int | None = None) -> list[str]:
        """Send configuration lines; return one answer a line and leave configuration mode in any case."""
        if isinstance(lines, Sized) and not len(lines):
            return []
        self._prepare()
        self._enter_configuration(revert_after_min)
        try:
            return self._send_lines(lines)
        finally:
            if self._configuring:
                self._leave_configuration()

    def confirm(self) -> None:
        """Keep the pending change; the device is silent where it does."""
        self._prepare()
        answer = self._send("configure confirm")
        if REFUSAL.search(answer):
            raise DeviceError(
                f"configure confirm: the device answered {summary(answer, 'configure confirm')!r}; the change is not "
                "confirmed. Where its timer fired first the device has its former configuration: run again."
            )

    def revert(self) -> None:
        """Take the pending change back; the device says `Rollback Done` when it has."""
        self._prepare()
        answer = self._send("configure revert now")
        if not REVERTED.search(answer):
            raise DeviceError(
                f"configure revert now: the device did not answer 'Rollback Done' but "
                f"{summary(answer, 'configure revert now')!r}. Compare its running-config with its archive."
            )

    def save(self) -> None:
        """Write the running-config to the startup-config."""
        self._prepare()
        answer = self._send("write memory", prompt=SAVE_CONFIRMATION, answer="")
        if "[OK]" not in answer:
            raise DeviceError(
                f"write memory: the device did not answer [OK] but {summary(answer, 'write memory')!r}; the running "
                "configuration is not saved. Look at the device's file system, then run again with save: always."
            )

    def _prepare(self) -> None:
        """Open the session, once: privileged, and out of a configuration mode that another task left."""
        if self._ready:
            return
        prompt = self._first_prompt()
        if CONFIGURATION_PROMPT in prompt:
            self._leave_configuration()
        elif not prompt.endswith("#"):
            raise TransportError(
                f"The session is at the prompt {prompt!r}, which is not privileged. Set ansible_become: true, "
                "ansible_become_method: ansible.netcommon.enable and ansible_become_password."
            )
        self._ready = True

    def _first_prompt(self) -> str:
        """Return the prompt after login."""
        try:
            prompt = self._connection.get_prompt()
        except RpcError as exc:
            raise TransportError(f"The session could not be opened: {plain_text(str(exc)).strip()}") from exc
        if prompt is None:
            self._close()
            raise TransportError("The session could not be opened: the device showed no prompt. Run again.")
        return prompt.strip()

    def _enter_configuration(self, revert_after_min: int | None) -> None:
        """Enter global configuration mode, timed or not, or say why the device does not let us in."""
        timed = revert_after_min is not None
        command = f"configure terminal revert timer {revert_after_min}" if timed else "configure terminal"
        try:
            answer = self._send(command)
        except DeviceError as exc:
            answer = str(exc)
        prompt = self._prompt_or_empty()
        if not prompt:
            self._close()
            raise TransportError(f"{command}: the connection was lost; whether the device took it is not known.")
        if CONFIGURATION_PROMPT not in prompt:
            remedy = " A timed change needs an archive and no other pending." if timed else ""
            raise NothingSent(
                f"{command}: the device did not enter configuration mode but answered "
                f"{summary(answer, command)!r}; nothing was sent. See who holds its configuration lock.{remedy}"
            )
        self._configuring = True

    def _send_lines(self, lines: Iterable[str]) -> list[str]:
        """Send the lines in order and stop at the first that is refused."""
        count = len(lines) if isinstance(lines, Sized) else None
        answers: list[str] = []
        for number, line in enumerate(lines, start=1):
            try:
                answers.append(self._send_line(line))
            except DeviceError as exc:
                raise DeviceError(refused_line(number, count, line, str(exc))) from exc
            except TransportError as exc:
                raise TransportError(lost_line(number, count, line, str(exc))) from exc
        return answers

    def _send_line(self, line: str) -> str:
        """Send one configuration line; an answer to a line that opens a submode is a refusal."""
        answer = self._send(line)
        if answer.strip() and SUBMODE_LINE.match(line):
            raise DeviceError(summary(answer, line))
        return answer

    def _send(self, command: str, prompt: str | None = None, answer: str | None = None) -> str:
        """Send one line; tell a refusal by the device from a session that is lost."""
        try:
            output = self._connection.get(command=command, prompt=prompt, answer=answer)
        except RpcError as exc:
            raise self._explain(command, plain_text(str(exc))) from exc
        if output == CLOSED_CHANNEL and not self._prompt_or_empty():
            self._close()
            raise TransportError("the device closed the connection")
        return without_notices(output)

    def _explain(self, command: str, message: str) -> Exception:
        """Return the error behind a failed call: a text that ends with the prompt is the device's own answer."""
        prompt = self._prompt_or_empty()
        if prompt and message.rstrip().endswith(prompt):
            return DeviceError(summary(message, command))
        self._close()
        if "timeout" in message:
            return TransportError(f"no answer in time ({message.splitlines()[0].strip()})")
        return TransportError(f"the connection was lost ({message.strip()})")

    def _leave_configuration(self) -> None:
        """Return to privileged mode; close a session that does not get there."""
        self._configuring = False
        try:
            self._send("end")
        except (DeviceError, TransportError):
            self._close()
            return
        if CONFIGURATION_PROMPT in self._prompt_or_empty():
            self._close()

    def _prompt(self) -> str:
        """Return the prompt that was read last."""
        return (self._connection.get_prompt() or "").strip()

    def _prompt_or_empty(self) -> str:
        """Return the prompt that was read last, empty where the session is gone."""
        try:
            return self._prompt()
        except RpcError:
            return ""

    def _close(self) -> None:
        """Close a session that is of no more use, so that the next task opens a new one."""
        self._ready = self._configuring = False
        with contextlib.suppress(RpcError):
            self._connection.close()


def open_transport(connection: str, socket_path: str | None) -> NetworkCliTransport:
    """Return the transport over a task's connection, named by its plugin; only network_cli has one."""
    if connection not in NETWORK_CLI or socket_path is None:
        raise TransportError(
            f"The connection is {connection!r}; allowed: 'ansible.netcommon.network_cli'. Set "
            "ansible_connection: ansible.netcommon.network_cli and ansible_network_os: cisco.ios.ios."
        )
    return NetworkCliTransport(Connection(socket_path))


def plain_text(message: str) -> str:
    """Return the device's own text out of an error's message."""
    if BYTES_REPR.match(message):
        return str(ast.literal_eval(message).decode("utf-8", "replace"))
    return message


def without_notices(output: str) -> str:
    """Return what the device answered without what it tells every terminal about a timed change."""
    if not NOTICE.search(output):
        return output
    return "\n".join(line for line in output.splitlines() if not NOTICE.match(line))


def summary(answer: str, command: str) -> str:
    """Return the device's answer in one line: what it marks with `%`, else all but echo, caret and prompt."""
    lines = [line.strip() for line in answer.splitlines()]
    marked = [line for line in lines if line.startswith("%")]
    rest = [line for line in lines if line and line not in ("^", command) and not re.match(r"\S+[>#]", line)]
    return " ".join(marked or rest)


def position(number: int, count: int | None) -> str:
    """Return which line it is; how many there are is not known of lines that are made as they are sent."""
    return f"Line {number}" if count is None else f"Line {number} of {count}"


def refused_line(number: int, count: int | None, line: str, answer: str) -> str:
    """Return what to say of a line that the device refused."""
    return (
        f"{position(number, count)}, {line!r}: the device answered {answer!r}. Lines applied before it: {number - 1}; "
        "none after it was sent. Correct the input; the next run continues from what the device has."
    )


def lost_line(number: int, count: int | None, line: str, reason: str) -> str:
    """Return what to say of a session that was lost while a line was under way."""
    return (
        f"{position(number, count)}, {line!r}: {reason}. Lines applied before it: {number - 1}; whether this one was "
        "is not known. Run again: the next run reads the device and continues from what it has."
    )
