"""Filters of a property collector: a filter spec, and what of it has been reported already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lab.esxi.wire.call import Call
from lab.esxi.wire.faults import fault
from lab.esxi.wire.objects import ManagedObject
from lab.esxi.wire.properties import Property, PropertyReader, parse_path
from lab.esxi.wire.selection import Content, collect
from lab.esxi.wire.updates import Image, assign, changes, image_of
from lab.esxi.wire.vmodl import vmodl

_SPECS = vmodl.query.PropertyCollector


class PropertyFilter(ManagedObject):
    """One filter; it belongs to the collector that made it, and ends with it."""

    wsdl_name = "PropertyFilter"

    def __init__(self, moid: str, spec: Any, partial: bool, forget: Callable[[PropertyFilter], None]) -> None:
        """Take the spec as it came; `forget` tells the collector that the filter has been destroyed."""
        super().__init__(moid)
        self.spec = spec
        self.partialUpdates = partial
        self._forget = forget
        self._reported: dict[str, _Reported] = {}
        self._missing: set[str] = set()

    def DestroyPropertyFilter(self, call: Call) -> None:
        """End this filter."""
        self._forget(self)

    def _reset(self) -> None:
        """Report everything again."""
        self._reported.clear()
        self._missing.clear()

    def _update(self, reader: PropertyReader) -> Any:
        """Return a FilterUpdate with what has changed since the last one, None if nothing has."""
        collected = collect(self.spec, reader)
        updates = [update for each in collected.contents if (update := self._object_update(each, reader)) is not None]
        there = {each.obj.moid for each in collected.contents}
        for moid in [moid for moid in self._reported if moid not in there]:
            updates.append(_SPECS.ObjectUpdate(kind="leave", obj=self._reported.pop(moid).ref))
        lacking = [_missing_object(ref) for ref in collected.missing if ref._GetMoId() not in self._missing]
        self._missing = {ref._GetMoId() for ref in collected.missing}
        if not updates and not lacking:
            return None
        return _SPECS.FilterUpdate(filter=self.ref, objectSet=updates, missingSet=lacking)

    def _object_update(self, content: Content, reader: PropertyReader) -> Any:
        reported = self._reported.get(content.obj.moid)
        self._reported[content.obj.moid] = _Reported(content)
        if reported is None:
            set_now = [assign(path, each) for path, each in content.properties.items() if each.value is not None]
            return _object_update("enter", content, set_now, list(content.missing))
        changed = [
            change
            for path, each in content.properties.items()
            for change in self._changes(reported, path, each, content, reader)
        ]
        newly_missing = [path for path in content.missing if path not in reported.missing]
        return _object_update("modify", content, changed, newly_missing) if changed or newly_missing else None

    def _changes(
        self, reported: _Reported, path: str, new: Property, content: Content, reader: PropertyReader
    ) -> list[Any]:
        old = reported.images.get(path, _UNSET)
        made = list(changes(path, old, new, self.partialUpdates))
        if new.value is None and made and _is_taken_along(content.obj, path, reader):
            made[0].op = "indirectRemove"
        return made


class _Reported:
    """What a client knows of one object."""

    def __init__(self, content: Content) -> None:
        self.ref = content.obj.ref
        self.images: dict[str, Image] = {path: image_of(each.value) for path, each in content.properties.items()}
        self.missing = set(content.missing)


_UNSET = image_of(None)


def _missing_object(ref: Any) -> Any:
    return _SPECS.MissingObject(obj=ref, fault=fault("ManagedObjectNotFound", obj=ref))


def _object_update(kind: str, content: Content, changed: list[Any], missing: list[str]) -> Any:
    lacking = [_SPECS.MissingProperty(path=path, fault=content.missing[path]) for path in missing]
    return _SPECS.ObjectUpdate(kind=kind, obj=content.obj.ref, changeSet=changed, missingSet=lacking)


def _is_taken_along(obj: ManagedObject, path: str, reader: PropertyReader) -> bool:
    """Tell whether a property is unset because what encloses it is."""
    return len(parse_path(path)) > 1 and reader.read(obj, path.rpartition(".")[0]).value is None
