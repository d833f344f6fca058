"""HTTP: the parser without a connection, and the server over plain sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from lab.esxi.wire.http import HttpServer, Request, Response, TooLong
from lab.esxi.wire.http_parser import MAX_HEAD, BadRequest, Data, End, Head, RequestParser
from lab.esxi.wire.inject import ConnectionDropped

BOUND_S = 10.0
ADDRESS = "127.77.0.2"
POST = b"POST /a%20b?x=1 HTTP/1.1\r\nHost: h\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n4;ext=1\r\nabcd\r\nA\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n"
SIZED = POST + b"Content-Length: 5\r\n\r\nhello"


def parse(*pieces: bytes) -> tuple[Head, bytes, int]:
    """Return the last head, all bodies joined, and how many requests ended."""
    parser = RequestParser()
    events = [event for piece in pieces for event in parser.feed(piece)]
    heads = [event for event in events if isinstance(event, Head)]
    body = b"".join(event.content for event in events if isinstance(event, Data))
    return heads[-1], body, sum(isinstance(event, End) for event in events)


def one_by_one(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


# --- the parser -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [lambda data: [data], one_by_one])
@pytest.mark.parametrize(("data", "body"), [(CHUNKED, b"abcd0123456789"), (SIZED, b"hello"), (POST + b"\r\n", b"")])
def test_a_body_is_read_however_it_is_framed_and_cut(cut: Callable[[bytes], list[bytes]], data: bytes, body: bytes):
    head, found, ended = parse(*cut(data))
    assert (head.method, head.path, head.query, found, ended) == ("POST", "/a b", "x=1", body, 1)
    assert head.headers["host"] == "h"


def test_requests_follow_each_other():
    assert parse(SIZED + b"\r\n" + CHUNKED + SIZED)[1:] == (b"helloabcd0123456789hello", 3)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"GET /\r\n\r\n", "request line 'GET /'"),
        (b"GET / HTTP/2.0\r\n\r\n", "request line"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", "'no colon' has no name"),
        (b"GET / HTTP/1.1\r\n folded: x\r\n\r\n", "has no name"),
        (POST + b"Content-Length: -1\r\n\r\n", "Content-Length '-1' is not a number"),
        (POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n", "Content-Length '3, 4'"),
        (POST + b"Transfer-Encoding: gzip\r\n\r\n", "Transfer-Encoding 'gzip' is not served"),
        (POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", "without Content-Length"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "chunk size b'xyz'"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", "chunk size b'-1'"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", "longer than its size"),
        (b"G" * (MAX_HEAD + 1), "headers are longer"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * 9000, "line is longer"),
    ],
)
def test_what_is_not_http_is_refused(data, text):
    with pytest.raises(BadRequest, match=text.replace("(", r"\(")):
        RequestParser().feed(data)


@pytest.mark.parametrize(
    ("line", "header", "stays"),
    [
        ("HTTP/1.1", "", True),
        ("HTTP/1.1", "Connection: close\r\n", False),
        ("HTTP/1.0", "", False),
        ("HTTP/1.0", "Connection: Keep-Alive\r\n", True),
    ],
)
def test_who_keeps_the_connection(line, header, stays):
    assert parse(f"GET / {line}\r\n{header}\r\n".encode())[0].keep_alive is stays


# --- the server -----------------------------------------------------------------------------------------------------


async def echo(request: Request) -> Response:
    try:
        return Response(200, await request.read(100))
    except TooLong:
        return Response(413, b"too long")


async def refuse(request: Request) -> Response:
    return Response(401, b"no")


async def drop(request: Request) -> Response:
    raise ConnectionDropped


async def count(request: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        for each in (b"one ", b"", b"two"):
            yield each

    return Response(200, pieces())


async def broken(request: Request) -> Response:
    raise FileNotFoundError("a bug of ours")


async def broken_off(request: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"begun"
        raise ValueError("a bug of ours")

    return Response(200, pieces(), {"Content-Length": "10"})


async def for_ever(request: Request) -> Response:
    await request.read(0)
    try:
        return await request.while_connected(asyncio.Event().wait())  # type: ignore[return-value]
    finally:
        ENDED.set()


ENDED = asyncio.Event()
MOUNTS = {"/": refuse, "/echo": echo, "/echo/below": count, "/drop": drop, "/wait": for_ever, "/broken": broken}
MOUNTS["/broken/off"] = broken_off
CRASHES: list[str] = []


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    ENDED.clear()
    CRASHES.clear()
    made = HttpServer(MOUNTS, None, lambda where, exc: CRASHES.append(f"{where}: {exc}"))
    await made.start(ADDRESS)
    yield made
    await made.close()


async def exchange(server: HttpServer, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(ADDRESS, server.port)
    writer.write(data)
    answer = await asyncio.wait_for(reader.read(), BOUND_S)
    writer.close()
    return answer


def post(path: str, body: bytes, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: h", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def test_a_connection_is_used_again_until_one_side_closes(server):
    answer = await exchange(server, post("/echo", b"one") + post("/echo/x", b"two", "Connection: close"))
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert answer.endswith(b"Connection: close\r\nContent-Length: 3\r\n\r\ntwo")


async def test_the_longest_path_wins(server):
    answer = await exchange(server, b"GET /echo/below HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert answer.endswith(b"Transfer-Encoding: chunked\r\n\r\n4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n")
    assert b"401" in await exchange(server, b"GET /echobelow HTTP/1.1\r\nConnection: close\r\n\r\n")


async def test_head_brings_no_body(server):
    answer = await exchange(server, b"HEAD /x HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert answer.endswith(b"Content-Length: 2\r\n\r\n")


async def test_what_is_nowhere_is_not_found():
    server = HttpServer({"/echo": echo}, None, print)
    await server.start(ADDRESS)
    assert b"404 Not Found" in await exchange(server, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
    await server.close()


async def test_a_body_that_nobody_wants_does_not_spoil_the_next_request(server):
    answer = await exchange(server, post("/x", b"x" * 200_000) + post("/echo", b"two", "Connection: close"))
    assert answer.startswith(b"HTTP/1.1 401")
    assert answer.endswith(b"two")


async def test_a_body_that_is_too_long_is_refused(server):
    answer = await exchange(server, post("/echo", b"x" * 101, "Connection: close"))
    assert answer.startswith(b"HTTP/1.1 413")


async def test_a_client_that_waits_for_continue_is_asked_only_if_its_body_is_wanted(server):
    head, body = post("/echo", b"hello", "Expect: 100-continue")[:-5], b"hello"
    reader, writer = await asyncio.open_connection(ADDRESS, server.port)
    writer.write(head)
    assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), BOUND_S) == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(body)
    assert (await asyncio.wait_for(reader.readuntil(b"hello"), BOUND_S)).startswith(b"HTTP/1.1 200")
    writer.close()
    answer = await exchange(server, head.replace(b"/echo", b"/x"))
    assert answer.startswith(b"HTTP/1.1 401")
    assert b"Connection: close" in answer


async def test_what_is_not_http_is_told_and_closed(server):
    answer = await exchange(server, b"hello\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.endswith(b"request line 'hello' is not one of HTTP/1.1")


async def test_a_dropped_connection_brings_nothing(server):
    reader, writer = await asyncio.open_connection(ADDRESS, server.port)
    writer.write(post("/drop", b""))
    assert await asyncio.wait_for(_rest(reader), BOUND_S) == b""
    writer.close()


async def test_an_error_of_ours_is_told_and_the_connection_goes_on(server):
    answer = await exchange(server, post("/broken", b"x") + post("/echo", b"two", "Connection: close"))
    assert answer.startswith(b"HTTP/1.1 500")
    assert answer.endswith(b"two")
    assert CRASHES == ["POST /broken: a bug of ours"]


async def test_an_answer_that_breaks_off_is_never_taken_for_a_whole_one(server):
    reader, writer = await asyncio.open_connection(ADDRESS, server.port)
    writer.write(post("/broken/off", b"") + post("/echo", b"two"))
    assert b"two" not in await asyncio.wait_for(_rest(reader), BOUND_S)
    assert CRASHES == ["sending an answer: a bug of ours"]
    writer.close()


async def test_long_work_ends_when_the_client_goes(server):
    _, writer = await asyncio.open_connection(ADDRESS, server.port)
    writer.write(b"GET /wait HTTP/1.1\r\n\r\n")
    await writer.drain()
    while not server._connections:
        await asyncio.sleep(0)
    assert not ENDED.is_set()
    writer.close()
    await asyncio.wait_for(ENDED.wait(), BOUND_S)


async def test_long_work_ends_when_everything_is_cut_and_the_server_starts_again(server):
    port = server.port
    reader, writer = await asyncio.open_connection(ADDRESS, port)
    writer.write(b"GET /wait HTTP/1.1\r\n\r\n")
    while not server._connections:
        await asyncio.sleep(0)
    server.abort()
    assert await asyncio.wait_for(_rest(reader), BOUND_S) == b""
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(ADDRESS, port)
    await server.start(ADDRESS, port)
    assert b"401" in await exchange(server, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert server._connections == set()


async def _rest(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""


async def test_a_request_sent_ahead_is_kept_while_the_first_is_worked_on(server):
    gate = asyncio.Event()

    async def slow(request: Request) -> Response:
        await request.read(100)
        await request.while_connected(gate.wait())
        return Response(200, b"slow")

    server._mounts["/slow"] = slow
    reader, writer = await asyncio.open_connection(ADDRESS, server.port)
    writer.write(post("/slow", b"") + post("/echo", b"ahead", "Connection: close"))
    await writer.drain()
    gate.set()
    answer = await asyncio.wait_for(reader.read(), BOUND_S)
    assert answer.index(b"slow") < answer.index(b"ahead")
    writer.close()
    del server._mounts["/slow"]
