"""IOS' texts for lines that are no command."""

from __future__ import annotations

from lab.ios.grammar import IncompleteCommand, InvalidInput, ParseError


def render_refusal(error: ParseError, prompt: str, line: str, start: int = 0) -> str:
    """Return what stands below a refused line; the command begins at its column `start`."""
    if isinstance(error, InvalidInput):
        column = len(prompt) + error.column
        return f"{' ' * column}^\n% Invalid input detected at '^' marker.\n\n"
    if isinstance(error, IncompleteCommand):
        return _incomplete(line[start:])
    return f'% Ambiguous command:  "{line.strip()}"\n'


def _incomplete(line: str) -> str:
    """Return the text for a command that ends too early; `show` alone has its own."""
    words = line.split()
    if len(words) == 1 and "show".startswith(words[0].lower()):
        return '% Type "show ?" for a list of subcommands\n'
    return "% Incomplete command.\n\n"
