"""Faults by their name in the schema, with the text that a host sends along."""

from __future__ import annotations

from typing import Any

from lab.esxi.wire.vmodl import OPTIONAL, MethodFault, find_type, is_unset

# The texts of the public message catalogue; {fields} are those of the fault.
_TEXTS = {
    "ConcurrentAccess": "The resource is being accessed by another operation.",
    "InvalidArgument": "A specified parameter was not correct: {invalidProperty}",
    "InvalidLogin": "Cannot complete login due to an incorrect user name or password.",
    "InvalidPowerState": "The attempted operation cannot be performed in the current state ({existingState}).",
    "InvalidProperty": "Property {name} is not valid.",
    "InvalidState": "The operation is not allowed in the current state.",
    "ManagedObjectNotFound": "The object {obj} has already been deleted or has not been completely created",
    "NoPermission": "Permission to perform this operation was denied. Required privilege: {privilegeId}",
    "NotAuthenticated": "The session is not authenticated.",
    "NotFound": "The object or item referred to could not be found.",
    "NotSupported": "The operation is not supported on the object.",
    "RequestCanceled": "The request was canceled.",
    "RestrictedVersion": "Current license or ESXi version prohibits execution of the requested operation.",
}


def fault(wsdl_name: str, text: str = "", /, **fields: Any) -> Any:
    """Return a fault to be raised; without a text it gets the one that hosts use for it."""
    try:
        kind = find_type(wsdl_name)
    except KeyError as exc:
        raise ValueError(f"{wsdl_name} is not in the schema; give a fault's wsdl name, such as InvalidState") from exc
    if not issubclass(kind, MethodFault):
        raise ValueError(f"{wsdl_name} is not a fault; give a fault's wsdl name, such as InvalidState")
    made = kind(**fields)
    mandatory = [each.name for each in kind._GetPropertyList() if not each.flags & OPTIONAL]
    if lacking := [name for name in mandatory if is_unset(getattr(made, name))]:
        raise ValueError(f"the fault {wsdl_name} needs {', '.join(lacking)}")
    made.msg = text or _TEXTS.get(wsdl_name, "").format_map(_Fields(made)) or wsdl_name
    return made


def not_simulated(what: str) -> Any:
    """Return the fault for what a host could do and the simulator cannot."""
    return fault("NotSupported", f"{what} is not simulated")


def invalid_request(message: str) -> Any:
    """Return the fault for a request that does not fit the schema."""
    return fault("InvalidRequest", message)


class _Fields(dict[str, Any]):
    """The fields of a fault, read when a text needs them."""

    def __init__(self, made: Any) -> None:
        super().__init__()
        self._made = made

    def __missing__(self, name: str) -> Any:
        return getattr(self._made, name)
