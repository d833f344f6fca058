"""Turn what YAML says into frozen dataclasses, by their own annotations, with every finding at once."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from typing import Any, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

from lab.errors import Finding

_T = TypeVar("_T")
# Type -> what to say is allowed.
_SCALARS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


class _NotReadable(Exception):
    """A value that has been found wrong; the finding is written down already."""


@dataclass
class TypedReader:
    """Reads values and collects what is wrong with them."""

    findings: list[Finding] = field(default_factory=list)

    def read(self, kind: type[_T], where: str, raw: object) -> _T | None:
        """Return a value of a dataclass, None where something in it is wrong."""
        try:
            made: _T = self._value(kind, where, raw)
            return made
        except _NotReadable:
            return None

    def add(self, where: str, seen: object, allowed: str, remedy: str) -> None:
        """Write down something that is wrong."""
        self.findings.append(Finding(where, seen, allowed, remedy))

    def _value(self, kind: Any, where: str, raw: object) -> Any:
        if is_dataclass(kind):
            return self._dataclass(kind, where, raw)
        origin = get_origin(kind)
        if origin is tuple:
            return self._tuple(get_args(kind)[0], where, raw)
        if origin in (Union, types.UnionType):
            return None if raw is None else self._value(get_args(kind)[0], where, raw)
        return self._scalar(kind, where, raw)

    def _scalar(self, kind: Any, where: str, raw: object) -> Any:
        right = isinstance(raw, (int, float)) if kind is float else isinstance(raw, kind)
        if not right or (isinstance(raw, bool) and kind is not bool):
            self._refuse(where, raw, _SCALARS[kind], "Correct it.")
        return raw

    def _tuple(self, kind: Any, where: str, raw: object) -> tuple[Any, ...]:
        if not isinstance(raw, list):
            self._refuse(where, raw, "a list", "Write it as a list.")
        return tuple(self._all((kind, f"{where}[{place}]", each) for place, each in enumerate(raw)))

    def _dataclass(self, kind: Any, where: str, raw: object) -> Any:
        if not isinstance(raw, Mapping):
            self._refuse(where, raw, f"a mapping with {', '.join(_names(kind))}", "Write it as key: value.")
        for key in raw:
            if key not in _names(kind):
                self.add(f"{where}.{key}", key, ", ".join(_names(kind)), "Remove it or correct the name.")
        for lacking in (each.name for each in fields(kind) if _is_needed(each) and each.name not in raw):
            self.add(f"{where}.{lacking}", None, "a value", "Add it.")
        hints = get_type_hints(kind)
        given = {each.name: each for each in fields(kind) if each.name in raw}
        values = self._all((hints[name], f"{where}.{name}", raw[name]) for name in given)
        return self._make(kind, where, dict(zip(given, values)))

    def _make(self, kind: Any, where: str, values: dict[str, Any]) -> Any:
        try:
            return kind(**values)
        except ValueError as exc:
            self._refuse(where, ", ".join(f"{key}={value}" for key, value in values.items()), str(exc), "Correct it.")
        except TypeError as exc:  # a value is lacking, and that has been said
            raise _NotReadable from exc

    def _all(self, wanted: Iterator[tuple[Any, str, object]]) -> list[Any]:
        """Read every value before giving up for the sake of one."""
        read, broken = [], False
        for kind, where, raw in wanted:
            try:
                read.append(self._value(kind, where, raw))
            except _NotReadable:
                broken = True
        if broken:
            raise _NotReadable
        return read

    def _refuse(self, where: str, seen: object, allowed: str, remedy: str) -> NoReturn:
        self.add(where, seen, allowed, remedy)
        raise _NotReadable


def _names(kind: Any) -> list[str]:
    return [each.name for each in fields(kind)]


def _is_needed(each: Field[Any]) -> bool:
    return each.default is MISSING and each.default_factory is MISSING
