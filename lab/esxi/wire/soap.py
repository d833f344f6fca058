"""SOAP without a wire: bytes of an envelope to a request, results and faults to bytes."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from io import StringIO
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate

from lab.esxi.wire.faults import invalid_request
from lab.esxi.wire.vmodl import (
    INTEGER_BITS,
    NAMESPACE,
    OPTIONAL,
    DataObject,
    Field,
    Operation,
    Parameter,
    Reference,
    adapter,
    check_integer,
    find_operation,
    is_array,
    knows,
    support,
)

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_SCHEMA = "http://www.w3.org/2001/XMLSchema"
_PREFIXES = {NAMESPACE: "", _SCHEMA: "xsd", _SCHEMA + "-instance": "xsi"}
_START = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<soapenv:Envelope xmlns:soapenv="{_ENVELOPE}" xmlns:xsd="{_SCHEMA}" xmlns:xsi="{_SCHEMA}-instance">\n'
    "<soapenv:Body>\n"
)
_END = "\n</soapenv:Body>\n</soapenv:Envelope>"
# What XML 1.0 cannot carry, not even escaped.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

# Reads one property; in no schema, but pyVmomi's clients read every property by it.
FETCH = "Fetch"
_UNWRITTEN = {
    FETCH: Operation(
        name=FETCH,
        owner=Reference,
        parameters=(Parameter("prop", str, False, support.BASE_VERSION, None),),
        result=object,
        outcome=object,
        optional=True,
        version=support.BASE_VERSION,
        privilege="System.Anonymous",
    )
}


@dataclass
class Request:
    """One call as it stands in the envelope; `version` is pyVmomi's name of the API version."""

    version: str
    operation: Operation
    target: Any
    arguments: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


class UnknownOperation(Exception):
    """The envelope asks for an operation that is not in the schema."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def parse_request(body: bytes, version: str) -> Request:
    """Read an envelope; raise InvalidRequest for what does not fit the schema, and UnknownOperation."""
    reader = _EnvelopeReader(version)
    try:
        reader.parser.Parse(body, True)
    except ExpatError as exc:
        raise invalid_request(f"XML document is not well formed: {exc}") from exc
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as exc:
        line, column = reader.parser.CurrentLineNumber, reader.parser.CurrentColumnNumber
        raise invalid_request(f"cannot read the request at line {line}, column {column}: {_cause(exc)}") from exc
    return reader.request()


def render_response(operation: str, value: Any, declared: Any, version: str) -> bytes:
    """Return the envelope of a result, which is None where the operation returns nothing."""
    return _envelope(
        f'<{operation}Response xmlns="{NAMESPACE}">{render_value("returnval", value, declared, version)}'
        f"</{operation}Response>"
    )


def render_fault(raised: Any, version: str) -> bytes:
    """Return the envelope of a fault."""
    message = adapter.XmlEscape(raised.msg or "")
    bare = copy.copy(raised)
    bare.msg = None
    kind = support.GetCompatibleType(type(bare), version)
    name = support.GetWsdlName(kind) + "Fault"
    writer = StringIO()
    _Serializer(writer, version).SerializeFaultDetail(bare, _info(name, object, version))
    detail = writer.getvalue().replace(f"<{name}", f'<{name} xmlns="{NAMESPACE}"', 1)
    return _envelope(
        f"<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>{message}</faultstring>"
        f"<detail>{detail}</detail></soapenv:Fault>"
    )


def render_value(name: str, value: Any, declared: Any, version: str) -> str:
    """Return a value as the elements that carry it; its type is written where it is not the declared one."""
    if value is None:
        return ""
    writer = StringIO()
    _Serializer(writer, version).Serialize(value, _info(name, declared, version))
    return writer.getvalue()


def _info(name: str, declared: Any, version: str) -> Any:
    return Field(name=name, type=declared, version=version, flags=OPTIONAL)


def _envelope(body: str) -> bytes:
    return (_START + _NOT_XML.sub("?", body) + _END).encode()


def _cause(exc: Exception) -> str:
    return f"{exc.args[0]!r} is not known" if isinstance(exc, KeyError) and exc.args else str(exc)


class _Serializer(adapter.SoapSerializer):  # type: ignore[misc]
    """pyVmomi's serializer, made to write what a host writes.

    A reference inside anyType has the type ManagedObjectReference, which foreign clients insist on, no
    element carries a versionId, and no number leaves that its type cannot hold.
    """

    def __init__(self, writer: StringIO, version: str) -> None:
        super().__init__(writer, version, _PREFIXES)
        self.outermostAttrs = ""

    def _QName(self, typ: Any, defNS: str) -> tuple[str, str]:
        attribute, name = super()._QName(typ, defNS)
        return attribute, name + "Reference" if typ is Reference else name

    def _Serialize(self, val: Any, info: Any, defNS: str) -> None:
        declared = type(val) if info.type is object else info.type
        if declared in INTEGER_BITS and val is not None:
            check_integer(val, declared)
        super()._Serialize(val, info, defNS)


class _Deserializer(adapter.SoapDeserializer):  # type: ignore[misc]
    """pyVmomi's deserializer, which also misses what a data object must have."""

    def __init__(self, version: str) -> None:
        super().__init__(None, version)
        self._seen: list[set[str]] = []

    def StartElementHandler(self, tag: str, attr: dict[str, str]) -> None:
        if self._seen:
            self._seen[-1].add(self.SplitTag(tag)[1])
        super().StartElementHandler(tag, attr)
        self._seen.append(set())

    def EndElementHandler(self, tag: str) -> None:
        if isinstance(self.stack[-1], DataObject):
            self._check_complete(self.stack[-1], self._seen[-1])
        self._seen.pop()
        super().EndElementHandler(tag)

    def _check_complete(self, made: Any, seen: set[str]) -> None:
        for each in made._GetPropertyList():
            if each.name not in seen and not each.flags & OPTIONAL and knows(self.version, each.version):
                kind = support.GetWsdlName(type(made))
                raise ValueError(f"Required property {each.name} is missing from data object of type {kind}")


class _EnvelopeReader:
    """Follows the elements of an envelope: header, body, operation, and one deserializer for each parameter."""

    def __init__(self, version: str) -> None:
        self.parser: Any = ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = _refuse_doctype
        self._version = version
        self._scopes = adapter.ExpatDeserializerNSHandlers({"xml": ["http://www.w3.org/XML/1998/namespace"]})
        self._path: list[str] = []
        self._operation: Operation | None = None
        self._target: Any = None
        self._arguments: dict[str, Any] = {}
        self._headers: dict[str, str] = {}
        self._text = ""
        self._take: Callable[[], None] | None = None
        adapter.SetHandlers(
            self.parser,
            (
                self._start,
                self._end,
                self._characters,
                self._scopes.StartNamespaceDeclHandler,
                self._scopes.EndNamespaceDeclHandler,
            ),
        )

    def request(self) -> Request:
        """Return what was read, complete."""
        if self._operation is None or self._target is None:
            raise invalid_request("the envelope has no operation with the object that it is for")
        for each in self._operation.parameters:
            if each.name not in self._arguments:
                if not each.optional and knows(self._version, each.version):
                    raise invalid_request(f"Required parameter {each.name} is missing")
                self._arguments[each.name] = each.type() if is_array(each.type) else None
        return Request(self._version, self._operation, self._target, self._arguments, self._headers)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._collect()
        self._text = ""
        namespace, _, name = tag.rpartition(" ")
        depth = len(self._path)
        expected = (("Envelope",), ("Header", "Body"))
        if depth < len(expected) and (namespace != _ENVELOPE or name not in expected[depth]):
            raise ValueError(f"element {name} where {' or '.join(expected[depth])} of SOAP 1.1 belongs")
        if depth == 2 and self._path[1] == "Body":
            self._operation = _look_up(namespace, name, self._operation)
        if depth == 3 and self._operation is not None and self._path[1] == "Body":
            self._read_parameter(name, tag, attributes)
        else:
            self._path.append(name)

    def _end(self, tag: str) -> None:
        self._collect()
        if len(self._path) == 3 and self._path[1] == "Header":
            self._headers[self._path[2]] = self._text
        self._path.pop()

    def _characters(self, text: str) -> None:
        self._text += text

    def _read_parameter(self, name: str, tag: str, attributes: dict[str, str]) -> None:
        """Hand this element to a deserializer, which gives the handlers back at its end."""
        declared = self._declared_type(name)
        deserializer = _Deserializer(self._version)
        item = declared.Item if is_array(declared) else declared
        deserializer.Deserialize(self.parser, item, False, self._scopes.nsMap)
        # The deserializer is done when we are called next.
        self._take = lambda: self._keep(name, declared, deserializer.GetResult())
        deserializer.StartElementHandler(tag, attributes)

    def _declared_type(self, name: str) -> Any:
        if name == "_this":
            return Reference
        assert self._operation is not None
        for each in self._operation.parameters:
            if each.name == name and knows(self._version, each.version):
                return each.type
        raise ValueError(f"{self._operation.name} has no parameter {name}")

    def _keep(self, name: str, declared: Any, value: Any) -> None:
        if name == "_this":
            self._target = value
        elif is_array(declared):
            self._arguments.setdefault(name, declared()).append(value)
        else:
            self._arguments[name] = value

    def _collect(self) -> None:
        if self._take is not None:
            self._take()
            self._take = None


def _refuse_doctype(*_: Any) -> None:
    raise ValueError("a SOAP message has no document type declaration")


def _look_up(namespace: str, name: str, earlier: Operation | None) -> Operation:
    if earlier is not None:
        raise ValueError("the body holds more than one operation")
    if name in _UNWRITTEN:
        return _UNWRITTEN[name]
    try:
        return find_operation(name if namespace == NAMESPACE else f"{namespace} {name}")
    except KeyError as exc:
        raise UnknownOperation(name) from exc
