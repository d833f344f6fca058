"""The tools beside esxcli."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.esxi import rules
from lab.esxi.shell.calls import render_answer
from lab.esxi.shell.result import Result
from tests.unit.esxi.shell_host import ToolHost, a_question, a_vm, tool_host

GPU = "0000:01:00.0"


@pytest.fixture
def esx(tmp_path: Path) -> ToolHost:
    return tool_host(tmp_path)


def test_lspci_names_numbers_and_owners(esx: ToolHost) -> None:
    assert f"{GPU} VGA compatible controller: NVIDIA" in esx.shown("lspci")
    assert f"{GPU} Class 0300: 10de:1f82\n" in esx.shown("lspci -n")
    assert f"{GPU} Display controller VGA compatible controller: NVIDIA" in esx.shown("lspci -v")
    esx.shown(f"esxcli hardware pci pcipassthru set -d {GPU} -e true -a")
    assert any(line.startswith(GPU) and " A pciPassthru" in line for line in esx.shown("lspci -p").splitlines())
    assert esx.run("lspci -x").status == 1
    assert esx.tools.missing == {"lspci -x": 1}


def test_vmkchdev_and_esxcfg_info_tell_the_owners(esx: ToolHost) -> None:
    assert f"{GPU} 10de:1f82 10de:1f82 vmkernel\n" in esx.shown("vmkchdev -l")
    esx.shown(f"esxcli hardware pci pcipassthru set -d {GPU} -e true")
    info = esx.shown("esxcfg-info -a").partition(f"PCI Device {GPU}")[2].partition("PCI Device")[0]
    assert "|----Runtime Owner" in info
    assert info.count("VM Passthru") == 1
    assert f"{GPU} 10de:1f82 10de:1f82 vmkernel\n" in esx.shown("vmkchdev -l")
    esx.shown(f"esxcli hardware pci pcipassthru set -d {GPU} -e true -a")
    assert f"{GPU} 10de:1f82 10de:1f82 passthru\n" in esx.shown("vmkchdev -l")


def test_names_and_versions(esx: ToolHost) -> None:
    build = esx.host.release.build
    assert esx.shown("uname -a") == f"VMkernel esxi1 8.0.3 #1 SMP Release build-{build} x86_64 ESXi\n"
    assert esx.shown("uname -rs") == "VMkernel 8.0.3\n"
    assert esx.shown("vmware -v -l") == f"VMware ESXi 8.0.3 build-{build}\nVMware ESXi 8.0.3 Update 3\n"
    assert esx.shown("hostname") == "esxi1\n"
    assert " up 00:00:00" in esx.shown("uptime")
    for line in ("uname -x", "vmware -x", "hostname other"):
        assert esx.run(line).status == 1
    assert len(esx.tools.missing) == 3


def test_python_is_there_by_name_only(esx: ToolHost, tmp_path: Path) -> None:
    assert esx.shown("python -V") == f"Python {esx.host.release.python}\n"
    assert "is not simulated" in esx.run("python3 /tmp/AnsiballZ_ping.py").stderr
    old = tool_host(tmp_path / "old", "seed-6.7")
    assert "SyntaxError" in old.run("python /tmp/AnsiballZ_ping.py").stderr
    assert not old.tools.missing


def test_what_a_host_has_beside_these_is_refused_and_counted(esx: ToolHost) -> None:
    assert (esx.run("vsish -e ls").status, esx.tools.missing["vsish"]) == (127, 1)
    assert {"vsish", "esxcli", "reboot", "python3.11"} <= set(esx.tools.names)


@pytest.mark.parametrize(
    ("line", "state"), [("reboot", "rebooting"), ("halt", "shutting_down"), ("poweroff -f", "shutting_down")]
)
def test_going_down_needs_no_maintenance_mode_and_is_ordered_once(esx: ToolHost, line: str, state: str) -> None:
    assert esx.run(f"{line} --now").status == 1
    assert esx.host.power.state == "up"
    esx.shown(line)
    assert esx.host.power.state == state
    assert esx.run(line).status == 1


# --- vim-cmd ----------------------------------------------------------------------------------------------------------


def test_vms_are_listed_in_columns(esx: ToolHost, tmp_path: Path) -> None:
    esx.vms.vms = [a_vm(tmp_path), a_vm(tmp_path, vmid=12, name="a longer name", annotation="first\nsecond")]
    head, one, two = esx.shown("vim-cmd vmsvc/getallvms").splitlines()
    assert head.split() == ["Vmid", "Name", "File", "Guest", "OS", "Version", "Annotation"]
    assert one.startswith("1      win10           [datastore1] win10/win10.vmx   windows9_64Guest   vmx-19")
    assert two.endswith("first")


@pytest.mark.parametrize(
    ("line", "asked", "says"),
    [
        ("vmsvc/power.on 1", ("on", 1), "Powering on VM:\n"),
        ("vmsvc/power.off 1", ("off", 1), "Powering off VM:\n"),
        ("vmsvc/power.shutdown 1", ("shutdown", 1), ""),
        ("vmsvc/reload 1", ("reload", 1), ""),
        ("vmsvc/unregister 1", ("unregister", 1), ""),
        ("vmsvc/snapshot.create 1 before", ("snapshot", 1, "before", False), "Create Snapshot:\n"),
        ("vmsvc/message 1 msg.uuid.altered 2", ("answer", 1, "msg.uuid.altered", 2), ""),
        ("solo/registervm /vmfs/volumes/datastore1/w/w.vmx", ("register", "w.vmx", None), "7\n"),
    ],
)
def test_vms_are_acted_on(esx: ToolHost, tmp_path: Path, line: str, asked: tuple[object, ...], says: str) -> None:
    esx.vms.vms = [a_vm(tmp_path, question=a_question())]
    assert esx.shown(f"vim-cmd {line}") == says
    assert esx.vms.asked == [asked]


def test_states_questions_and_configuration_are_shown(esx: ToolHost, tmp_path: Path) -> None:
    esx.vms.vms = [a_vm(tmp_path, power="on"), a_vm(tmp_path, vmid=2, question=a_question())]
    assert esx.shown("vim-cmd vmsvc/power.getstate 1") == "Retrieved runtime info\nPowered on\n"
    assert 'powerState = "poweredOn"' in esx.shown("vim-cmd vmsvc/get.summary 1")
    assert 'key = "memSize",\n         value = "4096"' in esx.shown("vim-cmd vmsvc/get.config 1")
    assert esx.shown("vim-cmd vmsvc/message 1") == "No message.\n"
    assert "   1. I Moved It\n" in esx.shown("vim-cmd vmsvc/message 2")
    assert esx.vms.asked == []


def test_a_vm_that_refuses_or_is_unknown_fails(esx: ToolHost, tmp_path: Path) -> None:
    esx.vms.vms, esx.vms.refuses = [a_vm(tmp_path)], {"on"}
    refused = esx.run("vim-cmd vmsvc/power.on 1")
    assert (refused.status, refused.stdout) == (
        1,
        'Powering on VM:\nPower on failed\n(vim.fault.InvalidPowerState) {\n   msg = "no"\n}\n',
    )
    for number in ("9", "x"):
        unknown = esx.run(f"vim-cmd vmsvc/power.off {number}")
        assert (unknown.status, f'Unable to find a VM corresponding to "{number}"' in unknown.stdout) == (1, True)


def test_paths_of_vim_cmd(esx: ToolHost) -> None:
    assert "power.on\n" in esx.shown("vim-cmd vmsvc")
    assert esx.run("vim-cmd vmsvc/power.on").stdout.startswith("Insufficient arguments.")
    assert esx.run("vim-cmd vmsvc/nonsense").status == 1
    assert list(esx.tools.missing) == ["vim-cmd vmsvc/nonsense"]


def test_services_and_maintenance_by_vim_cmd(esx: ToolHost) -> None:
    esx.shown("vim-cmd hostsvc/enable_ssh")
    esx.shown("vim-cmd hostsvc/start_ssh")
    assert esx.host.services.find("TSM-SSH").policy == "on"
    assert esx.host.services.is_running("TSM-SSH")
    esx.shown("vim-cmd hostsvc/maintenance_mode_enter")
    assert esx.host.maintenance.active
    assert "vim.fault.InvalidState" in esx.run("vim-cmd hostsvc/maintenance_mode_enter").stdout


def test_autostart_by_vim_cmd(esx: ToolHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    esx.vms.vms = [a_vm(tmp_path)]
    monkeypatch.setattr(esx.host.vms, "knows", lambda key: key == "1")
    start = "vim-cmd hostsvc/autostartmanager"
    esx.shown(f"{start}/enable_autostart true")
    esx.shown(f"{start}/update_defaults 30 40 guestShutdown false")
    esx.shown(f"{start}/update_autostartentry 1 PowerOn 10 1 systemDefault systemDefault systemDefault")
    defaults, (entry,) = esx.host.autostarts.defaults, esx.host.autostarts.entries
    assert (defaults.enabled, defaults.start_delay, defaults.stop_action) == (True, 30, "guestShutdown")
    assert (entry.vm, entry.start_action, entry.start_delay, entry.stop_delay) == ("1", "powerOn", 10, -1)
    assert "startDelay = 30" in esx.shown(f"{start}/get_defaults")
    assert 'startAction = "powerOn"' in esx.shown(f"{start}/get_autostartseq")
    assert esx.run(f"{start}/update_defaults soon 40 none false").stdout.startswith("Usage: ")


# --- vmkfstools -------------------------------------------------------------------------------------------------------


def test_disks_are_made_renamed_and_removed(esx: ToolHost) -> None:
    folder = esx.host.datastores.all[0].folder
    base = "/vmfs/volumes/datastore1"
    assert esx.shown(f"vmkfstools -c 4m -d thin {base}/a.vmdk") == "Create: 100% done.\n"
    assert (folder / "a-flat.vmdk").stat().st_size == 4 << 20
    assert 'RW 8192 VMFS "a-flat.vmdk"' in (folder / "a.vmdk").read_text("utf-8")
    assert "already exists" in esx.run(f"vmkfstools -c 4m {base}/a.vmdk").stderr
    esx.shown(f"vmkfstools -E {base}/a.vmdk {base}/b.vmdk")
    assert sorted(path.name for path in folder.iterdir()) == ["b-flat.vmdk", "b.vmdk"]
    assert '"b-flat.vmdk"' in (folder / "b.vmdk").read_text("utf-8")
    assert "cannot find the file" in esx.run(f"vmkfstools -U {base}/a.vmdk").stderr
    esx.shown(f"vmkfstools -U {base}/b.vmdk")
    assert list(folder.iterdir()) == []


def test_a_thick_disk_must_fit_and_a_path_be_in_a_datastore(esx: ToolHost) -> None:
    store = esx.host.datastores.all[0]
    too_large = f"vmkfstools -c {store.capacity_mib + 1}m"
    assert "MiB left" in esx.run(f"{too_large} /vmfs/volumes/datastore1/a.vmdk").stderr
    esx.shown(f"{too_large} -d thin /vmfs/volumes/datastore1/a.vmdk")
    assert esx.run("vmkfstools -c 1m /tmp/a.vmdk").status == 1
    assert not esx.tools.missing
    assert esx.run("vmkfstools -x check /vmfs/volumes/datastore1/a.vmdk").status == 1
    assert len(esx.tools.missing) == 1


# --- rules ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "line", "says"),
    [
        ("esxcli.shutdown_delay", "esxcli system shutdown reboot -r x -d 9", "must be between 10"),
        ("esxcli.unknown_world", "esxcli vm process kill -t soft -w 7", "world ID 7"),
        ("esxcli.unknown_ruleset", "esxcli network firewall ruleset set -r none -e true", "none does not exist"),
        ("vimcmd.unknown_vm", "vim-cmd vmsvc/power.on 9", 'corresponding to "9"'),
        ("vmkfstools.exists", "vmkfstools -c 1m /vmfs/volumes/datastore1/there.vmdk", "already exists"),
        ("vmkfstools.no_disk", "vmkfstools -U /vmfs/volumes/datastore1/none.vmdk", "cannot find the file"),
    ],
)
def test_it_is_the_rule_that_refuses(
    esx: ToolHost, monkeypatch: pytest.MonkeyPatch, rule: str, line: str, says: str
) -> None:
    esx.host.maintenance.enter()
    esx.shown("vmkfstools -c 1m /vmfs/volumes/datastore1/there.vmdk")
    refused = esx.run(line)
    assert (refused.status, says in refused.stdout + refused.stderr) == (1, True)
    monkeypatch.setattr(rules, "disabled", {rule})
    permitted = esx.run(line)
    assert says not in permitted.stdout + permitted.stderr


# --- answers ----------------------------------------------------------------------------------------------------------


def test_an_answer_is_a_script_that_quotes() -> None:
    assert render_answer(Result(3, "it's %s\n", "no\n")) == (
        "rm -r \"$d\"\nprintf %s 'it'\"'\"'s %s\n'\nprintf %s 'no\n' >&2\nexit 3\n"
    )
    assert render_answer(Result()) == 'rm -r "$d"\nexit 0\n'
