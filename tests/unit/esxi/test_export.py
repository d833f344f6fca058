"""An export holds the whole state, without secrets, and compares hosts without what changes by itself."""

from __future__ import annotations

import json

import pytest

from lab.esxi.export import VOLATILE, comparable, export_host
from lab.esxi.machine.autostart import AutoStartDefaults
from lab.esxi.machine.mishaps import Mishap
from lab.esxi.machine.passthrough import PassthroughChange
from lab.esxi.profiles.profile import profile_names
from tests.unit.esxi.machine_host import PASSWORDS, TestHost, make_host

GPU = "0000:01:00.0"


@pytest.fixture
def esx(tmp_path) -> TestHost:
    return make_host(tmp_path)


def seen(esx: TestHost) -> dict[str, object]:
    return comparable(export_host(esx.host))


@pytest.mark.parametrize("profile", profile_names())
def test_every_host_is_exported_as_json_and_looks_the_same_again(profile, tmp_path):
    host = make_host(tmp_path, profile).host
    exported = export_host(host)
    assert json.loads(json.dumps(exported)) == exported
    assert json.dumps(comparable(export_host(host))) == json.dumps(comparable(exported))


def test_time_and_counters_are_marked_and_left_out(esx):
    before = export_host(esx.host)
    esx.scheduler.advance(100)
    esx.host.events.post("EventEx", "x")
    esx.host.datastores.resolve("[datastore1] vmware.log").write_bytes(b"x" * 2**21)
    after = export_host(esx.host)
    assert [before["state"]["power"][key] != after["state"]["power"][key] for key in ("boot_time", "uptime_s")] == [
        False,
        True,
    ]
    assert before["state"]["events"]["last_key"] + 1 == after["state"]["events"]["last_key"]
    assert (
        before["state"]["datastores"]["datastore1"]["free_mib"]
        != after["state"]["datastores"]["datastore1"]["free_mib"]
    )
    assert after["state"]["datastores"]["datastore1"]["logs"] == {"vmware.log": {"size": 2**21}}
    assert comparable(before) == comparable(after)
    for state in (comparable(before), comparable(after)):
        assert (set(state["power"]), state["events"]) == ({"state", "doors"}, {})
        assert "free_mib" not in state["datastores"]["datastore1"]
    assert after["state"]["power"]["uptime_s"]  # what was compared keeps its own values


def test_every_volatile_path_is_there(esx):
    for path in VOLATILE:
        found = export_host(esx.host)["state"]
        for key in path.split("."):
            found = next(iter(found.values())) if key == "*" else found[key]


def test_a_reboot_that_changes_nothing_is_not_seen(esx):
    esx.host.back_up()
    before = seen(esx)
    esx.reboot()
    assert seen(esx) == before


CHANGES = {
    "owner": lambda host: host.passthrough.update([PassthroughChange(GPU, True)]),
    "hardware label": lambda host: host.passthrough.update([PassthroughChange(GPU, False, None, "gpu")]),
    "map": lambda host: (host.ramdisk.root / "etc/vmware/passthru.map").write_text("x"),
    "a new file": lambda host: (host.ramdisk.root / "etc/new").write_text("x"),
    "archive": lambda host: host.back_up(),
    "service": lambda host: host.services.start("ntpd"),
    "policy": lambda host: host.services.set_policy("ntpd", "on"),
    "lockdown": lambda host: host.lockdown.change("normal"),
    "exceptions": lambda host: host.lockdown.set_exceptions(["ops"]),
    "maintenance": lambda host: host.maintenance.enter(),
    "kernel option": lambda host: host.kernel_options.set("vga", "FALSE"),
    "option": lambda host: host.options.set({"UserVars.DcuiTimeOut": 1}),
    "licence": lambda host: host.licence.install("SIMUL-FREE0-00000-00000-00000"),
    "user": lambda host: host.users.add("ops", "a word"),
    "role": lambda host: host.roles.add("Operator", []),
    "permission": lambda host: host.roles.grant("ops", -2),
    "autostart": lambda host: host.autostarts.reconfigure(AutoStartDefaults(enabled=True)),
    "datastore's name": lambda host: host.datastores.rename("datastore1", "fast"),
    "datastore's file": lambda host: host.datastores.resolve("[datastore1] x").write_text("x"),
    "mishap": lambda host: host.mishaps.order(Mishap("never_back")),
    "power": lambda host: host.power.reboot(force=True),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_is_seen(change, esx):
    before = seen(esx)
    change(esx.host)
    assert seen(esx) != before


def test_a_device_shows_both_owners_and_what_is_gone_stays_configured(esx):
    esx.host.passthrough.update([PassthroughChange(GPU, True, False)])
    device = seen(esx)["pci"][GPU]
    assert (device["configured_owner"], device["current_owner"], device["reset_method"]) == (
        "passthru", "vmkernel", "bridge",
    )  # fmt: skip
    esx.host.mishaps.order(Mishap("moved_pci", addresses={GPU: "0000:04:00.0"}))
    esx.reboot()
    assert (GPU in seen(esx)["pci"], seen(esx)["passthrough"]["configured"]) == (False, [GPU])


def test_an_export_holds_no_secret(esx):
    esx.host.users.add("ops", "a word")
    (esx.host.ramdisk.root / "etc/secret").write_text("a key")
    esx.host.datastores.resolve("[datastore1] secret").write_text("a key")
    text = json.dumps(export_host(esx.host))
    hashes = esx.host.config.get("users")["hashes"]["ops"]
    for secret in (*PASSWORDS.values(), "a word", "a key", *hashes):
        assert secret not in text


def test_no_link_is_followed(esx, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_text("x")
    folder = esx.host.datastores.all[0].folder
    (folder / "link").symlink_to(tmp_path / "outside")
    (folder / "dangling").symlink_to("nowhere")
    files = seen(esx)["datastores"]["datastore1"]["files"]
    assert files == {"dangling": {"link": "nowhere"}, "link": {"link": str(tmp_path / "outside")}}
