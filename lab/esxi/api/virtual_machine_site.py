"""What the managed objects of VMs need of the host that they are on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from lab.esxi.machine.host import Host
from lab.esxi.machine.vms import Vms
from lab.esxi.rules import RuleBroken
from lab.esxi.wire.call import Call
from lab.esxi.wire.objects import ManagedObject
from lab.esxi.wire.stack import Stack
from lab.esxi.wire.tasks import Order
from lab.esxi.wire.vmodl import vim

HOST, POOL, FOLDER, BROWSER = "ha-host", "ha-root-pool", "ha-folder-vm", "ha-env-browser"
GUEST_OPERATIONS = "ha-guest-operations-manager"
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Site:
    """A host with its VMs, and the wire that shows them; ids of objects are those of ESXi as far as known."""

    host: Host
    vms: Vms
    stack: Stack

    host_ref: ClassVar[Any] = vim.HostSystem(HOST)
    pool_ref: ClassVar[Any] = vim.ResourcePool(POOL)
    folder_ref: ClassVar[Any] = vim.Folder(FOLDER)
    browser_ref: ClassVar[Any] = vim.EnvironmentBrowser(BROWSER)
    guest_operations_ref: ClassVar[Any] = vim.vm.guest.GuestOperationsManager(GUEST_OPERATIONS)

    def datastore_ref(self, name: str) -> Any:
        """Return the reference of a datastore: its uuid."""
        return vim.Datastore(self.host.datastores.find(name).uuid)

    def datastore_name(self, ref: Any) -> str:
        """Return the name of a datastore that a client refers to."""
        return self.host.datastores.find(ref._GetMoId()).name

    def network_ref(self, name: str) -> Any:
        """Return the reference of a port group."""
        return vim.Network(f"HaNetwork-{name}")

    def authorize(self, call: Call, obj: ManagedObject, privilege: str) -> None:
        """Refuse who has not a privilege on an object."""
        self.stack.service.authorize(call, obj, privilege)

    def refuse(self, what: str) -> Any:
        """Return the fault for what is not simulated, and record it."""
        return self.stack.registry.missing.refuse(what)

    def start(self, call: Call, entity: ManagedObject, work: Callable[[], Any], name: str = "") -> Any:
        """Start a task whose rules speak of an entity."""
        order = Order(entity, lambda _task: guarded(entity, work), entity_name=name)
        return self.stack.tasks.start(call, order)


def guarded(entity: ManagedObject, work: Callable[[], _Result]) -> _Result:
    """Do something; a rule's fault gets the fields that the machine cannot know."""
    try:
        return work()
    except RuleBroken as broken:
        known = {key: value for key, value in broken.details.items() if value is not None}
        filled = {"object": entity.ref, "reason": str(broken), "file": "", **known}
        raise RuleBroken(broken.rule, **{**dict.fromkeys(broken.details), **filled}) from broken
