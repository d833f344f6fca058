"""What a host's parts do over time: services, maintenance, users, datastores, autostart."""

from __future__ import annotations

import os

import pytest

from lab.esxi.machine.autostart import AutoStartDefaults, AutoStartEntry
from lab.esxi.machine.roles import ADMINISTRATOR, BASIC
from lab.esxi.rules import RuleBroken
from tests.unit.esxi.machine_host import TestHost, make_host


@pytest.fixture
def esx(tmp_path) -> TestHost:
    return make_host(tmp_path)


# --- services --------------------------------------------------------------------------------------------------------


def test_a_service_that_runs_stays_on_over_a_boot_by_its_policy_only(esx):
    esx.host.services.start("ntpd")
    esx.host.services.set_policy("snmpd", "off")
    esx.reboot()
    assert (esx.host.services.is_running("ntpd"), esx.host.services.is_running("snmpd")) == (False, False)
    esx.host.services.set_policy("ntpd", "automatic")
    esx.reboot()
    assert esx.host.services.is_running("ntpd")


def test_ssh_is_a_door_only_while_its_service_runs(esx):
    esx.host.services.start("TSM-SSH")
    assert esx.told.all[-1] == ["api", "ssh"]
    esx.host.services.start("TSM-SSH")  # no change, and no fault
    esx.host.services.stop("TSM-SSH")
    assert esx.told.all[-2:] == [["api", "ssh"], ["api"]]


@pytest.mark.parametrize("key", ["TSM", "TSM-SSH"])
def test_the_shell_stops_by_itself_when_its_time_is_over(key, esx):
    esx.host.options.set({"UserVars.ESXiShellTimeOut": 600})
    esx.host.services.start(key)
    esx.scheduler.advance(599)
    assert esx.host.services.is_running(key)
    esx.scheduler.advance(2)
    assert not esx.host.services.is_running(key)


def test_a_start_begins_the_time_anew(esx):
    esx.host.options.set({"UserVars.ESXiShellTimeOut": 600})
    esx.host.services.start("TSM-SSH")
    esx.scheduler.advance(500)
    esx.host.services.restart("TSM-SSH")
    esx.scheduler.advance(500)
    assert esx.host.services.is_running("TSM-SSH")
    esx.scheduler.advance(101)
    assert not esx.host.services.is_running("TSM-SSH")


def test_without_a_time_out_and_for_other_services_there_is_no_end(esx):
    esx.host.services.start("TSM-SSH")
    esx.host.options.set({"UserVars.ESXiShellTimeOut": 600})
    esx.host.services.start("ntpd")
    esx.scheduler.advance(10_000)
    assert esx.host.services.is_running("TSM-SSH")
    assert esx.host.services.is_running("ntpd")


# --- maintenance -----------------------------------------------------------------------------------------------------


class Answer:
    """What became of a request to enter maintenance mode."""

    def __init__(self, esx: TestHost, timeout_s: float = 0) -> None:
        self.said: list[str] = []
        self.entering = esx.host.maintenance.request(timeout_s, lambda: self.said.append("done"), self._failed)

    def _failed(self, broken: RuleBroken) -> None:
        self.said.append(str(broken))


def test_a_host_enters_maintenance_when_its_last_vm_has_ended(esx):
    esx.vms.on = ["dns", "files"]
    answer = Answer(esx)
    esx.vms.on = ["files"]
    esx.host.maintenance.reconsider()
    assert (esx.host.maintenance.active, esx.host.maintenance.entering, answer.said) == (False, True, [])
    esx.vms.on = []
    esx.host.maintenance.reconsider()
    assert (esx.host.maintenance.active, esx.host.maintenance.entering, answer.said) == (True, False, ["done"])
    assert [event.type for event in esx.host.events.all][-2:] == [
        "EnteringMaintenanceModeEvent",
        "EnteredMaintenanceModeEvent",
    ]


def test_a_host_gives_up_after_the_time_out_and_names_what_runs(esx):
    esx.vms.on = ["dns"]
    answer = Answer(esx, 30)
    esx.scheduler.advance(29)
    assert answer.said == []
    esx.scheduler.advance(2)
    assert answer.said == ["The host cannot enter maintenance mode while these run: dns."]
    assert (esx.host.maintenance.active, esx.host.maintenance.entering) == (False, False)


def test_a_host_enters_at_once_where_no_vm_runs_and_the_time_out_is_void(esx):
    answer = Answer(esx, 30)
    esx.host.maintenance.exit()
    esx.scheduler.advance(60)
    assert (answer.said, esx.host.maintenance.active) == (["done"], False)


def test_a_request_that_is_cancelled_comes_to_nothing(esx):
    esx.vms.on = ["dns"]
    answer = Answer(esx)
    answer.entering.cancel()
    esx.vms.on = []
    esx.host.maintenance.reconsider()
    assert (answer.said, esx.host.maintenance.active) == ([], False)


@pytest.mark.parametrize("clean", [True, False])
def test_a_host_that_goes_down_meanwhile_does_not_enter_maintenance(clean, esx):
    esx.vms.on = ["dns"]
    answer = Answer(esx, 30)
    halt = esx.vms.halt
    esx.vms.halt = lambda: (halt(), esx.host.maintenance.reconsider())
    esx.reboot(clean)
    assert (answer.said, esx.host.maintenance.active) == ([], False)


def test_maintenance_outlives_a_boot_and_nothing_is_started_in_it(esx):
    order_autostart(esx, "dns")
    esx.host.maintenance.enter()
    esx.reboot()
    assert (esx.host.maintenance.active, ("on", "dns") in esx.vms.asked) == (True, False)
    esx.host.maintenance.exit()
    esx.reboot()
    assert ("on", "dns") in esx.vms.asked


# --- users, roles, lockdown ------------------------------------------------------------------------------------------


def login(esx: TestHost, user: str = "root", password: str = "opens sesame", door: str = "api") -> str:
    """Return the full name or the id of the rule that refused."""
    try:
        return esx.host.users.authenticate(user, password, door)
    except RuleBroken as broken:
        return broken.rule.id


def test_only_the_right_password_opens(esx):
    assert (login(esx), login(esx, password="x"), login(esx, "eve")) == (
        "Administrator", "users.bad_login", "users.bad_login",
    )  # fmt: skip


def test_a_user_is_locked_out_after_failures_and_gets_in_again_after_a_while(esx):
    assert [login(esx, password="x") for _ in range(5)] == ["users.bad_login"] * 5
    assert login(esx) == "users.locked"
    esx.scheduler.advance(899)
    assert login(esx) == "users.locked"
    esx.scheduler.advance(2)
    assert login(esx) == "Administrator"


def test_a_success_forgets_the_failures_before_it(esx):
    for _ in range(3):
        assert [login(esx, password="x") for _ in range(4)] == ["users.bad_login"] * 4
        assert login(esx) == "Administrator"


def test_no_failure_locks_where_the_limit_is_zero(esx):
    esx.host.options.set({"Security.AccountLockFailures": 0})
    assert {login(esx, password="x") for _ in range(20)} == {"users.bad_login"}
    assert login(esx) == "Administrator"


def test_a_user_needs_a_role_and_loses_it_with_the_account(esx):
    esx.host.users.add("ops", "a word", "Operators")
    assert login(esx, "ops", "a word") == "users.no_role"
    esx.host.roles.grant("ops", -2)
    assert login(esx, "ops", "a word") == "Operators"
    esx.host.users.change("ops", "another")
    assert (login(esx, "ops", "a word"), login(esx, "ops", "another")) == ("users.bad_login", "Operators")
    esx.host.users.remove("ops")
    assert (login(esx, "ops", "another"), "ops" in esx.host.roles.permissions) == ("users.bad_login", False)


def test_no_password_lies_on_the_disk_and_nobody_else_reads_the_hashes(tmp_path):
    esx = make_host(tmp_path)
    esx.host.users.add("ops", "a word")
    esx.host.users.change("root", "a new word")
    esx.host.stop()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    for path in files:
        text = path.read_bytes()
        assert b"a word" not in text, path
        assert b"a new word" not in text, path
        assert b"sesame" not in text, path
    assert (tmp_path / "config.json").stat().st_mode & 0o077 == 0
    assert login(make_host(tmp_path), password="a new word") == "Administrator"


@pytest.mark.parametrize(
    ("mode", "doors"), [("disabled", ["api", "ssh", "dcui"]), ("normal", ["dcui"]), ("strict", [])]
)
def test_in_lockdown_only_exception_users_come_in(mode, doors, esx):
    esx.host.users.add("ops", "a word")
    esx.host.roles.grant("ops", ADMINISTRATOR)
    esx.host.lockdown.change(mode)
    esx.host.lockdown.set_exceptions(["ops"])
    assert [door for door in ("api", "ssh", "dcui") if login(esx, door=door) == "Administrator"] == doors
    assert [login(esx, "ops", "a word", door) for door in ("api", "ssh", "dcui")] == ["ops"] * 3


def test_a_role_of_ones_own_has_what_it_was_given_and_what_every_role_has(esx):
    role = esx.host.roles.add("Operator", ["Host.Config.Maintenance"])
    esx.host.roles.grant("ops", role.id)
    assert (role.privileges, role.system) == (BASIC | {"Host.Config.Maintenance"}, False)
    assert not esx.host.roles.has_privilege("ops", "Host.Config.Power")
    esx.host.roles.change(role.id, "Operator", ["Host.Config.Power"])
    assert esx.host.roles.has_privilege("ops", "Host.Config.Power")
    esx.host.roles.remove(role.id, fail_if_used=False)
    assert not esx.host.roles.has_privilege("ops", "System.View")


@pytest.mark.parametrize(
    ("role", "has", "lacks"),
    [
        ("Admin", "Cryptographer.Access", None),
        ("NoCryptoAdmin", "Host.Config.Power", "Cryptographer.Access"),
        ("ReadOnly", "System.Read", "Host.Config.Power"),
        ("View", "System.View", "System.Read"),
        ("Anonymous", "System.Anonymous", "System.View"),
        ("NoAccess", None, "System.Anonymous"),
    ],
)
def test_the_roles_that_a_host_comes_with(role, has, lacks, esx):
    found = esx.host.roles.by_name(role)
    assert has is None or found.allows(has)
    assert lacks is None or not found.allows(lacks)


# --- datastores ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rest", ["", "win10/win10.vmx", ".sdd.sf/x", "a/../b", "/b", "a] .b/c"])
def test_a_path_inside_a_datastore_leads_there_and_back(rest, esx):
    stores = esx.host.datastores
    path = stores.resolve(f"[datastore1] {rest}")
    assert path == stores.all[0].folder.resolve().joinpath(rest.lstrip("/").replace("a/../", ""))
    assert stores.resolve(stores.place_of(path)) == path


def test_a_volume_is_found_by_its_name_and_by_its_uuid(esx):
    stores = esx.host.datastores
    places = [stores.of_volume(f"/vmfs/volumes/{name}/a/b") for name in ("datastore1", stores.all[0].uuid)]
    assert {stores.place_of(place) for place in places} == {"[datastore1] a/b"}


@pytest.mark.parametrize(
    "path",
    ["[datastore1] ../x", "[datastore1] a/../../x", "datastore1/x", "[] x", "[datastore1] a\0b", "[datastore1] out/x"],
)
def test_a_path_out_of_a_datastore_is_refused(path, esx, tmp_path):
    (esx.host.datastores.all[0].folder / "out").symlink_to(tmp_path)
    with pytest.raises(RuleBroken, match="Invalid datastore path"):
        esx.host.datastores.resolve(path)


@pytest.mark.parametrize(
    "path", ["/vmfs/volumes", "/etc/passwd", "/vmfs/volumes/datastore1/../../x", "/vmfs/volumes/datastore1/a\0"]
)
def test_a_volume_path_out_of_a_datastore_is_refused(path, esx):
    with pytest.raises(RuleBroken, match="Invalid datastore path"):
        esx.host.datastores.of_volume(path)


def test_a_link_inside_a_datastore_may_lead_inside(esx):
    stores = esx.host.datastores
    (stores.all[0].folder / "link").symlink_to("real")
    assert stores.place_of(stores.resolve("[datastore1] link/x")) == "[datastore1] real/x"


def test_a_file_elsewhere_has_no_place(esx, tmp_path):
    with pytest.raises(ValueError, match="is in no datastore"):
        esx.host.datastores.place_of(tmp_path / "x")


def test_holes_in_a_file_take_no_space(esx):
    file = esx.host.datastores.resolve("[datastore1] disk")
    file.touch()
    os.truncate(file, 10 * 2**30)
    assert esx.host.datastores.used_mib("datastore1") == 0
    file.write_bytes(b"x" * (3 * 2**20))
    assert 3 <= esx.host.datastores.used_mib("datastore1") <= 4
    assert esx.host.datastores.free_mib("datastore1") == 953600 - esx.host.datastores.used_mib("datastore1")


# --- autostart -------------------------------------------------------------------------------------------------------


def order_autostart(esx: TestHost, *vms: str, **values: object) -> None:
    """Let these VMs start with the host, the first one first."""
    esx.vms.registered |= set(vms)
    entries = [AutoStartEntry(vm, start_order=at, start_action="powerOn", **values) for at, vm in enumerate(vms, 1)]
    esx.host.autostarts.reconfigure(AutoStartDefaults(enabled=True), entries)


def started(esx: TestHost) -> list[str]:
    return [str(asked[1]) for asked in esx.vms.asked if asked[0] == "on"]


def test_vms_start_in_their_order_one_delay_after_the_other(esx):
    order_autostart(esx, "b", "a", start_delay=50)
    esx.host.power.reset()
    esx.scheduler.advance(120)  # the API has just come up
    assert started(esx) == ["b"]
    esx.scheduler.advance(49)
    assert started(esx) == ["b"]
    esx.scheduler.advance(2)
    assert started(esx) == ["b", "a"]


def test_the_defaults_count_where_an_entry_says_nothing(esx):
    order_autostart(esx, "b", "a")
    esx.host.power.reset()
    esx.scheduler.advance(120 + 119)
    assert started(esx) == ["b"]
    esx.scheduler.advance(2)
    assert started(esx) == ["b", "a"]


def test_nothing_starts_while_autostart_is_off_nor_what_is_gone(esx):
    order_autostart(esx, "a", "b")
    esx.vms.registered.remove("a")
    esx.reboot()
    assert started(esx) == ["b"]
    esx.host.autostarts.reconfigure(AutoStartDefaults(enabled=False))
    esx.reboot()
    assert started(esx) == ["b"]


def test_a_clean_end_stops_in_reverse_and_a_reset_asks_nobody(esx):
    order_autostart(esx, "a", "b", stop_action="guestShutdown")
    esx.reboot()
    esx.vms.asked.clear()
    esx.reboot()
    assert esx.vms.asked[:3] == [("guestShutdown", "b"), ("guestShutdown", "a"), ("halt",)]
    esx.vms.asked.clear()
    esx.reboot(clean=False)
    assert esx.vms.asked[0] == ("halt",)


def test_what_was_still_to_start_does_not_start_on_a_host_that_went_down(esx):
    order_autostart(esx, "a", "b", start_delay=50)
    esx.host.power.reset()
    esx.scheduler.advance(121)
    esx.host.power.reset()
    esx.scheduler.advance(80)  # the host is off
    assert started(esx) == ["a"]


def test_a_vm_that_is_gone_or_refuses_does_not_keep_the_host_from_going_down(esx):
    order_autostart(esx, "a", "b", "c")
    esx.vms.registered.remove("a")
    told = esx.vms.stop

    def stop(key: str, action: str) -> None:
        if key == "b":
            raise RuleBroken("maintenance.power_on")
        told(key, action)

    esx.vms.stop = stop
    esx.host.power.shutdown(force=True)
    esx.scheduler.advance(1000)
    assert esx.host.power.state == "down"
    assert [asked for asked in esx.vms.asked if asked[0] == "powerOff"] == [("powerOff", "c")]
    told_of = [(event.type, event.message) for event in esx.host.events.all]
    assert ("VmFailedToPowerOffEvent", "Autostop failed: The host is in maintenance mode.") in told_of


def test_a_vm_that_cannot_start_is_an_event_and_the_next_one_starts(esx):
    order_autostart(esx, "a", "b", start_delay=0)
    power_on = esx.vms.power_on

    def refuse(key: str) -> None:
        if key == "a":
            raise RuleBroken("maintenance.power_on")
        power_on(key)

    esx.vms.power_on = refuse
    esx.reboot()
    assert started(esx) == ["b"]
    (failed,) = [event for event in esx.host.events.all if event.type == "VmFailedToPowerOnEvent"]
    assert (failed.vm, failed.message) == ("a", "Autostart failed: The host is in maintenance mode.")


def test_the_order_outlives_a_boot_and_an_entry_goes_with_its_vm(esx):
    order_autostart(esx, "a", "b")
    esx.reboot()
    assert [entry.vm for entry in esx.host.autostarts.entries] == ["a", "b"]
    esx.host.autostarts.reconfigure(None, [AutoStartEntry("a", start_action="none")])
    assert [entry.vm for entry in esx.host.autostarts.to_start] == ["b"]
    esx.host.autostarts.forget("a")
    assert [entry.vm for entry in esx.host.autostarts.entries] == ["b"]


# --- options and licence ---------------------------------------------------------------------------------------------


def test_a_kernel_option_waits_for_a_boot_and_falls_back_to_what_it_was(esx):
    options = esx.host.kernel_options
    assert [options.set("vga", "false"), options.set("vga", "FALSE")] == [True, False]
    assert (options.find("vga").configured, options.find("vga").runtime, esx.host.reboot_required) == (
        "FALSE", "TRUE", True,
    )  # fmt: skip
    options.set("vga", "TRUE")
    assert not esx.host.reboot_required


def test_releases_differ_in_their_kernel_options(tmp_path):
    old, new = make_host(tmp_path / "6", "seed-6.7").host, make_host(tmp_path / "8").host
    names = [{option.name for option in host.kernel_options.all} for host in (old, new)]
    assert names[0] - names[1] == {"enableACSCheck", "preferVmklinux"}
    assert names[1] - names[0] == {"maxPCIDevices"}
    assert [h.kernel_options.find("execInstalledOnly").runtime for h in (old, new)] == ["FALSE", "TRUE"]


def test_advanced_options_are_set_all_or_none(esx):
    with pytest.raises(RuleBroken):
        esx.host.options.set({"UserVars.DcuiTimeOut": 5, "UserVars.SuppressShellWarning": 2})
    assert esx.host.options.number("UserVars.DcuiTimeOut") == 600


def test_a_licence_counts_at_once_and_outlives_a_boot(esx):
    esx.host.licence.install("SIMUL-FREE0-00000-00000-00000")
    esx.reboot()
    with pytest.raises(RuleBroken, match="prohibits execution"):
        esx.host.licence.refuse_write()


def test_events_begin_anew_at_a_boot_and_their_keys_go_on(esx):
    last = esx.host.events.post("EventEx", "x").key
    told: list[object] = []
    esx.host.events.subscribe(told.append)
    esx.reboot()
    assert "x" not in [event.message for event in esx.host.events.all]
    assert [event.key for event in esx.host.events.since(last)] == [last + 1]
    assert told == list(esx.host.events.all)
