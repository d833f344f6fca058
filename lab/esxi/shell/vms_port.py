"""What the shell's tools need of the VMs of a host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class VmQuestion:
    """A question that a VM waits with; `choices` are the answers by number."""

    id: str
    text: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class ShellVm:
    """One registered VM as the tools show it; `power` is off, on or suspended, `file` "[ds] vm/vm.vmx"."""

    vmid: int
    name: str
    file: str
    guest_id: str
    version: str  # vmx-19
    annotation: str
    uuid: str
    power: str
    world_id: int  # of its process; 0 while it is off
    path: Path  # the VMX file where it really lies
    snapshots: tuple[str, ...] = ()
    question: VmQuestion | None = None
    tools_running: bool = False
    address: str = ""


class ShellVms(Protocol):
    """The VMs; every method but `list` raises RuleBroken by the same rules as any other way to the VM."""

    def list(self) -> Sequence[ShellVm]:
        """Return the registered VMs by number."""
        ...

    def act(self, vmid: int, action: str) -> None:
        """Do one of: on off reset suspend shutdown reboot reload unregister destroy."""
        ...

    def kill(self, vmid: int, how: str) -> None:
        """End a running VM's process: soft, hard or force."""
        ...

    def register(self, file: Path, name: str | None) -> int:
        """Register a VMX file and return the VM's number."""
        ...

    def answer(self, vmid: int, question: str, choice: int) -> None:
        """Answer a pending question."""
        ...

    def create_snapshot(self, vmid: int, name: str, memory: bool) -> None:
        """Take a snapshot."""
        ...

    def remove_snapshots(self, vmid: int) -> None:
        """Remove all snapshots."""
        ...


def find_vm(vms: ShellVms, vmid: int) -> ShellVm | None:
    """Return a VM by its number."""
    return next((vm for vm in vms.list() if vm.vmid == vmid), None)
