"""The property collector: reading properties at once, and waiting until they change."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Any

from lab.esxi.wire.call import Call
from lab.esxi.wire.faults import fault
from lab.esxi.wire.filters import PropertyFilter
from lab.esxi.wire.objects import ManagedObject
from lab.esxi.wire.selection import Content, check_spec, collect
from lab.esxi.wire.service import Service
from lab.esxi.wire.vmodl import vmodl

_SPECS = vmodl.query.PropertyCollector
# What vCenter sends at most at once; that ESXi does the same is unverified on a host.
MAX_OBJECT_UPDATES = 100
# Values that nobody announces, such as counters, are looked at this often while somebody waits.
_LOOK_AGAIN_S = 1.0


class PropertyCollector(ManagedObject):
    """One collector of one session, with filters, pages and a version of its own."""

    wsdl_name = "PropertyCollector"

    def __init__(self, moid: str, service: Service) -> None:
        super().__init__(moid)
        self._service = service
        self._filters: list[PropertyFilter] = []
        self._pages: dict[str, _Pages] = {}
        self._sent = _Sent()
        self._waiting: _Wait | None = None
        self._session_objects: dict[str, ManagedObject] = {}

    @property
    def filter(self) -> list[PropertyFilter]:
        """Return the filters of this collector."""
        return list(self._filters)

    def RetrieveProperties(self, call: Call, specSet: list[Any]) -> Any:
        """Read what the filter specs select."""
        return self._collect(call, specSet)

    def RetrievePropertiesEx(self, call: Call, specSet: list[Any], options: Any) -> Any:
        """Read what the filter specs select, in pages if the client wants them."""
        contents = self._collect(call, specSet)
        if not contents:
            return None
        if options.maxObjects is not None and options.maxObjects <= 0:
            raise fault("InvalidArgument", invalidProperty="options.maxObjects")
        return self._page(_Pages(contents, options.maxObjects or len(contents)))

    def ContinueRetrievePropertiesEx(self, call: Call, token: str) -> Any:
        """Return the next page."""
        return self._page(self._take_pages(token))

    def CancelRetrievePropertiesEx(self, call: Call, token: str) -> None:
        """Forget the rest of the pages."""
        self._take_pages(token)

    def CreatePropertyCollector(self, call: Call) -> PropertyCollector:
        """Make another collector in this session."""
        assert call.session is not None
        made = PropertyCollector(call.session.new_id(), self._service)
        call.session.objects[made.moid] = made
        return made

    def DestroyPropertyCollector(self, call: Call) -> None:
        """End this collector with its filters, and whoever waits for it."""
        assert call.session is not None
        self._dispose()
        call.session.objects.pop(self.moid, None)

    def CreateFilter(self, call: Call, spec: Any, partialUpdates: bool) -> PropertyFilter:
        """Watch what a filter spec selects."""
        assert call.session is not None
        check_spec(spec, call.version)
        _refuse_missing(collect(spec, self._service.reader(call)).missing, spec)
        made = PropertyFilter(call.session.new_id(), spec, partialUpdates, self._forget)
        self._session_objects = call.session.objects
        self._session_objects[made.moid] = made
        self._filters.append(made)
        self._service.registry.changed()
        return made

    async def WaitForUpdates(self, call: Call, version: str | None) -> Any:
        """Wait for changes without end; the whole update set comes at once."""
        return await self._updates(call, version, None, None)

    async def CheckForUpdates(self, call: Call, version: str | None) -> Any:
        """Return changes if there are any now."""
        return await self._updates(call, version, 0, None)

    async def WaitForUpdatesEx(self, call: Call, version: str | None, options: Any) -> Any:
        """Wait for changes, not longer and not for more than the options say."""
        seconds = options.maxWaitSeconds if options is not None else None
        most = options.maxObjectUpdates if options is not None else None
        if (seconds or 0) < 0 or (most is not None and most <= 0):
            raise fault("InvalidArgument", invalidProperty="options")
        return await self._updates(call, version, seconds, min(most or MAX_OBJECT_UPDATES, MAX_OBJECT_UPDATES))

    def CancelWaitForUpdates(self, call: Call) -> None:
        """End what waits for this collector with RequestCanceled."""
        self._cancel()

    def _dispose(self) -> None:
        self._cancel()
        for each in self.filter:
            self._forget(each)

    def _forget(self, ended: PropertyFilter) -> None:
        self._session_objects.pop(ended.moid, None)
        if ended in self._filters:
            self._filters.remove(ended)

    def _cancel(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()

    def _collect(self, call: Call, specs: list[Any]) -> list[Any]:
        reader = self._service.reader(call)
        contents: list[Any] = []
        for spec in specs:
            check_spec(spec, call.version)
            collected = collect(spec, reader)
            _refuse_missing(collected.missing, spec)
            contents += [_object_content(each) for each in collected.contents]
        return contents

    def _page(self, pages: _Pages) -> Any:
        result = _SPECS.RetrieveResult(objects=pages.take())
        if pages.rest:
            result.token = secrets.token_hex(8)
            self._pages[result.token] = pages
        return result

    def _take_pages(self, token: str) -> _Pages:
        if token not in self._pages:
            raise fault("InvalidProperty", f"token {token!r} is not one of a retrieval that is open", name="token")
        return self._pages.pop(token)

    async def _updates(self, call: Call, version: str | None, seconds: int | None, most: int | None) -> Any:
        """Return the next update set, None when `seconds` are over; a wait that is open is cancelled by this one."""
        self._cancel()
        if not version:
            self._sent = _Sent()
            for each in self._filters:
                each._reset()
        elif version == self._sent.answered and self._sent.last is not None:
            return self._sent.last
        elif version != self._sent.version:
            raise fault("InvalidCollectorVersion")
        if not self._sent.rest:
            self._sent.rest = await self._changes(call, seconds, at_once=not version)
            if not self._sent.rest and version:
                return None
        return self._sent.next(version or "", most)

    async def _changes(self, call: Call, seconds: int | None, at_once: bool) -> list[Any]:
        """Wait until a filter has something to report; the very first answer does not wait (unverified on a host)."""
        self._waiting = waiting = _Wait(seconds, self._service.registry.subscribe)
        try:
            while True:
                reader = self._service.reader(call)
                found = [update for each in self.filter if (update := each._update(reader)) is not None]
                if found or at_once or not await waiting.for_change():
                    return found
        finally:
            waiting.end()
            if self._waiting is waiting:
                self._waiting = None


class _Wait:
    """One client that waits: woken by a change, by the end of its time, or by being cancelled."""

    def __init__(self, seconds: int | None, subscribe: Callable[[Callable[[], None]], Callable[[], None]]) -> None:
        self._loop = asyncio.get_running_loop()
        self._deadline = None if seconds is None else self._loop.time() + seconds
        self._event = asyncio.Event()
        self._cancelled = False
        self.end = subscribe(self._event.set)

    def cancel(self) -> None:
        """End the wait with RequestCanceled."""
        self._cancelled = True
        self._event.set()

    async def for_change(self) -> bool:
        """Wait until something may have changed; tell whether there is time left to look."""
        left = None if self._deadline is None else self._deadline - self._loop.time()
        if left is not None and left <= 0:
            return False
        try:
            async with asyncio.timeout(_LOOK_AGAIN_S if left is None else min(left, _LOOK_AGAIN_S)):
                await self._event.wait()
        except TimeoutError:
            pass
        self._event.clear()
        if self._cancelled:
            raise fault("RequestCanceled")
        return True


class _Sent:
    """What a collector has answered: its version, the answer itself for who asks again, and what is still to come."""

    def __init__(self) -> None:
        self._count = 0
        self.rest: list[Any] = []
        self.last: Any = None
        self.answered = ""

    @property
    def version(self) -> str:
        """Return the version that the client must name next."""
        return str(self._count)

    def next(self, version: str, most: int | None) -> Any:
        """Return an update set of at most so many objects and keep the rest."""
        now, self.rest = _split(self.rest, most)
        self._count += 1
        self.answered = version
        self.last = _SPECS.UpdateSet(version=self.version, filterSet=now, truncated=True if self.rest else None)
        return self.last


class _Pages:
    """Contents that are sent page by page."""

    def __init__(self, contents: list[Any], size: int) -> None:
        self.rest = contents
        self._size = size

    def take(self) -> list[Any]:
        """Return the next page."""
        page, self.rest = self.rest[: self._size], self.rest[self._size :]
        return page


def _split(updates: list[Any], most: int | None) -> tuple[list[Any], list[Any]]:
    """Divide filter updates after so many objects; what is missing goes with the last part."""
    if most is None:
        return updates, []
    now: list[Any] = []
    for index, each in enumerate(updates):
        objects = list(each.objectSet)
        if len(objects) > most:
            if most:
                now.append(_SPECS.FilterUpdate(filter=each.filter, objectSet=objects[:most]))
            rest = _SPECS.FilterUpdate(filter=each.filter, objectSet=objects[most:], missingSet=each.missingSet)
            return now, [rest, *updates[index + 1 :]]
        now.append(each)
        most -= len(objects)
    return now, []


def _refuse_missing(missing: list[Any], spec: Any) -> None:
    if missing and not spec.reportMissingObjectsInResults:
        raise fault("ManagedObjectNotFound", obj=missing[0])


def _object_content(content: Content) -> Any:
    properties = [
        vmodl.DynamicProperty(name=path, val=each.value)
        for path, each in content.properties.items()
        if each.value is not None
    ]
    missing = [_SPECS.MissingProperty(path=path, fault=raised) for path, raised in content.missing.items()]
    return _SPECS.ObjectContent(obj=content.obj.ref, propSet=properties, missingSet=missing)
