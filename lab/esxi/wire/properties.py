"""Properties of managed objects by their path, such as config.hardware.device[4000].backing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lab.esxi.wire.call import Call
from lab.esxi.wire.faults import fault
from lab.esxi.wire.objects import ManagedObject, Registry, to_wire
from lab.esxi.wire.vmodl import OPTIONAL, DataObject, MethodFault, is_array, is_unset, knows

Authorize = Callable[[Call, ManagedObject, str], None]

_STEP = re.compile(r'(?P<name>\w+)(?:\[(?:"(?P<text>[^"]*)"|(?P<number>-?\d+))\])?(?:\.(?=\w)|$)')
# What reading takes where the schema names no privilege.
_READ = "System.Read"


@dataclass(frozen=True)
class Step:
    """One part of a path; `key` picks an element of an array."""

    name: str
    key: str | int | None = None


@dataclass(frozen=True)
class Property:
    """What stands at the end of a path: a value (None: unset) as the declared type."""

    value: Any
    declared: Any


@lru_cache(maxsize=4096)
def parse_path(path: str) -> tuple[Step, ...]:
    """Split a path into steps; raise InvalidProperty if it is none."""
    steps: list[Step] = []
    position = 0
    while position < len(path) or not steps:
        found = _STEP.match(path, position)
        if found is None:
            raise fault("InvalidProperty", name=path)
        key = int(found["number"]) if found["number"] is not None else found["text"]
        steps.append(Step(found["name"], key))
        position = found.end()
    return tuple(steps)


def check_path(declared: Any, path: str, version: str) -> None:
    """Raise InvalidProperty if a managed type has no property by which the path begins."""
    _field(declared, parse_path(path)[0].name, path, version)


class PropertyReader:
    """Reads properties for one call; what was computed once is not computed again within it."""

    def __init__(self, call: Call, registry: Registry, authorize: Authorize) -> None:
        self.call = call
        self._registry = registry
        self._authorize = authorize
        self._roots: dict[tuple[str, str], Property | Any] = {}

    def find(self, ref: Any) -> ManagedObject | None:
        """Return the object of a reference, as this call's session sees it."""
        return self._registry.find(ref._GetMoId(), self.call.session.objects if self.call.session else None)

    def names(self, obj: ManagedObject) -> list[str]:
        """Return the properties that the caller's version knows of an object."""
        listed = obj.schema()._GetPropertyList()
        return [each.name for each in listed if knows(self.call.version, each.version)]

    def read(self, obj: ManagedObject, path: str) -> Property:
        """Return a property; raise InvalidProperty for an unknown one, or the fault that reading it met."""
        first, *rest = parse_path(path)
        at = self._root(obj, first.name, path)
        at = _element(at, first.key, path)
        for step in rest:
            at = _element(_below(at, step.name, path, self.call.version), step.key, path)
        return Property(to_wire(at.value, at.declared), at.declared)

    def _root(self, obj: ManagedObject, name: str, path: str) -> Property:
        """Return a property of the object itself; a fault is kept as well as a value."""
        known = self._roots.get((obj.moid, name))
        if known is None:
            info = _field(obj.schema(), name, path, self.call.version)
            try:
                known = Property(self._compute(obj, info), info.type)
            except MethodFault as raised:
                known = raised
            self._roots[(obj.moid, name)] = known
        if isinstance(known, Property):
            return known
        raise known

    def _compute(self, obj: ManagedObject, info: Any) -> Any:
        self._authorize(self.call, obj, getattr(info, "privId", None) or _READ)
        if not hasattr(type(obj), info.name) and info.name not in vars(obj):
            if info.flags & OPTIONAL:
                return None
            raise self._registry.missing.refuse(f"{obj.wsdl_name}.{info.name}")
        try:
            value = getattr(obj, info.name)
            return to_wire(value(self.call) if callable(value) else value, info.type)
        except MethodFault:
            raise
        except Exception as exc:
            raise self._registry.crashed(f"{obj!r}.{info.name}", exc) from exc


def _field(declared: Any, name: str, path: str, version: str) -> Any:
    try:
        info = declared._GetPropertyInfo(name)
    except AttributeError as exc:
        raise fault("InvalidProperty", name=path) from exc
    if not knows(version, info.version):
        raise fault("InvalidProperty", name=path)
    return info


def _below(at: Property, name: str, path: str, version: str) -> Property:
    """Return a field of a data object; of an unset one it is unset, if the declared type has it."""
    holder = at.declared if at.value is None else type(at.value)
    if is_array(holder) or not issubclass(holder, DataObject):
        raise fault("InvalidProperty", name=path)
    info = _field(holder, name, path, version)
    value = None if at.value is None else getattr(at.value, name)
    return Property(None if is_unset(value) else value, info.type)


def _element(at: Property, key: str | int | None, path: str) -> Property:
    if key is None:
        return at
    if not is_array(at.declared) or not hasattr(at.declared.Item, "_propInfo"):
        raise fault("InvalidProperty", name=path)
    for item in at.value or ():
        if getattr(item, "key", None) == key:
            return Property(item, at.declared.Item)
    return Property(None, at.declared.Item)
