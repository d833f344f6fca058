"""Owners of PCI devices: what can be configured, and when it takes effect."""

from __future__ import annotations

import pytest

from lab.esxi import rules
from lab.esxi.machine.passthrough import DeviceUse, Passthrough, PassthroughChange, lost_purposes
from lab.esxi.machine.passthru_map import parse_passthru_map
from lab.esxi.machine.pci import BootSettings, PciBus, PciDevice
from lab.esxi.machine.versions import RELEASES

GPU, AUDIO, USB, NIC = "0000:03:00.0", "0000:03:00.1", "0000:00:14.0", "0000:02:00.0"
BRIDGE = "0000:00:1c.0"
HARDWARE = (
    PciDevice(GPU, 0x0300, 0x10DE, 0x1F82, "NVIDIA", "GTX 1650", bridge=BRIDGE, capability="as_is"),
    PciDevice(AUDIO, 0x0403, 0x10DE, 0x10FA, "NVIDIA", "Audio", bridge=BRIDGE, capability="as_is"),
    PciDevice(USB, 0x0C03, 0x8086, 0xA36D, "Intel", "USB", function_reset=True, capability="as_is"),
    PciDevice(NIC, 0x0200, 0x8086, 0x1533, "Intel", "I210"),
)


def host(release: str = "7.0U3", **given: object) -> Passthrough:
    made = Passthrough(RELEASES[release], **given)
    made.boot(PciBus.boot(HARDWARE, BootSettings(parse_passthru_map("10de ffff bridge false"))))
    return made


def change(address: str, enabled: bool = True, apply_now: bool | None = None) -> list[PassthroughChange]:
    return [PassthroughChange(address, enabled, apply_now)]


def again(made: Passthrough) -> None:
    made.boot(made.bus)


def test_what_is_enabled_is_active_after_the_next_boot():
    made = host("6.7")
    assert made.update(change(GPU)) == (GPU,)
    assert (made.is_enabled(GPU), made.is_active(GPU), made.reboot_required) == (True, False, True)
    again(made)
    assert (made.is_active(GPU), made.reboot_required) == (True, False)


def test_a_second_time_changes_nothing():
    made = host()
    made.update(change(GPU))
    assert made.update(change(GPU)) == ()


def test_apply_now_takes_effect_at_once_both_ways():
    made = host()
    made.update(change(GPU, apply_now=True))
    assert made.is_active(GPU)
    made.update(change(GPU, False, True))
    assert (made.is_active(GPU), made.reboot_required) == (False, False)


def test_left_to_the_host_a_device_with_function_reset_needs_no_boot_and_one_behind_a_bridge_does():
    made = host()
    made.update(change(USB) + change(GPU))
    assert made.active == {USB}
    made.update(change(USB, False, False))
    assert made.active == {USB}


@pytest.mark.parametrize(
    ("release", "changes", "rule"),
    [
        ("7.0U3", change("0000:0a:00.0"), "passthrough.unknown_device"),
        ("7.0U3", change("0000:0a:00.0", False), "passthrough.unknown_device"),
        ("7.0U3", change(NIC), "passthrough.enable_incapable"),
        ("6.7", change(GPU, apply_now=True), "passthrough.apply_now_unsupported"),
        ("7.0U3", change(GPU) + change(GPU, False), "passthrough.device_twice"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(release, changes, rule):
    made = host(release)
    with pytest.raises(rules.RuleBroken) as refused:
        made.update(change(AUDIO) + changes)
    assert refused.value.rule.id == rule
    assert made.configured == set()


def test_the_permitted_neighbor_cases():
    made = host("6.7", configured={"0000:0a:00.0", NIC})
    assert made.update(change(NIC, False) + change(GPU, apply_now=False)) == (NIC, GPU)
    assert made.update(change("0000:0a:00.0", False)) == ("0000:0a:00.0",)


def test_a_device_of_a_running_vm_keeps_its_owner_until_it_is_off():
    running = {GPU: "win10"}
    made = host(configured={GPU}, used_by=running.get)
    with pytest.raises(rules.RuleBroken, match=r"Device 0000:03:00\.0 is in use by win10"):
        made.update(change(GPU, False, True))
    assert made.update(change(GPU)) == ()
    running.clear()
    assert made.update(change(GPU, False, True)) == (GPU,)


def test_a_device_that_is_gone_asks_for_a_boot_for_ever_until_it_is_disabled():
    made = host(configured={"0000:0a:00.0"})
    again(made)
    assert made.reboot_required
    made.update(change("0000:0a:00.0", False))
    assert not made.reboot_required


def test_a_stuck_host_never_activates():
    made = host(stuck=True)
    made.update(change(GPU, apply_now=True))
    again(made)
    assert (made.is_enabled(GPU), made.is_active(GPU), made.reboot_required) == (True, False, True)


def test_an_active_device_is_lost_for_what_the_host_needed_it_for():
    made = host()
    uses = [DeviceUse(USB, "boot"), DeviceUse(NIC, "management")]
    assert lost_purposes(made, uses) == ()
    made.update(change(USB, apply_now=True))
    assert lost_purposes(made, uses) == ("boot",)
