"""VMX files: what a VM is, as ordered lines of `key = "value"`; what is not changed is written back byte for byte.

Keys differ by letters, not by their case. In a value `|22` stands for a quotation mark, `|7C` for a bar,
`|0A` for a new line. The same format holds .vmsd and the descriptors of snapshots.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from lab.esxi.rules import rule

_LINE = re.compile(r'[ \t]*(?P<key>[A-Za-z0-9_.:\-]+)[ \t]*=[ \t]*"(?P<value>[^"\r\n]*)"[ \t]*(?:#.*)?')
_RAW_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_ESCAPED = re.compile(r"\|([0-9A-Fa-f]{2})")
_TO_ESCAPE = re.compile(r'["|\x00-\x1f]')
_ON = frozenset(("true", "yes", "1", "y", "t", "on"))

SYNTAX = rule(
    "vmx.syntax",
    'Each line of a VMX file is empty, a comment, or key = "value".',
    source="S",
    fault="InvalidVmConfig",
    message="Dictionary problem in line {line}: Syntax error.",
    unverified="fault and text",
)
DEFINED_TWICE = rule(
    "vmx.defined_twice",
    "A VMX file names a key once.",
    source="S",
    fault="InvalidVmConfig",
    message='Dictionary problem in line {line}: Variable "{key}" is already defined.',
    unverified="fault and text",
)


@dataclass(frozen=True)
class VmxLine:
    """One line with its end; without a key it says nothing."""

    text: str
    key: str = ""
    value: str = ""


@dataclass(frozen=True)
class Vmx:
    """A VMX document; a change makes a new one."""

    lines: tuple[VmxLine, ...] = ()

    @cached_property
    def _values(self) -> dict[str, VmxLine]:
        return {line.key.lower(): line for line in self.lines if line.key}

    def get(self, key: str, default: str = "") -> str:
        """Return a value."""
        line = self._values.get(key.lower())
        return default if line is None else line.value

    def has(self, key: str) -> bool:
        """Tell whether a key is there."""
        return key.lower() in self._values

    def is_on(self, key: str, default: bool = False) -> bool:
        """Tell whether a value says yes."""
        return self.get(key).lower() in _ON if self.get(key) else default

    def number(self, key: str, default: int = 0) -> int:
        """Return a value as a number, the default where it is none."""
        text = self.get(key)
        return int(text) if text.lstrip("-").isdecimal() else default

    def items(self) -> Iterator[tuple[str, str]]:
        """Yield keys and values in their order."""
        return ((line.key, line.value) for line in self.lines if line.key)

    def changed(self, values: Mapping[str, str | None]) -> Vmx:
        """Return the document with values set where they stand, new ones at the end, and those of None taken out."""
        wanted = {key.lower(): (key, value) for key, value in values.items()}
        kept = [self._line(line, wanted) for line in self.lines]
        missing = [(key, value) for low, (key, value) in wanted.items() if low not in self._values]
        new = [VmxLine(_render(key, value), key, value) for key, value in missing if value is not None]
        return Vmx((*_ended([line for line in kept if line is not None], bool(new)), *new))

    def without(self, prefix: str) -> Vmx:
        """Return the document without the keys that begin so."""
        low = prefix.lower()
        return Vmx(tuple(line for line in self.lines if not (line.key and line.key.lower().startswith(low))))

    @staticmethod
    def _line(line: VmxLine, wanted: Mapping[str, tuple[str, str | None]]) -> VmxLine | None:
        if line.key.lower() not in wanted:
            return line
        _, value = wanted[line.key.lower()]
        if value is None or value == line.value:
            return None if value is None else line
        return VmxLine(_render(line.key, value), line.key, value)

    def render(self) -> str:
        """Return the file's text."""
        return "".join(line.text for line in self.lines)


def parse_vmx(text: str) -> Vmx:
    """Return the document of a file's text."""
    seen: set[str] = set()
    lines = []
    for number, raw in enumerate(_RAW_LINE.findall(text), 1):
        line = _parse_line(raw)
        SYNTAX.refuse_if(line is None, line=number)
        if line is not None and line.key:
            DEFINED_TWICE.refuse_if(line.key.lower() in seen, line=number, key=line.key)
            seen.add(line.key.lower())
        lines.append(line or VmxLine(raw))
    return Vmx(tuple(lines))


def _parse_line(raw: str) -> VmxLine | None:
    bare = raw.strip()
    if not bare or bare.startswith(("#", "!")):
        return VmxLine(raw)
    match = _LINE.fullmatch(raw.rstrip("\r\n"))
    return VmxLine(raw, match["key"], _unescape(match["value"])) if match is not None else None


def _ended(lines: list[VmxLine], needs_end: bool) -> list[VmxLine]:
    """Give the last line an end if others come behind it."""
    if needs_end and lines and not lines[-1].text.endswith("\n"):
        last = lines[-1]
        return [*lines[:-1], VmxLine(last.text + "\n", last.key, last.value)]
    return lines


def _render(key: str, value: str) -> str:
    return f'{key} = "{_TO_ESCAPE.sub(lambda found: f"|{ord(found[0]):02X}", value)}"\n'


def _unescape(value: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
