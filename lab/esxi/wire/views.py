"""Views: lists of objects that a client keeps on the server, below a container or of its own choice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab.esxi.wire.call import Call
from lab.esxi.wire.faults import fault
from lab.esxi.wire.objects import ManagedObject, Registry
from lab.esxi.wire.properties import PropertyReader
from lab.esxi.wire.service import Service
from lab.esxi.wire.vmodl import MethodFault, find_type

# Type of a container -> the properties that hold what is in it.
_CHILDREN = {
    "Folder": ("childEntity",),
    "Datacenter": ("vmFolder", "hostFolder", "datastoreFolder", "networkFolder"),
    "ComputeResource": ("host", "resourcePool"),
    "ResourcePool": ("resourcePool", "vm"),
    "HostSystem": ("vm",),
}


class ViewManager(ManagedObject):
    """Makes views; each belongs to the session that asked for it."""

    wsdl_name = "ViewManager"

    def __init__(self, moid: str, service: Service) -> None:
        super().__init__(moid)
        self._service = service

    def viewList(self, call: Call) -> list[ManagedObject]:
        """Return the views of the caller's session."""
        objects = call.session.objects.values() if call.session is not None else ()
        return [each for each in objects if isinstance(each, _View)]

    def CreateContainerView(self, call: Call, container: Any, type: list[Any], recursive: bool) -> ManagedObject:
        """Make a view of what is below a container."""
        assert call.session is not None
        found = self._service.registry.resolve(container, call.session.objects)
        if _child_properties(found) == ():
            raise fault("InvalidArgument", invalidProperty="container")
        return _keep(call, ContainerView(call, self._service, found, (list(type), recursive)))

    def CreateListView(self, call: Call, obj: list[Any]) -> ManagedObject:
        """Make a view of the objects that the client names."""
        return _keep(call, ListView(call, self._service.registry, obj))


class _View(ManagedObject):
    """What all views have in common: they can be destroyed."""

    def DestroyView(self, call: Call) -> None:
        """Forget this view."""
        assert call.session is not None
        call.session.objects.pop(self.moid, None)


class ContainerView(_View):
    """The objects of certain types below a container, looked up anew whenever they are read."""

    wsdl_name = "ContainerView"

    def __init__(self, call: Call, service: Service, container: ManagedObject, wanted: tuple[list[Any], bool]) -> None:
        """Take as `wanted` the types (none: all) and whether to go on below the immediate children."""
        assert call.session is not None
        super().__init__(call.session.new_id())
        self._service = service
        self.container = container
        self.type, self.recursive = wanted

    def view(self, call: Call) -> list[ManagedObject]:
        """Return the objects, each once, the near ones first."""
        reader = self._service.reader(call)
        found: dict[str, ManagedObject] = {}
        ring = [self.container]
        while ring:
            below = [child for each in ring for child in _children(each, reader) if child.moid not in found]
            found.update({each.moid: each for each in below})
            ring = below if self.recursive else []
        return [each for each in found.values() if self._is_wanted(each)]

    def _is_wanted(self, obj: ManagedObject) -> bool:
        return not self.type or any(issubclass(obj.schema(), each) for each in self.type)


class ListView(_View):
    """The objects that a client has put on its list."""

    wsdl_name = "ListView"

    def __init__(self, call: Call, registry: Registry, refs: list[Any]) -> None:
        assert call.session is not None
        super().__init__(call.session.new_id())
        self._registry = registry
        self._refs: dict[str, Any] = {}
        self._add(call, refs)

    @property
    def view(self) -> list[Any]:
        """Return the objects on the list that still exist."""
        return [ref for moid, ref in self._refs.items() if self._registry.find(moid) is not None]

    def ModifyListView(self, call: Call, add: list[Any], remove: list[Any]) -> list[Any]:
        """Change the list; return what could not be found."""
        for ref in remove:
            self._refs.pop(ref._GetMoId(), None)
        return self._add(call, add)

    def ResetListView(self, call: Call, obj: list[Any]) -> list[Any]:
        """Begin the list anew; return what could not be found."""
        self._refs.clear()
        return self._add(call, obj)

    def _add(self, call: Call, refs: list[Any]) -> list[Any]:
        unknown = [ref for ref in refs if self._registry.find(ref._GetMoId()) is None]
        self._refs.update({ref._GetMoId(): ref for ref in refs if ref not in unknown})
        self._registry.changed()
        return unknown


def _keep(call: Call, view: _View) -> ManagedObject:
    assert call.session is not None
    call.session.objects[view.moid] = view
    return view


def _child_properties(obj: ManagedObject) -> tuple[str, ...]:
    return next((names for kind, names in _CHILDREN.items() if issubclass(obj.schema(), find_type(kind))), ())


def _children(obj: ManagedObject, reader: PropertyReader) -> Iterator[ManagedObject]:
    for name in _child_properties(obj):
        try:
            value = reader.read(obj, name).value
        except MethodFault:
            continue
        for ref in value if isinstance(value, list) else [value]:
            if ref is not None and (found := reader.find(ref)) is not None:
                yield found
