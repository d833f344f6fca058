"""Every rule of the host itself: what it refuses, the neighbor that it permits, and that none but it refuses."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import lab.esxi.machine
from lab.esxi import rules
from lab.esxi.machine.autostart import AutoStartDefaults, AutoStartEntry
from lab.esxi.machine.passthrough import PassthroughChange
from lab.esxi.machine.roles import ADMINISTRATOR
from lab.esxi.profiles.profile import Profile, load_profile
from lab.esxi.rules import RuleBroken
from tests.unit.esxi.machine_host import PASSWORDS, TestHost, make_host

# Files that are about VMs; their rules have tests of their own.
ABOUT_VMS = ("vm", "guest", "questions", "outcomes")
GPU, AUDIO, BRIDGE, BOOT = "0000:01:00.0", "0000:01:00.1", "0000:00:01.0", "0000:00:14.0"
MIB = 2**20

Step = Callable[[TestHost], object]


@dataclass(frozen=True)
class Pair:
    """After `prepare`, `refused` breaks the rule and `permitted` does not; `text` stands in the refusal.

    `behind` is the rule that refuses where this one is taken away; mostly none does.
    """

    refused: Step
    permitted: Step
    text: str = ""
    prepare: Step = lambda _esx: None
    profile: str | Profile = "seed-8.0u3"
    behind: str = ""


def toggle(address: str, enabled: bool = True, **more: object) -> Step:
    return lambda esx: esx.host.passthrough.update([PassthroughChange(address, enabled, **more)])


def place(**values: object) -> Step:
    entry = AutoStartEntry(**{"vm": "1", **values})
    return lambda esx: esx.host.autostarts.reconfigure(None, [entry])


def default(**values: object) -> Step:
    return lambda esx: esx.host.autostarts.reconfigure(AutoStartDefaults(**values))


def login(user: str = "root", password: str = PASSWORDS["root"], door: str = "api") -> Step:
    return lambda esx: esx.host.users.authenticate(user, password, door)


def fail_logins(times: int) -> Step:
    def act(esx: TestHost) -> None:
        for _ in range(times):
            with pytest.raises(RuleBroken):
                login(password="x")(esx)

    return act


def add_user(role: int | None = -2, name: str = "ops") -> Step:
    def act(esx: TestHost) -> None:
        esx.host.users.add(name, "a word")
        if role is not None:
            esx.host.roles.grant(name, role)

    return act


def give_boot_device_away(esx: TestHost) -> None:
    toggle(BOOT, apply_now=True)(esx)


def hide_datastore(esx: TestHost) -> None:
    toggle("0000:00:17.0", apply_now=True)(esx)


def with_two_datastores() -> Profile:
    seed = load_profile("seed-8.0u3")
    (first,) = seed.datastores
    return replace(seed, datastores=(replace(first, capacity_mib=1000), replace(first, name="two", capacity_mib=1000)))


def use(address: str) -> Step:
    return lambda esx: (toggle(address)(esx), esx.vms.uses.update({address: "win10"}))


def make_role(esx: TestHost) -> None:
    assert esx.host.roles.add("Operator", []).id == 11
    esx.host.roles.add("Other", [])


def in_use(esx: TestHost) -> None:
    make_role(esx)
    add_user(11)(esx)


def run_a_vm(esx: TestHost) -> None:
    esx.vms.on = ["dns"]


def know_a_vm(esx: TestHost) -> None:
    esx.vms.registered = {"1"}


PAIRS = {
    "autostart.unknown_vm": Pair(place(vm="2"), place(vm="1"), "There is no VM 2", know_a_vm),
    "autostart.bad_value": Pair(
        place(start_order=0), place(start_order=-1), "start order 0 is not allowed; allowed: -1 or above 0", know_a_vm
    ),
    "datastore.unknown": Pair(
        lambda esx: esx.host.datastores.resolve("[nowhere] x"),
        lambda esx: esx.host.datastores.resolve("[datastore1] x"),
        "no datastore nowhere",
    ),
    "datastore.inaccessible": Pair(
        lambda esx: esx.host.datastores.resolve("[datastore1] x"),
        lambda esx: esx.host.datastores.find("datastore1"),
        "Datastore datastore1",
        hide_datastore,
    ),
    "datastore.bad_path": Pair(
        lambda esx: esx.host.datastores.resolve("[datastore1] ../x"),
        lambda esx: esx.host.datastores.resolve("[datastore1] a/../x"),
        "'[datastore1] ../x'",
    ),
    "datastore.no_space": Pair(
        lambda esx: esx.host.datastores.check_space("datastore1", 953600 * MIB + 1),
        lambda esx: esx.host.datastores.check_space("datastore1", 953600 * MIB),
        "has 953600 MiB left, 953601 MiB are wanted",
    ),
    "datastore.bad_name": Pair(
        lambda esx: esx.host.datastores.rename("datastore1", "a]b"),
        lambda esx: esx.host.datastores.rename("datastore1", "a [b 1"),
        "The name 'a]b' is invalid",
    ),
    "datastore.name_taken": Pair(
        lambda esx: esx.host.datastores.rename("datastore1", "two"),
        lambda esx: esx.host.datastores.rename("datastore1", "datastore1"),
        "The name 'two' already exists",
        profile=with_two_datastores(),
    ),
    "kernel.unknown_option": Pair(
        lambda esx: esx.host.kernel_options.set("preferVmklinux", "TRUE"),
        lambda esx: esx.host.kernel_options.set("noIOMMU", "TRUE"),
        "preferVmklinux",
    ),
    "kernel.bad_value": Pair(
        lambda esx: esx.host.kernel_options.set("maxVMs", "-1"),
        lambda esx: esx.host.kernel_options.set("maxVMs", "0"),
        "value -1 for kernel option maxVMs of type uint32",
    ),
    "licence.restricted": Pair(
        lambda esx: esx.host.licence.refuse_write(),
        lambda esx: (
            esx.host.licence.install("SIMUL-STAND-00000-00000-00000"),
            esx.host.licence.refuse_write(),
        ),
        "prohibits execution",
        profile="free-licence",
    ),
    "licence.unknown_key": Pair(
        lambda esx: esx.host.licence.install("SIMUL"),
        lambda esx: esx.host.licence.install("SIMUL-STAND-00000-00000-00000"),
    ),
    "lockdown.unknown_mode": Pair(
        lambda esx: esx.host.lockdown.change("full"), lambda esx: esx.host.lockdown.change("strict"), "mode full"
    ),
    "lockdown.login": Pair(
        login(), login(door="dcui"), "root cannot log in by api", lambda esx: esx.host.lockdown.change("normal")
    ),
    "maintenance.enter_twice": Pair(
        lambda esx: esx.host.maintenance.enter(),
        lambda esx: (esx.host.maintenance.exit(), esx.host.maintenance.enter()),
        prepare=lambda esx: esx.host.maintenance.enter(),
    ),
    "maintenance.exit_outside": Pair(
        lambda esx: esx.host.maintenance.exit(),
        lambda esx: (esx.host.maintenance.enter(), esx.host.maintenance.exit()),
    ),
    "maintenance.vms_running": Pair(
        lambda esx: esx.host.maintenance.enter(),
        lambda esx: (esx.vms.on.clear(), esx.host.maintenance.enter()),
        "while these run: dns",
        run_a_vm,
    ),
    "maintenance.power_on": Pair(
        lambda esx: esx.host.maintenance.check_power_on(),
        lambda esx: (esx.host.maintenance.exit(), esx.host.maintenance.check_power_on()),
        prepare=lambda esx: esx.host.maintenance.enter(),
    ),
    "options.unknown_key": Pair(
        lambda esx: esx.host.options.set({"UserVars.Nothing": 1}),
        lambda esx: esx.host.options.set({"UserVars.SuppressShellWarning": 1}),
        "UserVars.Nothing",
        behind="options.bad_value",
    ),
    "options.bad_value": Pair(
        lambda esx: esx.host.options.set({"UserVars.SuppressShellWarning": 2}),
        lambda esx: esx.host.options.set({"UserVars.SuppressShellWarning": 1}),
        "Value 2 of advanced option UserVars.SuppressShellWarning is not allowed; allowed: a number from 0 to 1",
    ),
    "passthrough.unknown_device": Pair(
        toggle("0000:0a:00.0"), toggle(GPU), "0000:0a:00.0", behind="passthrough.enable_incapable"
    ),
    "passthrough.enable_incapable": Pair(toggle(BRIDGE), toggle(BRIDGE, False), BRIDGE),
    "passthrough.change_in_use": Pair(toggle(GPU, False), toggle(AUDIO), "in use by win10", use(GPU)),
    "passthrough.apply_now_unsupported": Pair(
        toggle(GPU, apply_now=True), toggle(GPU, apply_now=False), "Release 6.7", profile="seed-6.7"
    ),
    "passthrough.device_twice": Pair(
        lambda esx: esx.host.passthrough.update([PassthroughChange(GPU, True)] * 2),
        lambda esx: esx.host.passthrough.update([PassthroughChange(a, True) for a in (GPU, AUDIO)]),
        GPU,
    ),
    "passthrough.label_unsupported": Pair(
        toggle(GPU, hardware_label="gpu"), toggle(GPU), "Release 6.7", profile="seed-6.7"
    ),
    "power.is_off": Pair(
        lambda esx: esx.host.power.reset(),
        lambda esx: esx.host.power.power_on(),
        "The host is off",
        lambda esx: esx.host.stop(),
    ),
    "power.needs_maintenance": Pair(
        lambda esx: esx.host.power.reboot(), lambda esx: esx.host.power.reboot(force=True), "not in maintenance mode"
    ),
    "power.on_its_way_down": Pair(
        lambda esx: esx.host.power.reboot(force=True),
        lambda esx: (esx.scheduler.advance(1000), esx.host.power.reboot(force=True)),
        prepare=lambda esx: esx.host.power.reboot(force=True),
    ),
    "power.not_down": Pair(
        lambda esx: esx.host.power.power_on(),
        lambda esx: (esx.host.stop(), esx.host.power.power_on()),
        "The host is up",
    ),
    "roles.no_privilege": Pair(
        lambda esx: esx.host.roles.check("ops", "Host.Config.Power"),
        lambda esx: esx.host.roles.check("ops", "System.Read"),
        "ops lacks the privilege Host.Config.Power",
        add_user(),
    ),
    "roles.unknown": Pair(
        lambda esx: esx.host.roles.grant("ops", 99), lambda esx: esx.host.roles.grant("ops", -3), "no role 99"
    ),
    "roles.name_taken": Pair(
        lambda esx: esx.host.roles.change(11, "Other", []),
        lambda esx: esx.host.roles.change(11, "Operator", []),
        "A role Other",
        make_role,
    ),
    "roles.system": Pair(
        lambda esx: esx.host.roles.change(-2, "Reader", []),
        lambda esx: esx.host.roles.change(11, "Reader", []),
        "Role ReadOnly",
        make_role,
    ),
    "roles.used": Pair(
        lambda esx: esx.host.roles.remove(11), lambda esx: esx.host.roles.remove(12), "in use by ops", in_use
    ),
    "roles.last_administrator": Pair(
        lambda esx: esx.host.roles.grant("root", -2),
        lambda esx: (add_user(ADMINISTRATOR)(esx), esx.host.roles.grant("root", -2)),
        "root is the last administrator",
    ),
    "services.unknown": Pair(
        lambda esx: esx.host.services.start("sshd"), lambda esx: esx.host.services.start("ntpd"), "no service sshd"
    ),
    "services.unknown_policy": Pair(
        lambda esx: esx.host.services.set_policy("ntpd", "always"),
        lambda esx: esx.host.services.set_policy("ntpd", "automatic"),
        "Policy always of service ntpd",
    ),
    "state.boot_device_lost": Pair(
        lambda esx: esx.host.back_up(),
        lambda esx: (toggle(BOOT, False, apply_now=True)(esx), esx.host.back_up()),
        prepare=give_boot_device_away,
    ),
    "users.bad_login": Pair(login(password="x"), login()),
    "users.locked": Pair(
        login(),
        lambda esx: (esx.scheduler.advance(901), login()(esx)),
        "root is locked out after 5",
        fail_logins(5),
    ),
    "users.no_role": Pair(
        login("ops", "a word"),
        lambda esx: (esx.host.roles.grant("ops", -2), login("ops", "a word")(esx)),
        "ops has no role",
        add_user(None),
    ),
    "users.unknown": Pair(
        lambda esx: esx.host.users.change("eve", description="x"),
        lambda esx: esx.host.users.change("ops", description="x"),
        "no user eve",
        add_user(),
    ),
    "users.name_taken": Pair(add_user(), add_user(name="dev"), "A user ops", add_user()),
    "users.root_stays": Pair(
        lambda esx: esx.host.users.remove("root"),
        lambda esx: esx.host.users.remove("ops"),
        "root",
        add_user(),
        behind="roles.last_administrator",
    ),
}
# The same rules by other ways.
MORE = (
    ("autostart.bad_value", Pair(place(start_action="on"), place(start_action="powerOn"), "powerOn", know_a_vm)),
    ("autostart.bad_value", Pair(place(stop_action="kill"), place(stop_action="suspend"), "kill", know_a_vm)),
    ("autostart.bad_value", Pair(place(wait_for_heartbeat="?"), place(wait_for_heartbeat="yes"), "?", know_a_vm)),
    ("autostart.bad_value", Pair(place(start_delay=-2), place(start_delay=-1), "-2", know_a_vm)),
    ("autostart.bad_value", Pair(default(start_delay=-1), default(start_delay=0), "allowed: 0 or more")),
    ("autostart.bad_value", Pair(default(stop_action="systemDefault"), default(stop_action="none"), "systemDefault")),
    (
        "datastore.bad_name",
        Pair(
            lambda esx: esx.host.datastores.rename("datastore1", " "),
            lambda esx: esx.host.datastores.rename("datastore1", "a"),
        ),
    ),
    (
        "kernel.bad_value",
        Pair(
            lambda esx: esx.host.kernel_options.set("vga", "1"),
            lambda esx: esx.host.kernel_options.set("vga", "true"),
            "Bool",
        ),
    ),
    (
        "options.bad_value",
        Pair(
            lambda esx: esx.host.options.set({"Syslog.global.logHost": 1}),
            lambda esx: esx.host.options.set({"Syslog.global.logHost": ""}),
            "allowed: text",
        ),
    ),
    (
        "options.bad_value",
        Pair(
            lambda esx: esx.host.options.set({"Misc.LogToFile": True}),
            lambda esx: esx.host.options.set({"Misc.LogToFile": 0}),
            "True",
        ),
    ),
    ("passthrough.unknown_device", Pair(toggle("0000:0a:00.0", False), toggle(GPU, False), "0000:0a:00.0")),
    (
        "power.is_off",
        Pair(
            lambda esx: esx.host.power.shutdown(force=True),
            lambda esx: esx.host.stop(),
            "",
            lambda esx: esx.host.stop(),
        ),
    ),
    (
        "power.needs_maintenance",
        Pair(
            lambda esx: esx.host.power.shutdown(), lambda esx: (esx.host.maintenance.enter(), esx.host.power.shutdown())
        ),
    ),
    ("power.not_down", Pair(lambda esx: esx.host.start(), lambda esx: (esx.host.stop(), esx.host.start()), "up")),
    (
        "roles.last_administrator",
        Pair(lambda esx: esx.host.roles.revoke("root"), lambda esx: esx.host.roles.grant("root", ADMINISTRATOR)),
    ),
    (
        "roles.name_taken",
        Pair(lambda esx: esx.host.roles.add("Admin", []), lambda esx: esx.host.roles.add("Boss", []), "Admin"),
    ),
    (
        "roles.system",
        Pair(lambda esx: esx.host.roles.remove(-2), lambda esx: esx.host.roles.remove(11), "ReadOnly", make_role),
    ),
    ("users.bad_login", Pair(login("eve"), login("root"), behind="users.no_role")),
    (
        "users.unknown",
        Pair(lambda esx: esx.host.users.remove("eve"), lambda esx: esx.host.users.remove("ops"), "eve", add_user()),
    ),
)
ALL = [*PAIRS.items(), *MORE]
every_pair = pytest.mark.parametrize(
    ("rule_id", "pair"), ALL, ids=[f"{at}-{rule_id}" for at, (rule_id, _) in enumerate(ALL)]
)


@pytest.fixture(autouse=True)
def _rules_as_declared() -> Iterator[None]:
    yield
    rules.disabled.clear()


def prepared(pair: Pair, folder: Path) -> TestHost:
    esx = make_host(folder, pair.profile)
    pair.prepare(esx)
    return esx


def declared() -> set[str]:
    """Return the ids of the rules that the files of the host itself declare."""
    files = Path(lab.esxi.machine.__file__).parent.glob("*.py")
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files if not file.name.startswith(ABOUT_VMS)]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        ast.literal_eval(call.args[0]) for call in calls if isinstance(call.func, ast.Name) and call.func.id == "rule"
    }


def test_every_rule_has_its_pair():
    assert set(PAIRS) == declared()


@every_pair
def test_what_breaks_the_rule_is_refused_and_the_refusal_names_it(rule_id, pair, tmp_path):
    esx = prepared(pair, tmp_path)
    with pytest.raises(RuleBroken) as refused:
        pair.refused(esx)
    assert refused.value.rule.id == rule_id
    assert pair.text in str(refused.value)


@every_pair
def test_the_neighbor_is_permitted(rule_id, pair, tmp_path):
    pair.permitted(prepared(pair, tmp_path))


@every_pair
def test_without_the_rule_the_refusal_is_gone(rule_id, pair, tmp_path):
    esx = prepared(pair, tmp_path)
    rules.disabled.add(rule_id)
    assert refusal(esx, pair) == pair.behind


def refusal(esx: TestHost, pair: Pair) -> str:
    """Return the id of the rule that refuses, "" if none does."""
    try:
        pair.refused(esx)
    except RuleBroken as broken:
        return broken.rule.id
    return ""
