"""esxcli system: maintenance mode, shutdown, kernel options, names and versions.

Formats from public captures and the esxcli reference; which shutdown needs maintenance mode is what
the API documents, and that esxcli obeys it too is unverified on a host.
"""

from __future__ import annotations

from lab.esxi.machine.options import Option as AdvancedOption
from lab.esxi.rules import rule
from lab.esxi.shell.esxcli import Command, CommandFailed, Option, UsageError, Values
from lab.esxi.shell.result import Request
from lab.esxi.shell.shown import NOTHING, Fields, Shown, blocks, struct, table, value

NAMESPACES = {
    "system": "VMKernel system properties and commands for configuring properties of the kernel core system.",
    "system boot": "Boot information.",
    "system hostname": "Operations pertaining the network name of the ESX host.",
    "system maintenanceMode": "Command to manage the system's maintenance mode.",
    "system settings": "Operations that allow viewing and manipulation of system settings.",
    "system settings advanced": "The advanced settings of the VMKernel.",
    "system settings kernel": "VMkernel UserVars or VMkernel kernel settings.",
    "system shutdown": "Command to shutdown the system.",
    "system uuid": "Get the system UUID.",
    "system version": "Commands to get version information.",
}
MIN_DELAY_S = 10

SHORT_DELAY = rule(
    "esxcli.shutdown_delay",
    "A shutdown by esxcli waits for at least 10 seconds.",
    source="A",
    message="Invalid delay {delay}: it must be between 10 and 4294967295.",
    unverified="the text",
)
_DELAY = Option("delay", "d", "Delay interval in seconds, 10 or more.", "integer")
_REASON = Option("reason", "r", "Reason for performing the operation.", required=True)


def _get_maintenance(request: Request, _values: Values) -> Shown:
    mode = request.host.maintenance
    return value("Enabled" if mode.active else "Enabling" if mode.entering else "Disabled")


def _set_maintenance(request: Request, values: Values) -> Shown:
    """Enter or leave; where VMs run a host waits for them, here it refuses at once."""
    mode, wanted = request.host.maintenance, bool(values["enable"])
    if mode.active == wanted:
        raise CommandFailed(f"Maintenance mode is already {'enabled' if wanted else 'disabled'}.")
    if wanted:
        mode.enter()
    else:
        mode.exit()
    return NOTHING


def _reboot(request: Request, values: Values) -> Shown:
    return _shut_down(request, values, restart=True)


def _power_off(request: Request, values: Values) -> Shown:
    return _shut_down(request, values, restart=False)


def _shut_down(request: Request, values: Values, restart: bool) -> Shown:
    host, delay = request.host, int(values.get("delay", MIN_DELAY_S))
    SHORT_DELAY.refuse_if(delay < MIN_DELAY_S, delay=delay)
    host.power.check_order(False)
    order = host.power.reboot if restart else host.power.shutdown
    around = host.around
    around.scheduler.call_later(around.timing.scaled(delay), lambda: order(True, request.caller.user))
    return NOTHING


def _list_kernel(request: Request, values: Values) -> Shown:
    options = request.host.kernel_options
    wanted = [options.find(str(values["option"]))] if "option" in values else options.all
    rows: list[Fields] = [
        {
            "Name": each.name,
            "Type": each.type,
            "Configured": each.configured,
            "Runtime": each.runtime,
            "Default": each.default,
            "Description": each.description,
        }
        for each in wanted
    ]
    return table("KernelSettings", rows)


def _set_kernel(request: Request, values: Values) -> Shown:
    request.host.kernel_options.set(str(values["setting"]), str(values["value"]))
    return NOTHING


def _list_advanced(request: Request, values: Values) -> Shown:
    options = request.host.options
    if "option" not in values:
        return blocks("Option", "", [_describe_option(each) for each in options.all])
    return blocks("Option", "", [_describe_option(options.find(_key(str(values["option"]))))])


def _set_advanced(request: Request, values: Values) -> Shown:
    given = [name for name in ("int-value", "string-value") if name in values]
    if len(given) != 1:
        raise UsageError("One of -i|--int-value and -s|--string-value is needed")
    request.host.options.set({_key(str(values["option"])): values[given[0]]})
    return NOTHING


def _key(path: str) -> str:
    """Return "UserVars.ESXiShellTimeOut" for "/UserVars/ESXiShellTimeOut"."""
    return path.strip("/").replace("/", ".")


def _describe_option(option: AdvancedOption) -> Fields:
    number, text = option.type == "int", option.type == "string"
    return {
        "Path": f"/{option.key.replace('.', '/')}",
        "Type": "integer" if number else "string",
        "Int Value": option.value if number else 0,
        "Default Int Value": option.default if number else 0,
        "Min Value": option.minimum if number else 0,
        "Max Value": option.maximum if number else 0,
        "String Value": option.value if text else "",
        "Default String Value": option.default if text else "",
        "Valid Characters": "*" if text else "",
        "Description": option.description,
    }


def _get_uuid(request: Request, _values: Values) -> Shown:
    return value(request.host.identity.system_uuid)


def _get_version(request: Request, _values: Values) -> Shown:
    release = request.host.release
    fields: Fields = {
        "Product": "VMware ESXi",
        "Version": release.version,
        "Build": f"Releasebuild-{release.build}",
        "Update": str(release.update),
        "Patch": "0",
    }
    return struct("VersionGet", fields)


def _get_hostname(request: Request, _values: Values) -> Shown:
    name, _, domain = request.host.identity.name.partition(".")
    fields: Fields = {
        "Domain Name": domain,
        "Fully Qualified Domain Name": request.host.identity.name,
        "Host Name": name,
    }
    return struct("HostNameGet", fields)


COMMANDS = (
    Command("system maintenanceMode get", "Get the maintenance mode state of the system.", _get_maintenance),
    Command(
        "system maintenanceMode set",
        "Enable or disable the maintenance mode of the system.",
        _set_maintenance,
        (
            Option("enable", "e", "Enable maintenance mode", "boolean", required=True),
            Option("timeout", "t", "Time in seconds to perform operation or 0 for no timeout.", "integer"),
        ),
        changes=True,
    ),
    Command("system shutdown reboot", "Reboot the system.", _reboot, (_DELAY, _REASON), changes=True),
    Command("system shutdown poweroff", "Power off the system.", _power_off, (_DELAY, _REASON), changes=True),
    Command(
        "system settings kernel list",
        "List VMkernel kernel settings.",
        _list_kernel,
        (Option("option", "o", "The name of the VMkernel kernel setting to get."),),
    ),
    Command(
        "system settings kernel set",
        "Set a VMKernel setting.",
        _set_kernel,
        (
            Option("setting", "s", "The name of the VMKernel kernel setting to set.", required=True),
            Option("value", "v", "Value to set the kernel setting to.", required=True),
        ),
        changes=True,
    ),
    Command(
        "system settings advanced list",
        "List the advanced options available from the VMkernel.",
        _list_advanced,
        (Option("option", "o", "Only get the information for a single VMkernel advanced option."),),
    ),
    Command(
        "system settings advanced set",
        "Set the value of an advanced option.",
        _set_advanced,
        (
            Option("int-value", "i", "If the option is an integer value use this option.", "integer"),
            Option("option", "o", "The name of the option to set the value of.", required=True),
            Option("string-value", "s", "If the option is a string use this option."),
        ),
        changes=True,
    ),
    Command("system uuid get", "Get the system UUID.", _get_uuid),
    Command("system version get", "Display the product name, version and build information.", _get_version),
    Command("system hostname get", "Get the host, domain or fully qualified name of the ESX host.", _get_hostname),
)
