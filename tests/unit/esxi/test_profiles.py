"""Profiles: those that come with the lab boot, and one that is wrong says everything that is."""

from __future__ import annotations

import copy
from itertools import product

import pytest
import yaml

from lab.errors import LabError
from lab.esxi.profiles.outcome_rows import ANY, COLUMNS
from lab.esxi.profiles.profile import PROFILES, InvalidProfile, load_profile, profile_names, read_profile
from tests.unit.esxi.machine_host import make_host

GPU, AUDIO, BOARD_GPU = "0000:01:00.0", "0000:01:00.1", "0000:00:02.0"


def raw_seed() -> dict[str, object]:
    """Return what the seed's profile says, with a name and one row of outcomes."""
    raw = yaml.safe_load((PROFILES / "seed-8.0u3.yml").read_text(encoding="utf-8"))
    row = {**dict.fromkeys(COLUMNS, ANY), "code": 0, "source": "S"}
    return {"name": "mine", "outcomes": [row], **raw}


def findings(raw: object) -> list[str]:
    with pytest.raises(InvalidProfile) as caught:
        read_profile(raw)
    return [str(finding) for finding in caught.value.findings]


def write(folder, name: str, **values: object) -> str:
    path = folder / f"{name}.yml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return str(path)


def test_every_kind_of_host_comes_with_the_lab():
    assert profile_names() == (
        "acs-check", "four-functions", "free-licence", "large-bar", "loaded", "map-line", "nothing-capable",
        "seed-6.7", "seed-7.0u3", "seed-8.0u3", "single-gpu", "two-gpus",
    )  # fmt: skip


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_reads_and_boots(name, tmp_path):
    host = make_host(tmp_path, name).host
    assert (host.profile.name, host.power.state, host.lost) == (name, "up", ())
    assert host.doors == ({"api", "ssh"} if name == "free-licence" else {"api"})
    assert [store.accessible for store in host.datastores.all] == [True]
    assert len(host.pci.devices) == len(host.profile.pci)


@pytest.mark.parametrize(
    ("name", "capable"),
    [
        ("seed-8.0u3", {BOARD_GPU, "0000:00:14.0", "0000:00:17.0", "0000:00:1f.6", GPU, AUDIO, "0000:02:00.0"}),
        ("nothing-capable", set()),
        ("map-line", {BOARD_GPU, "0000:00:14.0", "0000:00:17.0", "0000:00:1f.6", "0000:02:00.0"}),
        ("acs-check", {BOARD_GPU, "0000:00:14.0", "0000:00:17.0", "0000:00:1f.6", "0000:02:00.0"}),
    ],
)
def test_what_can_be_passed_through_differs(name, capable, tmp_path):
    host = make_host(tmp_path, name).host
    assert {address for address, device in host.pci.devices.items() if device.capable} == capable


def test_a_profile_takes_another_as_its_base(tmp_path):
    host = make_host(tmp_path, "free-licence").host
    assert (host.release.name, host.licence.edition.free, host.services.is_running("TSM-SSH")) == ("7.0U3", True, True)


def test_devices_are_changed_added_and_taken_out_by_their_addresses():
    single, four = load_profile("single-gpu"), load_profile("four-functions")
    assert BOARD_GPU not in [device.address for device in single.pci]
    assert [device.address for device in single.pci if device.console] == [GPU]
    functions = {device.address[-1]: device.device_id for device in four.pci if device.slot == "0000:01:00"}
    assert functions == {"0": 0x2184, "1": 0x1AEB, "2": 0x1AEC, "3": 0x1AED}


def test_a_large_bar_is_above_16_gib():
    assert max(sum(device.bars_mib) for device in load_profile("large-bar").pci) > 16 * 1024


def test_a_profile_of_ones_own_extends_one_of_the_lab(tmp_path):
    path = write(tmp_path, "mine", extends="two-gpus", title="Mine", pci_changes={BOARD_GPU: None})
    mine = load_profile(path)
    assert (mine.name, mine.title, len(mine.pci)) == ("mine", "Mine", len(load_profile("two-gpus").pci) - 1)


def test_a_profile_extends_the_one_beside_it_by_its_file(tmp_path):
    write(tmp_path, "base", extends="seed-6.7", title="Base")
    assert load_profile(write(tmp_path, "top", extends="base.yml", title="Top")).release == "6.7"


def test_a_profile_that_extends_itself_is_refused(tmp_path):
    write(tmp_path, "a", extends="b.yml")
    path = write(tmp_path, "b", extends="a.yml")
    with pytest.raises(LabError, match=r"b\.yml: extends itself by way of b\.yml, a\.yml"):
        load_profile(path)


def test_a_profile_that_is_not_there_names_those_that_are():
    with pytest.raises(LabError, match=r"no profile 'sead'; allowed: acs-check, .*, or the path of a \.yml file"):
        load_profile("sead")


def test_a_file_that_is_no_profile_is_refused(tmp_path):
    (tmp_path / "a.yml").write_text("[1", encoding="utf-8")
    (tmp_path / "b.yml").write_text("- 1", encoding="utf-8")
    with pytest.raises(LabError, match=r"a\.yml: not readable as YAML"):
        load_profile(str(tmp_path / "a.yml"))
    with pytest.raises(InvalidProfile, match="a mapping"):
        load_profile(str(tmp_path / "b.yml"))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ([GPU], "a mapping from addresses"),
        ({GPU: 5}, "a mapping of what changes, or null"),
        ({"0000:09:00.0": None}, "an address that is there"),
        ({GPU: {"colour": "red"}}, "colour"),
        ({"0000:09:00.0": {"class_id": 1}}, "vendor_id"),
        ({"9:0.0": {**raw_seed()["pci"][0], "address": "x"}}, "dddd:bb:ss.f"),
    ],
)
def test_a_change_of_devices_that_cannot_be_is_refused(changes, says, tmp_path):
    with pytest.raises(InvalidProfile) as caught:
        load_profile(write(tmp_path, "mine", extends="seed-8.0u3", pci_changes=changes))
    assert says in str(caught.value)


def test_everything_that_is_wrong_is_said_at_once():
    raw = raw_seed()
    raw["pci"][8]["vendor_id"] = "10de"
    raw["pci"][9]["capability"] = "perhaps"
    raw["hardware"]["cores"] = 0
    raw["colour"] = "red"
    raw["vms"] = {}
    del raw["title"]
    said = findings(raw)
    assert "profile.pci[8].vendor_id: '10de' is not allowed; allowed: a whole number. Correct it." in said
    for part in ("capability 'perhaps'", "cores 0", "profile.colour", "profile.title: None", "profile.vms: {}"):
        assert any(part in finding for finding in said), part
    assert len(said) == 6


@pytest.mark.parametrize(
    ("where", "value", "says"),
    [
        (("release",), "9.0", "profile.release: '9.0' is not allowed; allowed: 6.7, 7.0U3, 8.0U3"),
        (("licence",), "gold", "profile.licence: 'gold'"),
        (("boot_disk",), "none", "profile.boot_disk: 'none'"),
        (("coredump_disk",), "none", "profile.coredump_disk: 'none'"),
        (("uplinks",), ["vmnic9"], "profile.uplinks: 'vmnic9' is not allowed; allowed: vmnic0"),
        (("uplinks",), [], "profile.uplinks: [] is not allowed; allowed: at least one of the pnics"),
        (("enabled",), ["0000:0a:00.0"], "profile.enabled: '0000:0a:00.0'"),
        (("services",), [{"key": "sshd", "policy": "on"}], "profile.services.key: 'sshd'"),
        (("services",), [{"key": "TSM", "policy": "yes"}], "profile.services.policy: 'yes'"),
        (("users",), [{"name": "ops", "role": "Boss"}], "profile.users.role: 'Boss'"),
        (("users",), [{"name": "root"}], "profile.users: 'root' is not allowed; allowed: each name once"),
        (("vms",), [{"name": "a"}, {"name": "a"}], "profile.vms: 'a'"),
        (("pci", 8, "address"), "0000:01:00.1", "profile.pci: '0000:01:00.1'"),
        (("pci", 8, "bridge"), "0000:00:14.0", "profile.pci.bridge: '0000:00:14.0'"),
        (("adapters", 0, "pci"), "0000:0a:00.0", "profile.adapters.pci: '0000:0a:00.0'"),
        (("adapters", 0, "device"), "vmhba32", "profile.adapters: 'vmhba32'"),
        (("pnics", 0, "pci"), "0000:0a:00.0", "profile.pnics.pci: '0000:0a:00.0'"),
        (("disks", 0, "adapter"), "vmhba9", "profile.disks.adapter: 'vmhba9'"),
        (("datastores", 0, "disk"), "none", "profile.datastores.disk: 'none'"),
        (("datastores", 0, "capacity_mib"), 953870, "953870 is not allowed; allowed: at most 953869 MiB"),
    ],
)
def test_what_contradicts_something_else_is_found(where, value, says):
    raw = copy.deepcopy(raw_seed())
    read_profile(raw)  # right before the change
    at = raw
    for key in where[:-1]:
        at = at[key]
    at[where[-1]] = value
    assert any(says in finding for finding in findings(raw))


def test_what_a_guest_makes_of_a_card_is_said_for_every_case():
    rows = load_profile("seed-8.0u3").outcomes
    for values in product(*COLUMNS.values()):
        case = dict(zip(COLUMNS, values))
        assert any(row.matches(**case) for row in rows), case


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"code": 44}, "code 44 is not allowed; allowed: 0, 43, 34, 12, 22, 28"),
        ({"event": "lunch"}, "event 'lunch' is not allowed; allowed: any, first_power_on"),
        ({"source": "X"}, "source 'X' is not allowed"),
        ({"source": "U"}, "a guess says in `unverified`"),
    ],
)
def test_a_row_of_outcomes_is_checked(change, says):
    raw = raw_seed()
    raw["outcomes"][0].update(change)
    assert says in findings(raw)[0]
