"""vim-cmd vmsvc and solo: the VMs. Layout of getallvms, power.* and message from public captures.

The dumps of get.* are a small part of a host's, and unverified beyond the names of their fields.
"""

from __future__ import annotations

from collections.abc import Callable

from lab.esxi.shell.commands.vim_command import VimCommand, need_vm
from lab.esxi.shell.result import Request, Result
from lab.esxi.shell.vms_port import ShellVm

_COLUMNS = ("Vmid", "Name", "File", "Guest OS", "Version", "Annotation")
_STATES = {"on": "Powered on", "off": "Powered off", "suspended": "Suspended"}
_API_STATES = {"on": "poweredOn", "off": "poweredOff", "suspended": "suspended"}
_SNAPSHOT_USAGE = "vmid [snapshotName] [snapshotDescription] [includeMemory] [quiesced]"


def _get_all(request: Request, _words: list[str]) -> Result:
    rows = [_COLUMNS, *(_row(vm) for vm in request.vms.list())]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_COLUMNS))]
    lines = ["   ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    return Result(stdout="".join(f"{line}\n" for line in lines))


def _row(vm: ShellVm) -> tuple[str, ...]:
    guest = vm.guest_id if vm.guest_id.endswith("Guest") else f"{vm.guest_id}Guest"
    return str(vm.vmid), vm.name, vm.file, guest, vm.version, vm.annotation.partition("\n")[0]


def _act(action: str, says: str = "") -> Callable[[Request, list[str]], Result]:
    def run(request: Request, words: list[str]) -> Result:
        vm = need_vm(request, words[0])
        request.vms.act(vm.vmid, action)
        return Result(stdout=says)

    return run


def _get_state(request: Request, words: list[str]) -> Result:
    return Result(stdout=f"Retrieved runtime info\n{_STATES[need_vm(request, words[0]).power]}\n")


def _get_summary(request: Request, words: list[str]) -> Result:
    vm = need_vm(request, words[0])
    guest = [("toolsRunningStatus", "guestToolsRunning" if vm.tools_running else "guestToolsNotRunning")]
    if vm.address:
        guest.append(("ipAddress", vm.address))
    parts = (
        _dump("runtime", "vim.vm.RuntimeInfo", [("powerState", _API_STATES[vm.power])]),
        _dump("guest", "vim.vm.Summary.GuestSummary", guest),
        _dump(
            "config", "vim.vm.Summary.ConfigSummary", [("name", vm.name), ("vmPathName", vm.file), ("uuid", vm.uuid)]
        ),
    )
    return Result(stdout=f"Listsummary:\n\n(vim.vm.Summary) {{\n{''.join(parts)}}}\n")


def _get_config(request: Request, words: list[str]) -> Result:
    vm = need_vm(request, words[0])
    fields = [("name", vm.name), ("guestId", vm.guest_id), ("version", vm.version), ("uuid", vm.uuid)]
    extra = "".join(_option(line) for line in vm.path.read_text(encoding="utf-8", errors="replace").splitlines())
    body = "".join(f'   {name} = "{text}",\n' for name, text in fields)
    return Result(stdout=f"Configuration:\n\n(vim.vm.ConfigInfo) {{\n{body}   extraConfig = [\n{extra}   ]\n}}\n")


def _option(line: str) -> str:
    key, equals, text = line.partition("=")
    if not equals:
        return ""
    body = f'         key = "{key.strip()}",\n         value = {text.strip()}\n'
    return f"      (vim.option.OptionValue) {{\n{body}      }},\n"


def _get_guest(request: Request, words: list[str]) -> Result:
    vm = need_vm(request, words[0])
    running = "guestToolsRunning" if vm.tools_running else "guestToolsNotRunning"
    address = f'"{vm.address}"' if vm.address else "<unset>"
    body = f'   toolsRunningStatus = "{running}",\n   ipAddress = {address}\n'
    return Result(stdout=f"Guest information:\n\n(vim.vm.GuestInfo) {{\n{body}}}\n")


def _dump(name: str, type_name: str, fields: list[tuple[str, str]]) -> str:
    body = "".join(f'      {field} = "{text}",\n' for field, text in fields)
    return f"   {name} = ({type_name}) {{\n{body}   }},\n"


def _message(request: Request, words: list[str]) -> Result:
    vm = need_vm(request, words[0])
    if vm.question is None:
        return Result(stdout="No message.\n")
    if len(words) == 3 and words[2].isdigit():
        request.vms.answer(vm.vmid, words[1], int(words[2]))
        return Result()
    choices = "".join(f"   {number}. {choice}\n" for number, choice in enumerate(vm.question.choices))
    return Result(stdout=f"Virtual machine message {vm.question.id}:\n{vm.question.text}\n{choices}")


def _create_snapshot(request: Request, words: list[str]) -> Result:
    vm = need_vm(request, words[0])
    memory = len(words) > 3 and words[3].lower() in ("1", "true")
    request.vms.create_snapshot(vm.vmid, words[1] if len(words) > 1 else "", memory)
    return Result(stdout="Create Snapshot:\n")


def _remove_snapshots(request: Request, words: list[str]) -> Result:
    request.vms.remove_snapshots(need_vm(request, words[0]).vmid)
    return Result(stdout="Remove All Snapshots:\n")


def _list_snapshots(request: Request, words: list[str]) -> Result:
    vm = need_vm(request, words[0])
    lines = [
        f"{'-' * place * 2}|-ROOT\n{'-' * place * 2}--Snapshot Name        : {name}\n"
        for place, name in enumerate(vm.snapshots)
    ]
    return Result(stdout="Get Snapshot:\n" + "".join(lines))


def _register(request: Request, words: list[str]) -> Result:
    file = request.host.datastores.of_volume(request.path(words[0]))
    return Result(stdout=f"{request.vms.register(file, words[1] if len(words) > 1 else None)}\n")


def _on_vm(action: str, says: str = "", failure: str = "") -> VimCommand:
    return VimCommand(_act(action, says), "vmid", 1, 1, changes=True, failure=failure)


COMMANDS = {
    "vmsvc/getallvms": VimCommand(_get_all),
    "vmsvc/power.on": _on_vm("on", "Powering on VM:\n", "Powering on VM:\nPower on failed\n"),
    "vmsvc/power.off": _on_vm("off", "Powering off VM:\n", "Powering off VM:\nPower off failed\n"),
    "vmsvc/power.reset": _on_vm("reset", "Reset VM:\n", "Reset VM:\nReset failed\n"),
    "vmsvc/power.suspend": _on_vm("suspend", "Suspending VM:\n", "Suspending VM:\nSuspend failed\n"),
    "vmsvc/power.shutdown": _on_vm("shutdown"),
    "vmsvc/power.reboot": _on_vm("reboot"),
    "vmsvc/power.getstate": VimCommand(_get_state, "vmid", 1, 1),
    "vmsvc/get.summary": VimCommand(_get_summary, "vmid", 1, 1),
    "vmsvc/get.config": VimCommand(_get_config, "vmid", 1, 1),
    "vmsvc/get.guest": VimCommand(_get_guest, "vmid", 1, 1),
    "vmsvc/message": VimCommand(_message, "vmid [msgid] [choice]", 1, 3, changes=True),
    "vmsvc/reload": _on_vm("reload"),
    "vmsvc/unregister": _on_vm("unregister"),
    "vmsvc/destroy": _on_vm("destroy"),
    "vmsvc/snapshot.create": VimCommand(_create_snapshot, _SNAPSHOT_USAGE, 1, 5, changes=True),
    "vmsvc/snapshot.get": VimCommand(_list_snapshots, "vmid", 1, 1),
    "vmsvc/snapshot.removeall": VimCommand(_remove_snapshots, "vmid", 1, 1, changes=True),
    "solo/registervm": VimCommand(_register, "vmx-file [name] [resourcepool]", 1, 3, changes=True),
}
