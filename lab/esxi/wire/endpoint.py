"""The handler behind /sdk: SOAP by POST, and the document by which clients choose their version."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from lab.esxi.wire.http import Request, Response
from lab.esxi.wire.service import Question, Service

PATH = "/sdk"
MAX_ENVELOPE = 32 * 1024 * 1024
_CALLS = (PATH, PATH + "/", PATH + "/vimService", PATH + "/vim25")
_XML = {"Content-Type": "text/xml; charset=utf-8", "Cache-Control": "no-cache"}


class SdkEndpoint:
    """Brings requests of HTTP to a service."""

    def __init__(self, service: Service, now: Callable[[], datetime]) -> None:
        self._service = service
        self._now = now

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        head = request.head
        if head.path == PATH + "/vimServiceVersions.xml":
            return Response(200, self._service.versions.document().encode(), _XML)
        if head.path not in _CALLS:
            return Response(404)
        if head.method != "POST":
            return Response(405, headers={"Allow": "POST"})
        question = Question(
            body=await request.read(MAX_ENVELOPE),
            action=head.headers.get("soapaction", ""),
            cookie=head.headers.get("cookie", ""),
            peer=request.peer,
        )
        answer = await request.while_connected(self._service.answer(question, self._now))
        cookie = {"Set-Cookie": answer.set_cookie} if answer.set_cookie else {}
        return Response(answer.status, answer.body, {**_XML, **cookie})
