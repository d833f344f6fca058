"""vim-cmd hostsvc: services of the shell, maintenance mode."""

from __future__ import annotations

from collections.abc import Callable

from lab.esxi.shell.commands.vim_command import VimCommand
from lab.esxi.shell.result import Request, Result


def _set_policy(service: str, policy: str) -> VimCommand:
    def run(request: Request, _words: list[str]) -> Result:
        request.host.services.set_policy(service, policy)
        return Result()

    return VimCommand(run, changes=True)


def _start(service: str) -> VimCommand:
    def run(request: Request, _words: list[str]) -> Result:
        request.host.services.start(service)
        return Result()

    return VimCommand(run, changes=True)


def _stop(service: str) -> VimCommand:
    def run(request: Request, _words: list[str]) -> Result:
        request.host.services.stop(service)
        return Result()

    return VimCommand(run, changes=True)


def _maintenance(says: str, change: Callable[[Request], None]) -> VimCommand:
    def run(request: Request, _words: list[str]) -> Result:
        change(request)
        return Result(stdout=says)

    return VimCommand(run, changes=True)


COMMANDS = {
    "hostsvc/enable_ssh": _set_policy("TSM-SSH", "on"),
    "hostsvc/disable_ssh": _set_policy("TSM-SSH", "off"),
    "hostsvc/start_ssh": _start("TSM-SSH"),
    "hostsvc/stop_ssh": _stop("TSM-SSH"),
    "hostsvc/enable_esx_shell": _set_policy("TSM", "on"),
    "hostsvc/disable_esx_shell": _set_policy("TSM", "off"),
    "hostsvc/start_esx_shell": _start("TSM"),
    "hostsvc/stop_esx_shell": _stop("TSM"),
    "hostsvc/maintenance_mode_enter": _maintenance(
        "The host has entered maintenance mode.\n", lambda request: request.host.maintenance.enter()
    ),
    "hostsvc/maintenance_mode_exit": _maintenance(
        "The host has exited maintenance mode.\n", lambda request: request.host.maintenance.exit()
    ),
}
