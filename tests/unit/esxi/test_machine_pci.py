"""What a boot makes of the PCI devices and of passthru.map."""

from __future__ import annotations

import pytest

from lab.esxi.machine.passthru_map import MapEntry, parse_passthru_map
from lab.esxi.machine.pci import BootSettings, PciBus, PciDevice

STOCK = """\
# passthrough attributes for devices
# file format: vendor-id device-id resetMethod fptShareable
# vendor id, device id: xxxx (in hex) (ffff can be used for wildchar match)

# Intel 82598 Gigabit
8086  10b6  d3d0     default
# NVIDIA
10de  ffff  bridge   false
"""
GPU = PciDevice("0000:03:00.0", 0x0300, 0x10DE, 0x1F82, "NVIDIA", "GTX 1650", bridge="0000:00:1c.0", capability="as_is")
AUDIO = PciDevice("0000:03:00.1", 0x0403, 0x10DE, 0x10FA, "NVIDIA", "Audio", bridge="0000:00:1c.0", capability="as_is")
BRIDGE = PciDevice("0000:00:1c.0", 0x0604, 0x8086, 0xA340, "Intel", "Root Port", capability="as_is")
USB = PciDevice("0000:00:14.0", 0x0C03, 0x8086, 0xA36D, "Intel", "USB", function_reset=True, capability="as_is")


def boot(text: str, *devices: PciDevice) -> PciBus:
    return PciBus.boot(devices or (GPU, AUDIO, BRIDGE, USB), BootSettings(parse_passthru_map(text)))


def test_the_stock_map_resets_an_nvidia_card_by_its_bridge():
    gpu = boot(STOCK).devices["0000:03:00.0"]
    assert (gpu.reset_method, gpu.shareable, gpu.dependent, gpu.capable) == ("bridge", "false", "0000:00:1c.0", True)


def test_the_seeds_lines_take_effect_once_the_wildcard_is_commented():
    text = STOCK.replace("10de  ffff", "# 10de ffff") + "10de 1f82 d3d0 false\n10de\t10fa\td3d0\tfalse"
    bus = boot(text)
    assert [bus.devices[a].reset_method for a in ("0000:03:00.0", "0000:03:00.1")] == ["d3d0", "d3d0"]
    assert bus.devices["0000:03:00.0"].dependent == "0000:03:00.0"


def test_a_line_below_a_wildcard_for_its_vendor_has_no_effect():
    assert boot(STOCK + "10de 1f82 d3d0 false\n").devices["0000:03:00.0"].reset_method == "bridge"


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ("10DE 1F82 D3D0 false\r", MapEntry(0x10DE, 0x1F82, "d3d0", "false")),
        ("10de 1f82 flr", MapEntry(0x10DE, 0x1F82, "flr", "default")),
        ("0x10de 0x1f82 link default # note", MapEntry(0x10DE, 0x1F82, "link", "default")),
    ],
)
def test_a_line_is_read_in_every_spelling(line, entry):
    assert parse_passthru_map(line) == (entry,)


@pytest.mark.parametrize("line", ["10de 1f82", "10de 1f82 reset false", "10de 1f82 d3d0 maybe", "wxyz 1f82 d3d0 false"])
def test_a_line_that_is_no_entry_is_passed_over(line):
    assert parse_passthru_map(line) == ()


def test_a_device_that_needs_a_line_of_its_own_is_incapable_under_a_wildcard():
    odd = PciDevice("0000:03:00.0", 0x0300, 0x10DE, 0x1F82, "N", "G", bridge="0000:00:1c.0", capability="with_map_line")
    assert not boot(STOCK, odd).devices["0000:03:00.0"].capable
    assert boot("10de 1f82 d3d0 false", odd).devices["0000:03:00.0"].capable
    assert not boot("10de 1f82 default false", odd).devices["0000:03:00.0"].capable


def test_without_a_line_the_hardware_decides():
    bus = boot("")
    assert [bus.devices[a].reset_method for a in ("0000:00:14.0", "0000:03:00.0")] == ["flr", "bridge"]
    assert not bus.devices["0000:00:1c.0"].capable  # a bridge is never passed through


def test_functions_of_a_card_are_siblings_and_a_bridge_reset_takes_all_behind_it():
    bus = boot(STOCK)
    assert bus.siblings("0000:03:00.0") == ("0000:03:00.1",)
    assert bus.reset_group("0000:03:00.0") == ("0000:03:00.0", "0000:03:00.1")
    assert bus.reset_group("0000:00:14.0") == ("0000:00:14.0",)


def test_devices_stand_in_the_order_of_the_bus_and_move_with_it():
    assert list(boot(STOCK).devices) == ["0000:00:14.0", "0000:00:1c.0", "0000:03:00.0", "0000:03:00.1"]
    moved = GPU.moved({"0000:03:00.0": "0000:04:00.0", "0000:00:1c.0": "0000:00:1d.0"})
    assert (moved.address, moved.bridge, moved.numbers) == ("0000:04:00.0", "0000:00:1d.0", (0, 4, 0, 0))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"address": "3:0.0"}, "PCI address '3:0.0' is not allowed; allowed: dddd:bb:ss.f"),
        (
            {"capability": "yes"},
            "capability 'yes' is not allowed; allowed: as_is, with_map_line, without_acs_check, never",
        ),
        ({"device_id": 0x10000}, "0000:03:00.0: device_id 0x10000 is not allowed"),
    ],
)
def test_a_device_that_cannot_be_is_refused(change, says):
    with pytest.raises(ValueError, match=says):
        PciDevice(**{**GPU.__dict__, **change})
