"""A tiny host for the tests of the wire: a service instance, folders, virtual machines, served over TLS."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar

from lab.esxi.journal import Journal
from lab.esxi.rules import Rule
from lab.esxi.wire.call import Call
from lab.esxi.wire.faults import fault
from lab.esxi.wire.objects import ManagedObject
from lab.esxi.wire.stack import COLLECTOR, SESSIONS, VIEWS, Identity, Stack, Surroundings
from lab.esxi.wire.tasks import Order, Tasks
from lab.esxi.wire.thread import LoopThread
from lab.esxi.wire.vmodl import vim

ADDRESS = "127.77.0.1"
USER, PASSWORD = "root", 'a <long> & "odd" p\'assword'
BOUND_S = 10.0
_Result = TypeVar("_Result")

# Not declared: RULES.md is about the host.
ALREADY_ON = Rule(
    "test.power_on_twice",
    "A machine that runs is not powered on.",
    source="A",
    fault="InvalidPowerState",
    message="{name} is {existingState}.",
)


class StrictClock:
    """A clock that never shows the same time twice."""

    def __init__(self) -> None:
        self.offset = timedelta()
        self._last = datetime.min.replace(tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        self._last = max(self._last + timedelta(microseconds=1), datetime.now(timezone.utc) + self.offset)
        return self._last


class ServiceInstance(ManagedObject):
    wsdl_name = "ServiceInstance"

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__("ServiceInstance")
        self._clock = clock

    @property
    def content(self) -> Any:
        about = vim.AboutInfo(
            name="tiny", fullName="tiny 1", vendor="nobody", version="8.0.3", build="1", osType="none",
            productLineId="embeddedEsx", apiType="HostAgent", apiVersion="8.0.3.0",
        )  # fmt: skip
        return vim.ServiceInstanceContent(
            rootFolder=vim.Folder("root"),
            propertyCollector=vim.PropertyCollector(COLLECTOR),
            viewManager=vim.view.ViewManager(VIEWS),
            sessionManager=vim.SessionManager(SESSIONS),
            about=about,
        )

    def RetrieveServiceContent(self, call: Call) -> Any:
        return self.content

    def CurrentTime(self, call: Call) -> Any:
        return self._clock()


class Folder(ManagedObject):
    wsdl_name = "Folder"

    def __init__(self, moid: str, name: str, parent: Folder | None = None) -> None:
        super().__init__(moid)
        self.name = name
        self.parent = parent
        self.childEntity: list[ManagedObject] = []
        if parent is not None:
            parent.childEntity.append(self)


class VirtualMachine(ManagedObject):
    wsdl_name = "VirtualMachine"

    def __init__(self, moid: str, name: str, parent: Folder, tasks: Tasks) -> None:
        super().__init__(moid)
        self.name = name
        self.parent = parent
        self._tasks = tasks
        self._power = "poweredOff"
        self._extra: dict[str, str] = {"hypervisor.cpuid.v0": "FALSE"}
        self._devices: dict[int, str] = {200: "IDE 0"}
        self._note: str | None = None
        parent.childEntity.append(self)

    @property
    def runtime(self) -> Any:
        return vim.vm.RuntimeInfo(
            device=[], connectionState="connected", powerState=self._power, toolsInstallerMounted=False,
            faultToleranceState="notConfigured", numMksConnections=0, recordReplayState="inactive",
        )  # fmt: skip

    @property
    def config(self) -> Any:
        devices = [
            vim.vm.device.VirtualIDEController(key=key, busNumber=0, deviceInfo=vim.Description(label=text, summary=""))
            for key, text in self._devices.items()
        ]
        return vim.vm.ConfigInfo(
            changeVersion="1", modified=datetime(2026, 1, 1, tzinfo=timezone.utc), name=self.name,
            guestFullName="Windows", version="vmx-19", uuid="u", template=False, guestId="windows9_64Guest",
            alternateGuestName="", annotation=self._note, files=vim.vm.FileInfo(), flags=vim.vm.FlagInfo(),
            defaultPowerOps=vim.vm.DefaultPowerOpInfo(), hardware=vim.vm.VirtualHardware(
                numCPU=4, memoryMB=16384, device=devices),
            extraConfig=[vim.option.OptionValue(key=key, value=value) for key, value in self._extra.items()],
        )  # fmt: skip

    @property
    def snapshot(self) -> Any:
        return None

    @property
    def guest(self) -> Any:
        raise fault("NoPermission", object=self.ref, privilegeId="System.Read")

    @property
    def layout(self) -> Any:
        raise RuntimeError("a bug of ours")

    def PowerOnVM_Task(self, call: Call) -> Any:
        return self._tasks.start(call, Order(self, lambda task: self._power_on(), entity_name=self.name))

    def PowerOffVM_Task(self, call: Call, host: Any = None) -> Any:
        return self._tasks.start(call, Order(self, lambda task: 1 / 0))

    def ResetVM_Task(self, call: Call) -> Any:
        return self._tasks.start(call, Order(self, lambda task: None, undo=lambda: None))

    def RefreshStorageInfo(self, call: Call) -> Any:
        raise ConnectionError("a bug of ours")

    def _power_on(self) -> None:
        ALREADY_ON.refuse_if(self._power == "poweredOn", name=self.name, existingState=self._power)
        self._power = "poweredOn"


class TinyHost(Stack):
    """All parts together; `start` serves them from a thread of its own, so that blocking clients can be used."""

    def __init__(self, directory: Path, api_version: str = "8.0.3.0") -> None:
        self.clock = StrictClock()
        self.journal = Journal(self.clock)
        self.thread = LoopThread()
        super().__init__(
            Identity("tiny.example", ADDRESS, api_version, directory),
            Surroundings(self.clock, self.thread.loop, self.journal, _authenticate),
        )
        self.root = Folder("root", "ha-folder-root")
        self.vms = Folder("ha-folder-vm", "vm", self.root)
        self.machines = [VirtualMachine(str(number), f"vm{number}", self.vms, self.tasks) for number in (1, 2, 3)]
        self.registry.add(ServiceInstance(self.clock), self.root, self.vms, *self.machines)

    def start(self) -> None:
        self.thread.start()
        self.run(self.server.start(ADDRESS))

    def stop(self) -> None:
        self.run(self.server.close())
        self.thread.stop()

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Run a coroutine where the server runs."""
        return self.thread.run(work)

    def do(self, change: Callable[[], object]) -> None:
        """Change something where the server runs, and tell those who wait."""

        async def work() -> None:
            change()
            self.registry.changed()

        self.run(work())


def _authenticate(user: str, password: str) -> str:
    if (user, password) != (USER, PASSWORD):
        raise fault("InvalidLogin")
    return "Administrator"
