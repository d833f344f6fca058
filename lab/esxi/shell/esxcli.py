"""esxcli: finds the command of a line in the tree of namespaces, reads its options, prints what it shows.

The shape of usage texts is from public captures (`Error: Invalid option --device` from a log of
8.0U3); that errors go to standard error, and the help texts' wording, are unverified on a host.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Union

from lab.esxi.machine.versions import Release
from lab.esxi.rules import RuleBroken
from lab.esxi.shell.result import Request, Result
from lab.esxi.shell.shown import FORMATTERS, Shown
from lab.esxi.shell.unknown import Unknown

_YES, _NO = ("1", "t", "true", "y", "yes"), ("0", "f", "false", "n", "no")
_WIDTH = 22

Values = Mapping[str, Union[str, int, bool]]


@dataclass(frozen=True)
class Option:
    """One option; kind: string, integer, boolean (takes true or false) or flag (takes nothing)."""

    name: str
    short: str
    help: str
    kind: str = "string"
    required: bool = False

    @property
    def spelling(self) -> str:
        """Return how messages name it."""
        return f"-{self.short}|--{self.name}"

    def read(self, text: str) -> str | int | bool:
        """Return the value that a text means."""
        if self.kind == "integer" and text.isdigit():
            return int(text)
        if self.kind == "boolean" and text.lower() in _YES + _NO:
            return text.lower() in _YES
        if self.kind != "string":
            raise UsageError(f"Argument type mismatch for {self.spelling}: {text}")
        return text


@dataclass(frozen=True)
class Command:
    """One command: its place in the tree, and what it does; a release without it does not know its name."""

    path: str
    help: str
    run: Callable[[Request, Values], Shown]
    options: tuple[Option, ...] = ()
    changes: bool = False
    known_by: Callable[[Release], bool] = lambda _release: True


class UsageError(Exception):
    """A line is not one that the command takes."""


class CommandFailed(Exception):
    """A command that was understood fails, with the text that esxcli prints."""


@dataclass(frozen=True)
class Line:
    """A line of esxcli, cut in its parts."""

    formatter: str
    path: tuple[str, ...]
    options: tuple[str, ...]


class Esxcli:
    """The commands that one release knows."""

    def __init__(self, release: Release, commands: Sequence[Command], namespaces: Mapping[str, str]) -> None:
        """Take all commands, and a sentence on each namespace."""
        self.commands = {command.path: command for command in commands if command.known_by(release)}
        self._namespaces = namespaces

    def changes(self, arguments: Sequence[str]) -> bool:
        """Tell whether a line is one that changes the host."""
        try:
            command = self.commands.get(" ".join(_cut(arguments).path))
        except UsageError:
            return False
        return command is not None and command.changes

    def run(self, request: Request) -> Result:
        """Do what a line says; Unknown carries the same text that a host prints."""
        try:
            line = _cut(request.arguments)
        except UsageError as exc:
            return _fail(str(exc), self._usage(()))
        command = self.commands.get(" ".join(line.path))
        if command is None:
            return self._explain(line)
        return _run(command, line, request)

    def _explain(self, line: Line) -> Result:
        """Answer a line that names no command: a namespace gets its usage, what is unknown an error."""
        path = line.path
        if any(known.startswith(" ".join([*path, ""])) for known in self.commands) or not path:
            return Result(0 if "--help" in line.options else 1, self._usage(path))
        raise Unknown(f"Error: Unknown command or namespace {' '.join(path)}\n")

    def _usage(self, path: tuple[str, ...]) -> str:
        start = " ".join([*path, ""]) if path else ""
        below = [known[len(start) :].split() for known in self.commands if known.startswith(start)]
        spaces = sorted({words[0] for words in below if len(words) > 1})
        commands = sorted(words[0] for words in below if len(words) == 1)
        text = f"Usage: esxcli {start}{{cmd}} [cmd options]\n"
        if spaces:
            text += "\nAvailable Namespaces:\n"
            text += "".join(_help_line(name, self._namespaces.get(f"{start}{name}", "")) for name in spaces)
        if commands:
            text += "\nAvailable Commands:\n"
            text += "".join(_help_line(name, self.commands[f"{start}{name}"].help) for name in commands)
        return text


def _cut(arguments: Sequence[str]) -> Line:
    """Cut a line: options of esxcli itself, the path, the command's options."""
    words = list(arguments)
    formatter = ""
    while words and words[0].startswith("-") and words[0] != "--help":
        name, _, text = words.pop(0).partition("=")
        if name != "--formatter":
            raise UsageError(f"Error: Invalid option {name}")
        formatter = text or (words.pop(0) if words else "")
        if formatter not in FORMATTERS or not formatter:
            raise UsageError(f"Error: Invalid formatter {formatter}")
    length = next((place for place, word in enumerate(words) if word.startswith("-")), len(words))
    return Line(formatter, tuple(words[:length]), tuple(words[length:]))


def _run(command: Command, line: Line, request: Request) -> Result:
    if "--help" in line.options:
        return Result(0, _command_usage(command))
    try:
        shown = command.run(request, read_options(command, line.options))
    except Unknown as exc:
        raise Unknown(f"{exc}\n\n{_command_usage(command)}") from exc
    except UsageError as exc:
        return _fail(f"Error: {exc}", _command_usage(command))
    except (CommandFailed, RuleBroken) as exc:
        return Result(1, stderr=f"{exc}\n")
    return Result(0, FORMATTERS[line.formatter](shown))


def read_options(command: Command, words: Sequence[str]) -> Values:
    """Return the values that options name; raise UsageError for what is missing or wrong."""
    values: dict[str, str | int | bool] = {}
    rest = list(words)
    while rest:
        name, joined, text = rest.pop(0).partition("=")
        option = next((each for each in command.options if name in (f"--{each.name}", f"-{each.short}")), None)
        if option is None:
            raise Unknown(f"Error: Invalid option {name}")
        if option.kind == "flag":
            values[option.name] = True
        elif joined or rest:
            values[option.name] = option.read(text if joined else rest.pop(0))
        else:
            raise UsageError(f"Missing value for parameter {option.spelling}")
    missing = [option for option in command.options if option.required and option.name not in values]
    if missing:
        raise UsageError("\n       ".join(f"Missing required parameter {option.spelling}" for option in missing))
    return values


def _command_usage(command: Command) -> str:
    name = command.path.rpartition(" ")[2]
    text = f"Usage: esxcli {command.path} [cmd options]\n\nDescription: \n{_help_line(name, command.help)}"
    if not command.options:
        return text
    return text + "\nCmd options:\n" + "".join(_option_line(option) for option in command.options)


def _option_line(option: Option) -> str:
    kind = {"string": "=<str>", "integer": "=<long>"}.get(option.kind, "")
    required = " (required)" if option.required else ""
    return _help_line(f"{option.spelling}{kind}", option.help + required)


def _help_line(name: str, text: str) -> str:
    return f"  {name.ljust(_WIDTH)}{'' if len(name) < _WIDTH else ' '}{text}\n"


def _fail(error: str, usage: str) -> Result:
    return Result(1, stderr=f"{error}\n\n{usage}")
