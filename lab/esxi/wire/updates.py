"""What changed between two readings of the same properties, told as property changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lab.esxi.wire.objects import to_wire
from lab.esxi.wire.properties import Property
from lab.esxi.wire.vmodl import DataObject, Reference, is_unset, support, vmodl

_CHANGE = vmodl.query.PropertyCollector.Change


@dataclass(frozen=True)
class Image:
    """A picture of a value that later changes to it do not touch.

    `parts` of a data object are its fields, of an array with keys its elements by key (`keyed`);
    every other value is in `plain`.
    """

    kind: str
    keyed: bool = False
    parts: dict[Any, Image] | None = None
    plain: Any = None


def image_of(value: Any) -> Image:
    """Take the picture of a value."""
    if isinstance(value, DataObject):
        fields = {each.name: getattr(value, each.name) for each in value._GetPropertyList()}
        set_fields = {name: image_of(field) for name, field in fields.items() if not is_unset(field)}
        return Image(type(value).__name__, parts=set_fields)
    if isinstance(value, list):
        keys = [getattr(item, "key", None) if isinstance(item, DataObject) else None for item in value]
        if value and None not in keys and len(set(keys)) == len(keys):
            return Image("array", keyed=True, parts={key: image_of(item) for key, item in zip(keys, value)})
        return Image("array", plain=tuple(image_of(item) for item in value))
    return Image(type(value).__name__, plain=_plain(value))


def changes(path: str, old: Image, new: Property, partial: bool) -> Iterator[Any]:
    """Yield what leads from the old value to the new one; if `partial`, by nested properties."""
    image = image_of(new.value)
    if image == old:
        return
    if not partial:
        yield assign(path, new)
    else:
        yield from _nested(path, (old, image), new.value, new.declared)


def assign(path: str, new: Property) -> Any:
    """Return the change that sets a property, or unsets it."""
    return _CHANGE(name=path, op="assign", val=to_wire(new.value, new.declared))


def _nested(path: str, images: tuple[Image, Image], value: Any, declared: Any) -> Iterator[Any]:
    old, new = images
    if old == new:
        return
    if old.parts is None or new.parts is None or (old.kind, old.keyed) != (new.kind, new.keyed):
        yield assign(path, Property(value, declared))
    elif new.keyed:
        yield from _of_array(path, (old.parts, new.parts), value, declared.Item)
    else:
        empty = Image("NoneType")
        for name in dict.fromkeys([*old.parts, *new.parts]):
            pair = (old.parts.get(name, empty), new.parts.get(name, empty))
            field = getattr(value, name)
            yield from _nested(
                f"{path}.{name}", pair, None if name not in new.parts else field, value._GetPropertyInfo(name).type
            )


def _of_array(
    path: str, parts: tuple[dict[Any, Image], dict[Any, Image]], items: list[Any], declared: Any
) -> Iterator[Any]:
    old, new = parts
    for key in old:
        if key not in new:
            yield _CHANGE(name=_at(path, key), op="remove")
    for item in items:
        where = _at(path, item.key)
        if item.key in old:
            yield from _nested(where, (old[item.key], new[item.key]), item, declared)
        else:
            yield _CHANGE(name=where, op="add", val=item)


def _at(path: str, key: Any) -> str:
    return f"{path}[{key}]" if isinstance(key, int) else f'{path}["{key}"]'


def _plain(value: Any) -> Any:
    """Return what a value can be compared by."""
    if isinstance(value, Reference):
        return (type(value).__name__, value._GetMoId())
    if isinstance(value, support.ManagedMethod):
        return value.info.wsdlName
    return value
