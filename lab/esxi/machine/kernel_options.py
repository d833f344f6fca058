"""The VMkernel's boot options: what is configured counts from the next boot on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lab.esxi.machine.config_store import Section
from lab.esxi.machine.versions import Release
from lab.esxi.rules import rule

UNKNOWN_OPTION = rule(
    "kernel.unknown_option",
    "Only an option that the release's VMkernel has can be set.",
    source="A",
    message="Unable to find kernel option {option}.",
    unverified="the text",
)
BAD_VALUE = rule(
    "kernel.bad_value",
    "A value is of the option's type: TRUE or FALSE, or a number.",
    source="A",
    message="Invalid value {value} for kernel option {option} of type {type}.",
    unverified="the text",
)


@dataclass(frozen=True)
class KernelOption:
    """One option; all values are text as `esxcli system settings kernel list` prints them."""

    name: str
    type: str  # Bool, uint32 or String
    default: str
    description: str
    configured: str = ""
    runtime: str = ""

    @property
    def is_pending(self) -> bool:
        """Tell whether the next boot changes it."""
        return self.configured != self.runtime


# Name, type, default, description, releases that have it (empty: all). The list of a host is longer.
_TABLE = (
    ("disableACSCheck", "Bool", "FALSE", "Disable ACS check", ()),
    ("enableACSCheck", "Bool", "TRUE", "Enable ACS check", ("6.7", "7.0U3")),
    ("enablePCIEHotplug", "Bool", "FALSE", "Enable PCIe hotplug", ()),
    ("execInstalledOnly", "Bool", "", "Execute only installed binaries", ()),
    ("hyperthreading", "Bool", "TRUE", "Enable hyperthreading", ()),
    ("iovDisableIR", "Bool", "FALSE", "Disable Interrupt Routing in the IOMMU", ()),
    ("maxPCIDevices", "uint32", "512", "Maximum number of PCI devices", ("7.0U3", "8.0U3")),
    ("maxVMs", "uint32", "0", "Maximum number of VMs", ()),
    ("noIOMMU", "Bool", "FALSE", "Disable use of the IOMMU", ()),
    ("preferVmklinux", "Bool", "FALSE", "Prefer vmklinux drivers", ("6.7",)),
    ("terminateVMOnPDL", "Bool", "FALSE", "Terminate VMs on permanent device loss", ()),
    ("vga", "Bool", "TRUE", "Show the console on the VGA device", ()),
)


def kernel_options_of(release: Release) -> tuple[KernelOption, ...]:
    """Return the options of a release as they ship."""
    installed_only = "TRUE" if release.exec_installed_only else "FALSE"
    rows = (row for row in _TABLE if not row[4] or release.name in row[4])
    return tuple(KernelOption(name, type_, default or installed_only, says) for name, type_, default, says, _ in rows)


class KernelOptions:
    """The options of one host; what is configured is kept over boots."""

    def __init__(self, saved: Section, release: Release) -> None:
        """Take where the configured values are kept."""
        self._saved = saved
        self._shipped = kernel_options_of(release)
        self._options: dict[str, KernelOption] = {}
        self.boot()

    @property
    def all(self) -> tuple[KernelOption, ...]:
        """Return the options, ordered by name."""
        return tuple(self._options.values())

    def find(self, name: str) -> KernelOption:
        """Return one option."""
        UNKNOWN_OPTION.refuse_if(name not in self._options, option=name)
        return self._options.get(name, KernelOption(name, "String", "", ""))

    def is_on(self, name: str) -> bool:
        """Tell whether an option is TRUE in the running kernel; one that the release lacks is not."""
        return name in self._options and self._options[name].runtime == "TRUE"

    def set(self, name: str, value: str) -> bool:
        """Configure an option for the next boot; tell whether that changed it."""
        option = self.find(name)
        BAD_VALUE.refuse_if(not _fits(option.type, value), value=value, option=name, type=option.type)
        value = value.upper() if option.type == "Bool" else value
        self._options[name] = replace(option, configured=value)
        self._saved.write({each.name: each.configured for each in self.all if each.configured != each.default})
        return value != option.configured

    def boot(self) -> None:
        """Let what is configured count."""
        kept = self._saved.read()
        values = {option.name: kept.get(option.name, option.default) for option in self._shipped}
        self._options = {o.name: replace(o, configured=values[o.name], runtime=values[o.name]) for o in self._shipped}


def _fits(type_: str, value: str) -> bool:
    if type_ == "Bool":
        return value.upper() in ("TRUE", "FALSE")
    return type_ != "uint32" or (value.isascii() and value.isdigit() and int(value) < 2**32)
