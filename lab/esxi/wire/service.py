"""The service behind /sdk: from the bytes of a request to the bytes of the answer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from lab.esxi.journal import Journal
from lab.esxi.rules import RuleBroken
from lab.esxi.wire.call import Call, Peer
from lab.esxi.wire.faults import fault, invalid_request
from lab.esxi.wire.inject import Before, ConnectionDropped, no_injection
from lab.esxi.wire.objects import ManagedObject, Registry, to_wire
from lab.esxi.wire.properties import Authorize, PropertyReader
from lab.esxi.wire.rule_faults import fault_of
from lab.esxi.wire.sessions import COOKIE, Sessions
from lab.esxi.wire.soap import FETCH, Request, UnknownOperation, parse_request, render_fault, render_response
from lab.esxi.wire.versions import ApiVersions
from lab.esxi.wire.vmodl import MethodFault, Operation, Reference, is_unset, knows

ANONYMOUS = "System.Anonymous"


@dataclass(frozen=True)
class Question:
    """A request as HTTP brought it."""

    body: bytes
    action: str = ""
    cookie: str = ""
    peer: Peer = field(default_factory=Peer)


@dataclass(frozen=True)
class Answer:
    """What goes back: the status of HTTP, an envelope, and the value of Set-Cookie if there is one."""

    status: int
    body: bytes
    set_cookie: str = ""


def permit_everything(call: Call, obj: ManagedObject, privilege: str) -> None:
    """Let every user do everything."""


@dataclass
class Hooks:
    """What a host adds: privileges of its users, and what is ordered to go wrong."""

    authorize: Authorize = permit_everything
    before: Before = no_injection


class Service:
    """Finds object and operation of a request, checks who asks, calls, and renders what comes of it."""

    def __init__(self, registry: Registry, sessions: Sessions, versions: ApiVersions, journal: Journal) -> None:
        self.registry = registry
        self.sessions = sessions
        self.versions = versions
        self.hooks = Hooks()
        self._journal = journal
        journal.subscribe(lambda entry: registry.changed())

    async def answer(self, question: Question, now: Callable[[], datetime]) -> Answer:
        """Answer one request; ConnectionDropped and cancellation pass through."""
        version = self.versions.newest
        try:
            version = self.versions.of_action(question.action)
            request = self._parse(question.body, version)
            session = self.sessions.of_cookie(question.cookie)
            call = Call(request.operation.name, version, now(), session, peer=question.peer)
            call.operation_id = request.headers.get("operationID", "")
            with self.sessions.use(session):
                value, declared = await self._perform(call, request)
            body = self._render(request.operation, value, declared, version)
            return Answer(200, body, _cookie_of(call))
        except MethodFault as raised:
            return Answer(500, self._render_fault(raised, version))
        except ConnectionDropped:
            raise
        except Exception as exc:
            return Answer(500, render_fault(self.registry.crashed("the service", exc), version))

    def reader(self, call: Call) -> PropertyReader:
        """Return what reads properties for a call, with its privileges."""
        return PropertyReader(call, self.registry, self.authorize)

    def authorize(self, call: Call, obj: ManagedObject, privilege: str) -> None:
        """Raise NotAuthenticated without a session, or what the host's own check raises."""
        if privilege == ANONYMOUS:
            return
        if call.session is None:
            raise fault("NotAuthenticated", object=obj.ref, privilegeId=privilege)
        self.hooks.authorize(call, obj, privilege)

    def _parse(self, body: bytes, version: str) -> Request:
        try:
            return parse_request(body, version)
        except UnknownOperation as exc:
            self.registry.missing.refuse(exc.name)
            raise invalid_request(f"Unable to resolve WSDL method name {exc.name}") from exc

    async def _perform(self, call: Call, request: Request) -> tuple[Any, Any]:
        """Return the result of an operation and its declared type."""
        operation = request.operation
        if operation.privilege != ANONYMOUS and call.session is None:
            raise fault("NotAuthenticated", object=request.target, privilegeId=operation.privilege or "System.View")
        target = self.registry.resolve(request.target, _objects(call))
        if operation.name == FETCH:
            found = self.reader(call).read(target, request.arguments["prop"])
            return found.value, found.declared
        if not issubclass(target.schema(), operation.owner) or not knows(call.version, operation.version):
            raise fault("MethodNotFound", receiver=target.ref, method=operation.name)
        return await self._journaled(call, target, request), operation.result

    async def _journaled(self, call: Call, target: ManagedObject, request: Request) -> Any:
        if not _is_mutating(request.operation):
            return await self._invoke(call, target, request)
        outcome = "cut off"
        try:
            result = await self._invoke(call, target, request)
            outcome = ""
            return result
        except MethodFault as raised:
            outcome = type(raised)._wsdlName
            raise
        finally:
            action = f"{target.wsdl_name}.{call.operation}"
            self._journal.record("call", call.user, action, target.moid, outcome, operation_id=call.operation_id)

    async def _invoke(self, call: Call, target: ManagedObject, request: Request) -> Any:
        """Check privileges, run the hook, call the method; what is no fault becomes SystemError."""
        self._check_privileges(call, target, request)
        await self.hooks.before(call, target, request.arguments)
        try:
            method = getattr(target, call.operation, None)
            if method is None:
                raise self.registry.missing.refuse(f"{target.wsdl_name}.{call.operation}")
            result = method(call, **self._accepted(target, request))
            result = await result if inspect.isawaitable(result) else result
            return to_wire(result, request.operation.result)
        except (MethodFault, ConnectionDropped):
            raise
        except RuleBroken as broken:
            raise fault_of(broken) from broken
        except Exception as exc:
            raise self.registry.crashed(f"{target!r}.{call.operation}", exc) from exc

    def _check_privileges(self, call: Call, target: ManagedObject, request: Request) -> None:
        """Check what the schema demands on the object and on those that the arguments refer to, if they exist."""
        if request.operation.privilege:
            self.authorize(call, target, request.operation.privilege)
        for each in request.operation.parameters:
            value = request.arguments[each.name]
            for ref in value if isinstance(value, list) else [value]:
                found = self.registry.find(ref._GetMoId(), _objects(call)) if isinstance(ref, Reference) else None
                if each.privilege and found is not None:
                    self.authorize(call, found, each.privilege)

    def _accepted(self, target: ManagedObject, request: Request) -> dict[str, Any]:
        """Return the arguments that the method takes; one that it does not take must not be set."""
        taken = _parameters(getattr(type(target), request.operation.name))
        for name, value in request.arguments.items():
            if name not in taken and not is_unset(value):
                raise self.registry.missing.refuse(f"{target.wsdl_name}.{request.operation.name} with {name}")
        return {name: value for name, value in request.arguments.items() if name in taken}

    def _render_fault(self, raised: Any, version: str) -> bytes:
        try:
            return render_fault(raised, version)
        except Exception as exc:
            return render_fault(self.registry.crashed(f"the fault {type(raised).__name__}", exc), version)

    def _render(self, operation: Operation, value: Any, declared: Any, version: str) -> bytes:
        try:
            if value is None and not operation.optional and declared is not type(None):
                raise TypeError("nothing was returned, but the schema says that something is")
            return render_response(operation.name, value, declared, version)
        except Exception as exc:
            raise self.registry.crashed(f"the answer of {operation.name}", exc) from exc


@cache
def _parameters(function: Any) -> frozenset[str]:
    return frozenset(inspect.signature(function).parameters)


def _objects(call: Call) -> dict[str, ManagedObject] | None:
    return call.session.objects if call.session is not None else None


def _is_mutating(operation: Operation) -> bool:
    """Judge by the privilege that the schema names: reading takes one of System, or none."""
    return operation.name.endswith("_Task") or bool(
        operation.privilege and not operation.privilege.startswith("System.")
    )


def _cookie_of(call: Call) -> str:
    if call.began_session is not None:
        return f'{COOKIE}="{call.began_session.key}"; Path=/; HttpOnly; Secure'
    return f'{COOKIE}=""; Path=/; Max-Age=0; HttpOnly; Secure' if call.ended_session else ""
