"""esxcli vm process: the running VMs. Fields from public captures."""

from __future__ import annotations

from lab.esxi.rules import rule
from lab.esxi.shell.esxcli import Command, CommandFailed, Option, UsageError, Values
from lab.esxi.shell.result import Request
from lab.esxi.shell.shown import NOTHING, Fields, Shown, blocks
from lab.esxi.shell.vms_port import ShellVm

NAMESPACES = {
    "vm": "A small number of operations that allow a user to control virtual machine operations.",
    "vm process": "Operations on running virtual machine processes",
}
_KILLS = ("soft", "hard", "force")

UNKNOWN_WORLD = rule(
    "esxcli.unknown_world",
    "Only the process of a running VM can be killed.",
    source="U",
    message="Unable to find a virtual machine with the world ID {world}.",
    unverified="the text",
)


def _running(request: Request) -> list[ShellVm]:
    return [vm for vm in request.vms.list() if vm.world_id]


def _list_processes(request: Request, _values: Values) -> Shown:
    return blocks("VirtualMachine", "Display Name", [_describe(vm) for vm in _running(request)])


def _describe(vm: ShellVm) -> Fields:
    digits = vm.uuid.replace("-", "")
    pairs = [digits[place : place + 2] for place in range(0, len(digits), 2)]
    return {
        "World ID": vm.world_id,
        "Process ID": 0,
        "VMX Cartel ID": vm.world_id + 1,
        "UUID": f"{' '.join(pairs[:8])}-{' '.join(pairs[8:])}",
        "Display Name": vm.name,
        "Config File": _volume_path(vm.file),
    }


def _volume_path(file: str) -> str:
    store, _, rest = file.removeprefix("[").partition("] ")
    return f"/vmfs/volumes/{store}/{rest}"


def _kill(request: Request, values: Values) -> Shown:
    how, world = str(values["type"]), int(values["world-id"])
    if how not in _KILLS:
        raise UsageError(f"Invalid data constraint for parameter 'type': must be one of {', '.join(_KILLS)}")
    vm = next((each for each in _running(request) if each.world_id == world), None)
    UNKNOWN_WORLD.refuse_if(vm is None, world=world)
    if vm is None:
        raise CommandFailed(f"world {world} has no VM")
    request.vms.kill(vm.vmid, how)
    return NOTHING


COMMANDS = (
    Command("vm process list", "List the virtual machines on this system.", _list_processes),
    Command(
        "vm process kill",
        "Used to forcibly kill Virtual Machines that are stuck and not responding to normal stop operations.",
        _kill,
        (
            Option("type", "t", "The type of kill operation to attempt: soft, hard or force.", required=True),
            Option("world-id", "w", "The World ID of the Virtual Machine to kill.", "integer", required=True),
        ),
        changes=True,
    ),
)
