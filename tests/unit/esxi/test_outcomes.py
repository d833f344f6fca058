"""What a guest makes of its cards: the table is whole, and what happened to a card stays until the right cure."""

from __future__ import annotations

import itertools

import pytest

from lab.esxi.machine.guest_process import Program
from lab.esxi.machine.outcomes import Card, Cards, GuestView
from lab.esxi.machine.vm_config import ConfigChange
from lab.esxi.profiles.outcome_rows import ANY, COLUMNS
from lab.esxi.profiles.profile import load_profile
from tests.unit.esxi.vm_host import AUDIO, GPU, USB, make_vm_host, seed_host

ROWS = load_profile("seed-8.0u3").outcomes
POWERCFG = r"C:\Windows\System32\powercfg.exe"
SCHTASKS = r"C:\Windows\System32\schtasks.exe"


def test_every_case_has_a_row():
    for values in itertools.product(*COLUMNS.values()):
        case = dict(zip(COLUMNS, values))
        assert any(row.matches(**case) for row in ROWS), case


def test_every_row_decides_some_case():
    decides = set()
    for values in itertools.product(*COLUMNS.values()):
        case = dict(zip(COLUMNS, values))
        decides.add(next(row for row in ROWS if row.matches(**case)))
    assert decides == set(ROWS)


def test_every_row_names_its_source_and_a_guess_what_is_guessed():
    assert all(row.source and (row.source != "U" or row.unverified) for row in ROWS)


def test_a_table_with_a_hole_is_no_answer(tmp_path):
    host = seed_host(tmp_path)
    rows = [row for row in ROWS if row.driver != ANY]
    cards = Cards(rows, host.host.pci.devices.get)
    with pytest.raises(ValueError, match="no row for reset_method d3d0"):
        cards.code(GPU, GuestView(True, "vendor"))


@pytest.fixture
def seed(tmp_path):
    """The seed's VM: the map changed, Windows and driver installed, the card attached."""
    host = seed_host(tmp_path)
    vm = host.ready()
    host.install(vm)
    return host, vm


def start(host, vm):
    vm.power.on()
    host.scheduler.advance(60)
    return vm.power.problem_codes()


def end(host, vm):
    vm.power.guest.shut_down()
    host.scheduler.advance(60)
    assert vm.power.state == "poweredOff"


def test_the_card_works_at_first(seed):
    host, vm = seed
    assert start(host, vm) == {GPU: 0, AUDIO: 0}


def test_without_the_key_the_vendors_driver_does_not_work_but_the_sound_does(seed):
    host, vm = seed
    vm.reconfigure(ConfigChange(extra={"hypervisor.cpuid.v0": ""}))
    assert start(host, vm) == {GPU: 34, AUDIO: 0}
    end(host, vm)
    host.detach(vm)
    host.reboot()
    host.attach(vm, GPU, AUDIO)
    vm.reconfigure(ConfigChange(extra={"hypervisor.cpuid.v0": "FALSE"}))
    assert start(host, vm)[GPU] == 0


def test_with_the_stock_map_the_card_is_stopped(tmp_path):
    host = make_vm_host(tmp_path)
    vm = host.ready()
    host.install(vm)
    assert start(host, vm) == {GPU: 43, AUDIO: 43}


@pytest.mark.parametrize("hurt", ["reboot", "sleep"])
def test_after_sleep_or_reboot_only_a_host_boot_without_the_card_helps(seed, hurt):
    host, vm = seed
    start(host, vm)
    getattr(vm.power.guest, hurt)()
    host.scheduler.advance(60)
    vm.power.guest.wake()
    assert vm.power.problem_codes() == {GPU: 34, AUDIO: 34}
    end(host, vm)
    assert start(host, vm)[GPU] == 34
    end(host, vm)
    host.reboot()
    assert start(host, vm)[GPU] == 34
    end(host, vm)
    host.detach(vm)
    assert host.vms.cards.export()
    host.reboot()
    host.attach(vm, GPU, AUDIO)
    assert start(host, vm) == {GPU: 0, AUDIO: 0}


def test_what_happened_to_a_card_outlives_the_lab(seed, tmp_path):
    host, vm = seed
    start(host, vm)
    vm.power.off()
    host.host.stop()
    again = make_vm_host(tmp_path)
    vm = again.vms.all[0]
    assert start(again, vm)[GPU] == 34


def test_a_guest_that_takes_the_card_down_and_never_sleeps_keeps_it(seed):
    host, vm = seed
    start(host, vm)
    task = '/create /tn gpu-off /tr "powershell -c Get-PnpDevice | Disable-PnpDevice" /sc onevent'
    for path, arguments in ((POWERCFG, "/change standby-timeout-ac 0"), (POWERCFG, "/hibernate off"), (SCHTASKS, task)):
        vm.power.programs.start(Program(path, arguments))
    vm.power.guest.reboot()
    host.scheduler.advance(60)
    assert vm.power.problem_codes()[GPU] == 0
    end(host, vm)
    assert start(host, vm)[GPU] == 0


def test_a_rebind_cures_as_the_table_says_until_the_next_trouble(seed):
    host, vm = seed
    start(host, vm)
    vm.power.guest.reboot()
    host.scheduler.advance(60)
    end(host, vm)
    host.disable(GPU, AUDIO)
    host.enable(GPU, AUDIO)
    assert start(host, vm)[GPU] == 0
    vm.power.guest.reboot()
    host.scheduler.advance(60)
    assert vm.power.problem_codes()[GPU] == 34


def test_a_cut_power_that_a_rebind_cured_is_forgotten(seed):
    host, vm = seed
    start(host, vm)
    vm.power.off()
    assert start(host, vm)[GPU] == 34
    end(host, vm)
    host.disable(GPU, AUDIO)
    host.enable(GPU, AUDIO)
    vm.power.guest.look().standby_minutes = 0
    disk = vm.power.guest.disk
    disk.hibernates, disk.tasks = False, {"off": "Disable-PnpDevice"}
    vm.power.guest.save()
    for _ in range(2):
        assert start(host, vm)[GPU] == 0
        end(host, vm)


def test_a_card_with_function_reset_does_not_care(tmp_path):
    host = make_vm_host(tmp_path, "large-bar")
    host.write_map("10de ffff flr false\n")
    host.reboot()
    host.enable(GPU)
    vm = host.create()
    host.attach(vm, GPU)
    window = {"pciPassthru.use64bitMMIO": "TRUE", "pciPassthru.64bitMMIOSizeGB": "64"}
    vm.reconfigure(ConfigChange(extra=window))
    host.install(vm)
    for _ in range(2):
        assert start(host, vm) == {GPU: 0}
        vm.power.off()


def test_a_device_that_is_no_card_makes_no_trouble(tmp_path):
    host = make_vm_host(tmp_path)
    host.enable(USB)
    vm = host.create()
    host.attach(vm, USB)
    host.install(vm)
    start(host, vm)
    vm.power.off()
    assert start(host, vm) == {USB: 0}


def test_a_card_without_a_driver_and_a_guest_that_has_none(seed):
    host, vm = seed
    host.install(vm, "none")
    assert start(host, vm)[GPU] == 28


def test_a_disabled_device_says_so(seed):
    host, vm = seed
    start(host, vm)
    instance = vm.power.entities()[0].instance
    vm.power.programs.start(Program(r"C:\Windows\System32\pnputil.exe", f'/disable-device "{instance}"'))
    assert vm.power.problem_codes() == {GPU: 22, AUDIO: 0}
    vm.power.programs.start(Program(r"C:\Windows\System32\pnputil.exe", f'/enable-device "{instance}"'))
    assert vm.power.problem_codes()[GPU] == 0


def test_cards_survive_as_json():
    cards = Cards(ROWS, lambda address: None)
    cards.restore({GPU: {"event": "sleep", "prevented": True, "rebound": False}})
    assert cards.export() == {GPU: {"event": "sleep", "prevented": True, "rebound": False}}
    assert Card("sleep", prevented=True) == Card(**cards.export()[GPU])
