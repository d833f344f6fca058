"""esxcli: its line, its options, its formatters, its commands."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.unit.esxi.shell_host import ToolHost, a_vm, tool_host

GPU, AUDIO = "0000:01:00.0", "0000:01:00.1"
SET = "esxcli hardware pci pcipassthru set"


@pytest.fixture
def esx(tmp_path: Path) -> ToolHost:
    return tool_host(tmp_path)


def block(text: str, heading: str) -> dict[str, str]:
    """Return the fields of one block of a list."""
    found = next(part for part in text.split("\n\n") if part.startswith(f"{heading}\n"))
    return dict(line[3:].split(": ", 1) for line in found.splitlines()[1:])


# --- the line ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("esxcli foo", "Error: Unknown command or namespace foo\n"),
        ("esxcli hardware pci lst", "Error: Unknown command or namespace hardware pci lst\n"),
        (
            f"{SET} --device=x",
            "Error: Invalid option --device\n\nUsage: esxcli hardware pci pcipassthru set [",
        ),
    ],
)
def test_what_is_unknown_is_refused_and_counted(esx: ToolHost, line: str, says: str) -> None:
    result = esx.run(line)
    assert (result.status, result.stdout) == (1, "")
    assert result.stderr.startswith(says)
    assert esx.tools.missing == {line: 1}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            SET,
            "Error: Missing required parameter -d|--device-id\n       Missing required parameter -e|--enable\n",
        ),
        (f"{SET} -d {GPU} -e maybe", "Error: Argument type mismatch for -e|--enable: maybe\n"),
        (f"{SET} -d {GPU} -e", "Error: Missing value for parameter -e|--enable\n"),
        ("esxcli --formatter=yaml system uuid get", "Error: Invalid formatter yaml\n"),
        ("esxcli --nonsense system uuid get", "Error: Invalid option --nonsense\n"),
    ],
)
def test_a_wrong_line_gets_the_usage_and_changes_nothing(esx: ToolHost, line: str, says: str) -> None:
    result = esx.run(line)
    assert result.status == 1
    assert result.stderr.startswith(says)
    assert not esx.tools.missing
    assert not esx.host.passthrough.configured


def test_a_namespace_and_a_command_tell_what_they_take(esx: ToolHost) -> None:
    assert "Available Namespaces:\n  pcipassthru" in esx.run("esxcli hardware pci").stdout
    assert "  list                  List all of the PCI devices" in esx.run("esxcli hardware pci").stdout
    assert "  -d|--device-id=<str>  The bus ID" in esx.shown(f"{SET} --help")


@pytest.mark.parametrize("line", ["-d {} -e true", "--device-id={} --enable=yes", "-d={} -e=1", "--device-id {} -e T"])
def test_options_are_read_in_every_spelling(esx: ToolHost, line: str) -> None:
    assert esx.shown(f"{SET} {line.format(GPU)}") == ""
    assert esx.host.passthrough.is_enabled(GPU)


# --- formatters -------------------------------------------------------------------------------------------------------


def test_every_formatter_says_the_same(esx: ToolHost) -> None:
    line = "hardware pci list"
    rows = json.loads(esx.shown(f"esxcli --formatter=json {line}"))
    gpu = next(row for row in rows if row["Address"] == GPU)
    assert (gpu["DeviceID"], gpu["PassthruCapable"], gpu["IRQ"]) == ("0x1f82", True, 255)
    table = list(csv.DictReader(esx.shown(f"esxcli --formatter csv {line}").splitlines()))
    assert [row["Address"] for row in table] == [row["Address"] for row in rows]
    assert next(row for row in table if row["Address"] == GPU)["PassthruCapable"] == "true"
    pairs = esx.shown(f"esxcli --formatter=keyvalue {line}").splitlines()
    assert pairs.count("PCIDevice.DeviceID.string=0x1f82") == 1
    assert "PCIDevice.PassthruCapable.boolean=true" in pairs
    tree = ElementTree.fromstring(esx.shown(f"esxcli --formatter=xml {line}"))
    assert len(list(tree.iter("{http://www.vmware.com/Products/ESX/5.0/esxcli}structure"))) == len(rows)


def test_structures_and_values_have_their_own_layouts(esx: ToolHost) -> None:
    shown = esx.shown("esxcli system version get")
    assert shown.splitlines()[0] == "   Product: VMware ESXi"
    keys = esx.shown("esxcli --formatter=keyvalue system version get")
    assert "VersionGet.Version.string=8.0.3\n" in keys
    assert json.loads(esx.shown("esxcli --formatter=json system version get"))["Version"] == "8.0.3"
    for formatter in ("", "--formatter=csv ", "--formatter=keyvalue "):
        assert esx.shown(f"esxcli {formatter}system uuid get") == f"{esx.host.identity.system_uuid}\n"


# --- passthrough ------------------------------------------------------------------------------------------------------


def test_the_list_of_devices_has_the_fields_of_a_host(esx: ToolHost) -> None:
    fields = block(esx.shown("esxcli hardware pci list"), GPU)
    assert (fields["Vendor ID"], fields["Device ID"]) == ("0x10de", "0x1f82")
    assert (fields["Device Class"], fields["Device Class Name"]) == ("0x0300", "VGA compatible controller")
    assert (fields["Reset Method"], fields["Dependent Device"]) == ("Bridge reset", "PCI 0:0:1:0")
    assert (fields["Current Owner"], fields["Passthru Capable"]) == ("VMkernel", "true")
    nic = next(nic for nic in esx.host.network.pnics)
    assert block(esx.shown("esxcli hardware pci list"), nic.pci)["VMkernel Name"] == nic.device


def test_owners_differ_until_the_change_is_applied(esx: ToolHost) -> None:
    esx.shown(f"{SET} -d {GPU} -e true")
    fields = block(esx.shown("esxcli hardware pci list"), GPU)
    assert (fields["Configured Owner"], fields["Current Owner"]) == ("VM Passthru", "VMkernel")
    assert f"{GPU}     true\n" in esx.shown("esxcli hardware pci pcipassthru list")
    esx.shown(f"{SET} -d {GPU} -e true -a")
    fields = block(esx.shown("esxcli hardware pci list"), GPU)
    assert (fields["Current Owner"], fields["Module Name"]) == ("VM Passthru", "pciPassthru")


def test_a_second_set_is_refused_and_so_is_an_incapable_device(esx: ToolHost) -> None:
    esx.shown(f"{SET} -d {GPU} -e true -a")
    again = esx.run(f"{SET} -d {GPU} -e true -a")
    assert again.status == 1
    assert "Device owner is already configured to passthru." in again.stderr
    bridge = esx.run(f"{SET} -d 0000:00:01.0 -e true")
    assert (bridge.status, "not capable" in bridge.stderr) == (1, True)
    gone = esx.run(f"{SET} -d 0000:77:00.0 -e true")
    assert (gone.status, "0000:77:00.0" in gone.stderr) == (1, True)


def test_the_table_lists_what_is_capable_only(esx: ToolHost) -> None:
    lines = esx.shown("esxcli hardware pci pcipassthru list").splitlines()
    assert lines[:2] == ["Device ID     Enabled", "------------  -------"]
    assert f"{AUDIO}    false" in lines
    assert not any(line.startswith("0000:00:01.0") for line in lines)


def test_6_7_has_no_such_namespace(tmp_path: Path) -> None:
    esx = tool_host(tmp_path, "seed-6.7")
    assert "Unknown command or namespace" in esx.run(f"{SET} -d {GPU} -e true").stderr
    assert "pcipassthru" not in esx.run("esxcli hardware pci").stdout


# --- system -----------------------------------------------------------------------------------------------------------


def test_maintenance_mode_is_entered_and_left_once(esx: ToolHost) -> None:
    get = "esxcli system maintenanceMode get"
    assert esx.shown(get) == "Disabled\n"
    esx.shown("esxcli system maintenanceMode set -e true")
    assert esx.shown(get) == "Enabled\n"
    assert esx.run("esxcli system maintenanceMode set -e true").stderr == "Maintenance mode is already enabled.\n"
    esx.shown("esxcli system maintenanceMode set --enable=false")
    assert esx.run("esxcli system maintenanceMode set -e false").stderr == "Maintenance mode is already disabled.\n"


@pytest.mark.parametrize(("command", "state"), [("reboot", "rebooting"), ("poweroff", "shutting_down")])
def test_a_shutdown_needs_maintenance_mode_a_reason_and_ten_seconds(esx: ToolHost, command: str, state: str) -> None:
    line = f"esxcli system shutdown {command}"
    assert "not in maintenance mode" in esx.run(f"{line} -r test").stderr
    esx.host.maintenance.enter()
    assert "Missing required parameter -r|--reason" in esx.run(line).stderr
    assert "it must be between 10" in esx.run(f"{line} -r test -d 9").stderr
    before = len(esx.scheduler.waiting)
    esx.shown(f"{line} -d 10 -r", "a reason with spaces")
    assert esx.host.power.state == "up"
    ((_, go),) = esx.scheduler.waiting[before:]
    go()
    assert esx.host.power.state == state


def test_kernel_options_are_listed_and_set_for_the_next_boot(esx: ToolHost) -> None:
    esx.shown("esxcli system settings kernel set -s vga -v FALSE")
    head, rule, row = esx.shown("esxcli system settings kernel list -o vga").splitlines()
    assert head.split()[:5] == ["Name", "Type", "Configured", "Runtime", "Default"]
    assert set(rule) == {"-", " "}
    assert row.split()[:5] == ["vga", "Bool", "FALSE", "TRUE", "TRUE"]
    assert esx.run("esxcli system settings kernel set -s nonsense -v TRUE").status == 1
    assert esx.run("esxcli system settings kernel set -s vga -v maybe").status == 1


def test_advanced_options_are_listed_and_set(esx: ToolHost) -> None:
    esx.shown("esxcli system settings advanced set -o /UserVars/ESXiShellTimeOut -i 600")
    assert "   Int Value: 600\n" in esx.shown("esxcli system settings advanced list -o /UserVars/ESXiShellTimeOut")
    assert "is needed" in esx.run("esxcli system settings advanced set -o /UserVars/ESXiShellTimeOut").stderr


# --- the rest ---------------------------------------------------------------------------------------------------------


def test_the_firewall_keeps_what_is_set(esx: ToolHost) -> None:
    esx.shown("esxcli network firewall set --enabled false")
    assert "   Enabled: false\n" in esx.shown("esxcli network firewall get")
    esx.shown("esxcli network firewall ruleset set -r httpClient -e true")
    assert "httpClient     true\n" in esx.shown("esxcli network firewall ruleset list -r httpClient")
    assert (
        esx.run("esxcli network firewall ruleset set -r nonsense -e true").stderr
        == "Ruleset nonsense does not exist.\n"
    )


def test_running_vms_are_listed_and_killed(esx: ToolHost, tmp_path: Path) -> None:
    esx.vms.vms = [a_vm(tmp_path), a_vm(tmp_path, vmid=2, name="two words", world_id=2101, power="on")]
    listed = esx.shown("esxcli vm process list")
    assert listed.startswith("two words\n   World ID: 2101\n")
    assert "   Config File: /vmfs/volumes/datastore1/win10/win10.vmx\n" in listed
    assert "win10\n   World" not in listed
    esx.shown("esxcli vm process kill -t soft -w 2101")
    assert esx.vms.asked == [("kill", 2, "soft")]
    assert "world ID 7" in esx.run("esxcli vm process kill -t soft -w 7").stderr
    assert "must be one of soft, hard, force" in esx.run("esxcli vm process kill -t mild -w 2101").stderr


def test_file_systems_are_listed_with_their_volumes(esx: ToolHost) -> None:
    store = esx.host.datastores.all[0]
    rows = json.loads(esx.shown("esxcli --formatter=json storage filesystem list"))
    assert (rows[0]["MountPoint"], rows[0]["VolumeName"]) == (f"/vmfs/volumes/{store.uuid}", store.name)
    assert rows[0]["Size"] == store.capacity_mib << 20


def test_only_what_changes_the_host_is_in_the_journal(esx: ToolHost) -> None:
    esx.run("esxcli hardware pci list")
    esx.run(f"{SET} -d {GPU} -e true")
    esx.run(f"{SET} -d {GPU} -e true")
    entries = [entry for entry in esx.host.around.journal.entries if entry.kind == "shell"]
    assert [(entry.action, bool(entry.outcome)) for entry in entries] == [("esxcli", False), ("esxcli", True)]
    assert esx.tools.crashes == []
