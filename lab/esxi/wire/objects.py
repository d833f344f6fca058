"""Managed objects: Python objects whose attributes are properties and whose methods are operations."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from lab.esxi.wire.faults import fault, not_simulated
from lab.esxi.wire.vmodl import (
    INTEGER_BITS,
    DataObject,
    Enumeration,
    Reference,
    check_integer,
    find_type,
    is_array,
    support,
)


class ManagedObject:
    """Base of every object that clients can refer to.

    A subclass names its type of the schema in `wsdl_name`. Properties are attributes with the names of
    the schema, computed when they are read; one that depends on who asks is a method that takes the Call.
    Operations are methods, plain or async, with the wsdl names: the first argument is the Call, the
    others come by the names of the schema, None or an empty list where the client gave nothing. What the
    schema does not declare cannot be reached from outside; helpers begin with an underscore all the same.
    """

    wsdl_name: ClassVar[str] = "ManagedObject"

    def __init__(self, moid: str) -> None:
        self.moid = moid

    @classmethod
    def schema(cls) -> Any:
        """Return pyVmomi's class of this type."""
        return find_type(cls.wsdl_name)

    @property
    def ref(self) -> Any:
        """Return the reference to this object, as fields of data objects need it."""
        return self.schema()(self.moid)

    def _dispose(self) -> None:
        """End what this object holds open; called when the session ends that it belongs to."""

    def __repr__(self) -> str:
        """Return type and id."""
        return f"{self.wsdl_name}:{self.moid}"


class Registry:
    """Every object that exists, by its id; what clients asked for that is not simulated; and our own errors."""

    def __init__(self) -> None:
        self.missing = Missing()
        self.crashes: list[str] = []
        self._objects: dict[str, ManagedObject] = {}
        self._per_session: dict[str, Callable[[], ManagedObject]] = {}
        self._listeners: list[Callable[[], None]] = []

    def add(self, *objects: ManagedObject) -> None:
        """Make objects known; an id is taken once."""
        for each in objects:
            if each.moid in self._objects:
                raise ValueError(f"{each.moid} is already the id of {self._objects[each.moid]!r}")
            self._objects[each.moid] = each
        self.changed()

    def add_per_session(self, moid: str, factory: Callable[[], ManagedObject]) -> None:
        """Make an id known behind which every session finds an object of its own."""
        self._per_session[moid] = factory

    def remove(self, moid: str) -> None:
        """Forget an object; its id is unknown from now on."""
        self._objects.pop(moid, None)
        self.changed()

    def find(self, moid: str, session: dict[str, ManagedObject] | None = None) -> ManagedObject | None:
        """Return an object; `session` holds those that only one session sees."""
        if session is not None and moid in session:
            return session[moid]
        if moid in self._per_session:
            made = self._per_session[moid]()
            if session is not None:
                session[moid] = made
            return made
        return self._objects.get(moid)

    def resolve(self, ref: Any, session: dict[str, ManagedObject] | None = None) -> ManagedObject:
        """Return the object of a reference; raise ManagedObjectNotFound, also if its type is another one."""
        found = self.find(ref._GetMoId(), session)
        related = found is not None and (issubclass(found.schema(), type(ref)) or issubclass(type(ref), found.schema()))
        if found is None or not related:
            raise fault("ManagedObjectNotFound", obj=ref)
        return found

    def __iter__(self) -> Iterator[ManagedObject]:
        """Yield the objects that every session sees."""
        return iter(tuple(self._objects.values()))

    def changed(self) -> None:
        """Tell whoever waits for updates that something may have changed; cheap, and harmless if nothing has."""
        for listener in tuple(self._listeners):
            listener()

    def crashed(self, where: str, exc: Exception) -> Any:
        """Keep an error of the simulator itself, with its traceback, and return the fault to be raised."""
        self.crashes.append(f"{where}: {''.join(traceback.format_exception(exc))}")
        return fault("SystemError", f"{where}: {exc!r}", reason=repr(exc))

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after every change; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)


class Missing:
    """What was asked for and is not simulated, with how often; a suite asserts that it stays empty."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def refuse(self, what: str) -> Any:
        """Note it and return the fault to be raised."""
        self.counts[what] += 1
        return not_simulated(what)


def to_wire(value: Any, declared: Any) -> Any:
    """Return a value as the declared type, checked: our objects become references, lists typed arrays.

    Inside data objects pyVmomi checks by itself, but does not convert: references there need `.ref`.
    """
    if value is None:
        return None
    if is_array(declared):
        return declared([to_wire(item, declared.Item) for item in value])
    if isinstance(value, ManagedObject):
        value = value.ref
    if declared is object:
        return value
    if isinstance(value, (DataObject, Reference)) or issubclass(declared, (DataObject, Reference)):
        if not isinstance(value, declared):
            raise TypeError(f"{type(value).__name__} where the schema says {declared.__name__}")
        return value
    return _simple(value, declared)


def _simple(value: Any, declared: Any) -> Any:
    if declared in INTEGER_BITS:
        check_integer(value, declared)
        return value if type(value) is declared else declared(value)
    if issubclass(declared, Enumeration) and value not in declared.values:
        raise ValueError(f"{value!r} is not a {declared.__name__}; allowed: {', '.join(declared.values)}")
    if declared in (type, support.ManagedMethod) or isinstance(value, declared):
        return value
    return declared(value)
