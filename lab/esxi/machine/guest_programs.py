"""Programs that the scripted Windows knows; any other is either not there or not simulated, and says so.

Known: cmd /c, powershell (guest_powershell.py), powercfg, shutdown, schtasks, pnputil, rundll32 for sleep, and the
setup of a graphics driver, which is an uploaded file named like NVIDIA's packages (537.58-desktop-win10….exe).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from lab.esxi.machine.guest_powershell import run_powershell
from lab.esxi.machine.guest_process import NotSimulated, Program, Ran, Windows, switch_device
from lab.esxi.rules import rule

SYSTEM = "c:\\windows\\system32\\"
POWERSHELL = f"{SYSTEM}windowspowershell\\v1.0\\powershell.exe"
# From this release on NVIDIA's driver runs in a VM that shows itself (release notes of R465).
FIRST_GOOD_DRIVER = 465.0
_DRIVER_SETUP = re.compile(r"(\d{3}\.\d{2})-.*win.*\.exe", re.IGNORECASE)
_REDIRECT = re.compile(r"\s*(?:1?>)\s*(\"[^\"]+\"|\S+)(?:\s+2>&1)?\s*$")

NO_LOGIN = rule(
    "guest.login",
    "Guest operations need an account of the guest and its password.",
    source="A",
    fault="InvalidGuestLogin",
    message="Failed to authenticate with the guest operating system using the supplied credentials.",
)
NOT_READY = rule(
    "guest.not_ready",
    "Guest operations need VMware Tools that run.",
    source="A",
    fault="GuestOperationsUnavailable",
    message="The guest operations agent could not be contacted.",
)
NO_PROGRAM = rule(
    "guest.no_program",
    "A program of the guest is named by its whole path.",
    source="A",
    fault="FileNotFound",
    message="File {file} was not found",
    unverified="that a name alone is not looked for on the path",
)
NO_PROCESS = rule(
    "guest.no_process",
    "Only a process that the guest has is ended.",
    source="A",
    fault="GuestProcessNotFound",
    message="There is no process {pid} in the guest.",
    unverified="the text",
)


@dataclass
class Process:
    """One process; those of the scripted guest end at once."""

    pid: int
    name: str
    owner: str
    command_line: str
    started: datetime
    ended: datetime | None = None
    code: int | None = None


@dataclass
class GuestPrograms:
    """The processes of one guest."""

    windows: Windows
    now: Callable[[], datetime]
    processes: dict[int, Process] = field(default_factory=dict)
    _last: int = 4000

    def check_login(self, user: str, password: str) -> None:
        """Refuse who is not the guest's user, or while Tools do not run."""
        guest = self.windows.guest
        NOT_READY.refuse_if(not guest.tools_running)
        known = (guest.settings.user.lower(), guest.settings.password)
        NO_LOGIN.refuse_if((user.lower(), password) != known)

    def start(self, program: Program) -> int:
        """Run a program and return its process id; raises NotSimulated for one that is not known."""
        began = self.now()
        ran = run_program(self.windows, program)
        self._last += 4
        name = program.path.rpartition("\\")[2]
        owner, line = self.windows.guest.settings.user, f'"{program.path}" {program.arguments}'.strip()
        self.processes[self._last] = Process(self._last, name, owner, line, began, self.now(), ran.code)
        return self._last

    def end(self, pid: int) -> None:
        """End a process; one that has ended is no matter."""
        NO_PROCESS.refuse_if(pid not in self.processes, pid=pid)


def run_program(windows: Windows, program: Program) -> Ran:
    """Run a program by its path."""
    path = program.path.strip('"').replace("/", "\\")
    known = _PROGRAMS.get(path.lower())
    if known is not None:
        return known(windows, program.arguments.strip())
    NO_PROGRAM.refuse_if(windows.files.is_folder(path) or windows.guest.disk.find(path) is None, file=program.path)
    setup = _DRIVER_SETUP.fullmatch(path.rpartition("\\")[2])
    if setup is None:
        raise NotSimulated(f"the guest program {program.path}")
    return _install_driver(windows, float(setup[1]), setup[1], program.arguments)


def _install_driver(windows: Windows, release: float, version: str, arguments: str) -> Ran:
    if "-s" not in arguments.split() and "/s" not in arguments.lower().split():
        raise NotSimulated("a driver's setup without -s, which asks people")
    disk = windows.guest.disk
    disk.driver = "vendor" if release >= FIRST_GOOD_DRIVER else "old_vendor"
    disk.driver_version = version
    windows.guest.save()
    return Ran()


def _cmd(windows: Windows, arguments: str) -> Ran:
    switch, _, line = arguments.partition(" ")
    if switch.lower() != "/c":
        raise NotSimulated(f"cmd.exe {arguments}")
    return run_line(windows, _unquote(line.strip()))


def _unquote(line: str) -> str:
    return line[1:-1] if len(line) > 1 and line[0] == line[-1] == '"' and line.count('"') == 2 else line


def run_line(windows: Windows, line: str) -> Ran:
    """Run a line of cmd: one program, exit or echo, with its output into a file if it says so."""
    target = _REDIRECT.search(line)
    bare = line[: target.start()] if target is not None else line
    word, _, rest = bare.strip().partition(" ")
    ran = _run_word(windows, word, rest.strip())
    if target is not None:
        windows.files.write(target[1].strip('"'), ran.output.encode(), overwrite=True)
    return ran


def _run_word(windows: Windows, word: str, rest: str) -> Ran:
    if word.lower() == "echo":
        return Ran(output=f"{rest}\r\n")
    if word.lower() == "exit":
        code = rest.split()[-1] if rest else "0"
        return Ran(int(code) if code.lstrip("-").isdecimal() else 0)
    path = word.strip('"')
    if "\\" not in path:
        stem = path.lower().removesuffix(".exe")
        path = POWERSHELL if stem == "powershell" else f"{SYSTEM}{stem}.exe"
        if path not in _PROGRAMS:
            raise NotSimulated(f"the guest command {word}")
    return run_program(windows, Program(path, rest))


def _powercfg(windows: Windows, arguments: str) -> Ran:
    words = arguments.lower().replace("-", "/", 1).split() if arguments.startswith("-") else arguments.lower().split()
    disk = windows.guest.disk
    if len(words) == 3 and words[0] in ("/change", "/x") and words[1].startswith("standby-timeout-"):
        disk.standby_minutes = int(words[2]) if words[1].endswith("-ac") else disk.standby_minutes
    elif len(words) == 2 and words[0] in ("/hibernate", "/h") and words[1] in ("on", "off"):
        disk.hibernates = words[1] == "on"
    elif not (len(words) == 3 and words[0] in ("/change", "/x")):
        raise NotSimulated(f"powercfg {arguments}")
    windows.guest.save()
    return Ran()


def _shutdown(windows: Windows, arguments: str) -> Ran:
    words = arguments.lower().split()
    if "/r" in words:
        windows.guest.reboot()
    elif "/s" in words:
        windows.guest.shut_down()
    else:
        raise NotSimulated(f"shutdown {arguments}")
    return Ran()


def _schtasks(windows: Windows, arguments: str) -> Ran:
    name = re.search(r'/tn\s+("[^"]+"|\S+)', arguments, re.IGNORECASE)
    command = re.search(r'/tr\s+("(?:[^"\\]|\\.)*"|\S+)', arguments, re.IGNORECASE)
    low = arguments.lower()
    if name is None:
        raise NotSimulated(f"schtasks {arguments}")
    task = name[1].strip('"')
    if low.startswith("/create") and command is not None:
        windows.guest.disk.tasks[task] = command[1].strip('"')
    elif low.startswith("/delete"):
        if task not in windows.guest.disk.tasks:
            return Ran(1, "ERROR: The system cannot find the file specified.\r\n")
        del windows.guest.disk.tasks[task]
    else:
        raise NotSimulated(f"schtasks {arguments}")
    windows.guest.save()
    return Ran()


def _pnputil(windows: Windows, arguments: str) -> Ran:
    verb, _, instance = arguments.partition(" ")
    if verb.lower() not in ("/disable-device", "/enable-device"):
        raise NotSimulated(f"pnputil {arguments}")
    return switch_device(windows, instance.strip().strip('"'), enabled=verb.lower() == "/enable-device")


def _rundll32(windows: Windows, arguments: str) -> Ran:
    if not arguments.lower().startswith("powrprof.dll,setsuspendstate"):
        raise NotSimulated(f"rundll32 {arguments}")
    windows.guest.sleep()
    return Ran()


def _powershell(windows: Windows, arguments: str) -> Ran:
    return run_powershell(windows, arguments, run_program)


_PROGRAMS: dict[str, Callable[[Windows, str], Ran]] = {
    f"{SYSTEM}cmd.exe": _cmd,
    POWERSHELL: _powershell,
    f"{SYSTEM}powercfg.exe": _powercfg,
    f"{SYSTEM}shutdown.exe": _shutdown,
    f"{SYSTEM}schtasks.exe": _schtasks,
    f"{SYSTEM}pnputil.exe": _pnputil,
    f"{SYSTEM}rundll32.exe": _rundll32,
}
