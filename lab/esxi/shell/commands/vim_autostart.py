"""vim-cmd hostsvc/autostartmanager: which VMs start with the host. Arguments as users' guides give them."""

from __future__ import annotations

from dataclasses import replace

from lab.esxi.machine.autostart import START_ACTIONS, SYSTEM_DEFAULT, AutoStartDefaults, AutoStartEntry
from lab.esxi.machine.vm_store import STOP_ACTIONS
from lab.esxi.shell.commands.vim_command import VimCommand, need_vm
from lab.esxi.shell.result import Request, Result

_SPELLINGS = {name.lower(): name for name in (*START_ACTIONS, *STOP_ACTIONS, SYSTEM_DEFAULT)}
_ENTRY = "vmid startAction startDelay startOrder stopAction stopDelay waitForHeartbeat"
_DEFAULTS = "startDelay stopDelay stopAction waitForHeartbeat"


def _number(word: str) -> int:
    """Return a delay; "systemDefault" is -1."""
    return -1 if word.lower() == SYSTEM_DEFAULT.lower() else int(word)


def _action(word: str) -> str:
    """Return an action in the API's spelling; vim-cmd takes any case."""
    return _SPELLINGS.get(word.lower(), word)


def _enable(request: Request, words: list[str]) -> Result:
    enabled = words[0].lower() in ("1", "true", "yes")
    starts = request.host.autostarts
    starts.reconfigure(replace(starts.defaults, enabled=enabled))
    return Result(stdout=f"{'Enabled' if enabled else 'Disabled'} AutoStart.\n")


def _update_entry(request: Request, words: list[str]) -> Result:
    vm = need_vm(request, words[0])
    try:
        delay, order, stop_delay = _number(words[2]), _number(words[3]), _number(words[5])
    except ValueError:
        return Result(1, stdout=f"Usage: update_autostartentry {_ENTRY}\n")
    entry = AutoStartEntry(
        vm=str(vm.vmid),
        start_action=_action(words[1]),
        start_delay=delay,
        start_order=order,
        stop_action=_action(words[4]),
        stop_delay=stop_delay,
        wait_for_heartbeat=_action(words[6]),
    )
    request.host.autostarts.reconfigure(None, [entry])
    return Result(stdout="Updated AutoStart order.\n")


def _update_defaults(request: Request, words: list[str]) -> Result:
    starts = request.host.autostarts
    try:
        start_delay, stop_delay = int(words[0]), int(words[1])
    except ValueError:
        return Result(1, stdout=f"Usage: update_defaults {_DEFAULTS}\n")
    wait = words[3].lower() in ("1", "true", "yes")
    enabled = starts.defaults.enabled
    starts.reconfigure(AutoStartDefaults(enabled, start_delay, stop_delay, wait, _action(words[2])))
    return Result(stdout="Updated AutoStart defaults.\n")


def _get_defaults(request: Request, _words: list[str]) -> Result:
    defaults = request.host.autostarts.defaults
    fields = {
        "enabled": str(defaults.enabled).lower(),
        "startDelay": defaults.start_delay,
        "stopDelay": defaults.stop_delay,
        "waitForHeartbeat": str(defaults.wait_for_heartbeat).lower(),
        "stopAction": f'"{defaults.stop_action}"',
    }
    body = ", \n".join(f"   {name} = {text}" for name, text in fields.items())
    return Result(stdout=f"(vim.host.AutoStartManager.SystemDefaults) {{\n{body}\n}}\n")


def _get_sequence(request: Request, _words: list[str]) -> Result:
    return Result(
        stdout="(vim.host.AutoStartManager.AutoPowerInfo) [\n"
        + "".join(map(_show, request.host.autostarts.entries))
        + "]\n"
    )


def _show(entry: AutoStartEntry) -> str:
    fields = {
        "key": f"'vim.VirtualMachine:{entry.vm}'",
        "startOrder": entry.start_order,
        "startDelay": entry.start_delay,
        "waitForHeartbeat": f'"{entry.wait_for_heartbeat}"',
        "startAction": f'"{entry.start_action}"',
        "stopDelay": entry.stop_delay,
        "stopAction": f'"{entry.stop_action}"',
    }
    body = ", \n".join(f"      {name} = {text}" for name, text in fields.items())
    return f"   (vim.host.AutoStartManager.AutoPowerInfo) {{\n{body}\n   }}\n"


COMMANDS = {
    "hostsvc/autostartmanager/enable_autostart": VimCommand(_enable, "enabled", 1, 1, changes=True),
    "hostsvc/autostartmanager/get_autostartseq": VimCommand(_get_sequence),
    "hostsvc/autostartmanager/get_defaults": VimCommand(_get_defaults),
    "hostsvc/autostartmanager/update_autostartentry": VimCommand(_update_entry, _ENTRY, 7, 7, changes=True),
    "hostsvc/autostartmanager/update_defaults": VimCommand(_update_defaults, _DEFAULTS, 4, 4, changes=True),
}
