"""Editing of one line at a terminal: keys in, echo and events out, no I/O of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

BELL = "\a"
_ARROWS = {
    "[A": "\x10",
    "OA": "\x10",
    "[B": "\x0e",
    "OB": "\x0e",
    "[C": "\x06",
    "OC": "\x06",
    "[D": "\x02",
    "OD": "\x02",
}


class Event(Enum):
    """What a key asks for beyond editing."""

    LINE = "line"  # Enter
    HELP = "help"  # ?
    COMPLETE = "complete"  # Tab
    END = "end"  # Ctrl-Z
    INTERRUPT = "interrupt"  # Ctrl-C
    LOGOUT = "logout"  # Ctrl-D on an empty line


@dataclass(frozen=True)
class Echo:
    """Answer to one key: what to write, and what it asks for."""

    text: str = ""
    event: Event | None = None


class LineEditor:
    """The line being typed; `echo` is off for passwords."""

    def __init__(self) -> None:
        self.line = ""
        self.echo = True
        self._cursor = 0
        self._escape = ""
        self._last_key = ""
        self._history: Sequence[str] = ()
        self._history_at = 0

    def start(self, echo: bool, history: Sequence[str] = (), line: str = "") -> None:
        """Begin a new line, perhaps with text in it already."""
        self.echo, self.line, self._cursor = echo, line, len(line)
        self._history, self._history_at = history, len(history)

    def key(self, key: str) -> Echo:
        """Take one character."""
        previous, self._last_key = self._last_key, key
        if self._escape:
            return self._continue_escape(key)
        if key == "\x1b":
            self._escape = key
            return Echo()
        if key == "\n" and previous == "\r":
            return Echo()
        return self._event(key) or self._edit(key)

    def _continue_escape(self, key: str) -> Echo:
        """Collect an arrow key's sequence; other sequences are swallowed."""
        self._escape += key
        sequence = self._escape[1:]
        if sequence in ("[", "O") or (sequence[0] == "[" and key in "0123456789;"):
            return Echo()
        self._escape = ""
        control = _ARROWS.get(sequence)
        return self._edit(control) if control else Echo()

    def _event(self, key: str) -> Echo | None:
        """Return the answer to a key that is more than editing."""
        if key in "\r\n":
            return Echo("\r\n", Event.LINE)
        if key == "\x1a":
            return Echo("^Z\r\n" if self.echo else "\r\n", Event.END)
        if key == "\x03":
            return Echo("^C\r\n", Event.INTERRUPT)
        if key == "\x04" and not self.line:
            return Echo("", Event.LOGOUT)
        if key == "?" and self.echo:
            return Echo("?\r\n", Event.HELP)
        return Echo("", Event.COMPLETE) if key == "\t" else None

    def _edit(self, key: str) -> Echo:
        """Change the line and return what the terminal must show."""
        if key in _EDITS:
            return Echo(_EDITS[key](self))
        if not key.isprintable():
            return Echo()
        tail = self.line[self._cursor :]
        self.line = self.line[: self._cursor] + key + tail
        self._cursor += 1
        return Echo(key + tail + "\b" * len(tail) if self.echo else "")

    def _replace(self, line: str, cursor: int) -> str:
        """Put another line on the screen in the place of this one."""
        old, old_cursor = self.line, self._cursor
        self.line, self._cursor = line, cursor
        if not self.echo:
            return ""
        blanks = max(0, len(old) - len(line))
        return "\b" * old_cursor + line + " " * blanks + "\b" * (blanks + len(line) - cursor)

    def backspace(self) -> str:
        """Delete the character before the cursor."""
        at = self._cursor
        return self._replace(self.line[: at - 1] + self.line[at:], at - 1) if at else BELL * self.echo

    def delete(self) -> str:
        """Delete the character below the cursor."""
        return self._replace(self.line[: self._cursor] + self.line[self._cursor + 1 :], self._cursor)

    def delete_word(self) -> str:
        """Delete the word before the cursor."""
        head = self.line[: self._cursor].rstrip()
        start = head.rfind(" ") + 1
        return self._replace(self.line[:start] + self.line[self._cursor :], start)

    def delete_before(self) -> str:
        """Delete everything before the cursor."""
        return self._replace(self.line[self._cursor :], 0)

    def delete_behind(self) -> str:
        """Delete everything from the cursor on."""
        return self._replace(self.line[: self._cursor], self._cursor)

    def to_start(self) -> str:
        """Move to the start of the line."""
        return self._replace(self.line, 0)

    def to_end(self) -> str:
        """Move to the end of the line."""
        return self._replace(self.line, len(self.line))

    def left(self) -> str:
        """Move one character to the left."""
        return self._replace(self.line, max(0, self._cursor - 1))

    def right(self) -> str:
        """Move one character to the right."""
        return self._replace(self.line, min(len(self.line), self._cursor + 1))

    def older(self) -> str:
        """Show the line before in the history."""
        return self._recall(self._history_at - 1)

    def newer(self) -> str:
        """Show the line behind in the history."""
        return self._recall(self._history_at + 1)

    def _recall(self, at: int) -> str:
        if not self.echo or not 0 <= at <= len(self._history):
            return BELL * self.echo
        self._history_at = at
        line = self._history[at] if at < len(self._history) else ""
        return self._replace(line, len(line))

    def replace_line(self, line: str) -> str:
        """Put a completed line in the place of this one."""
        return self._replace(line, len(line))


_EDITS = {
    "\x7f": LineEditor.backspace,
    "\b": LineEditor.backspace,
    "\x01": LineEditor.to_start,
    "\x02": LineEditor.left,
    "\x04": LineEditor.delete,
    "\x05": LineEditor.to_end,
    "\x06": LineEditor.right,
    "\x0b": LineEditor.delete_behind,
    "\x0e": LineEditor.newer,
    "\x10": LineEditor.older,
    "\x15": LineEditor.delete_before,
    "\x17": LineEditor.delete_word,
    "\x18": LineEditor.delete_before,
}
