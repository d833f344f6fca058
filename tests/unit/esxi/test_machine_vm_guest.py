"""The scripted guest: it installs itself, runs programs that it knows, and keeps what it wrote."""

from __future__ import annotations

import base64
import json

import pytest

from lab.esxi.machine.guest_disk import GuestDisk, GuestFile, parent_of, parents_of
from lab.esxi.machine.guest_process import NotSimulated, Program
from lab.esxi.machine.vm_config import ConfigChange
from tests.unit.esxi.vm_host import GPU, cdrom, make_vm_host, seed_host

SYSTEM = "C:\\Windows\\System32\\"
POWERSHELL = f"{SYSTEM}WindowsPowerShell\\v1.0\\powershell.exe"
ISO = "/vmfs/volumes/datastore1/iso/win10.iso"


@pytest.fixture
def running(tmp_path):
    """A guest that has booted, with the seed's card."""
    host = seed_host(tmp_path)
    vm = host.ready()
    host.install(vm)
    vm.power.on()
    host.scheduler.advance(60)
    return host, vm


def run(vm, path: str, arguments: str = "") -> int:
    pid = vm.power.programs.start(Program(path, arguments))
    return vm.power.programs.processes[pid].code


def test_windows_installs_itself_from_media_and_is_there_ever_after(tmp_path):
    host = make_vm_host(tmp_path)
    host.iso()
    vm = host.create("win10", cdrom(ISO))
    vm.power.on()
    host.scheduler.advance(899)
    assert vm.power.guest.state == "installing"
    host.scheduler.advance(1)
    assert (vm.power.guest.state, vm.power.guest.tools_running) == ("booting", False)
    host.scheduler.advance(40)
    assert vm.power.guest.tools_running
    vm.power.guest.shut_down()
    host.scheduler.advance(10)
    assert vm.power.state == "poweredOff"
    vm.power.on()
    assert vm.power.guest.state == "booting"


def test_an_installation_that_is_cut_off_begins_anew(tmp_path):
    host = make_vm_host(tmp_path)
    host.iso()
    vm = host.create("win10", cdrom(ISO))
    vm.power.on()
    host.scheduler.advance(800)
    vm.power.off()
    host.scheduler.advance(1000)
    assert not vm.power.guest.tools_installed
    vm.power.on()
    host.scheduler.advance(899)
    assert vm.power.guest.state == "installing"


@pytest.mark.parametrize("file", ["/vmfs/volumes/datastore1/iso/none.iso", ""])
def test_without_media_nothing_boots(tmp_path, file):
    host = make_vm_host(tmp_path)
    vm = host.create("win10", *([cdrom(file)] if file else []))
    vm.power.on()
    host.scheduler.advance(2000)
    assert vm.power.guest.state == "empty"


def test_a_disk_carries_its_guest_into_another_vm(running):
    host, vm = running
    vm.power.off()
    text = (vm.path.parent / "win10-flat.vmdk").open("rb").readline()
    other = host.create("other")
    with (other.path.parent / "other-flat.vmdk").open("rb+") as flat:
        flat.write(text)
    other.power.on()
    host.scheduler.advance(60)
    assert other.power.guest.tools_running


def test_a_snapshot_brings_the_guest_back(running):
    host, vm = running
    vm.power.off()
    snapshot = vm.power.take_snapshot("before")
    host.install(vm, "none")
    vm.power.go_back(snapshot.id)
    assert vm.power.guest.look().driver == "vendor"


def test_devices_with_their_codes_go_into_a_file(running):
    _, vm = running
    script = (
        "Get-CimInstance Win32_PnPEntity | Where-Object { $_.DeviceID -like 'PCI\\VEN_10DE*' } | "
        "Select-Object Name, DeviceID, ConfigManagerErrorCode | ConvertTo-Json -Compress | "
        "Out-File -FilePath C:\\codes.json -Encoding utf8"
    )
    assert run(vm, POWERSHELL, f'-NoProfile -Command "{script}"') == 0
    found = json.loads(vm.power.files.read("C:\\codes.json").decode("utf-8-sig"))
    assert [each["ConfigManagerErrorCode"] for each in found] == [0, 0]
    assert found[0]["DeviceID"].startswith("PCI\\VEN_10DE&DEV_1F82&SUBSYS_1F8210DE&REV_A1\\")


@pytest.mark.parametrize("script", [
    r"""Get-WmiObject Win32_PnPEntity -Filter "DeviceID LIKE 'PCI\\VEN_10DE&DEV_1F82%'" | TAIL""",
    r"Get-PnpDevice -PresentOnly -InstanceId 'PCI\VEN_10DE&DEV_1F82*' | TAIL",
    "gcim -ClassName Win32_PnPEntity | ? { $_.Name -match 'GTX' -and $_.Status -ne 'Error' } | TAIL",
    "gwmi Win32_PnPEntity | where { $_.Name -match 'GTX' -or $_.Name -eq 'none' } | TAIL",
    "& { Get-CimInstance Win32_PnPEntity | Where-Object { $_.PNPDeviceID -like '*DEV_1F82*' } | TAIL }",
])  # fmt: skip
def test_ways_to_ask_for_one_device(running, script):
    _, vm = running
    whole = script.replace("TAIL", "ConvertTo-Json | Set-Content C:\\one.json")
    encoded = base64.b64encode(whole.encode("utf-16-le")).decode()
    assert run(vm, POWERSHELL, f"-EncodedCommand {encoded}") == 0
    found = json.loads(vm.power.files.read("c:/one.json").decode("utf-16"))
    assert found["ConfigManagerErrorCode"] == 0
    assert "1F82" in found["DeviceID"]


def test_cmd_writes_what_a_program_prints(running):
    _, vm = running
    line = '/c powershell -c "Get-PnpDevice | Select-Object InstanceId | ConvertTo-Json" > C:\\out.txt'
    assert run(vm, f"{SYSTEM}cmd.exe", line) == 0
    assert len(json.loads(vm.power.files.read("C:\\out.txt"))) == 2
    assert run(vm, f"{SYSTEM}cmd.exe", "/c exit 3") == 3


@pytest.mark.parametrize(("package", "driver"), [
    ("537.58-desktop-win10-win11-64bit-international-dch-whql.exe", "vendor"),
    ("452.06-desktop-win10-64bit-international-whql.exe", "old_vendor"),
])  # fmt: skip
def test_a_drivers_setup_that_was_uploaded_installs_it(running, package, driver):
    _, vm = running
    vm.power.guest.disk.driver = "none"
    assert vm.power.problem_codes()[GPU] == 28
    vm.power.files.write(f"C:\\{package}", b"MZ", overwrite=False)
    assert run(vm, f"C:\\{package}", "-s") == 0
    assert vm.power.guest.look().driver == driver
    assert vm.power.problem_codes()[GPU] == 0


@pytest.mark.parametrize(("path", "arguments", "what"), [
    (POWERSHELL, "-Command Get-Process", "PowerShell: Get-Process"),
    (POWERSHELL, "-Command Get-PnpDevice | Format-Table", "PowerShell: Format-Table"),
    (POWERSHELL, "-Command Get-PnpDevice | ? { Test-Path $_.Name }", "Test-Path"),
    (POWERSHELL, "-File C:\\x.ps1", "powershell.exe -File"),
    (f"{SYSTEM}cmd.exe", "/c dir", "the guest command dir"),
    (f"{SYSTEM}cmd.exe", "/k", "cmd.exe /k"),
    (f"{SYSTEM}powercfg.exe", "/list", "powercfg /list"),
    (f"{SYSTEM}shutdown.exe", "/a", "shutdown /a"),
    (f"{SYSTEM}schtasks.exe", "/query", "schtasks /query"),
    (f"{SYSTEM}pnputil.exe", "/enum-devices", "pnputil /enum-devices"),
    (f"{SYSTEM}rundll32.exe", "shell32.dll", "rundll32 shell32.dll"),
    ("C:\\tool.exe", "", "the guest program C:\\tool.exe"),
])  # fmt: skip
def test_what_the_guest_does_not_know_it_says(running, path, arguments, what):
    _, vm = running
    vm.power.files.write("C:\\tool.exe", b"MZ", overwrite=False)
    with pytest.raises(NotSimulated) as refused:
        run(vm, path, arguments)
    assert what in str(refused.value)


def test_programs_that_end_the_guest(running):
    host, vm = running
    run(vm, f"{SYSTEM}shutdown.exe", "/r /t 0")
    assert not vm.power.guest.tools_running
    host.scheduler.advance(50)
    assert vm.power.guest.tools_running
    run(vm, f"{SYSTEM}rundll32.exe", "powrprof.dll,SetSuspendState 0,1,0")
    assert vm.power.guest.state == "standby"
    vm.power.on()
    run(vm, POWERSHELL, "-c Stop-Computer")
    host.scheduler.advance(10)
    assert vm.power.state == "poweredOff"


def test_scheduled_tasks_come_and_go(running):
    _, vm = running
    run(vm, f"{SYSTEM}schtasks.exe", '/create /tn "my task" /tr "cmd /c exit"')
    assert vm.power.guest.disk.tasks == {"my task": "cmd /c exit"}
    assert run(vm, f"{SYSTEM}schtasks.exe", '/delete /tn "my task" /f') == 0
    assert run(vm, f"{SYSTEM}schtasks.exe", '/delete /tn "my task" /f') == 1


def test_files_and_folders(running):
    _, vm = running
    files = vm.power.files
    files.make_folder("C:\\Users\\me\\deep", parents=True)
    files.write("C:\\Users\\ME\\one.txt", b"1", overwrite=False)
    files.move_file("C:\\users\\me\\one.txt", "C:\\users\\me\\two.txt", overwrite=False)
    assert files.read("c:/users/me/TWO.TXT") == b"1"
    assert [path for path, _ in files.listed("C:\\Users\\me")] == ["C:\\Users\\me\\deep", "C:\\users\\me\\two.txt"]
    assert files.make_temporary("a", ".b", "", is_folder=False) == "C:\\Windows\\Temp\\avmware001.b"
    files.remove_file("C:\\users\\me\\two.txt")
    files.remove_folder("C:\\Users\\me", recursive=True)
    assert not files.is_folder("C:\\Users\\me\\deep")


def test_what_a_disk_keeps_survives_as_json():
    disk = GuestDisk(system="windows", driver="vendor", standby_minutes=0)
    disk.make_folder("D:\\a\\b")
    disk.put(GuestFile("D:\\a\\b\\c", b"\x00\xff", 1.5))
    assert GuestDisk.of_json(json.loads(json.dumps(disk.to_json()))) == disk
    assert GuestDisk.of_json({}) == GuestDisk()


def test_parents():
    assert parent_of("C:\\a") == "C:\\"
    assert parents_of("C:\\a\\b\\c") == ("C:\\a\\b", "C:\\a")


def test_a_guest_without_its_disk_keeps_nothing(tmp_path):
    host = make_vm_host(tmp_path)
    vm = host.vms.create("[datastore1]", ConfigChange({"name": "bare"}))
    vm.power.on()
    assert (vm.power.guest.state, vm.power.problem_codes()) == ("empty", {})
