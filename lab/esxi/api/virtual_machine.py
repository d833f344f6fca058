"""VirtualMachine: one VM of the host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lab.esxi.api import virtual_machine_files as files
from lab.esxi.api import virtual_machine_state as state
from lab.esxi.api.virtual_machine_config import config_of
from lab.esxi.api.virtual_machine_privileges import privileges_of
from lab.esxi.api.virtual_machine_site import Site, guarded
from lab.esxi.api.virtual_machine_spec import SpecReader, in_words_of_the_api
from lab.esxi.machine.questions import Question
from lab.esxi.machine.vm import Vm
from lab.esxi.machine.vm_devices import Nic
from lab.esxi.wire.call import Call
from lab.esxi.wire.objects import ManagedObject
from lab.esxi.wire.tasks import Later
from lab.esxi.wire.vmodl import vim

# Every mandatory switch of the type that a host has on; the others are off.
_CAPABLE = frozenset((
    "snapshotOperationsSupported", "multipleSnapshotsSupported", "poweredOffSnapshotsSupported",
    "memorySnapshotsSupported", "revertToSnapshotSupported", "bootOptionsSupported", "changeTrackingSupported",
    "multipleCoresPerSocketSupported", "memoryReservationLockSupported", "nestedHVSupported", "secureBootSupported",
    "settingVideoRamSizeSupported", "toolsSyncTimeSupported", "diskSharesSupported",
))  # fmt: skip


class VirtualMachine(ManagedObject):
    """One VM; everything is read from the machine."""

    wsdl_name = "VirtualMachine"

    def __init__(self, vm: Vm, site: Site) -> None:
        super().__init__(vm.key)
        self._vm = vm
        self._site = site

    # --- properties ---------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Return the name."""
        return self._vm.name

    @property
    def parent(self) -> Any:
        """Return the folder of VMs."""
        return self._site.folder_ref

    @property
    def overallStatus(self) -> str:
        """Return that all is well."""
        return "green"

    @property
    def configStatus(self) -> str:
        """Return that all is well."""
        return "green"

    @property
    def guestHeartbeatStatus(self) -> str:
        """Return whether Tools give a heartbeat."""
        return "green" if self._vm.power.guest.tools_running else "gray"

    @property
    def effectiveRole(self) -> list[int]:
        """Return the role of an administrator."""
        return [-1]

    @property
    def capability(self) -> Any:
        """Return what can be done with the VM."""
        names = [each.name for each in vim.vm.Capability._GetPropertyList() if each.type is bool]
        return vim.vm.Capability(**{name: name in _CAPABLE for name in names})

    @property
    def config(self) -> Any:
        """Return the configuration, nothing where the file cannot be read."""
        return config_of(self._vm, self._site) if self._vm.problem is None else None

    @property
    def runtime(self) -> Any:
        """Return what the VM does."""
        return state.runtime_of(self._vm, self._site)

    @property
    def guest(self) -> Any:
        """Return what Tools tell."""
        return state.guest_of(self._vm)

    @property
    def summary(self) -> Any:
        """Return a bit of everything."""
        return state.summary_of(self._vm, self._site)

    @property
    def layout(self) -> Any:
        """Return the files."""
        return files.layout_of(self._vm)

    @property
    def layoutEx(self) -> Any:
        """Return the files with their sizes."""
        return files.layout_ex_of(self._vm)

    @property
    def storage(self) -> Any:
        """Return what the files take."""
        return files.storage_of(self._vm, self._site)

    @property
    def snapshot(self) -> Any:
        """Return the tree of snapshots."""
        return state.snapshot_of(self._vm)

    @property
    def rootSnapshot(self) -> list[Any]:
        """Return the first snapshots."""
        vm = self._vm
        return [vim.vm.Snapshot(files.snapshot_moid(vm, each.id)) for each in vm.snapshots.children()]

    @property
    def environmentBrowser(self) -> Any:
        """Return what tells what a VM can have here."""
        return self._site.browser_ref

    @property
    def resourcePool(self) -> Any:
        """Return the host's one pool."""
        return self._site.pool_ref

    @property
    def datastore(self) -> list[Any]:
        """Return the datastores that the files lie on."""
        places = [self._vm.file, *(self._vm.files.place(disk.file) for disk in self._vm.disks)]
        names = dict.fromkeys(place.partition("]")[0].lstrip("[") for place in places)
        return [self._site.datastore_ref(name) for name in names]

    @property
    def network(self) -> list[Any]:
        """Return the port groups that the adapters are in."""
        names = dict.fromkeys(each.network for each in self._vm.devices if isinstance(each, Nic))
        return [self._site.network_ref(name) for name in names]

    # --- configuration ------------------------------------------------------------------------------------------------

    def ReconfigVM_Task(self, call: Call, spec: Any) -> Any:
        """Change the configuration."""
        for privilege in sorted(privileges_of(spec)):
            self._site.authorize(call, self, privilege)
        return self._waiting(call, lambda: self._reconfigure(spec))

    def _reconfigure(self, spec: Any) -> Question | None:
        change = SpecReader(self._site, self._vm.files, self._vm.devices).read(spec)
        return in_words_of_the_api(lambda: self._vm.reconfigure(change))

    def UpgradeVM_Task(self, call: Call, version: str | None) -> Any:
        """Give the VM newer virtual hardware."""
        return self._task(call, lambda: self._vm.upgrade(version or ""))

    def Rename_Task(self, call: Call, newName: str) -> Any:
        """Give the VM another name."""
        spec = vim.vm.ConfigSpec(name=newName)
        return self._task(call, lambda: self._reconfigure(spec))

    def Destroy_Task(self, call: Call) -> Any:
        """Remove the VM with its files."""
        return self._task(call, lambda: self._site.vms.destroy(self._vm))

    def UnregisterVM(self, call: Call) -> None:
        """Forget the VM; its files stay."""
        self._site.vms.unregister(self._vm)

    def Reload(self, call: Call) -> None:
        """Take the VMX file as it is now."""
        self._vm.reload()

    def RefreshStorageInfo(self, call: Call) -> None:
        """Do nothing: sizes are always read from the files."""

    def CloneVM_Task(self, call: Call, folder: Any, name: str, spec: Any) -> Any:
        """Refuse: cloning takes a vCenter."""
        raise self._site.refuse("CloneVM_Task")

    # --- power --------------------------------------------------------------------------------------------------------

    def PowerOnVM_Task(self, call: Call, host: Any) -> Any:
        """Power on; a question lets the task wait."""
        return self._waiting(call, self._vm.power.on)

    def PowerOffVM_Task(self, call: Call) -> Any:
        """Cut the power."""
        return self._task(call, self._vm.power.off)

    def ResetVM_Task(self, call: Call) -> Any:
        """Cut the power for a moment."""
        return self._task(call, self._vm.power.reset)

    def SuspendVM_Task(self, call: Call) -> Any:
        """Save the memory and turn off."""
        return self._task(call, self._vm.power.suspend)

    def TerminateVM(self, call: Call) -> None:
        """End the process."""
        self._vm.power.off()

    def ShutdownGuest(self, call: Call) -> None:
        """Ask the guest to end."""
        self._vm.power.need_on()
        self._vm.power.guest.shut_down()

    def RebootGuest(self, call: Call) -> None:
        """Ask the guest to boot again."""
        self._vm.power.need_on()
        self._vm.power.guest.reboot()

    def StandbyGuest(self, call: Call) -> None:
        """Ask the guest to sleep."""
        self._vm.power.need_on()
        self._vm.power.guest.sleep()

    def AnswerVM(self, call: Call, questionId: str, answerChoice: str) -> None:
        """Answer the question that the VM waits with."""
        self._vm.questions.answer(questionId, answerChoice)

    # --- snapshots ----------------------------------------------------------------------------------------------------

    def CreateSnapshot_Task(self, call: Call, name: str, description: str | None, memory: bool, quiesce: bool) -> Any:
        """Keep the VM as it is."""
        return self._task(call, lambda: self._snapshot(name, description or "", memory, quiesce))

    def _snapshot(self, name: str, description: str, memory: bool, quiesce: bool) -> Any:
        taken = self._vm.power.take_snapshot(name, description, memory, quiesce)
        self._site.stack.registry.changed()
        return vim.vm.Snapshot(files.snapshot_moid(self._vm, taken.id))

    def RemoveAllSnapshots_Task(self, call: Call, consolidate: bool | None) -> Any:
        """Remove every snapshot."""
        return self._task(call, self._vm.snapshots.remove_all)

    def RevertToCurrentSnapshot_Task(self, call: Call, host: Any, suppressPowerOn: bool | None) -> Any:
        """Make the VM what it was at its last snapshot."""
        current = self._vm.snapshots.current
        return self._task(call, lambda: self._vm.power.go_back(current, not suppressPowerOn))

    def _task(self, call: Call, work: Callable[[], Any]) -> Any:
        return self._site.start(call, self, work, self._vm.name)

    def _waiting(self, call: Call, work: Callable[[], Question | None]) -> Any:
        """Start a task that goes on, where a question comes back, until that is answered."""

        def run() -> Any:
            question = guarded(self, work)
            if question is None:
                return None
            later = Later()
            question.then(later.done, later.failed)
            return later

        return self._task(call, run)
