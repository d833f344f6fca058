"""Guest operations as a pyVmomi client uses them, as the upstream modules do."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request

import pytest
from pyVmomi import vim, vmodl

from tests.unit.esxi.vm_host import AUDIO, GPU, SEED_MAP
from tests.unit.esxi.vm_stack import ADDRESS, GUEST_PASSWORD, GUEST_USER, VmStack, ended, until, win10

POWERSHELL = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"
AUTH = vim.vm.guest.NamePasswordAuthentication(username=GUEST_USER, password=GUEST_PASSWORD)


@pytest.fixture
def stack(tmp_path):
    made = VmStack(tmp_path)
    made.start()
    yield made
    missing, crashes = dict(made.stack.registry.missing.counts), list(made.stack.registry.crashes)
    made.stop()
    assert (missing, crashes) == (getattr(made, "expected_missing", {}), [])


@pytest.fixture
def vm(stack):
    """A running Windows with the seed's card."""
    vm = stack.create(win10())
    stack.on_host(lambda: _prepare(stack))
    ended(vm.PowerOnVM_Task())
    until(lambda: vm.guest.toolsRunningStatus == "guestToolsRunning")
    return vm


def _prepare(stack):
    stack.bench.write_map(SEED_MAP)
    stack.host.stop()
    stack.host.start()
    stack.bench.enable(GPU, AUDIO)
    stack.bench.install(stack.vms.all[0])
    stack.bench.attach(stack.vms.all[0], GPU, AUDIO)


def manager(stack):
    return stack.content.guestOperationsManager


def start(stack, vm, program: str, arguments: str = ""):
    spec = vim.vm.guest.ProcessManager.ProgramSpec(programPath=program, arguments=arguments)
    return manager(stack).processManager.StartProgramInGuest(vm, AUTH, spec)


def transfer(stack, url: str, data: bytes | None = None) -> bytes:
    """Go where the upstream module goes: "*" and 443 replaced by host and port."""
    real = url.replace("*", ADDRESS).replace("443", str(stack.stack.server.port))
    request = urllib.request.Request(real, data=data, method="GET" if data is None else "PUT")
    with urllib.request.urlopen(request, context=ssl._create_unverified_context()) as answer:
        return answer.read()


def test_problem_codes_by_powershell_a_file_and_its_fetch(stack, vm):
    script = (
        "Get-CimInstance Win32_PnPEntity | Where-Object { $_.DeviceID -like 'PCI\\VEN_10DE*' } | "
        "Select-Object Name, ConfigManagerErrorCode | ConvertTo-Json | Out-File C:\\codes.json -Encoding ascii"
    )
    pid = start(stack, vm, POWERSHELL, f'-Command "{script}"')
    process = manager(stack).processManager.ListProcessesInGuest(vm, AUTH, [pid])[0]
    assert (process.exitCode, process.name, process.owner) == (0, "powershell.exe", GUEST_USER)
    assert process.endTime >= process.startTime
    info = manager(stack).fileManager.InitiateFileTransferFromGuest(vm, AUTH, "C:\\codes.json")
    content = transfer(stack, info.url)
    assert len(content) == info.size
    assert [each["ConfigManagerErrorCode"] for each in json.loads(content)] == [0, 0]


def test_a_file_goes_in_once(stack, vm):
    files = manager(stack).fileManager
    attributes = vim.vm.guest.FileManager.FileAttributes()
    url = files.InitiateFileTransferToGuest(vm, AUTH, "C:\\a.txt", attributes, 5, False)
    transfer(stack, url, b"hello")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        transfer(stack, url, b"hello")
    with pytest.raises(vim.fault.FileAlreadyExists):
        files.InitiateFileTransferToGuest(vm, AUTH, "C:\\a.txt", attributes, 5, False)
    again = files.InitiateFileTransferToGuest(vm, AUTH, "C:\\a.txt", attributes, 3, True)
    with pytest.raises(urllib.error.HTTPError, match="400"):
        transfer(stack, again, b"longer")
    found = files.ListFilesInGuest(vm, AUTH, "C:\\", None, None, None)
    assert ("a.txt", "file", 5) in {(each.path, each.type, each.size) for each in found.files}


def test_folders(stack, vm):
    files = manager(stack).fileManager
    files.MakeDirectoryInGuest(vm, AUTH, "C:\\one\\two", True)
    with pytest.raises(vim.fault.FileAlreadyExists):
        files.MakeDirectoryInGuest(vm, AUTH, "C:\\one", False)
    with pytest.raises(vim.fault.DirectoryNotEmpty):
        files.DeleteDirectoryInGuest(vm, AUTH, "C:\\one", False)
    files.DeleteDirectoryInGuest(vm, AUTH, "C:\\one", True)
    with pytest.raises(vim.fault.FileNotFound):
        files.DeleteDirectoryInGuest(vm, AUTH, "C:\\one", True)
    made = files.CreateTemporaryDirectoryInGuest(vm, AUTH, "a", "b", None)
    assert made.startswith("C:\\Windows\\Temp\\a")
    temporary = files.CreateTemporaryFileInGuest(vm, AUTH, "a", ".txt", made)
    files.MoveFileInGuest(vm, AUTH, temporary, "C:\\b.txt", False)
    files.DeleteFileInGuest(vm, AUTH, "C:\\b.txt")
    with pytest.raises(vim.fault.FileNotFound):
        files.InitiateFileTransferFromGuest(vm, AUTH, "C:\\b.txt")


def test_who_is_not_the_guests_user_gets_nothing(stack, vm):
    wrong = vim.vm.guest.NamePasswordAuthentication(username=GUEST_USER, password="wrong")
    with pytest.raises(vim.fault.InvalidGuestLogin):
        manager(stack).authManager.ValidateCredentialsInGuest(vm, wrong)
    manager(stack).authManager.ValidateCredentialsInGuest(vm, AUTH)
    ended(vm.PowerOffVM_Task())
    with pytest.raises(vim.fault.InvalidPowerState):
        manager(stack).authManager.ValidateCredentialsInGuest(vm, AUTH)
    ended(vm.PowerOnVM_Task())


def test_programs_that_are_not_there_and_those_that_are_not_known(stack, vm):
    with pytest.raises(vim.fault.FileNotFound):
        start(stack, vm, "C:\\none.exe")
    with pytest.raises(vmodl.fault.NotSupported, match="PowerShell: Get-Process is not simulated"):
        start(stack, vm, POWERSHELL, "-Command Get-Process")
    with pytest.raises(vim.fault.GuestProcessNotFound):
        manager(stack).processManager.TerminateProcessInGuest(vm, AUTH, 3)
    variables = manager(stack).processManager.ReadEnvironmentVariableInGuest(vm, AUTH, ["systemroot"])
    assert list(variables) == ["SystemRoot=C:\\Windows"]
    stack.expected_missing = {"PowerShell: Get-Process": 1}


def test_a_guest_that_reboots_shows_its_card_with_code_34(stack, vm):
    assert set(stack.on_host(stack.vms.all[0].power.problem_codes).values()) == {0}
    vm.RebootGuest()
    until(lambda: stack.on_host(stack.vms.all[0].power.problem_codes)[GPU] == 34)
