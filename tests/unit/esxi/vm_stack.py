"""The VMs of a simulated host behind SOAP, with the little of a root that a client needs."""

from __future__ import annotations

import itertools
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim

from lab.esxi.api.guest_operations import publish_guest_operations
from lab.esxi.api.virtual_machine_site import FOLDER, Site
from lab.esxi.api.virtual_machines import create_vm, publish_vms, register_vm, vm_refs
from lab.esxi.journal import Journal
from lab.esxi.machine.guest import GuestSettings
from lab.esxi.machine.host import Host, Place
from lab.esxi.machine.power import Surroundings as HostSurroundings
from lab.esxi.machine.timing import StrictClock, Timing
from lab.esxi.machine.vms import Vms
from lab.esxi.wire.call import Call
from lab.esxi.wire.faults import fault
from lab.esxi.wire.objects import ManagedObject
from lab.esxi.wire.stack import COLLECTOR, SESSIONS, VIEWS, Identity, Stack, Surroundings
from lab.esxi.wire.thread import LoopThread
from tests.unit.esxi.vm_host import VmHost, profile_named

ADDRESS, USER, PASSWORD = "127.77.0.5", "root", "opens sesame"
GUEST_USER, GUEST_PASSWORD = "Administrator", "guest's secret"
BOUND_S = 20.0
# A guest boots in a few milliseconds.
QUICK = Timing(scale=1e-3, backup_every_s=10**9)
_Result = TypeVar("_Result")


class Root(ManagedObject):
    wsdl_name = "ServiceInstance"

    def __init__(self, site: Site) -> None:
        super().__init__("ServiceInstance")
        self._site = site

    @property
    def content(self) -> Any:
        about = vim.AboutInfo(
            name="VMware ESXi", fullName="VMware ESXi", vendor="VMware, Inc.", version="8.0.3", build="1",
            osType="vmnix-x86", productLineId="embeddedEsx", apiType="HostAgent", apiVersion="8.0.3.0",
        )  # fmt: skip
        return vim.ServiceInstanceContent(
            rootFolder=self._site.folder_ref,
            propertyCollector=vim.PropertyCollector(COLLECTOR),
            viewManager=vim.view.ViewManager(VIEWS),
            sessionManager=vim.SessionManager(SESSIONS),
            guestOperationsManager=self._site.guest_operations_ref,
            about=about,
        )

    def RetrieveServiceContent(self, call: Call) -> Any:
        return self.content


class Folder(ManagedObject):
    wsdl_name = "Folder"
    name = "vm"
    overallStatus = configStatus = "green"

    def __init__(self, site: Site) -> None:
        super().__init__(FOLDER)
        self._site = site

    @property
    def childEntity(self) -> list[Any]:
        return vm_refs(self._site)

    def CreateVM_Task(self, call: Call, config: Any, pool: Any, host: Any) -> Any:
        return create_vm(self._site, call, self, config)

    def RegisterVM_Task(self, call: Call, path: str, name: str | None, asTemplate: bool, pool: Any, host: Any) -> Any:
        return register_vm(self._site, call, self, path, name)


class VmStack:
    """A host with a client; `on_host` runs something where the host runs."""

    def __init__(self, folder: Path, profile: str = "seed-8.0u3") -> None:
        self.thread = LoopThread()
        now = StrictClock()
        journal = Journal(now)
        around = HostSurroundings(now, self.thread.loop, journal, QUICK)
        self.host = Host(profile_named(profile), Place(folder / "host", {USER: PASSWORD}), around)
        self.vms = Vms(self.host, GuestSettings(GUEST_PASSWORD, GUEST_USER))
        self.host.adopt_vms(self.vms)
        identity = Identity("esxi1", ADDRESS, "8.0.3.0", folder)
        self.stack = Stack(identity, Surroundings(now, self.thread.loop, journal, _authenticate))
        self.site = Site(self.host, self.vms, self.stack)
        self.bench = VmHost(self.host, self.vms, None)  # its steps that need no time

    def start(self) -> None:
        self.thread.start()
        self.thread.run(self._start())
        context = ssl._create_unverified_context()
        port = self.stack.server.port
        self.client = SmartConnect(host=ADDRESS, user=USER, pwd=PASSWORD, port=port, sslContext=context)
        self.content = self.client.content
        self.folder = self.content.rootFolder

    async def _start(self) -> None:
        self.host.start()
        publish_vms(self.site)
        publish_guest_operations(self.site)
        self.stack.registry.add(Root(self.site), Folder(self.site))
        await self.stack.server.start(ADDRESS)

    def stop(self) -> None:
        Disconnect(self.client)
        self.thread.run(self.stack.server.close())
        self.thread.stop()

    def on_host(self, work: Callable[[], _Result]) -> _Result:
        async def do() -> _Result:
            return work()

        return self.thread.run(do())

    def create(self, spec: Any) -> Any:
        """Return the VM that a spec makes."""
        return ended(self.folder.CreateVM_Task(spec, self.site.pool_ref))


def _authenticate(user: str, password: str) -> str:
    if (user, password) != (USER, PASSWORD):
        raise fault("InvalidLogin")
    return "Administrator"


def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + BOUND_S
    while not condition():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.01)


def ended(task: Any) -> Any:
    """Return a task's result, or raise its fault."""
    until(lambda: task.info.state in ("success", "error"))
    if task.info.state == "error":
        raise task.info.error
    return task.info.result


_temporary = itertools.count(-100, -1)
dev = vim.vm.device


def add(device: Any, create: bool = False) -> Any:
    spec = dev.VirtualDeviceSpec(operation="add", device=device)
    if create:
        spec.fileOperation = "create"
    return spec


def win10(*changes: Any, **values: Any) -> Any:
    """Return the spec of a VM like the seed's: as the upstream modules build it, with temporary keys."""
    scsi = dev.ParaVirtualSCSIController(key=next(_temporary), busNumber=0, sharedBus="noSharing", hotAddRemove=True)
    disk = dev.VirtualDisk(
        key=next(_temporary), controllerKey=scsi.key, unitNumber=0, capacityInKB=1 << 20,
        backing=dev.VirtualDisk.FlatVer2BackingInfo(diskMode="persistent", thinProvisioned=True, fileName=""),
    )  # fmt: skip
    network = dev.VirtualEthernetCard.NetworkBackingInfo(deviceName="VM Network")
    nic = dev.VirtualVmxnet3(key=next(_temporary), addressType="generated", backing=network, wakeOnLanEnabled=True)
    usual = {
        "name": "win10", "guestId": "windows9_64Guest", "numCPUs": 4, "numCoresPerSocket": 4, "memoryMB": 8192,
        "memoryReservationLockedToMax": True, "firmware": "efi", "version": "vmx-19",
        "files": vim.vm.FileInfo(vmPathName="[datastore1]"),
        "extraConfig": [vim.option.OptionValue(key="hypervisor.cpuid.v0", value="FALSE")],
        "deviceChange": [add(scsi), add(disk, create=True), add(nic), *changes],
    }  # fmt: skip
    return vim.vm.ConfigSpec(**{**usual, **values})


def iso_drive(place: str) -> Any:
    connect = dev.VirtualDevice.ConnectInfo(startConnected=True, allowGuestControl=True, connected=True)
    backing = dev.VirtualCdrom.IsoBackingInfo(fileName=place)
    return add(dev.VirtualCdrom(key=-3000, controllerKey=200, unitNumber=0, backing=backing, connectable=connect))
