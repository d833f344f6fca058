"""Guest operations: programs, logins and files of a VM's guest, by way of VMware Tools."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from lab.esxi.api.guest_transfers import Transfers
from lab.esxi.api.virtual_machine_site import GUEST_OPERATIONS, Site, guarded
from lab.esxi.machine.guest_disk import GuestFile
from lab.esxi.machine.guest_process import NotSimulated, Program
from lab.esxi.machine.guest_programs import Process
from lab.esxi.machine.vm import Vm
from lab.esxi.wire.call import Call
from lab.esxi.wire.objects import ManagedObject
from lab.esxi.wire.vmodl import support, vim

AUTH, FILES, PROCESSES = (f"{GUEST_OPERATIONS}-{part}" for part in ("auth", "file", "process"))
MOUNT = "/guestFile"


def publish_guest_operations(site: Site) -> None:
    """Add the managers, and the mount that guest files go through."""
    transfers = Transfers(site.host.around.now)
    site.stack.mounts[MOUNT] = transfers.serve
    site.stack.registry.add(
        GuestOperationsManager(GUEST_OPERATIONS),
        GuestAuthManager(AUTH, site),
        GuestProcessManager(PROCESSES, site),
        GuestFileManager(FILES, site, transfers),
    )


def _login(site: Site, vm: Any, auth: Any) -> Vm:
    """Return the VM whose guest a client may act in."""
    found = site.vms.find(int(vm._GetMoId()))
    if not isinstance(auth, vim.vm.guest.NamePasswordAuthentication):
        raise site.refuse(f"guest operations with {auth._wsdlName}")
    found.power.need_on()
    found.power.programs.check_login(auth.username, auth.password)
    return found


class GuestOperationsManager(ManagedObject):
    """Where the other managers are found."""

    wsdl_name = "GuestOperationsManager"

    @property
    def authManager(self) -> Any:
        """Return the manager of logins."""
        return vim.vm.guest.AuthManager(AUTH)

    @property
    def fileManager(self) -> Any:
        """Return the manager of files."""
        return vim.vm.guest.FileManager(FILES)

    @property
    def processManager(self) -> Any:
        """Return the manager of programs."""
        return vim.vm.guest.ProcessManager(PROCESSES)


class GuestAuthManager(ManagedObject):
    """Logins: only names with passwords, which are checked at every call."""

    wsdl_name = "GuestAuthManager"

    def __init__(self, moid: str, site: Site) -> None:
        super().__init__(moid)
        self._site = site

    def ValidateCredentialsInGuest(self, call: Call, vm: Any, auth: Any) -> None:
        """Check a login."""
        _login(self._site, vm, auth)


class GuestProcessManager(ManagedObject):
    """Programs of the guest."""

    wsdl_name = "GuestProcessManager"

    def __init__(self, moid: str, site: Site) -> None:
        super().__init__(moid)
        self._site = site

    def StartProgramInGuest(self, call: Call, vm: Any, auth: Any, spec: Any) -> int:
        """Run a program; what it does counts at once. Working directory and environment do not matter here."""
        found = _login(self._site, vm, auth)
        try:
            return found.power.programs.start(Program(spec.programPath, spec.arguments or ""))
        except NotSimulated as exc:
            raise self._site.refuse(str(exc)) from exc

    def ListProcessesInGuest(self, call: Call, vm: Any, auth: Any, pids: list[int]) -> list[Any]:
        """Return the programs that were started, or those with some ids."""
        processes = _login(self._site, vm, auth).power.programs.processes.values()
        return [_process(each) for each in processes if not pids or each.pid in pids]

    def TerminateProcessInGuest(self, call: Call, vm: Any, auth: Any, pid: int) -> None:
        """End a program."""
        _login(self._site, vm, auth).power.programs.end(pid)

    def ReadEnvironmentVariableInGuest(self, call: Call, vm: Any, auth: Any, names: list[str]) -> list[str]:
        """Return those of a few variables that are asked for."""
        _login(self._site, vm, auth)
        known = {"SystemRoot": "C:\\Windows", "TEMP": "C:\\Windows\\Temp", "COMPUTERNAME": "WINDOWS"}
        wanted = [name.lower() for name in names]
        return [f"{name}={value}" for name, value in known.items() if not wanted or name.lower() in wanted]


def _process(each: Process) -> Any:
    return vim.vm.guest.ProcessManager.ProcessInfo(
        name=each.name,
        pid=each.pid,
        owner=each.owner,
        cmdLine=each.command_line,
        startTime=each.started,
        endTime=each.ended,
        exitCode=each.code,
    )


class GuestFileManager(ManagedObject):
    """Files of the guest."""

    wsdl_name = "GuestFileManager"

    def __init__(self, moid: str, site: Site, transfers: Transfers) -> None:
        super().__init__(moid)
        self._site = site
        self._transfers = transfers

    def MakeDirectoryInGuest(
        self, call: Call, vm: Any, auth: Any, directoryPath: str, createParentDirectories: bool
    ) -> None:
        """Make a folder."""
        _login(self._site, vm, auth).power.files.make_folder(directoryPath, createParentDirectories)

    def DeleteDirectoryInGuest(self, call: Call, vm: Any, auth: Any, directoryPath: str, recursive: bool) -> None:
        """Remove a folder."""
        files = _login(self._site, vm, auth).power.files
        guarded(self, lambda: files.remove_folder(directoryPath, recursive))

    def DeleteFileInGuest(self, call: Call, vm: Any, auth: Any, filePath: str) -> None:
        """Remove a file."""
        _login(self._site, vm, auth).power.files.remove_file(filePath)

    def MoveFileInGuest(
        self, call: Call, vm: Any, auth: Any, srcFilePath: str, dstFilePath: str, overwrite: bool
    ) -> None:
        """Give a file another path."""
        _login(self._site, vm, auth).power.files.move_file(srcFilePath, dstFilePath, overwrite)

    def CreateTemporaryDirectoryInGuest(
        self, call: Call, vm: Any, auth: Any, prefix: str, suffix: str, directoryPath: str | None
    ) -> str:
        """Make a folder with a new name."""
        files = _login(self._site, vm, auth).power.files
        return files.make_temporary(prefix, suffix, directoryPath or "", is_folder=True)

    def CreateTemporaryFileInGuest(
        self, call: Call, vm: Any, auth: Any, prefix: str, suffix: str, directoryPath: str | None
    ) -> str:
        """Make a file with a new name."""
        files = _login(self._site, vm, auth).power.files
        return files.make_temporary(prefix, suffix, directoryPath or "", is_folder=False)

    def ListFilesInGuest(
        self,
        call: Call,
        vm: Any,
        auth: Any,
        filePath: str,
        index: int | None,
        maxResults: int | None,
    ) -> Any:
        """Return what lies in a folder."""
        found = _login(self._site, vm, auth).power.files.listed(filePath)
        first, most = index or 0, 50 if maxResults is None else maxResults
        shown = found[first : first + most]
        return vim.vm.guest.FileManager.ListFileInfo(
            files=[_file(path, file) for path, file in shown], remaining=max(0, len(found) - first - len(shown))
        )

    def InitiateFileTransferFromGuest(self, call: Call, vm: Any, auth: Any, guestFilePath: str) -> Any:
        """Return where a file can be fetched."""
        files = _login(self._site, vm, auth).power.files
        file = files.find(guestFilePath)
        return vim.vm.guest.FileManager.FileTransferInformation(
            attributes=_attributes(file),
            size=support.long(len(file.content)),
            url=self._transfers.offer(lambda: files.read(guestFilePath)),
        )

    def InitiateFileTransferToGuest(
        self,
        call: Call,
        vm: Any,
        auth: Any,
        guestFilePath: str,
        fileAttributes: Any,
        fileSize: int,
        overwrite: bool,
    ) -> str:
        """Return where a file can be put."""
        files = _login(self._site, vm, auth).power.files
        files.check_write(guestFilePath, overwrite)
        return self._transfers.expect(fileSize, lambda content: files.write(guestFilePath, content, overwrite=True))


def _attributes(file: GuestFile | None) -> Any:
    time = datetime.fromtimestamp(file.modified if file is not None else 0, timezone.utc)
    return vim.vm.guest.FileManager.WindowsFileAttributes(modificationTime=time, accessTime=time, createTime=time)


def _file(path: str, file: GuestFile | None) -> Any:
    return vim.vm.guest.FileManager.FileInfo(
        path=path.rpartition("\\")[2],
        type="directory" if file is None else "file",
        size=support.long(len(file.content) if file is not None else 0),
        attributes=_attributes(file),
    )
