"""Which objects and properties a PropertyFilterSpec selects: starting objects, traversal, property sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lab.esxi.wire.faults import fault
from lab.esxi.wire.objects import ManagedObject
from lab.esxi.wire.properties import Property, PropertyReader, check_path
from lab.esxi.wire.vmodl import MethodFault, Reference, vmodl

_SPECS = vmodl.query.PropertyCollector
_INVALID = vmodl.query.InvalidProperty


@dataclass(frozen=True)
class Content:
    """What was read of one object: properties, and faults of those that could not be read."""

    obj: ManagedObject
    properties: dict[str, Property] = field(default_factory=dict)
    missing: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Collected:
    """What a filter spec selects; `missing` are starting objects that do not exist (any more)."""

    contents: list[Content]
    missing: list[Any]


def check_spec(spec: Any, version: str) -> None:
    """Raise InvalidProperty or InvalidArgument for what no object could answer."""
    for each in spec.propSet:
        for path in each.pathSet:
            check_path(each.type, path, version)
    named = _named(spec)
    for start in spec.objectSet:
        for selection in _all_selections(start.selectSet):
            if isinstance(selection, _SPECS.TraversalSpec):
                check_path(selection.type, selection.path, version)
            elif selection.name not in named:
                raise fault(
                    "InvalidArgument", f"no TraversalSpec is named {selection.name!r}", invalidProperty="selectSet"
                )


def collect(spec: Any, reader: PropertyReader) -> Collected:
    """Read everything that a filter spec selects, each object once, in the order of selection."""
    named = _named(spec)
    missing: list[Any] = []
    selected: dict[str, ManagedObject] = {}
    for start in spec.objectSet:
        obj = reader.find(start.obj)
        if obj is None:
            missing.append(start.obj)
            continue
        for each in _Walk(reader, named).run(obj, start):
            selected.setdefault(each.moid, each)
    contents = [_read(obj, specs, reader) for obj in selected.values() if (specs := _specs_of(obj, spec))]
    return Collected(contents, missing)


class _Walk:
    """One traversal from one starting object; an object is not left twice by the same spec."""

    def __init__(self, reader: PropertyReader, named: dict[str, Any]) -> None:
        self._reader = reader
        self._named = named
        self._left: set[tuple[str, int]] = set()

    def run(self, obj: ManagedObject, start: Any) -> Iterator[ManagedObject]:
        """Yield the objects that are not skipped, the near ones first."""
        if not start.skip:
            yield obj
        ring = [(obj, start.selectSet)]
        while ring:
            following: list[tuple[ManagedObject, Any]] = []
            for here, selections in ring:
                for spec, found in self._step(here, selections):
                    if not spec.skip:
                        yield found
                    following.append((found, spec.selectSet))
            ring = following

    def _step(self, here: ManagedObject, selections: Iterable[Any]) -> Iterator[tuple[Any, ManagedObject]]:
        for selection in selections:
            spec = selection if isinstance(selection, _SPECS.TraversalSpec) else self._named[selection.name]
            if not issubclass(here.schema(), spec.type) or (here.moid, id(spec)) in self._left:
                continue
            self._left.add((here.moid, id(spec)))
            for ref in _references(here, spec.path, self._reader):
                if (found := self._reader.find(ref)) is not None:
                    yield spec, found


def _references(obj: ManagedObject, path: str, reader: PropertyReader) -> list[Any]:
    """Return the references that stand at a path; what must not be read leads nowhere."""
    try:
        value = reader.read(obj, path).value
    except _INVALID:
        raise
    except MethodFault:
        return []
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, Reference)]


def _named(spec: Any) -> dict[str, Any]:
    """Return the traversals that have a name; it holds in the whole filter spec."""
    selections = (each for start in spec.objectSet for each in _all_selections(start.selectSet))
    return {each.name: each for each in selections if isinstance(each, _SPECS.TraversalSpec) and each.name}


def _all_selections(selections: Iterable[Any]) -> Iterator[Any]:
    for each in selections:
        yield each
        if isinstance(each, _SPECS.TraversalSpec):
            yield from _all_selections(each.selectSet)


def _specs_of(obj: ManagedObject, spec: Any) -> list[Any]:
    return [each for each in spec.propSet if issubclass(obj.schema(), each.type)]


def _read(obj: ManagedObject, specs: list[Any], reader: PropertyReader) -> Content:
    content = Content(obj)
    paths = [path for spec in specs for path in (reader.names(obj) if spec.all else spec.pathSet)]
    for path in dict.fromkeys(paths):
        try:
            content.properties[path] = reader.read(obj, path)
        except _INVALID:
            raise
        except MethodFault as raised:
            content.missing[path] = raised
    return content
