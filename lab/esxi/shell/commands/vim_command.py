"""What a command of vim-cmd is, and how its answers look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab.esxi.rules import RuleBroken, rule
from lab.esxi.shell.result import Request, Result
from lab.esxi.shell.vms_port import ShellVm, find_vm

UNKNOWN_VMID = rule(
    "vimcmd.unknown_vm",
    "vim-cmd knows a VM by the number that getallvms shows.",
    source="S",
    fault="NotFound",
    message='Unable to find a VM corresponding to "{vmid}"',
)


@dataclass(frozen=True)
class VimCommand:
    """One command; it takes from `fewest` to `most` words, and `failure` stands above a fault."""

    run: Callable[[Request, list[str]], Result]
    usage: str = ""
    fewest: int = 0
    most: int = 0
    changes: bool = False
    failure: str = ""


def show_fault(broken: RuleBroken) -> str:
    """Return a refusal in the layout of vim-cmd's dumps; which namespace a fault is in is unverified."""
    name = broken.rule.fault or "SystemError"
    return f'({"vim.fault" if name != "SystemError" else "vmodl.fault"}.{name}) {{\n   msg = "{broken}"\n}}\n'


def need_vm(request: Request, vmid: str) -> ShellVm:
    """Return the VM of a number."""
    found = find_vm(request.vms, int(vmid)) if vmid.isdigit() else None
    UNKNOWN_VMID.refuse_if(found is None, vmid=vmid)
    if found is None:
        raise LookupError(f"VM {vmid}")
    return found
