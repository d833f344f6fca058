"""vmware.log: what a VM writes into its folder at every power-on; the former ones are kept by number.

Only the layout of the lines and the dump of the VMX file are those of a host.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from lab.esxi.machine.versions import Release
from lab.esxi.machine.vmx import Vmx

NAME = "vmware.log"
KEPT_LOGS = 6


class VmLog:
    """The log of one VM; before the first `begin` nothing is written."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._now = now

    def begin(self, release: Release, vmx: Vmx) -> None:
        """Start a new file, and write down what the VM is."""
        self._rotate()
        self.write(f"Log for VMware ESX version={release.version} build=build-{release.build} option=Release")
        for key, value in vmx.items():
            self.write(f'DICT {key:>25} = "{value}"')

    def write(self, text: str) -> None:
        """Add a line."""
        time = self._now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        with (self._folder / NAME).open("a", encoding="utf-8", errors="surrogateescape") as file:
            file.write(f"{time}Z In(05) vmx - {text}\n")

    def _rotate(self) -> None:
        current = self._folder / NAME
        if not current.exists():
            return
        numbers = sorted(_number(path) for path in self._folder.glob("vmware-*.log"))
        current.rename(self._folder / f"vmware-{(numbers[-1] if numbers else 0) + 1}.log")
        for number in numbers[: max(0, len(numbers) + 1 - KEPT_LOGS)]:
            (self._folder / f"vmware-{number}.log").unlink(missing_ok=True)


def _number(path: Path) -> int:
    text = path.stem.rpartition("-")[2]
    return int(text) if text.isdecimal() else 0
