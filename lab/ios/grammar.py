"""Grammar of the command line: syntax texts compiled to graphs, and the parser that walks them.

A syntax is written as Cisco's manuals write it: `word` is a keyword, `<name:type>` a value (type is
a range `50-9999` or a name of `tokens.NAMED_TOKENS`), `(name:a|b)` one of several keywords, `[…]`
optional, and `...` behind a value repeats it. All commands of a mode are walked at the same time, so
a keyword may be shortened to any beginning that is unique among the keywords possible at its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from lab.ios.tokens import NAMED_TOKENS, Integer, Keyword, Rest, Token

Handler = TypeVar("Handler")

_SYNTAX = re.compile(r"\[|\]|\.\.\.|<(?P<value>[^>]+)>|\((?P<choice>[^)]+)\)|(?P<keyword>[^\s\[\]<>()]+)")
_RANGE = re.compile(r"(\d+)-(\d+)")


@dataclass(frozen=True)
class Command(Generic[Handler]):
    """One command: syntax, what runs it, and the privilege level that it needs.

    A command with `known=False` is a keyword of IOS that the lab does not implement: it takes part
    in abbreviations, so that the lab finds ambiguous what IOS finds ambiguous, and is refused. One with
    `elsewhere=True` besides is refused by IOS itself on a router: nothing is missing in the lab.
    """

    syntax: str
    run: Handler
    level: int = 1
    known: bool = True
    elsewhere: bool = False


@dataclass(frozen=True)
class Args:
    """Values of a command by name, and the column where each was written."""

    values: dict[str, object] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str:
        """Return a word."""
        return str(self.values[name])

    def number(self, name: str) -> int:
        """Return a number."""
        value = self.values[name]
        if not isinstance(value, int):
            raise TypeError(f"{name} is not a number: {value!r}")
        return value

    def words(self, name: str) -> list[str]:
        """Return the words of a repeated value, none where it was left out."""
        value = self.values.get(name, [])
        return [str(word) for word in value] if isinstance(value, list) else [str(value)]


@dataclass(frozen=True)
class Match(Generic[Handler]):
    """A complete command with its values."""

    command: Command[Handler]
    args: Args


class ParseError(Exception):
    """A line that is no command; `record` says that the lab does not know it."""

    record = False


class InvalidInput(ParseError):
    """`% Invalid input detected at '^' marker.`, with the column of the caret in the line.

    `missing` says that the words are known as a command of IOS that the lab lacks: no other mode is to be tried.
    """

    def __init__(self, column: int, record: bool, missing: bool = False) -> None:
        super().__init__(column)
        self.column = column
        self.record = record
        self.missing = missing


class IncompleteCommand(ParseError):
    """`% Incomplete command.`."""


class AmbiguousCommand(ParseError):
    """`% Ambiguous command:`."""


@dataclass
class _Node:
    """A place between two words: what may follow, and where it may be skipped to."""

    edges: list[tuple[Token, _Node]] = field(default_factory=list)
    skips: list[_Node] = field(default_factory=list)
    final: bool = False

    def reachable(self) -> Iterator[_Node]:
        """Yield this node and all that optional words allow to skip to."""
        yield self
        for node in self.skips:
            yield from node.reachable()


def compile_syntax(syntax: str) -> _Node:
    """Compile a syntax text to its graph and return the first node."""
    start = _Node()
    node = before = start
    open_options: list[_Node] = []
    for match in _SYNTAX.finditer(syntax):
        if match[0] == "[":
            open_options.append(node)
        elif match[0] == "]":
            after = _Node()
            node.skips.append(after)
            open_options.pop().skips.append(after)
            node = after
        elif match[0] == "...":
            node.edges.extend(before.edges)
        else:
            before, node = node, _append(node, _tokens(match))
    node.final = True
    return start


def _append(node: _Node, tokens: Sequence[Token]) -> _Node:
    """Append a word to the graph and return the node behind it."""
    after = _Node()
    node.edges.extend((token, after) for token in tokens)
    return after


def _tokens(match: re.Match[str]) -> list[Token]:
    """Return the tokens that one element of a syntax text stands for."""
    if match["keyword"]:
        return [Keyword(match["keyword"])]
    if match["choice"]:
        name, _, words = match["choice"].partition(":")
        return [Keyword(word, name) for word in words.split("|")]
    name, _, kind = match["value"].partition(":")
    bounds = _RANGE.fullmatch(kind)
    return [Integer(name, int(bounds[1]), int(bounds[2])) if bounds else NAMED_TOKENS[kind](name)]


@dataclass(frozen=True)
class _Thread(Generic[Handler]):
    """One command that still fits the words read so far."""

    command: Command[Handler]
    node: _Node
    values: dict[str, object] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)
    last_column: int = 0

    def step(self, token: Token, node: _Node, value: object, column: int) -> _Thread[Handler]:
        """Return the thread after one more word."""
        values, columns = dict(self.values), dict(self.columns)
        if token.name:
            values[token.name] = _collect(values.get(token.name), value)
            columns.setdefault(token.name, column)
        return _Thread(self.command, node, values, columns, column)

    def edges(self) -> Iterator[tuple[Token, _Node]]:
        """Yield what may follow."""
        for node in self.node.reachable():
            yield from node.edges

    def complete(self) -> bool:
        """Tell whether the line may end here."""
        return any(node.final for node in self.node.reachable())


def _collect(seen: object, value: object) -> object:
    """Join a repeated value to the ones before it."""
    if seen is None:
        return value
    return [*seen, value] if isinstance(seen, list) else [seen, value]


class Grammar(Generic[Handler]):
    """The commands of one mode."""

    def __init__(self, commands: Sequence[Command[Handler]]) -> None:
        self._starts = [(command, compile_syntax(command.syntax)) for command in commands]

    def parse(self, line: str, start: int = 0, level: int = 15) -> Match[Handler]:
        """Return the command that `line` holds from column `start` on, or raise a ParseError."""
        threads = self._threads(level)
        for word in re.finditer(r"\S+", line[start:]):
            column = start + word.start()
            threads, rest = _advance(threads, word[0], column, line)
            if rest or not any(thread.command.known for thread in threads):
                break
        return _finish(threads)

    def completions(self, line: str, level: int = 15) -> list[str]:
        """Return what `?` shows at the end of `line`: hints of the word begun there, or of the next."""
        words = list(re.finditer(r"\S+", line))
        partial = words.pop()[0] if words and not line[-1:].isspace() else ""
        threads = self._threads(level)
        for word in words:
            threads, rest = _advance(threads, word[0], word.start(), line)
            if rest:
                return ["LINE"]
        known = [thread for thread in threads if thread.command.known]
        hints = {token.hint() for thread in known for token, _ in thread.edges() if _begins(token, partial)}
        if not partial and any(thread.complete() for thread in known):
            hints.add("<cr>")
        return sorted(hints, key=lambda hint: (hint == "<cr>", hint))

    def _threads(self, level: int) -> list[_Thread[Handler]]:
        return [_Thread(command, node) for command, node in self._starts if command.level <= level]


def _begins(token: Token, partial: str) -> bool:
    """Tell whether a word begun as `partial` may become `token`."""
    return not partial or (isinstance(token, Keyword) and token.value(partial) is not None)


def _advance(
    threads: Sequence[_Thread[Handler]], word: str, column: int, line: str
) -> tuple[list[_Thread[Handler]], bool]:
    """Return the threads after `word`, and whether the rest of the line was taken with it."""
    edges = [(thread, token, node) for thread in threads for token, node in thread.edges()]
    keywords = [edge for edge in edges if isinstance(edge[1], Keyword) and edge[1].value(word) is not None]
    exact = [edge for edge in keywords if edge[1].hint().lower() == word.lower()]
    chosen = exact or keywords
    if len({edge[1].hint() for edge in chosen}) > 1:
        raise AmbiguousCommand(line)
    if chosen:
        return [thread.step(token, node, token.value(word), column) for thread, token, node in chosen], False
    return _advance_value(edges, word, column, line)


def _advance_value(
    edges: Sequence[tuple[_Thread[Handler], Token, _Node]], word: str, column: int, line: str
) -> tuple[list[_Thread[Handler]], bool]:
    """Return the threads that take `word` as a value; refuse it where none does."""
    values = [edge for edge in edges if not isinstance(edge[1], Keyword)]
    rests = [edge for edge in values if isinstance(edge[1], Rest)]
    taken = rests or [edge for edge in values if edge[1].value(word) is not None]
    if not taken:
        progress = max((token.progress(word) for _, token, _ in edges), default=0)
        raise InvalidInput(column + progress, not any(token.resembles(word) for _, token, _ in edges))
    text = line[column:].rstrip() if rests else word
    return [thread.step(token, node, token.value(text), column) for thread, token, node in taken], bool(rests)


def _finish(threads: Sequence[_Thread[Handler]]) -> Match[Handler]:
    """Return the command that ends where the line ends."""
    if threads and not any(thread.command.known for thread in threads):
        record = not all(thread.command.elsewhere for thread in threads)
        raise InvalidInput(threads[0].last_column, record, missing=True)
    complete = [thread for thread in threads if thread.complete()]
    known = [thread for thread in complete if thread.command.known]
    if not known:
        raise IncompleteCommand
    return Match(known[0].command, Args(known[0].values, known[0].columns))
