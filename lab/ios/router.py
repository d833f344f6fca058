"""One lab router: configuration, startup-config, log buffer and the sessions on it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from pathlib import Path

from lab.engine import Engine, EngineError, Event
from lab.ios.archive import ArchivePeriod, ConfigArchive
from lab.ios.commands.change import Context
from lab.ios.faults import FaultSwitch
from lab.ios.flash import Flash
from lab.ios.null_engine import NullEngine
from lab.ios.password_hash import hash_secret, verify_secret
from lab.ios.prompts import CONFIG
from lab.ios.rollback import Rollback
from lab.ios.running_config import render_last_change, render_running_config, write_config
from lab.ios.session import Session
from lab.ios.store import Interface, RouterConfig
from lab.ios.syslog import render_config_event, render_event, render_timestamp

LAB_LOG = logging.getLogger("lab.ios")
LOG_BUFFER_LINES = 1000
DEFAULT_VERSION = "15.7"


class Router:
    """Holds what belongs to one router; sessions change it through `commit`."""

    def __init__(
        self,
        name: str,
        engine: Engine,
        config: RouterConfig,
        *,
        startup_path: Path,
        clock: Callable[[], float],
        version: str = DEFAULT_VERSION,
        unknown_path: Path | None = None,
        directory: Path | None = None,
        revert_minute_s: float = 60.0,
    ) -> None:
        """Take the interfaces of `config` as those that the topology has; `start` does the rest.

        `directory` is the router's flash, `revert_minute_s` how long a minute of its revert timer lasts.
        """
        self.name = name
        self.engine = engine
        self.config = config
        self.version = version
        self.clock = clock
        self.physical = tuple(config.interfaces)
        self.started_at = clock()
        self.lock = asyncio.Lock()
        self.faults = FaultSwitch()
        self.log: deque[str] = deque(maxlen=LOG_BUFFER_LINES)
        self.unknown: list[str] = []
        self.sessions: list[Session] = []
        self.archive = ConfigArchive(
            Flash(directory or startup_path.parent / "flash" / name), lambda: self.config.hostname
        )
        self.archive_period = ArchivePeriod(revert_minute_s, self.archive_config)
        self.rollback = Rollback(self, revert_minute_s)
        self._startup_path = startup_path
        self._unknown_path = unknown_path
        self._last_change = ""

    async def start(self) -> list[str]:
        """Load the startup-config through the command line, apply it, and return what it answered."""
        self.engine.subscribe(self._on_event)
        self.config, answers = await self.read_config(self.startup_config())
        for answer in answers:
            LAB_LOG.warning("%s: startup-config: %s", self.name, answer)
        await self.engine.apply(self.config)
        self.archive_period.follow(self._archive_minutes())
        return answers

    async def read_config(self, text: str) -> tuple[RouterConfig, list[str]]:
        """Type a configuration into a router without any, and return what comes of it and what was answered."""
        blank = RouterConfig(self.name, interfaces={name: Interface(name) for name in self.physical})
        scratch = Router(
            self.name,
            NullEngine(blank),
            blank,
            startup_path=self._startup_path,
            clock=self.clock,
            version=self.version,
            unknown_path=self._unknown_path,
        )
        session = scratch.session(privileged=True)
        session.context = Context(CONFIG)
        answers = []
        for line in text.splitlines():
            await asyncio.sleep(0)  # HSRP's timers run in the same loop
            reply = await session.feed(line)
            if reply.text.strip() and reply.prompt:  # without a prompt it asks for the rest of a banner
                answers.append(f"{line.strip()}: {reply.text.strip()}")
        scratch.archive_period.follow(None)
        self.unknown += scratch.unknown
        return scratch.config, answers

    def session(
        self, privileged: bool = False, *, user: str = "", origin: str = "", on_log: Callable[[str], None] | None = None
    ) -> Session:
        """Open a session; `origin` is the client's address ("" for the console)."""
        used = {session.number for session in self.sessions}
        number = next(n for n in range(len(used) + 1) if n not in used)
        session = Session(self, number, privileged, user=user, origin=origin, on_log=on_log)
        self.sessions.append(session)
        return session

    def close_session(self, session: Session) -> None:
        """Forget a session."""
        if session in self.sessions:
            self.sessions.remove(session)

    async def commit(self, candidate: RouterConfig, user: str) -> None:
        """Put `candidate` into effect; where the engine fails nothing has changed and EngineError is raised."""
        if candidate == self.config:
            return
        await self._apply(candidate)
        self._last_change = render_last_change(self.clock(), user)
        self.config = candidate
        self.archive_period.follow(self._archive_minutes())

    async def _apply(self, candidate: RouterConfig) -> None:
        try:
            await self.engine.apply(candidate)
        except EngineError:
            LAB_LOG.exception("%s: the engine refused a change; it is undone", self.name)
            await self._apply_again()
            raise

    async def _apply_again(self) -> None:
        try:
            await self.engine.apply(self.config)
        except EngineError:
            LAB_LOG.exception("%s: the engine does not take the former configuration either", self.name)

    def running_config(self) -> str:
        """Return `show running-config`."""
        return render_running_config(self.config, self.version, self._last_change)

    def config_text(self) -> str:
        """Return the configuration as it is saved and archived."""
        return "!\n" + write_config(self.config, self.version)

    def startup_config(self) -> str:
        """Return the saved configuration, "" where none was saved."""
        return self._startup_path.read_text() if self._startup_path.exists() else ""

    def save(self) -> None:
        """Save the configuration, and archive it where the archive wants that; nobody else may read the file."""
        self._startup_path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._startup_path.with_suffix(".tmp")
        temporary.touch(mode=0o600)
        temporary.write_text(self.config_text())
        temporary.replace(self._startup_path)
        if self.config.archive.path is not None and self.config.archive.write_memory:
            self.archive_config()

    def archive_config(self) -> str:
        """Archive the configuration at the archive's path and return the URL of the copy."""
        return self.archive.save(self.config.archive, self.config_text(), self.clock())

    def _archive_minutes(self) -> int | None:
        """Return the period of the archive, None where it has no path or no period."""
        return None if self.config.archive.path is None else self.config.archive.time_period_min

    def set_credentials(self, username: str, password: str, enable_secret: str) -> None:
        """Give the router the lab's own user and enable secret, unless they are in place."""
        if not verify_secret(password, self.config.users.get(username, "")):
            self.config.users[username] = hash_secret(password, f"{self.name} user {username}")
        if not verify_secret(enable_secret, self.config.enable_secret or ""):
            self.config.enable_secret = hash_secret(enable_secret, f"{self.name} enable")

    def record_unknown(self, line: str) -> None:
        """Keep a line that the lab does not know."""
        self.unknown.append(line)
        if self._unknown_path is not None:
            with self._unknown_path.open("a") as file:
                file.write(f"{self.name}: {line}\n")

    def log_configured(self, session: Session) -> None:
        """Log that a session left configuration mode."""
        self._deliver([render_config_event(self.clock(), session.user or "lab", session.line_name())])

    def log_message(self, text: str) -> None:
        """Log a line of the router's own."""
        self._deliver([f"{render_timestamp(self.clock())}: {text}"])

    def _on_event(self, event: Event) -> None:
        self._deliver(render_event(event, self.config))

    def _deliver(self, lines: list[str]) -> None:
        """Keep log lines and show them on the terminals that monitor."""
        self.log.extend(lines)
        for session in self.sessions:
            for line in lines:
                session.show_log(line)
