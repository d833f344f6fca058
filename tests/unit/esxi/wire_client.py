"""A SOAP client that is not pyVmomi: raw XML over HTTPS, read with ElementTree."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterable
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from lab.esxi.wire.stack import SESSIONS
from tests.unit.esxi.wire_host import ADDRESS, BOUND_S, PASSWORD, USER

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
    "<S:Body>{body}</S:Body></S:Envelope>"
)


class RawFault(Exception):
    """A fault, with the name of its type, its text and its fields."""

    def __init__(self, text: str, detail: ElementTree.Element) -> None:
        self.kind = detail.tag.removesuffix("Fault")
        self.fields = {each.tag: each.text for each in detail}
        super().__init__(f"{self.kind}: {text}")


class RawClient:
    """One connection; `version` goes into SOAPAction."""

    def __init__(self, port: int, version: str = "6.7") -> None:
        context = ssl._create_unverified_context()
        self.connection = http.client.HTTPSConnection(ADDRESS, port, timeout=BOUND_S, context=context)
        self.headers = {"Content-Type": "text/xml", "SOAPAction": f'"urn:vim25/{version}"'}

    def login(self) -> None:
        self.call(
            "Login", "SessionManager", SESSIONS, f"<userName>{USER}</userName><password>{escape(PASSWORD)}</password>"
        )

    def call(self, operation: str, kind: str, moid: str, arguments: str = "") -> ElementTree.Element:
        """Return the response element, without namespaces."""
        this = f'<_this type="{kind}">{escape(moid)}</_this>'
        return self.send(f'<{operation} xmlns="urn:vim25">{this}{arguments}</{operation}>')

    def send(self, body: str, chunks: int = 0) -> ElementTree.Element:
        """Send the content of a body, in chunks if asked."""
        envelope = _ENVELOPE.format(body=body).encode()
        return self.exchange(_pieces(envelope, chunks) if chunks else envelope)

    def exchange(self, content: bytes | Iterable[bytes]) -> ElementTree.Element:
        chunked = not isinstance(content, bytes)
        self.connection.request("POST", "/sdk", content, self.headers, encode_chunked=chunked)
        response = self.connection.getresponse()
        cookie = response.getheader("Set-Cookie")
        if cookie:
            self.headers["Cookie"] = cookie.partition(";")[0]
        root = _without_namespaces(ElementTree.fromstring(response.read()))
        answer = root[0][0]
        if answer.tag == "Fault":
            assert response.status == 500
            raise RawFault(answer.findtext("faultstring") or "", answer.find("detail")[0])
        assert response.status == 200
        return answer


def _pieces(content: bytes, size: int) -> Iterable[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def _without_namespaces(root: ElementTree.Element) -> ElementTree.Element:
    for each in root.iter():
        each.tag = each.tag.rpartition("}")[2]
    return root
