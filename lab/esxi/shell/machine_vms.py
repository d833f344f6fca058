"""The machine's VMs as the shell's tools see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab.esxi.machine.questions import Question
from lab.esxi.machine.vm import Vm
from lab.esxi.machine.vms import Vms
from lab.esxi.machine.vmx_spelling import guest_to_vmx
from lab.esxi.shell.vms_port import ShellVm, VmQuestion

_POWERS = {"poweredOff": "off", "poweredOn": "on", "suspended": "suspended"}


@dataclass(frozen=True)
class MachineVms:
    """Fills the port of the tools; a question leaves an order waiting, where a host's vim-cmd would wait with it."""

    vms: Vms

    def list(self) -> tuple[ShellVm, ...]:
        """Return the registered VMs by number."""
        return tuple(_shown(vm) for vm in self.vms.all)

    def act(self, vmid: int, action: str) -> None:
        """Do one of the actions of the port."""
        _ACTIONS[action](self.vms, self.vms.find(vmid))

    def kill(self, vmid: int, how: str) -> None:
        """End a running VM's process, in whatever way."""
        self.vms.find(vmid).power.off()

    def register(self, file: Path, name: str | None) -> int:
        """Register a VMX file and return the VM's number."""
        return self.vms.register(file, name).vmid

    def answer(self, vmid: int, question: str, choice: int) -> None:
        """Answer a pending question."""
        self.vms.find(vmid).questions.answer(question, str(choice))

    def create_snapshot(self, vmid: int, name: str, memory: bool) -> None:
        """Take a snapshot."""
        self.vms.find(vmid).power.take_snapshot(name, memory=memory)

    def remove_snapshots(self, vmid: int) -> None:
        """Remove all snapshots."""
        self.vms.find(vmid).snapshots.remove_all()


def _shown(vm: Vm) -> ShellVm:
    config = vm.config
    return ShellVm(
        vmid=vm.vmid,
        name=vm.name,
        file=vm.file,
        guest_id=config.text("guest_id") or guest_to_vmx("otherGuest"),
        version=config.text("version"),
        annotation=config.text("annotation"),
        uuid=config.text("uuid"),
        power=_POWERS[vm.power.state],
        world_id=vm.power.world_id,
        path=vm.path,
        snapshots=tuple(each.name for each in vm.snapshots.all),
        question=_question(vm.questions.pending),
        tools_running=vm.power.guest.tools_running,
        address=vm.power.guest_address or "",
    )


def _question(pending: Question | None) -> VmQuestion | None:
    if pending is None:
        return None
    message = pending.message
    return VmQuestion(pending.id, f"{message.id}: {message.text}", tuple(each.summary for each in message.choices))


def _guest(step: str) -> Callable[[Vms, Vm], object]:
    def do(_vms: Vms, vm: Vm) -> None:
        vm.power.need_on()
        getattr(vm.power.guest, step)()

    return do


_ACTIONS: dict[str, Callable[[Vms, Vm], object]] = {
    "on": lambda _vms, vm: vm.power.on(),
    "off": lambda _vms, vm: vm.power.off(),
    "reset": lambda _vms, vm: vm.power.reset(),
    "suspend": lambda _vms, vm: vm.power.suspend(),
    "shutdown": _guest("shut_down"),
    "reboot": _guest("reboot"),
    "reload": lambda _vms, vm: vm.reload(),
    "unregister": lambda vms, vm: vms.unregister(vm),
    "destroy": lambda vms, vm: vms.destroy(vm),
}
