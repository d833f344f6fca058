"""The tools of the shell by name: what is simulated, and what a host has that is not."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lab.esxi.machine.host import Host
from lab.esxi.rules import RuleBroken
from lab.esxi.shell.commands import (
    auto_backup,
    esxcfg_info,
    esxcli_hardware,
    esxcli_network,
    esxcli_storage,
    esxcli_system,
    esxcli_vm,
    halting,
    lspci,
    naming,
    python,
    vim_cmd,
    vmkchdev,
    vmkfstools,
)
from lab.esxi.shell.esxcli import Esxcli
from lab.esxi.shell.result import Caller, Request, Result
from lab.esxi.shell.unknown import Unknown
from lab.esxi.shell.vms_port import ShellVms

_LOG = logging.getLogger(__name__)
_ESXCLI = (esxcli_hardware, esxcli_network, esxcli_storage, esxcli_system, esxcli_vm)

Run = Callable[[Request], Result]
Changes = Callable[[Sequence[str]], bool]


@dataclass(frozen=True)
class Tool:
    """One tool; `changes` tells whether a call with these arguments is one that changes the host."""

    run: Run
    changes: Changes = lambda _arguments: False


def _failed(result: Result) -> str:
    """Return how a call failed, in a line; empty if it did not."""
    said = (result.stderr or result.stdout).strip().splitlines()
    return f"{result.status}: {said[0] if said else ''}" if result.status else ""


def _always(_arguments: Sequence[str]) -> bool:
    return True


_TOOLS: Mapping[str, Tool] = {
    "auto-backup.sh": Tool(auto_backup.run, _always),
    "esxcfg-info": Tool(esxcfg_info.run),
    "halt": Tool(halting.power_off, _always),
    "hostname": Tool(naming.hostname),
    "lspci": Tool(lspci.run),
    "poweroff": Tool(halting.power_off, _always),
    "reboot": Tool(halting.reboot, _always),
    "uname": Tool(naming.uname),
    "uptime": Tool(naming.uptime),
    "vim-cmd": Tool(vim_cmd.run, vim_cmd.changes),
    "vmkchdev": Tool(vmkchdev.run),
    "vmkfstools": Tool(vmkfstools.run, vmkfstools.changes),
    "vmware": Tool(naming.vmware),
}
# What a host has beside these: each is refused, and counted as missing.
_OTHERS = """
chkconfig configstorecli crond df dcui esxcfg-advcfg esxcfg-module esxcfg-nics esxcfg-rescan esxcfg-scsidevs
esxcfg-volume esxcfg-vmknic esxcfg-vswitch esxtop generate-certificates init lsof nc openssl ps services.sh
smbiosDump vdf vmkload_mod vmkping vmkvsitools voma vscsiStats vsish wget
"""
NOT_SIMULATED = tuple(_OTHERS.split())


class Tools:
    """The tools of one host; `missing` counts what was asked for and is not simulated, `crashes` our own errors."""

    def __init__(self, host: Host, vms: ShellVms) -> None:
        """Take what the tools work on."""
        self.missing: Counter[str] = Counter()
        self.crashes: list[str] = []
        self._host = host
        self._vms = vms
        commands = [command for module in _ESXCLI for command in module.COMMANDS]
        namespaces = {name: text for module in _ESXCLI for name, text in module.NAMESPACES.items()}
        esxcli = Esxcli(host.release, commands, namespaces)
        cli = Tool(esxcli.run, esxcli.changes)
        interpreters = dict.fromkeys(python.names(host.release), Tool(python.run))
        self._tools = {**_TOOLS, **interpreters, "esxcli": cli, "localcli": cli}

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names that the host's root has for its tools."""
        return tuple(sorted({*self._tools, *NOT_SIMULATED}))

    def run(self, caller: Caller, name: str, arguments: tuple[str, ...]) -> Result:
        """Run a tool and note down what it changed."""
        tool = self._tools.get(name)
        if tool is None:
            self.missing[name] += 1
            return Result(127, stderr=f"{name}: not simulated\n")
        result = self._run(tool, Request(self._host, self._vms, caller, name, arguments))
        if tool.changes(arguments):
            words = " ".join((name, *arguments))
            self._host.around.journal.record("shell", caller.user, name, words, _failed(result))
        return result

    def _run(self, tool: Tool, request: Request) -> Result:
        try:
            return tool.run(request)
        except Unknown as unknown:
            self.missing[" ".join((request.tool, *request.arguments))] += 1
            return Result(1, stderr=str(unknown))
        except RuleBroken as broken:
            return Result(1, stderr=f"{broken}\n")
        except Exception as exc:
            _LOG.exception("%s failed", request.tool)
            self.crashes.append(f"{request.tool}: {exc!r}")
            return Result(126, stderr=f"{request.tool}: the simulator failed: {exc!r}\n")
