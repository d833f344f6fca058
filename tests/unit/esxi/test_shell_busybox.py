"""Taking a busybox apart, on tables made by hand; the real one is tried in tests/lab/test_esxi_shell.py."""

from __future__ import annotations

import pytest

from lab.errors import LabError
from lab.esxi.shell.busybox import strip_busybox

NAMES = ["[", "[[", "cat", "halt", "ls", "poweroff", "reboot", "sh", "touch", "tr", "true"]


def stock(names: list[str], builtins: bytes = b"\0002command\0002type\0") -> bytes:
    return b"ELF" + b"\0" + b"".join(name.encode() + b"\0" for name in names) + b"\0usage text\0" + builtins + b"end"


def names_of(binary: bytes) -> list[bytes]:
    return binary[4 : binary.index(b"\0\0usage")].split(b"\0")


def test_only_kept_names_can_be_typed_and_the_order_stays() -> None:
    names = names_of(strip_busybox(stock(NAMES), ("[", "[[", "cat", "ls", "sh", "touch", "true")))
    assert names == sorted(names)
    assert [len(name) for name in names] == [len(name) for name in NAMES]
    assert [name.decode() for name in names if name.isalpha()] == ["cat", "ls", "sh", "touch", "tp", "true"]
    assert b"[" in names
    assert b"[[" in names


def test_everything_else_stays_where_it_was() -> None:
    before, after = stock(NAMES), strip_busybox(stock(NAMES), ())
    assert len(after) == len(before)
    assert after.endswith(b"\0usage text\0\0002comman\x01\0002type\0end")


@pytest.mark.parametrize(
    ("binary", "says"),
    [
        (b"ELF without any table", "no table of applets"),
        (stock(NAMES) + stock(NAMES), "or several"),
        (stock(["[", "[[", "cat", "sh"]), "ends too soon"),
        (stock(NAMES, b"\0002type\0"), "builtins"),
        (stock(["[", "[[", "a", "b", "c", "poweroff", "reboot", "sh"]), "no name is free for its applet 'b'"),
    ],
)
def test_a_busybox_that_is_built_otherwise_is_refused(binary: bytes, says: str) -> None:
    with pytest.raises(LabError, match=says):
        strip_busybox(binary, ("a", "c", "cat", "sh"))
