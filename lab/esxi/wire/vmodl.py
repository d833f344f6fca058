"""The edge to pyVmomi's type system, which carries no annotations: behind it everything is `Any`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import pyVmomi
from pyVmomi import SoapAdapter as _adapter
from pyVmomi import VmomiSupport as _support

vim: Any = vars(pyVmomi)["vim"]
vmodl: Any = vars(pyVmomi)["vmodl"]
support: Any = _support
adapter: Any = _adapter

NAMESPACE = "urn:vim25"
Reference: Any = support.ManagedObject
DataObject: Any = support.DataObject
Enumeration: Any = support.Enum
MethodFault: Any = support.GetVmodlType("vmodl.MethodFault")
Field: Any = support.Object

OPTIONAL: int = support.F_OPTIONAL
# The integers of XML Schema; pyVmomi itself sends whatever it is given.
INTEGER_BITS: dict[Any, int] = {support.byte: 8, support.short: 16, int: 32, support.long: 64}


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation; `privilege` is needed on the object that it refers to, if any."""

    name: str
    type: Any
    optional: bool
    version: str
    privilege: str | None


@dataclass(frozen=True)
class Operation:
    """What the schema says about one operation.

    `owner` is the managed type that declares it. `outcome` is what TaskInfo.result holds if it makes a task.
    """

    name: str
    owner: Any
    parameters: tuple[Parameter, ...]
    result: Any
    outcome: Any
    optional: bool
    version: str
    privilege: str | None


@cache
def find_type(wsdl_name: str) -> Any:
    """Return a type by its name in the schema; KeyError if there is none."""
    return support.GetWsdlType(NAMESPACE, wsdl_name)


@cache
def find_operation(wsdl_name: str) -> Operation:
    """Return an operation by its name in the schema; KeyError if there is none."""
    info = support.GetWsdlMethod(NAMESPACE, wsdl_name).info
    parameters = tuple(
        Parameter(each.name, each.type, bool(each.flags & OPTIONAL), each.version, each.privId) for each in info.params
    )
    return Operation(
        name=wsdl_name,
        owner=info.type,
        parameters=parameters,
        result=info.result,
        outcome=info.methodResult,
        optional=bool(info.resultFlags & OPTIONAL),
        version=info.version,
        privilege=info.privId or None,
    )


def operation_reference(wsdl_name: str) -> Any:
    """Return an operation as the value of a field of type MethodName, such as TaskInfo.name."""
    return support.GetWsdlMethod(NAMESPACE, wsdl_name)


def is_array(declared: Any) -> bool:
    """Tell whether a declared type is an array."""
    return issubclass(declared, list)


def is_unset(value: Any) -> bool:
    """Tell whether a field or argument counts as unset; of an array nothing tells unset from empty."""
    return value is None or (isinstance(value, list) and not value)


def knows(version: str, since: str) -> bool:
    """Tell whether a client of API version `version` knows what came with version `since`."""
    return bool(support.IsChildVersion(version, since))


def check_integer(value: int, declared: Any) -> None:
    """Raise ValueError if a number does not fit into the declared integer type."""
    bits = INTEGER_BITS[declared]
    if not -(1 << bits - 1) <= value < 1 << bits - 1:
        raise ValueError(f"{value} does not fit into xsd:{declared.__name__} ({bits} bits, signed)")
