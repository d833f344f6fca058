"""What has to be typed to turn one configuration into another, as `configure replace … list` shows it.

The lab puts a replacement into effect as a whole; these lines tell about it, and tell what was refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.ios.commands.system import CONTROL_C

_BANNER = f"banner motd {CONTROL_C}"
_SKIPPED = ("!", "end", "")


def config_difference(have: str, want: str) -> list[str]:
    """Return the commands: what goes first, then what comes."""
    before, after = _sections(have), _sections(want)
    return [*_removals(before, after), *_additions(before, after)]


def _removals(before: dict[str, list[str]], after: dict[str, list[str]]) -> Iterator[str]:
    for head, lines in before.items():
        if head not in after:
            yield _negated(head)
        elif gone := [line for line in lines if line not in after[head]]:
            yield from (head, *(f" {_negated(line.strip())}" for line in gone))


def _additions(before: dict[str, list[str]], after: dict[str, list[str]]) -> Iterator[str]:
    for head, lines in after.items():
        new = [line for line in lines if line not in before.get(head, [])]
        if new or head not in before:
            yield from (head, *new)


def _negated(line: str) -> str:
    return line[3:] if line.startswith("no ") else f"no {line}"


def _sections(text: str) -> dict[str, list[str]]:
    """Return the lines below each line that is not indented."""
    sections: dict[str, list[str]] = {}
    head = ""
    for line in _commands(text):
        if line.startswith(" ") and head:
            sections[head].append(line)
        else:
            head = line
            sections.setdefault(head, [])
    return sections


def _commands(text: str) -> Iterator[str]:
    """Yield the commands; a banner is one, with all of its lines."""
    banner: list[str] = []
    for line in text.splitlines():
        if banner:
            banner.append(line)
        elif line.startswith(_BANNER) and CONTROL_C not in line[len(_BANNER) :]:
            banner = [line]
        elif line.strip() not in _SKIPPED and not line.startswith("!"):
            yield line
        if len(banner) > 1 and CONTROL_C in line:
            yield "\n".join(banner)
            banner = []
