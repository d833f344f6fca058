"""The command line over SSH: authentication, terminal, paging, one exec command.

The only file that knows asyncssh. Log lines of `terminal monitor` redraw the line being typed, as
with `logging synchronous`.
"""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import asyncssh

from lab.ios.line_editor import Echo, Event, LineEditor
from lab.ios.paging import ERASE_MORE, MORE, Pager
from lab.ios.password_hash import verify_secret
from lab.ios.router import Router
from lab.ios.session import LAB_LOG, TERMINAL_LENGTH, Reply, Session

ESCAPE = "\x1e"  # Ctrl-Shift-6, the default of IOS' `escape-character`


async def serve_ios(
    router: Router,
    sock: socket.socket,
    *,
    host_key: str | Path | asyncssh.SSHKey,
    username: str,
    password: str,
    enable_secret: str,
    authorized_keys: Path,
) -> asyncssh.SSHAcceptor:
    """Serve a started router on a listening socket; close the returned server to end it."""
    router.set_credentials(username, password, enable_secret)
    return await asyncssh.listen(
        sock=sock,
        server_factory=lambda: IosServer(router, username, authorized_keys),
        server_host_keys=[host_key if isinstance(host_key, asyncssh.SSHKey) else str(host_key)],
        encoding="utf-8",
        errors="replace",  # a key of another character set is no reason to hang up
        line_editor=False,
        allow_scp=False,
        agent_forwarding=False,
    )


class IosServer(asyncssh.SSHServer):
    """One SSH connection: who may log in."""

    def __init__(self, router: Router, username: str, authorized_keys: Path) -> None:
        self._router = router
        self._username = username
        self._authorized_keys = authorized_keys
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Keep the connection, unless a fault lets nobody connect."""
        self._connection = conn
        if self._router.faults.isolated:
            conn.abort()
        else:
            self._router.faults.connections.add(conn.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self._connection is not None:
            self._router.faults.connections.discard(self._connection.abort)

    def begin_auth(self, username: str) -> bool:
        """Ask everybody for a password or a key; keys are those of the lab's own user."""
        may_use_key = username == self._username and not self._router.faults.refuses_login()
        if self._connection is not None and may_use_key and self._authorized_keys.exists():
            self._connection.set_authorized_keys(str(self._authorized_keys))
        return True

    def password_auth_supported(self) -> bool:
        """Offer passwords; asyncssh offers keyboard-interactive with them."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """Check a password against the running-config, unless a fault refuses everybody."""
        hashed = self._router.config.users.get(username, "")
        return not self._router.faults.refuses_login() and verify_secret(password, hashed)

    def session_requested(self) -> Terminal:
        """Open a terminal."""
        return Terminal(self._router, self._connection)


class Terminal(asyncssh.SSHServerSession[str]):
    """One channel: keys to the line editor, lines to the session, text back."""

    def __init__(self, router: Router, connection: asyncssh.SSHServerConnection | None) -> None:
        self._router = router
        self._connection = connection
        self._channel: asyncssh.SSHServerChannel[str] | None = None
        self._session: Session | None = None
        self._task: asyncio.Task[None] | None = None
        self._keys: asyncio.Queue[str | None] = asyncio.Queue()
        self._editor = LineEditor()
        self._command: str | None = None
        self._height: int | None = None
        self._newline = "\n"
        self._idle = False
        self._buffer: list[str] = []

    def connection_made(self, chan: asyncssh.SSHServerChannel[str]) -> None:
        """Open the session on the router."""
        self._channel = chan
        peer = chan.get_extra_info("peername")
        user = chan.get_extra_info("username") or ""
        origin = str(peer[0]) if peer else ""
        self._session = self._router.session(user=user, origin=origin, on_log=self._show_log)

    def connection_lost(self, exc: Exception | None) -> None:
        """Close the session, whatever it was doing."""
        if self._task is not None:
            self._task.cancel()
        if self._session is not None:
            self._session.close()

    def pty_requested(self, term_type: str, term_size: tuple[int, int, int, int], term_modes: object) -> bool:
        """Take the terminal's height for paging."""
        self._height, self._newline = term_size[1] or TERMINAL_LENGTH, "\r\n"
        return True

    def shell_requested(self) -> bool:
        """Allow an interactive terminal."""
        return True

    def exec_requested(self, command: str) -> bool:
        """Allow a single command."""
        self._command = command
        return True

    def session_started(self) -> None:
        """Start reading."""
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """End the channel at once where the command line itself failed, rather than leave the client waiting."""
        if task.cancelled() or task.exception() is None:
            return
        LAB_LOG.error("%s: the command line failed", self._router.name, exc_info=task.exception())
        if self._channel is not None:
            self._channel.exit(1)

    def data_received(self, data: str, datatype: int | None) -> None:
        """Queue what was typed; the escape sequence reaches a command that runs, past what waits in the queue."""
        if ESCAPE in data and self._session is not None:
            self._session.aborted = True
        for key in data.replace(ESCAPE, ""):
            self._keys.put_nowait(key)

    def eof_received(self) -> bool:
        """End when all that was typed before is done."""
        self._keys.put_nowait(None)
        return True

    async def _run(self) -> None:
        """Serve the channel to its end."""
        try:
            if self._command is None:
                await self._run_shell()
            else:
                await self._run_command(self._command)
            self._flush()
        except (BrokenPipeError, ConnectionError):
            return
        if self._channel is not None:
            self._channel.exit(0)

    async def _run_command(self, command: str) -> None:
        """Run the one command of an exec channel, without paging."""
        reply = await self._opened().feed(command)
        await self._carry_out(reply)
        self._write(reply.text)

    async def _run_shell(self) -> None:
        """Read keys until the session is over."""
        session = self._opened()
        session.length = self._height or 0
        banner = session.router.config.banner_motd
        self._write(f"\n{banner}\n" if banner else "\n")
        self._begin_line(Reply(prompt=session.prompt))
        while not session.closed:
            key = await self._next_key()
            if key is None:
                return
            echo = self._editor.key(key)
            self._buffer.append(echo.text)
            await self._handle(session, echo)

    async def _handle(self, session: Session, echo: Echo) -> None:
        """Do what a key asks for."""
        line = self._editor.line
        if echo.event is Event.LINE:
            await self._answer(await self._feed(session, line))
        elif echo.event is Event.END:
            await self._answer(await session.interrupt(line))
        elif echo.event is Event.INTERRUPT:
            await self._answer(await session.interrupt())
        elif echo.event is Event.HELP:
            self._write(session.help(line) + "\n")
            self._begin_line(Reply(prompt=session.prompt), line)
        elif echo.event is Event.COMPLETE:
            self._buffer.append(self._editor.replace_line(session.complete(line)))
        elif echo.event is Event.LOGOUT:
            session.close()

    async def _feed(self, session: Session, line: str) -> Reply:
        self._idle = False
        self._flush()
        return await session.feed(line)

    async def _answer(self, reply: Reply) -> None:
        """Show a reply and begin the next line."""
        await self._carry_out(reply)
        await self._show(reply.text)
        if not reply.closed:
            self._begin_line(reply)

    async def _carry_out(self, reply: Reply) -> None:
        """Do what a fault wants of the connection."""
        if reply.delay_s:
            await asyncio.sleep(reply.delay_s)
        if reply.drop and self._connection is not None:
            self._connection.abort()
        if reply.hang or reply.drop:
            await asyncio.Event().wait()  # until the connection is lost, which cancels this task

    def _begin_line(self, reply: Reply, line: str = "") -> None:
        """Show the prompt and start a new line."""
        self._editor.start(reply.echo, self._opened().history, line)
        self._buffer.append(reply.prompt + line)
        self._idle = True

    async def _show(self, text: str) -> None:
        """Write a text page by page."""
        pager = Pager(text, self._opened().length)
        self._write(pager.first())
        while pager.waiting:
            self._buffer.append(MORE)
            key = await self._next_key()
            self._buffer.append(ERASE_MORE)
            self._write(pager.more(key or "q"))

    async def _next_key(self) -> str | None:
        """Return the next key, None at the end; what was written so far goes out before waiting."""
        if self._keys.empty():
            self._flush()
        return await self._keys.get()

    def _show_log(self, line: str) -> None:
        """Show a log line, and the line being typed again below it."""
        self._write(f"\n{line}\n")
        if self._idle:
            self._buffer.append(self._opened().prompt + self._editor.line * self._editor.echo)
            self._flush()

    def _write(self, text: str) -> None:
        """Buffer text with the newlines that the client needs."""
        self._buffer.append(text.replace("\n", self._newline))

    def _flush(self) -> None:
        """Send the buffer as one piece."""
        text, self._buffer = "".join(self._buffer), []
        if text and self._channel is not None and not self._channel.is_closing():
            self._channel.write(text)

    def _opened(self) -> Session:
        if self._session is None:
            raise RuntimeError("the channel is not open")
        return self._session
