"""esxcli network: the firewall and the adapters. Rule sets and their defaults are a small part of a host's.

Nothing is filtered: the firewall is a state that is kept and shown. Formats from public captures.
"""

from __future__ import annotations

from lab.esxi.machine.config_store import Section
from lab.esxi.rules import rule
from lab.esxi.shell.esxcli import Command, Option, UsageError, Values
from lab.esxi.shell.result import Request
from lab.esxi.shell.shown import NOTHING, Fields, Shown, struct, table

NAMESPACES = {
    "network": "Operations that pertain to the maintenance of networking on an ESX host.",
    "network firewall": "A set of commands for firewall related operations.",
    "network firewall ruleset": "Commands to list and update firewall ruleset configuration.",
    "network nic": "Operations having to do with the configuration of Network Interface Card.",
}
_RULESETS = {
    "sshServer": True,
    "sshClient": False,
    "nfsClient": False,
    "dhcp": True,
    "dns": True,
    "snmp": True,
    "ntpClient": False,
    "CIMHttpServer": True,
    "vpxHeartbeats": True,
    "httpClient": False,
    "vSphereClient": True,
    "webAccess": True,
    "syslog": False,
    "remoteSerialPort": False,
    "gdbserver": False,
}
_BOOLEAN = "boolean"

UNKNOWN_RULESET = rule(
    "esxcli.unknown_ruleset",
    "Only a rule set that the host has can be opened or closed.",
    source="U",
    message="Ruleset {ruleset} does not exist.",
    unverified="the text",
)


def _saved(request: Request) -> Section:
    return request.host.config.section("firewall")


def _get_firewall(request: Request, _values: Values) -> Shown:
    saved = _saved(request).read()
    fields: Fields = {
        "Default Action": "PASS" if saved.get("default", False) else "DROP",
        "Enabled": saved.get("enabled", True),
        "Loaded": True,
    }
    return struct("FirewallStatus", fields)


def _set_firewall(request: Request, values: Values) -> Shown:
    if not values:
        raise UsageError("Missing required parameter -e|--enabled or -d|--default-action")
    names = {"enabled": "enabled", "default-action": "default"}
    saved = _saved(request)
    saved.write({**saved.read(), **{names[name]: value for name, value in values.items()}})
    return NOTHING


def _rulesets(request: Request) -> dict[str, bool]:
    return {**_RULESETS, **_saved(request).read().get("rulesets", {})}


def _list_rulesets(request: Request, values: Values) -> Shown:
    known = _rulesets(request)
    wanted = str(values.get("ruleset-id", ""))
    UNKNOWN_RULESET.refuse_if(bool(wanted) and wanted not in known, ruleset=wanted)
    rows: list[Fields] = [{"Name": name, "Enabled": enabled} for name, enabled in known.items() if wanted in ("", name)]
    return table("Firewall", rows)


def _set_ruleset(request: Request, values: Values) -> Shown:
    name, known = str(values["ruleset-id"]), _rulesets(request)
    UNKNOWN_RULESET.refuse_if(name not in known, ruleset=name)
    saved = _saved(request)
    saved.write({**saved.read(), "rulesets": {**known, name: values["enabled"]}})
    return NOTHING


def _list_nics(request: Request, _values: Values) -> Shown:
    rows: list[Fields] = [
        {
            "Name": nic.device,
            "PCI Device": nic.pci,
            "Driver": nic.driver,
            "Admin Status": "Up",
            "Link Status": "Up" if nic.speed_mbps else "Down",
            "Speed": nic.speed_mbps,
            "Duplex": "Full" if nic.speed_mbps else "Half",
            "MAC Address": nic.mac,
            "MTU": 1500,
            "Description": request.host.pci.devices[nic.pci].hardware.device_name,
        }
        for nic in request.host.network.pnics
        if nic.pci in request.host.pci.devices and not request.host.passthrough.is_active(nic.pci)
    ]
    return table("NIC", rows)


COMMANDS = (
    Command("network firewall get", "Get the firewall status.", _get_firewall),
    Command(
        "network firewall set",
        "Set firewall enabled status and default action.",
        _set_firewall,
        (
            Option("default-action", "d", "Set to true to set default action PASS, set to false to DROP.", _BOOLEAN),
            Option("enabled", "e", "Set to true to enable the firewall, set to false to disable it.", _BOOLEAN),
        ),
        changes=True,
    ),
    Command(
        "network firewall ruleset list",
        "List the rulesets in firewall.",
        _list_rulesets,
        (Option("ruleset-id", "r", "The label of the ruleset."),),
    ),
    Command(
        "network firewall ruleset set",
        "Set firewall ruleset status.",
        _set_ruleset,
        (
            Option("enabled", "e", "Set to true to enable ruleset, set to false to disable it.", _BOOLEAN, True),
            Option("ruleset-id", "r", "The label of the ruleset.", required=True),
        ),
        changes=True,
    ),
    Command("network nic list", "This command will list the Physical NICs currently installed.", _list_nics),
)
