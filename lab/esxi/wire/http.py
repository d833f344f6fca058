"""The HTTPS server: connections, keep-alive, streamed bodies, and handlers mounted below paths."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from typing import TypeVar

from lab.esxi.wire.call import Peer
from lab.esxi.wire.http_parser import BadRequest, Data, End, Event, Head, RequestParser
from lab.esxi.wire.inject import ConnectionDropped

_READ = 64 * 1024
_HANDSHAKE_S = 10.0
# What a client may send ahead while its request is worked on.
_MAX_AHEAD = 1024 * 1024
_Result = TypeVar("_Result")
# How a connection says that nobody is at its other end.
_GONE = (ConnectionError, EOFError, TimeoutError, ssl.SSLError)
# What a body that nobody wanted may still bring, so that the client finds the answer.
_MAX_UNWANTED = 16 * 1024 * 1024
_NOTHING_READ = Head("GET", "/", "", "HTTP/1.1", {})


@dataclass(frozen=True)
class Response:
    """An answer; a body that comes in pieces is sent chunked unless a header gives its length."""

    status: int
    body: bytes | AsyncIterator[bytes] = b""
    headers: dict[str, str] = field(default_factory=dict)


class TooLong(Exception):
    """A body is longer than its handler takes."""


class Request:
    """One request to a handler; the body is read from the connection when the handler asks for it."""

    def __init__(self, head: Head, peer: Peer, connection: _Connection) -> None:
        self.head = head
        self.peer = peer
        self._connection = connection

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body in pieces, as it arrives."""
        return self._connection.body(self.head)

    async def read(self, limit: int) -> bytes:
        """Return the whole body; raise TooLong."""
        body = bytearray()
        async for piece in self.chunks():
            body += piece
            if len(body) > limit:
                raise TooLong
        return bytes(body)

    async def while_connected(self, work: Coroutine[None, None, _Result]) -> _Result:
        """Wait for work that takes long, and cancel it when the client goes; only after the body has been read."""
        return await self._connection.while_connected(work)


Handler = Callable[[Request], Awaitable[Response]]
# Told where an error of our own happened, and which.
Crashed = Callable[[str, Exception], object]


class HttpServer:
    """Listens on one address and hands requests to the handler with the longest path that fits."""

    def __init__(self, mounts: dict[str, Handler], tls: ssl.SSLContext | None, crashed: Crashed) -> None:
        """Take handlers by path, each gets what is at the path and below it; `crashed` is told of their errors."""
        self.crashed = crashed
        self._mounts = mounts
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()

    @property
    def port(self) -> int:
        """Return the port that is listened on."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self, address: str, port: int = 0) -> None:
        """Begin to listen; port 0 takes a free one."""
        patience = _HANDSHAKE_S if self._tls else None
        self._server = await asyncio.start_server(
            self._accept, address, port, ssl=self._tls, ssl_handshake_timeout=patience
        )

    def abort(self) -> None:
        """Stop listening and cut every connection at once, as a host that goes down does."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for each in tuple(self._connections):
            each.abort()

    async def close(self) -> None:
        """Stop, and wait until nothing is left of it."""
        tasks = [each.task for each in self._connections]
        self.abort()
        await asyncio.gather(*tasks, return_exceptions=True)

    def handler_of(self, path: str) -> Handler:
        """Return the handler for a path; what is nowhere is not found."""
        fitting = [each for each in self._mounts if path == each or path.startswith(each.rstrip("/") + "/")]
        return self._mounts[max(fitting, key=len)] if fitting else _not_found

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._server is None:
            # The handshake was not over when everything was cut.
            writer.transport.abort()
            return
        connection = _Connection(reader, writer, self)
        self._connections.add(connection)
        try:
            await connection.run()
        except asyncio.CancelledError:
            # Only abort() cancels; the task ends here, and nobody waits for a result.
            pass
        finally:
            self._connections.discard(connection)


class _Body(Enum):
    NOT_ASKED = auto()
    COMING = auto()
    READ = auto()


class _Connection:
    """One client: request after request, until one side has enough."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: HttpServer) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.task = task
        self._reader = reader
        self._writer = writer
        self._server = server
        self._parser = RequestParser()
        self._events: deque[Event] = deque()
        self._body = _Body.NOT_ASKED

    async def run(self) -> None:
        """Answer requests."""
        try:
            while await self._answer_one():
                pass
        except _GONE:
            pass
        except ConnectionDropped:
            self._writer.transport.abort()
        except BadRequest as exc:
            with contextlib.suppress(*_GONE):
                await self._send(_NOTHING_READ, Response(400, str(exc).encode()), stays=False)
        except Exception as exc:
            # The answer has begun: that it is not complete must be seen.
            self._server.crashed("sending an answer", exc)
            self._writer.transport.abort()
        finally:
            self._writer.close()

    def abort(self) -> None:
        """Cut the connection and end what works for it."""
        self._writer.transport.abort()
        self.task.cancel()

    async def body(self, head: Head) -> AsyncIterator[bytes]:
        """Yield what is left of the body of the current request."""
        if head.expects_continue and self._body is _Body.NOT_ASKED:
            self._writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self._body is _Body.NOT_ASKED:
            self._body = _Body.COMING
        while self._body is _Body.COMING:
            event = await self._next_event()
            if isinstance(event, End):
                self._body = _Body.READ
            else:
                assert isinstance(event, Data)
                yield event.content

    async def while_connected(self, work: Coroutine[None, None, _Result]) -> _Result:
        """Wait for work and cancel it when the client goes."""
        working = asyncio.ensure_future(work)
        watching = asyncio.ensure_future(self._until_closed())
        try:
            await asyncio.wait((working, watching), return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return working.result()
            raise ConnectionResetError("the client is gone")
        finally:
            working.cancel()
            watching.cancel()
            await asyncio.gather(working, watching, return_exceptions=True)

    async def _until_closed(self) -> None:
        ahead = 0
        while ahead < _MAX_AHEAD:
            data = await self._reader.read(_READ)
            if not data:
                return
            ahead += len(data)
            self._events.extend(self._parser.feed(data))
        await asyncio.Event().wait()

    async def _next_event(self) -> Event:
        while not self._events:
            data = await self._reader.read(_READ)
            if not data:
                raise EOFError
            self._events.extend(self._parser.feed(data))
        return self._events.popleft()

    async def _answer_one(self) -> bool:
        head = await self._next_event()
        assert isinstance(head, Head)
        self._body = _Body.NOT_ASKED
        peer = Peer(self._writer.get_extra_info("peername")[0], head.headers.get("user-agent", ""))
        response = await self._response_to(Request(head, peer, self))
        await self._drop_body(head)
        stays = head.keep_alive and self._body is _Body.READ
        await self._send(head, response, stays)
        return stays

    async def _response_to(self, request: Request) -> Response:
        try:
            return await self._server.handler_of(request.head.path)(request)
        except TooLong:
            return Response(413)
        except (*_GONE, ConnectionDropped, BadRequest):
            raise
        except Exception as exc:
            self._server.crashed(f"{request.head.method} {request.head.path}", exc)
            return Response(500, repr(exc).encode())

    async def _drop_body(self, head: Head) -> None:
        """Read what the handler left, unless the client waits to be asked for it or it is too much."""
        if head.expects_continue and self._body is _Body.NOT_ASKED:
            return
        size = 0
        async for piece in self.body(head):
            size += len(piece)
            if size > _MAX_UNWANTED:
                return

    async def _send(self, head: Head, response: Response, stays: bool) -> None:
        headers = {"Connection": "keep-alive" if stays else "close", **response.headers}
        chunked = not isinstance(response.body, bytes) and "Content-Length" not in headers
        if isinstance(response.body, bytes):
            headers.setdefault("Content-Length", str(len(response.body)))
        elif chunked:
            headers["Transfer-Encoding"] = "chunked"
        self._writer.write(_render_head(response.status, headers))
        if head.method != "HEAD":
            await self._send_body(response.body, chunked)
        await self._writer.drain()

    async def _send_body(self, body: bytes | AsyncIterator[bytes], chunked: bool) -> None:
        if isinstance(body, bytes):
            self._writer.write(body)
            return
        async for piece in body:
            if piece:
                self._writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
                await self._writer.drain()
        if chunked:
            self._writer.write(b"0\r\n\r\n")


def _render_head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def _not_found(request: Request) -> Response:
    return Response(404)
