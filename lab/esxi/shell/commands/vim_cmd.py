"""vim-cmd: finds the command of a path. What is unknown gets a usage text, whose wording is unverified on a host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lab.esxi.rules import RuleBroken
from lab.esxi.shell.commands import vim_autostart, vim_hostsvc, vim_vmsvc
from lab.esxi.shell.commands.vim_command import VimCommand, show_fault
from lab.esxi.shell.result import Request, Result
from lab.esxi.shell.unknown import Unknown

_COMMANDS: Mapping[str, VimCommand] = {
    **vim_vmsvc.COMMANDS,
    **vim_hostsvc.COMMANDS,
    **vim_autostart.COMMANDS,
}


def changes(arguments: Sequence[str]) -> bool:
    """Tell whether a call is one that changes the host."""
    command = _COMMANDS.get(arguments[0]) if arguments else None
    return command is not None and command.changes


def run(request: Request) -> Result:
    """Do what the path says."""
    path, *words = request.arguments or ("",)
    command = _COMMANDS.get(path)
    if command is None:
        return _explain(path)
    if not command.fewest <= len(words) <= command.most:
        return Result(1, stdout=f"Insufficient arguments.\n\nUsage: {path} {command.usage}\n")
    try:
        return command.run(request, words)
    except RuleBroken as broken:
        return Result(1, stdout=f"{command.failure}{show_fault(broken)}")


def _explain(path: str) -> Result:
    start = f"{path.strip('/')}/" if path.strip("/") else ""
    names = sorted({known[len(start) :] for known in _COMMANDS if known.startswith(start)})
    if names:
        kind = path.strip("/") or "vim-cmd"
        return Result(stdout=f"Commands available under {kind}/:\n" + "".join(f"{name}\n" for name in names))
    raise Unknown(f"Invalid command '{path}'.\n")
