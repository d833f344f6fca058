"""Output filters: `| include`, `exclude`, `begin`, `section`, `count`."""

from __future__ import annotations

import re
from collections.abc import Callable

from lab.ios.grammar import Command, Grammar, InvalidInput

_UNDERSCORE = re.compile(r"\[\^?\]?[^\]]*\]|\\.|_")  # what stands in brackets or behind a backslash is passed over
Filter = Callable[[list[str], "re.Pattern[str]"], list[str]]


def include(lines: list[str], regex: re.Pattern[str]) -> list[str]:
    """Keep the lines that match."""
    return [line for line in lines if regex.search(line)]


def exclude(lines: list[str], regex: re.Pattern[str]) -> list[str]:
    """Drop the lines that match."""
    return [line for line in lines if not regex.search(line)]


def begin(lines: list[str], regex: re.Pattern[str]) -> list[str]:
    """Keep everything from the first line that matches."""
    first = next((number for number, line in enumerate(lines) if regex.search(line)), len(lines))
    return lines[first:]


def section(lines: list[str], regex: re.Pattern[str]) -> list[str]:
    """Keep every line that matches, and the deeper lines below it."""
    return [line for line, inside in _sections(lines, regex) if inside]


def exclude_section(lines: list[str], regex: re.Pattern[str]) -> list[str]:
    """Drop every line that matches, and the deeper lines below it."""
    return [line for line, inside in _sections(lines, regex) if not inside]


def _sections(lines: list[str], regex: re.Pattern[str]) -> list[tuple[str, bool]]:
    """Return each line with whether it belongs to a section that matches."""
    result, depth = [], -1  # depth: indentation of the matching line above, -1 outside of a section
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if depth < 0 or indent <= depth:
            depth = indent if regex.search(line) else -1
        result.append((line, depth >= 0))
    return result


def count(lines: list[str], regex: re.Pattern[str]) -> list[str]:
    """Count the lines that match."""
    return [f"Number of lines which match regexp = {len(include(lines, regex))}"]


def _unknown(lines: list[str], _regex: re.Pattern[str]) -> list[str]:
    return lines


PIPES: Grammar[Filter] = Grammar(
    [
        Command("include <regex:line>", include),
        Command("exclude <regex:line>", exclude),
        Command("begin <regex:line>", begin),
        Command("section exclude <regex:line>", exclude_section),
        Command("section include <regex:line>", section),
        Command("section <regex:line>", section),
        Command("count <regex:line>", count),
        *(Command[Filter](word, _unknown, known=False) for word in ("append", "format", "redirect", "tee")),
    ]
)


def split_pipe(line: str) -> tuple[str, int | None]:
    """Return the command before the first pipe, and the column behind the pipe (None without one)."""
    head, bar, _ = line.partition("|")
    return head, len(head) + 1 if bar else None


def parse_pipe(line: str, column: int) -> Callable[[str], str]:
    """Return the filter that `line` names from `column` on; raise a ParseError as the grammar does."""
    match = PIPES.parse(line, column)
    try:
        regex = re.compile(_UNDERSCORE.sub(_expand_underscore, match.args.text("regex")))
    except re.error:
        raise InvalidInput(match.args.columns["regex"], record=False) from None
    return lambda text: _join(match.command.run(text.splitlines(), regex))


def _expand_underscore(match: re.Match[str]) -> str:
    """Return what `_` means in a regular expression of IOS: an end, a delimiter, and the character itself."""
    return r"(?:^|$|[\s,(){}_])" if match[0] == "_" else match[0]


def _join(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
