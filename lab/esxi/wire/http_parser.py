"""HTTP/1.1 requests without a connection: bytes in, events out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Union
from urllib.parse import unquote, urlsplit

MAX_HEAD = 64 * 1024
_MAX_LINE = 8 * 1024


@dataclass(frozen=True)
class Head:
    """Request line and headers; names of headers are in lower case, `path` is decoded, `query` as it came."""

    method: str
    path: str
    query: str
    version: str
    headers: Mapping[str, str]

    @property
    def keep_alive(self) -> bool:
        """Tell whether the connection stays open after the answer."""
        wish = self.headers.get("connection", "").lower()
        return "keep-alive" in wish if self.version == "HTTP/1.0" else "close" not in wish

    @property
    def expects_continue(self) -> bool:
        """Tell whether the client waits for 100 Continue before it sends the body."""
        return self.headers.get("expect", "").lower() == "100-continue"


@dataclass(frozen=True)
class Data:
    """A piece of the body."""

    content: bytes


@dataclass(frozen=True)
class End:
    """The request is complete."""


Event = Union[Head, Data, End]


class BadRequest(Exception):
    """What came is not HTTP/1.1; nothing after it can be understood."""


class _State(Enum):
    HEAD = auto()
    BODY = auto()
    CHUNK_SIZE = auto()
    CHUNK = auto()
    CHUNK_END = auto()
    TRAILER = auto()


class RequestParser:
    """Turns what a connection carries into events, request after request."""

    def __init__(self) -> None:
        self._state = _State.HEAD
        self._buffer = bytearray()
        self._left = 0
        # State -> what it reads: an event or None for none yet; it moves on by setting the state.
        self._readers = {
            _State.HEAD: self._read_head,
            _State.BODY: self._read_body,
            _State.CHUNK_SIZE: self._read_chunk_size,
            _State.CHUNK: self._read_chunk,
            _State.CHUNK_END: self._read_chunk_end,
            _State.TRAILER: self._read_trailer,
        }

    def feed(self, data: bytes) -> list[Event]:
        """Take what came and return the events that it completes; raise BadRequest."""
        self._buffer += data
        events: list[Event] = []
        while True:
            before = (self._state, len(self._buffer), self._left)
            event = self._readers[self._state]()
            if event is not None:
                events.append(event)
            elif before == (self._state, len(self._buffer), self._left):
                return events

    def _read_head(self) -> Event | None:
        while self._buffer.startswith(b"\r\n"):
            del self._buffer[:2]
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > MAX_HEAD:
                raise BadRequest(f"the headers are longer than {MAX_HEAD} bytes")
            return None
        head = _parse_head(bytes(self._buffer[:end]))
        del self._buffer[: end + 4]
        self._state, self._left = _framing(head)
        return head

    def _read_body(self) -> Event | None:
        return self._take(_State.HEAD)

    def _read_chunk(self) -> Event | None:
        return self._take(_State.CHUNK_END)

    def _take(self, following: _State) -> Event | None:
        """Return the next piece of what is left; after the last one move on."""
        if not self._left:
            self._state = following
            return End() if following is _State.HEAD else None
        piece = bytes(self._buffer[: self._left])
        del self._buffer[: len(piece)]
        self._left -= len(piece)
        return Data(piece) if piece else None

    def _read_chunk_size(self) -> Event | None:
        line = self._line()
        if line is not None:
            digits = line.partition(b";")[0].strip()
            if not digits or digits.strip(b"0123456789abcdefABCDEF"):
                raise BadRequest(f"chunk size {digits[:20]!r} is not a hexadecimal number")
            self._left = int(digits, 16)
            self._state = _State.CHUNK if self._left else _State.TRAILER
        return None

    def _read_chunk_end(self) -> Event | None:
        line = self._line()
        if line:
            raise BadRequest("a chunk is longer than its size says")
        if line is not None:
            self._state = _State.CHUNK_SIZE
        return None

    def _read_trailer(self) -> Event | None:
        line = self._line()
        if line == b"":
            self._state = _State.HEAD
            return End()
        return None

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            if len(self._buffer) > _MAX_LINE:
                raise BadRequest(f"a line is longer than {_MAX_LINE} bytes")
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line


def _parse_head(data: bytes) -> Head:
    first, *lines = data.decode("latin-1").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or parts[2] not in ("HTTP/1.0", "HTTP/1.1"):
        raise BadRequest(f"request line {first[:80]!r} is not one of HTTP/1.1")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or name != name.strip() or not name:
            raise BadRequest(f"header line {line[:80]!r} has no name")
        key = name.lower()
        headers[key] = f"{headers[key]}, {value.strip()}" if key in headers else value.strip()
    target = urlsplit(parts[1])
    return Head(parts[0], unquote(target.path), target.query, parts[2], headers)


def _framing(head: Head) -> tuple[_State, int]:
    """Return how the body is delimited, by RFC 9112, section 6."""
    coding = head.headers.get("transfer-encoding")
    length = head.headers.get("content-length", "0")
    if coding is not None:
        if coding.lower() != "chunked" or "content-length" in head.headers:
            raise BadRequest(f"Transfer-Encoding {coding!r} is not served; send chunked, without Content-Length")
        return _State.CHUNK_SIZE, 0
    if not length.isascii() or not length.isdigit():
        raise BadRequest(f"Content-Length {length!r} is not a number")
    return _State.BODY, int(length)
