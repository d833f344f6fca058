"""What a host is: its hardware, its name, and the ids that it keeps for ever."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HardwareSummary:
    """The machine under a host."""

    vendor: str
    model: str
    serial: str
    bios_version: str
    bios_date: str  # as 2020-03-11
    cpu_model: str
    cpu_mhz: int
    packages: int
    cores: int
    threads: int
    memory_mib: int

    def __post_init__(self) -> None:
        for name in ("cpu_mhz", "packages", "cores", "threads", "memory_mib"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} {getattr(self, name)} is not allowed; allowed: above 0")


@dataclass(frozen=True)
class Identity:
    """A host's name and ids; `system_uuid` is what `esxcli system uuid get` prints and systemId in the API."""

    name: str
    address: str
    system_uuid: str
    bios_uuid: str
