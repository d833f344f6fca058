"""What an exec command sees: the session that runs it, and its values."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.ios.grammar import Args, Command

if TYPE_CHECKING:
    from lab.ios.router import Router
    from lab.ios.session import Session


@dataclass(frozen=True)
class Question:
    """A question to the user; `answered` takes the answer and returns what is printed."""

    prompt: str
    answered: Callable[[str], Awaitable[str]]
    echo: bool = True


@dataclass(frozen=True)
class Call:
    """One exec command about to run."""

    session: Session
    args: Args

    @property
    def router(self) -> Router:
        """Return the router of the session."""
        return self.session.router


ExecHandler = Callable[[Call], Awaitable[str]]
ExecCommand = Command[ExecHandler]


async def _nothing(_call: Call) -> str:
    return ""


def other_commands(words: str, prefix: str = "", level: int = 1) -> list[ExecCommand]:
    """Return keywords of IOS that the lab knows of and does not implement."""
    return [ExecCommand(f"{prefix}{word}", _nothing, level, known=False) for word in words.split()]
