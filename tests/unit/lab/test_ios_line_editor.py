"""The line editor: keys in, the screen out."""

from __future__ import annotations

import pytest

from lab.ios.line_editor import Event, LineEditor


def type_keys(keys: str, *, echo: bool = True, history: tuple[str, ...] = ()) -> tuple[LineEditor, str, list[Event]]:
    """Return the editor, what a terminal would show on its line, and the events."""
    editor, screen, cursor, events = LineEditor(), [], 0, []
    editor.start(echo, history)
    for key in keys:
        answer = editor.key(key)
        events += [answer.event] if answer.event else []
        for char in answer.text:
            if char == "\b":
                cursor -= 1
            elif char.isprintable():
                screen[cursor : cursor + 1] = [char]
                cursor += 1
    return editor, "".join(screen).rstrip(), events


KEYS = [
    ("show clock", "show clock"),
    ("shw\x02\x02o\x02", "sohw"),
    ("show\x7f\x7fow", "show"),
    ("how\x01s\x05!", "show!"),
    ("show clock\x17version", "show version"),
    ("show clock\x15", ""),
    ("show clock\x02\x02\x02\x02\x02\x0b", "show"),
    ("xshow\x01\x04", "show"),
    ("ab\x1b[D\x1b[DX\x1b[CY", "XaYb"),
    ("one\x1b[3~two", "onetwo"),
    ("a\x00b", "ab"),
]


@pytest.mark.parametrize(("keys", "line"), KEYS)
def test_editing_keeps_line_and_screen_equal(keys: str, line: str) -> None:
    editor, screen, _lines = type_keys(keys)
    assert editor.line.rstrip() == line
    assert screen == line


def test_history_goes_back_and_forth() -> None:
    assert type_keys("\x10", history=("one", "two"))[:2][1] == "two"
    assert type_keys("\x1b[A\x1b[A", history=("one", "two"))[0].line == "one"
    assert type_keys("\x10\x10\x10\x0e", history=("one", "two"))[0].line == "two"
    assert type_keys("\x10\x0e", history=("one",))[0].line == ""


def test_a_password_is_not_shown() -> None:
    editor, screen, events = type_keys("secret?\x7f\r", echo=False)
    assert (editor.line, screen, events) == ("secret", "", [Event.LINE])


@pytest.mark.parametrize(
    ("keys", "events"),
    [
        ("x\r", [Event.LINE]),
        ("x\n", [Event.LINE]),
        ("x\r\n", [Event.LINE]),
        ("x?", [Event.HELP]),
        ("x\t", [Event.COMPLETE]),
        ("x\x1a", [Event.END]),
        ("x\x03", [Event.INTERRUPT]),
        ("x\x04", []),
        ("\x04", [Event.LOGOUT]),
    ],
)
def test_events(keys: str, events: list[Event]) -> None:
    assert type_keys(keys)[2] == events
