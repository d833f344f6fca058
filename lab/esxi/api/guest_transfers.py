"""The HTTP side of guest files: each transfer has a URL of its own, good for one use and a few minutes."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from lab.esxi.wire import http

# Clients put the host's name for "*" and its port for every "443" of the URL, as ESXi's URL expects it.
URL = "https://*:443/guestFile?token={token}"
LIFETIME = timedelta(minutes=5)


@dataclass(frozen=True)
class _Offer:
    until: datetime
    read: Callable[[], bytes] | None = None
    write: Callable[[bytes], None] | None = None
    size: int = 0


class Transfers:
    """The transfers that clients have been told of and not yet made."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._offers: dict[str, _Offer] = {}

    def offer(self, read: Callable[[], bytes]) -> str:
        """Return the URL of a file to be fetched."""
        return self._add(_Offer(self._now() + LIFETIME, read=read))

    def expect(self, size: int, write: Callable[[bytes], None]) -> str:
        """Return the URL of a file of this size to be put."""
        return self._add(_Offer(self._now() + LIFETIME, write=write, size=size))

    def _add(self, offer: _Offer) -> str:
        token = next(made for made in iter(lambda: secrets.token_hex(16), "") if "443" not in made)
        self._offers[token] = offer
        return URL.format(token=token)

    async def serve(self, request: http.Request) -> http.Response:
        """Answer GET and PUT of an offered URL."""
        token = parse_qs(request.head.query).get("token", [""])[0]
        offer = self._offers.pop(token, None)
        if offer is None or offer.until < self._now():
            return http.Response(404, b"")
        if request.head.method == "GET" and offer.read is not None:
            return http.Response(200, offer.read(), {"Content-Type": "application/octet-stream"})
        if request.head.method == "PUT" and offer.write is not None:
            return await self._take(request, offer.write, offer.size)
        return http.Response(405, b"")

    @staticmethod
    async def _take(request: http.Request, write: Callable[[bytes], None], size: int) -> http.Response:
        try:
            content = await request.read(size)
        except http.TooLong:
            content = b""
        if len(content) != size:
            return http.Response(400, b"")
        write(content)
        return http.Response(200, b"")
