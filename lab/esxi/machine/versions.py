"""What differs between the releases of ESXi that can be simulated, as a table.

Sources: release notes and API reference of each release; the Python versions and the absence of
`esxcli hardware pci pcipassthru` in 6.x are from users' logs and unverified on a host.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Release:
    """One release; `python` is the host's own interpreter, `api` what ServiceContent.about says."""

    name: str
    version: str
    update: int
    build: str
    api: str
    python: str
    hardware_version: int  # newest virtual hardware
    pcipassthru_esxcli: bool  # has `esxcli hardware pci pcipassthru`
    apply_now: bool  # HostPciPassthruConfig.applyNow, and a rebind without a reboot
    dynamic_directpath: bool
    hardware_labels: bool
    exec_installed_only: bool  # default of the runtime option of that name
    max_passthrough_devices: int  # of one VM


RELEASES = {
    release.name: release
    for release in (
        Release(
            name="6.7",
            version="6.7.0",
            update=3,
            build="14320388",
            api="6.7.3",
            python="3.5.6",
            hardware_version=15,
            pcipassthru_esxcli=False,
            apply_now=False,
            dynamic_directpath=False,
            hardware_labels=False,
            exec_installed_only=False,
            max_passthrough_devices=16,
        ),
        Release(
            name="7.0U3",
            version="7.0.3",
            update=3,
            build="19193900",
            api="7.0.3.0",
            python="3.8.11",
            hardware_version=19,
            pcipassthru_esxcli=True,
            apply_now=True,
            dynamic_directpath=True,
            hardware_labels=True,
            exec_installed_only=False,
            max_passthrough_devices=16,
        ),
        Release(
            name="8.0U3",
            version="8.0.3",
            update=3,
            build="24022510",
            api="8.0.3.0",
            python="3.11.8",
            hardware_version=21,
            pcipassthru_esxcli=True,
            apply_now=True,
            dynamic_directpath=True,
            hardware_labels=True,
            exec_installed_only=True,
            max_passthrough_devices=128,
        ),
    )
}
