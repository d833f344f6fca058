"""One session on a router's command line: a line in, text and the next prompt out, no I/O of its own."""

from __future__ import annotations

import copy
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.engine import EngineError
from lab.ios.commands.change import Change, ConfigHandler, Context, Refused, RefusedValue
from lab.ios.commands.exec_modes import EXEC_GRAMMAR
from lab.ios.commands.modes import CONFIG_GRAMMARS, grammar_of, run_exec
from lab.ios.commands.system import banner_is_open, set_banner
from lab.ios.exec_call import Call, ExecHandler, Question
from lab.ios.faults import Fault
from lab.ios.grammar import AmbiguousCommand, InvalidInput, Match, ParseError
from lab.ios.pipes import parse_pipe, split_pipe
from lab.ios.prompts import CONFIG, EXEC, USER, is_configuration, prompt
from lab.ios.refusals import render_refusal

if TYPE_CHECKING:
    from lab.ios.router import Router

LAB_LOG = logging.getLogger("lab.ios")
HISTORY_LENGTH = 20
TERMINAL_LENGTH = 24
TERMINAL_WIDTH = 80
NOT_APPLIED = "% The change could not be put into effect and is undone; the lab's log says why"
NOT_SHOWN = "% The state could not be read; the lab's log says why"


@dataclass(frozen=True)
class Reply:
    """What a line brought: text (lines end with a newline), the next prompt, and what else must happen."""

    text: str = ""
    prompt: str = ""
    echo: bool = True  # False while a password is asked for
    closed: bool = False  # the session is over
    hang: bool = False  # nothing is ever answered again
    drop: bool = False  # the connection is cut without a word
    delay_s: float = 0.0  # to wait before the answer


class Session:
    """State machine of one terminal."""

    def __init__(
        self,
        router: Router,
        number: int,
        privileged: bool,
        *,
        user: str,
        origin: str,
        on_log: Callable[[str], None] | None,
    ) -> None:
        self.router = router
        self.number = number
        self.user = user
        self.origin = origin
        self.context = Context(EXEC if privileged else USER)
        self.length = TERMINAL_LENGTH
        self.width = TERMINAL_WIDTH
        self.monitor = False
        self.history: list[str] = []
        self.question: Question | None = None
        self.closed = False
        self.aborted = False  # the escape sequence was typed while a command ran
        self._on_log = on_log
        self._banner: str | None = None

    @property
    def prompt(self) -> str:
        """Return what stands before the next line."""
        if self.question is not None:
            return self.question.prompt
        return "" if self._banner is not None else prompt(self.router.config.hostname, self.context.mode)

    @property
    def level(self) -> int:
        """Return the privilege level."""
        return 1 if self.context.mode == USER else 15

    @property
    def user_name(self) -> str:
        """Return how the rollback names who types."""
        return self.user or "console"

    def line_name(self) -> str:
        """Return how the log names this terminal."""
        return f"vty{self.number} ({self.origin})" if self.origin else "console"

    def close(self) -> None:
        """End the session; leaving configuration mode is logged."""
        if is_configuration(self.context.mode):
            self._enter(Context(EXEC))
        self.closed = True
        self.router.close_session(self)

    def show_log(self, line: str) -> None:
        """Show a log line to a terminal that monitors."""
        if self.monitor and self._on_log is not None:
            self._on_log(line)

    async def feed(self, line: str) -> Reply:
        """Do one line."""
        self.router.rollback.touch(self.user_name)
        if self.question is not None:
            return self._reply(await self._answer(line))
        if self._banner is not None:
            return await self._continue_banner(line)
        self._remember(line)
        if not line.strip() or line.lstrip().startswith("!"):
            return self._reply("")
        return await self._run_line(line)

    async def interrupt(self, text: str = "") -> Reply:
        """Do Ctrl-Z or Ctrl-C: leave configuration mode, give a question up; `text` is the line so far."""
        self.question, self._banner = None, None
        if is_configuration(self.context.mode):
            if text.strip():
                reply = await self.feed(text)
                self._enter(Context(EXEC))
                return self._reply(reply.text)
            self._enter(Context(EXEC))
        return self._reply("")

    def help(self, line: str) -> str:
        """Return what `?` shows at the end of `line`."""
        try:
            hints = self._completions(line)
        except AmbiguousCommand:
            return f'% Ambiguous command:  "{line} "\n'
        except ParseError:
            return "% Unrecognized command\n"
        return "".join(f"  {hint}\n" for hint in hints) or "% Unrecognized command\n"

    def _completions(self, line: str) -> list[str]:
        if not is_configuration(self.context.mode):
            return EXEC_GRAMMAR.completions(line, self.level)
        return grammar_of(self.context).completions(line)

    def complete(self, line: str) -> str:
        """Return `line` with its last word completed by Tab, unchanged where several words fit."""
        try:
            hints = self._completions(line)
        except ParseError:
            return line
        word = line.split()[-1] if line.strip() and not line[-1:].isspace() else ""
        fits = [hint for hint in hints if word and hint.lower().startswith(word.lower())]
        return f"{line[: len(line) - len(word)]}{fits[0]} " if len(fits) == 1 else line

    async def _run_line(self, line: str) -> Reply:
        """Do one line that is neither an answer nor part of a banner, unless a fault meets it."""
        configuring = is_configuration(self.context.mode)
        counted = configuring and line.split()[0].lower() not in ("end", "exit", "do")
        fault = self.router.faults.meet(counted)
        if fault is not None and fault.kind not in ("slow", "isolate"):
            return self._meet(fault)
        text = await (self._configure(line) if configuring else self._execute(line))
        if fault is not None and fault.kind == "isolate":
            self.router.faults.isolate(fault.seconds)
            return Reply(drop=True)
        return self._reply(text, delay_s=0.0 if fault is None else fault.seconds)

    def _meet(self, fault: Fault) -> Reply:
        if fault.kind == "refuse":
            return self._reply(f"% {fault.text}\n")
        return Reply(hang=fault.kind == "hang", drop=fault.kind == "drop")

    def _reply(self, text: str, delay_s: float = 0.0) -> Reply:
        echo = self.question is None or self.question.echo
        return Reply(text, "" if self.closed else self.prompt, echo, self.closed, delay_s=delay_s)

    def _remember(self, line: str) -> None:
        if line.strip() and self.history[-1:] != [line]:
            self.history = [*self.history, line][-HISTORY_LENGTH:]

    # Configuration mode.

    async def _configure(self, line: str) -> str:
        """Do a line of configuration mode and return what is printed."""
        try:
            match, is_global = self._parse_configuration(line)
        except ParseError as error:
            return self._refuse(error, line)
        if match.command.run is run_exec:
            return await self._execute(line, match.args.columns["line"])
        if match.command.run is set_banner and banner_is_open(match.args.text("text")):
            self._banner = line
            return "Enter TEXT message.  End with the character '%s'.\n" % match.args.text("text")[0]
        return await self._change(match, is_global, line)

    def _parse_configuration(self, line: str) -> tuple[Match[ConfigHandler], bool]:
        """Parse in the mode; what it refuses is tried in global configuration mode, as IOS does."""
        mode = self.context.mode
        try:
            return grammar_of(self.context).parse(line), mode == CONFIG
        except InvalidInput as error:
            if mode == CONFIG or error.missing:
                raise
            return self._parse_global(line, error), True

    def _parse_global(self, line: str, refusal: InvalidInput) -> Match[ConfigHandler]:
        """Parse in global mode; of two refusals the one that came further counts."""
        try:
            return CONFIG_GRAMMARS[CONFIG].parse(line)
        except InvalidInput as error:
            if error.column == refusal.column:
                raise InvalidInput(error.column, error.record and refusal.record) from None
            raise max(error, refusal, key=lambda e: e.column) from None

    async def _change(self, match: Match[ConfigHandler], is_global: bool, line: str) -> str:
        """Run a command on a copy of the configuration and put the copy into effect."""
        async with self.router.lock:
            candidate = copy.deepcopy(self.router.config)
            change = Change(candidate, self.context, match.args, self.router.physical, self.router.name)
            try:
                match.command.run(change)
                await self.router.commit(candidate, self.user)
            except Refused as refusal:
                return f"{refusal}\n"
            except RefusedValue as refusal:
                return self._refuse(InvalidInput(match.args.columns[refusal.name], refusal.missing), line)
            except EngineError:
                return f"{NOT_APPLIED}\n"
        leaves = Context(CONFIG) if is_global and self.context.mode != CONFIG else self.context
        self._enter(change.enters or leaves)
        return "".join(f"{text}\n" for text in change.says)

    def _enter(self, context: Context) -> None:
        """Change the mode; leaving configuration mode is logged."""
        left = is_configuration(self.context.mode) and not is_configuration(context.mode)
        self.context = context
        if left:
            self.router.log_configured(self)

    async def _continue_banner(self, line: str) -> Reply:
        """Collect the lines of a banner until its second delimiter."""
        text = f"{self._banner}\n{line}"
        match, _ = self._parse_configuration(text)
        if banner_is_open(match.args.text("text")):
            self._banner = text
            return self._reply("")
        self._banner = None
        return self._reply(await self._change(match, True, text))

    # Exec modes.

    async def _execute(self, line: str, start: int = 0) -> str:
        """Do an exec command that begins at column `start` of `line`, and return what is printed."""
        try:
            match, shape = self._parse_exec(line, start)
        except ParseError as error:
            error.record = error.record and not self._needs_privilege(line, start)
            return self._refuse(error, line, start)
        try:
            text = await match.command.run(Call(self, match.args))
        except Refused as refusal:
            return f"{refusal}\n"
        except EngineError:
            LAB_LOG.exception("%s: %s", self.router.name, line)
            return f"{NOT_SHOWN}\n"
        return shape(text if not text or text.endswith("\n") else f"{text}\n")

    def _parse_exec(self, line: str, start: int) -> tuple[Match[ExecHandler], Callable[[str], str]]:
        """Return the command and the filter of its output; shows alone take a filter."""
        head, column = split_pipe(line)
        is_show = column is not None and "show".startswith((line[start:].split() or ["?"])[0].lower())
        if column is None or not is_show:
            return EXEC_GRAMMAR.parse(line, start, self.level), lambda text: text
        match = EXEC_GRAMMAR.parse(head, start, self.level)
        return match, parse_pipe(line, column)

    def _needs_privilege(self, line: str, start: int) -> bool:
        """Tell whether a refused line is a command of privileged mode."""
        try:
            EXEC_GRAMMAR.parse(split_pipe(line)[0], start)
        except ParseError:
            return False
        return True

    async def _answer(self, line: str) -> str:
        """Give the answer to the question that was asked."""
        question, self.question = self.question, None
        assert question is not None
        return await question.answered(line)

    def ask(self, text: str, answered: Callable[[str], Awaitable[str]], echo: bool = True) -> None:
        """Ask for one more line before the next prompt."""
        self.question = Question(text, answered, echo)

    def enter(self, context: Context) -> None:
        """Change the mode at a command's wish."""
        self._enter(context)

    def _refuse(self, error: ParseError, line: str, start: int = 0) -> str:
        """Return IOS' text for a line that is no command, and record what the lab does not know."""
        if error.record:
            self.router.record_unknown(line.strip())
        return render_refusal(error, self.prompt, line, start)
