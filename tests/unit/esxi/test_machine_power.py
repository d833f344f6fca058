"""A host's power: phases in their order and time, what a boot makes anew, and what goes wrong on order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lab.esxi.machine.mishaps import Mishap
from lab.esxi.machine.passthrough import PassthroughChange
from lab.esxi.machine.timing import StrictClock, Timing
from lab.esxi.rules import RuleBroken
from tests.unit.esxi.machine_host import BEGIN, TIMING, TestHost, built_host, make_host

GPU, USB, DISK, NIC = "0000:01:00.0", "0000:00:14.0", "0000:00:17.0", "0000:00:1f.6"
MAP = "etc/vmware/passthru.map"


@pytest.fixture
def esx(tmp_path) -> TestHost:
    return make_host(tmp_path)


def actions(esx: TestHost) -> list[str]:
    return [entry.action for entry in esx.host.around.journal.entries if entry.kind == "boot"]


def switch_ssh_on(esx: TestHost) -> None:
    esx.host.services.set_policy("TSM-SSH", "on")
    esx.host.services.start("TSM-SSH")
    esx.told.all.clear()


def test_a_host_that_starts_is_up_at_once(tmp_path):
    esx = built_host(tmp_path)
    assert (esx.host.power.state, esx.host.doors) == ("down", frozenset())
    esx.host.start()
    assert (esx.host.power.state, esx.told.all, actions(esx)) == ("up", ["boot", ["api"]], ["boot", "up"])
    assert esx.vms.asked == [("boot",)]


def test_a_reboot_goes_through_its_phases_each_in_its_time(esx):
    switch_ssh_on(esx)
    before = esx.host.power.boot_time
    esx.host.power.reboot(force=True, actor="root")
    esx.scheduler.advance(19.9)
    assert (esx.host.power.state, esx.told.all, esx.host.doors) == ("rebooting", [], {"api", "ssh"})
    esx.scheduler.advance(0.2)
    assert esx.told.all == [[], "clean end"]
    esx.scheduler.advance(89.8)
    assert esx.told.all == [[], "clean end"]
    esx.scheduler.advance(0.2)
    assert (esx.told.all, esx.host.power.state) == ([[], "clean end", "boot"], "rebooting")
    esx.scheduler.advance(20)
    assert (esx.told.all[3:], esx.host.power.state) == ([["ssh"]], "rebooting")
    esx.scheduler.advance(10)
    assert (esx.told.all[4:], esx.host.power.state) == ([["api", "ssh"]], "up")
    assert actions(esx)[2:] == ["reboot", "boot", "up"]
    assert timedelta(seconds=109) < esx.host.power.boot_time - before < timedelta(seconds=111)
    assert timedelta(seconds=29) < esx.host.uptime < timedelta(seconds=31)


def test_every_time_is_scaled(tmp_path):
    esx = make_host(tmp_path, timing=Timing(scale=1 / 140, backup_every_s=10**9))
    esx.host.power.reboot(force=True)
    esx.scheduler.advance(0.9)
    assert esx.host.power.state == "rebooting"
    esx.scheduler.advance(0.15)
    assert esx.host.power.state == "up"


def test_a_shutdown_ends_in_a_host_that_is_down_until_it_is_powered_on(esx):
    esx.host.power.shutdown(force=True)
    assert esx.host.power.state == "shutting_down"
    esx.scheduler.advance(1000)
    assert (esx.host.power.state, esx.told.all[-2:]) == ("down", [[], "clean end"])
    esx.host.power.power_on()
    esx.scheduler.advance(1000)
    assert (esx.host.power.state, esx.told.all[-2:]) == ("up", ["boot", ["api"]])


def test_a_reset_ends_everything_at_once(esx):
    esx.host.power.reset()
    assert esx.told.all[-2:] == [[], "unclean end"]
    esx.scheduler.advance(1000)
    assert esx.host.power.state == "up"


def test_a_reset_overtakes_a_reboot_and_the_host_boots_once(esx):
    esx.host.power.reboot(force=True)
    esx.scheduler.advance(10)
    esx.host.power.reset()
    esx.scheduler.advance(1000)
    assert esx.told.all[2:] == [[], "unclean end", "boot", ["api"]]


def test_a_host_that_is_stopped_while_it_is_off_stays_off_and_saves_nothing(esx):
    (esx.host.ramdisk.root / MAP).write_text("mine\n")
    esx.host.power.reset()
    esx.host.stop()
    esx.scheduler.advance(1000)
    assert (esx.host.power.state, esx.told.all.count("boot"), "clean end" in esx.told.all) == ("down", 1, False)
    assert esx.host.ramdisk.saved() == {}


def test_a_host_whose_boot_was_ordered_can_be_stopped(esx):
    esx.host.stop()
    esx.host.power.power_on()
    esx.host.stop()
    esx.scheduler.advance(1000)
    assert (esx.host.power.state, esx.told.all.count("boot")) == ("down", 1)


def test_an_order_before_the_api_answers_holds(esx):
    esx.host.power.reset()
    esx.scheduler.advance(115)  # the kernel runs, SSH answers
    esx.host.power.shutdown(force=True)
    esx.scheduler.advance(1000)
    assert (esx.host.power.state, actions(esx)[-2:]) == ("down", ["shutdown", "down"])


# --- what is kept ----------------------------------------------------------------------------------------------------


def write_map(esx: TestHost, text: str) -> None:
    (esx.host.ramdisk.root / MAP).write_text(text, encoding="utf-8")


def test_a_line_of_the_map_counts_from_the_next_boot_on(esx):
    assert esx.host.pci.devices[GPU].reset_method == "bridge"
    write_map(esx, "10de 1f82 d3d0 false\n")
    assert esx.host.pci.devices[GPU].reset_method == "bridge"
    esx.reboot()
    assert esx.host.pci.devices[GPU].reset_method == "d3d0"
    assert [entry.device_id for entry in esx.host.parsed_map] == [0x1F82]


@pytest.mark.parametrize(("backed_up", "method"), [(False, "bridge"), (True, "d3d0")])
def test_a_reset_loses_what_was_not_backed_up(backed_up, method, esx):
    write_map(esx, "10de 1f82 d3d0 false\n")
    if backed_up:
        assert MAP in esx.host.back_up()
    esx.reboot(clean=False)
    assert esx.host.pci.devices[GPU].reset_method == method


def test_once_an_hour_the_host_saves_by_itself(tmp_path):
    esx = make_host(tmp_path, timing=Timing())
    write_map(esx, "10de 1f82 d3d0 false\n")
    esx.scheduler.advance(3599)
    assert esx.host.ramdisk.saved() == {}
    esx.scheduler.advance(2)
    esx.reboot(clean=False)
    assert esx.host.pci.devices[GPU].reset_method == "d3d0"


def test_a_device_becomes_capable_by_a_line_of_its_own_after_a_boot(tmp_path):
    esx = make_host(tmp_path, "map-line")
    assert not esx.host.pci.devices[GPU].capable
    write_map(esx, "10de 1f82 d3d0 false\n")
    esx.reboot()
    assert esx.host.pci.devices[GPU].capable


@pytest.mark.parametrize(
    ("profile", "option", "before"), [("acs-check", "disableACSCheck", False), ("seed-8.0u3", "noIOMMU", True)]
)
def test_a_kernel_option_changes_what_is_capable_after_a_boot(profile, option, before, tmp_path):
    esx = make_host(tmp_path, profile)
    esx.host.kernel_options.set(option, "TRUE")
    assert (esx.host.pci.devices[GPU].capable, esx.host.reboot_required) == (before, True)
    esx.reboot()
    assert (esx.host.pci.devices[GPU].capable, esx.host.reboot_required) == (not before, False)


def test_a_host_that_is_built_again_is_the_same_host(tmp_path):
    first = make_host(tmp_path)
    host = first.host
    write_map(first, "10de 1f82 flr false\n")
    host.passthrough.update([change(GPU)])
    host.services.set_policy("ntpd", "on")
    host.lockdown.change("normal")
    host.lockdown.set_exceptions(["ops"])
    host.maintenance.enter()
    host.kernel_options.set("vga", "false")
    host.options.set({"Syslog.global.logHost": "log.example.com"})
    host.licence.install("SIMUL-FREE0-00000-00000-00000")
    host.datastores.rename("datastore1", "fast")
    host.datastores.resolve("[fast] file").write_text("kept")
    role = host.roles.add("Operator", ["Host.Config.Maintenance"])
    host.users.add("ops", "a word", "Operators")
    host.roles.grant("ops", role.id)
    host.stop()

    again = make_host(tmp_path).host
    assert again.identity == host.identity
    assert (again.pci.devices[GPU].reset_method, again.passthrough.is_active(GPU)) == ("flr", True)
    assert (again.services.is_running("ntpd"), again.maintenance.active) == (True, True)
    assert (again.lockdown.mode, again.lockdown.exceptions) == ("normal", ("ops",))
    assert again.kernel_options.find("vga").runtime == "FALSE"
    assert again.options.find("Syslog.global.logHost").value == "log.example.com"
    assert again.licence.edition.name == "free"
    assert again.datastores.resolve("[fast] file").read_text() == "kept"
    assert again.users.authenticate("ops", "a word") == "Operators"
    assert again.roles.of("ops").allows("Host.Config.Maintenance")


def test_two_hosts_have_ids_of_their_own(tmp_path):
    one, other = make_host(tmp_path / "1").host, make_host(tmp_path / "2").host
    assert one.identity.system_uuid != other.identity.system_uuid
    assert one.datastores.all[0].uuid != other.datastores.all[0].uuid


# --- passthrough and what the host loses by it -----------------------------------------------------------------------


def change(address: str, enabled: bool = True, apply_now: bool = False) -> PassthroughChange:
    return PassthroughChange(address, enabled, apply_now)


def test_a_device_that_was_enabled_is_active_after_a_reboot_and_not_before(esx):
    esx.host.passthrough.update([change(GPU)])
    assert (esx.host.passthrough.is_active(GPU), esx.host.reboot_required) == (False, True)
    esx.reboot()
    assert (esx.host.passthrough.is_active(GPU), esx.host.reboot_required) == (True, False)


def test_even_a_reset_keeps_what_was_enabled(esx):
    esx.host.passthrough.update([change(GPU)])
    esx.reboot(clean=False)
    assert esx.host.passthrough.is_active(GPU)


def test_a_host_that_gave_its_boot_device_away_saves_nothing_more(esx):
    esx.host.passthrough.update([change(USB)])
    esx.reboot()
    assert esx.host.lost == ("boot", "coredump")
    esx.host.services.set_policy("ntpd", "on")
    esx.host.passthrough.update([change(USB, False)])
    with pytest.raises(RuleBroken, match="The boot device is not accessible"):
        esx.host.back_up()
    esx.reboot()
    assert esx.host.lost == ("boot", "coredump")  # nobody gets out of this by the host's own means
    assert not esx.host.services.is_running("ntpd")


def test_a_datastore_goes_with_the_controller_of_its_disk_and_comes_back(esx):
    esx.host.passthrough.update([change(DISK, apply_now=True)])
    assert ([store.accessible for store in esx.host.datastores.all], esx.host.lost) == ([False], ("vmfs",))
    esx.host.passthrough.update([change(DISK, False, apply_now=True)])
    assert [store.accessible for store in esx.host.datastores.all] == [True]


def test_a_host_without_its_management_adapter_answers_nobody(esx):
    esx.host.passthrough.update([change(NIC, apply_now=True)])
    assert (esx.host.lost, esx.host.doors, esx.told.all[-1]) == (("management",), frozenset(), [])
    esx.host.passthrough.update([change(NIC, False, apply_now=True)])
    assert esx.told.all[-1] == ["api"]


def test_the_console_goes_with_its_card(tmp_path):
    esx = make_host(tmp_path, "single-gpu")
    esx.host.passthrough.update([change(GPU)])
    esx.reboot()
    assert esx.host.lost == ("console",)
    lost = [entry.target for entry in esx.host.around.journal.entries if entry.action == "device_lost"]
    assert lost == ["console"]


# --- mishaps ---------------------------------------------------------------------------------------------------------


def test_a_host_that_never_comes_back_stays_down_until_it_is_powered_on(esx):
    esx.host.mishaps.order(Mishap("never_back", times=1))
    esx.reboot()
    assert esx.host.power.state == "down"
    esx.host.power.power_on()
    esx.scheduler.advance(1000)
    assert esx.host.power.state == "up"
    esx.reboot()
    assert esx.host.power.state == "up"


def test_a_datastore_is_lacking_until_a_rescan(esx):
    esx.host.mishaps.order(Mishap("without_datastore", name="datastore1", times=1))
    esx.reboot()
    assert [store.accessible for store in esx.host.datastores.all] == [False]
    esx.host.rescan_storage()
    assert [store.accessible for store in esx.host.datastores.all] == [True]


def test_devices_move_and_what_was_enabled_stays_behind(esx):
    esx.host.passthrough.update([change(GPU)])
    moved = {GPU: "0000:04:00.0", NIC: "0000:05:00.0", DISK: "0000:06:00.0"}
    esx.host.mishaps.order(Mishap("moved_pci", addresses=moved, times=1))
    esx.reboot()
    assert GPU not in esx.host.pci.devices
    assert esx.host.pci.devices["0000:04:00.0"].hardware.device_id == 0x1F82
    assert not esx.host.passthrough.is_active("0000:04:00.0")
    assert (esx.host.reboot_required, esx.host.network.pnics[0].pci) == (True, "0000:05:00.0")
    assert esx.host.storage.adapters[0].pci == "0000:06:00.0"
    esx.reboot()
    assert (esx.host.passthrough.is_active(GPU), esx.host.network.pnics[0].pci) == (True, NIC)


def test_a_boot_time_may_stand_still(esx):
    before = esx.host.power.boot_time
    esx.host.mishaps.order(Mishap("same_boot_time", times=1))
    esx.reboot()
    assert (esx.host.power.boot_time, esx.host.power.state) == (before, "up")
    esx.reboot()
    assert esx.host.power.boot_time > before


def test_what_is_enabled_may_never_become_active(esx):
    esx.host.mishaps.order(Mishap("enabled_never_active"))
    esx.host.passthrough.update([change(GPU)])
    for _ in range(2):
        esx.reboot()
        assert (esx.host.passthrough.is_active(GPU), esx.host.reboot_required) == (False, True)
    esx.host.mishaps.clear()
    esx.reboot()
    assert esx.host.passthrough.is_active(GPU)


@pytest.mark.parametrize(("kind", "first"), [("ssh_before_api", ["ssh"]), ("api_before_ssh", ["api"])])
def test_the_api_and_ssh_come_up_far_apart_in_either_order(kind, first, esx):
    switch_ssh_on(esx)
    esx.host.mishaps.order(Mishap(kind, seconds=500))
    esx.host.power.reset()
    esx.scheduler.advance(500)
    assert esx.told.all[-1] == first
    esx.scheduler.advance(200)
    assert esx.told.all[-1] == ["api", "ssh"]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"kind": "flood"}, "mishap 'flood' is not known; known: never_back, "),
        ({"kind": "never_back", "times": 0}, "times begin at 1"),
        ({"kind": "ssh_before_api", "seconds": -1}, "seconds are not negative"),
        ({"kind": "without_datastore"}, "without_datastore takes a name"),
        ({"kind": "never_back", "name": "x"}, "the others neither"),
        ({"kind": "moved_pci"}, "moved_pci addresses"),
        ({"kind": "moved_pci", "addresses": {"0000:01:00.0": "4:0.0"}}, "addresses are dddd:bb:ss.f"),
        (
            {"kind": "moved_pci", "addresses": {"0000:01:00.0": "0000:04:00.0", "0000:01:00.1": "0000:04:00.0"}},
            "no two devices get the same",
        ),
    ],
)
def test_a_mishap_that_cannot_be_is_refused(values, says):
    with pytest.raises(ValueError, match=says):
        Mishap(**values)


def test_the_clock_never_shows_the_same_instant_twice():
    instants = iter([BEGIN, BEGIN, BEGIN - timedelta(days=1), BEGIN + timedelta(days=1)])
    clock = StrictClock(lambda: next(instants))
    seen = [clock() for _ in range(4)]
    assert seen == sorted(set(seen))


def test_a_time_is_not_negative():
    with pytest.raises(ValueError, match="timing: off_s -1 is not allowed; allowed: 0 or more"):
        Timing(off_s=-1)
    assert TIMING.scaled(3) == 3
