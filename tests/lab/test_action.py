"""ios_fast_failover over SSH and network_cli: every state, check mode, refusals, backup, save and faults."""

from __future__ import annotations

import copy
import json
import stat
from pathlib import Path

import pytest
import yaml

from lab.ios.faults import Fault
from tests.lab.ssh_routers import ROOT, SshRouters

MODULE = "edgeworks.fastpath.ios_fast_failover"
BFD = {"interval": 100, "min_rx": 100, "multiplier": 3}


def seed(host):
    """Return the configuration that the lab's inventory declares."""
    text = (ROOT / "inventories" / "lab" / "host_vars" / f"{host}.yml").read_text()
    config = yaml.safe_load(text)["fast_failover_config"]
    for interface in config["interfaces"]:
        interface["bfd"] = dict(BFD)
    return config


def changed(config, *path_and_value):
    """Return a copy of the configuration with the value at the path replaced."""
    *path, last, value = path_and_value
    copied = copy.deepcopy(config)
    target = copied
    for key in path:
        target = target[key]
    target[last] = value
    return copied


def task(name, *, check=False, fails=False, **options):
    return {
        "name": name,
        MODULE: options,
        "check_mode": check,
        "diff": check,
        "ignore_errors": fails,
    }


def without_neighbor(config):
    """Return the configuration without its second neighbor and with another hold time."""
    copied = changed(config, "bgp", "timers", {"keepalive": 10, "holdtime": 30})
    copied["bgp"]["neighbors"].pop()
    return copied


R2 = seed("R2")
DELETED = {"interfaces": [{"name": "Ethernet0/0"}], "bgp": {"asn": 64512}}
REFUSALS = {
    "multiplier 2": ({"config": changed(R2, "interfaces", 0, "bfd", "multiplier", 2)}, ("multiplier", "2", "3")),
    "interval 10": ({"config": changed(R2, "interfaces", 0, "bfd", "interval", 10)}, ("interval", "10", "50")),
    "AS 0": ({"config": changed(R2, "bgp", "asn", 0)}, ("asn", "'0'")),
    "bad mask": ({"config": changed(R2, "interfaces", 0, "ipv4", "10.10.20.1/33")}, ("ipv4", "10.10.20.1/33")),
    "unknown interface": (
        {"config": changed(R2, "interfaces", 0, "name", "Ethernet9/9")},
        ("Ethernet9/9", "Ethernet0/0"),
    ),
    "neighbor without switch": ({"config": without_neighbor(R2)}, ("remove_neighbor", "192.168.1.2")),
    "AS without switch": ({"config": changed(R2, "bgp", "asn", 64999)}, ("change_asn", "64999")),
    "BGP without switch": ({"config": DELETED, "state": "deleted"}, ("remove_bgp", "64512")),
    "management without switch": (
        {
            "config": changed(R2, "interfaces", 0, "ipv4", "10.10.20.9/24"),
            "management_interface": "Ethernet0/0",
        },
        ("change_management", "Ethernet0/0"),
    ),
}


def states(directory):
    """Return the tasks that take a router through every state, in one run of ansible-playbook."""
    merged = {"interfaces": R2["interfaces"]}
    backup = {"backup": True, "backup_options": {"dir_path": str(directory / "backup"), "filename": "R2.cfg"}}
    gone = {"config": DELETED, "state": "deleted", "allow": ["remove_bgp"]}
    return [
        task("merged, check", check=True, config=merged),
        task("merged", config=merged, save="never"),
        task("merged again", config=merged),
        task("replaced, check", check=True, config=R2, state="replaced"),
        task("replaced", config=R2, state="replaced", **backup),
        task("replaced again", config=R2, state="replaced"),
        task("saved always", config=R2, state="replaced", save="always"),
        *[task(name, fails=True, **{"state": "replaced", **options}) for name, (options, _message) in REFUSALS.items()],
        task("gathered", state="gathered"),
        task("rendered", state="rendered", config=R2),
        task(
            "neighbor removed, check",
            check=True,
            config=without_neighbor(R2),
            state="replaced",
            allow=["remove_neighbor"],
        ),
        task("neighbor removed", config=without_neighbor(R2), state="replaced", allow=["remove_neighbor"]),
        task("replaced back", config=R2, state="replaced"),
        task("deleted, check", check=True, **gone),
        task("deleted", **gone),
        task("deleted again", **gone),
    ]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return results by task name, the output, and the directory of one run through all states."""
    directory = tmp_path_factory.mktemp("states")
    routers = SshRouters(directory, ("R2",))
    routers.start()
    try:
        records, output = routers.play(states(directory))
        assert routers.unknown() == []
    finally:
        routers.stop()
    return {record["task"]: record["result"] for record in records}, output, directory


@pytest.fixture(scope="module")
def results(run):
    return run[0]


@pytest.mark.parametrize("step", ["merged", "replaced", "neighbor removed", "deleted"])
def test_check_mode_predicts_what_is_done(results, step):
    checked, done = results[f"{step}, check"], results[step]
    assert done["changed"]
    assert done["commands"]
    for part in ("changed", "commands", "diff", "before", "after", "pending"):
        assert checked[part] == done[part], part
    assert not checked["saved"]


@pytest.mark.parametrize("step", ["merged", "replaced", "deleted"])
def test_second_run_changes_nothing(results, step):
    again = results[f"{step} again"]
    assert not again["changed"]
    assert again["commands"] == []
    assert again["before"] == again["after"] == results[step]["after"]
    assert not again["saved"]


def test_diff_is_shown(run):
    _results, output, _directory = run
    assert "+ bfd interval 100 min_rx 100 multiplier 3" in output
    assert "- neighbor 192.168.1.2 remote-as 64512" in output


def test_merged_adds_only_what_it_names(results):
    assert results["merged"]["commands"][0] == "interface Ethernet0/0"
    assert "bgp" not in results["merged"]["after"]


def test_gathered_is_what_was_declared(results):
    gathered = results["gathered"]["gathered"]
    assert gathered == results["replaced"]["after"]
    assert [neighbor["address"] for neighbor in gathered["bgp"]["neighbors"]] == ["10.10.20.2", "192.168.1.2"]
    assert gathered["route_maps"] == [
        {
            "name": "ATTACH_MED",
            "entries": [
                {"sequence": 10, "action": "permit", "match": {"ip_address": ["BGP_MED"]}, "set": {"metric": 10}},
                {"sequence": 20, "action": "permit"},
            ],
        }
    ]


def test_rendered_is_what_an_empty_router_gets(results):
    pushed = set(results["merged"]["commands"]) | set(results["replaced"]["commands"])
    assert set(results["rendered"]["rendered"]) == pushed


def test_removed_neighbor_comes_back(results):
    removed = results["neighbor removed"]
    assert removed["commands"] == ["router bgp 64512", "timers bgp 10 30", "no neighbor 192.168.1.2"]
    assert removed["pending"][0]["command"] == "clear ip bgp 10.10.20.2"
    assert results["replaced back"]["after"] == results["replaced"]["after"]


def test_deleted_takes_fast_failover_and_leaves_the_rest(results):
    after = results["deleted"]["after"]
    assert "bgp" not in after
    assert after["interfaces"][0] == {
        "name": "Ethernet0/0",
        "ipv4": "10.10.20.1/24",
        "enabled": True,
        "redirects": True,
        "bfd": {"echo": True},
        "hsrp": [],
    }
    assert after["interfaces"][1] == results["replaced"]["after"]["interfaces"][1]
    assert after["access_lists"] == results["replaced"]["after"]["access_lists"]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_wrong_input_is_refused_before_any_change(results, refusal):
    result = results[refusal]
    assert result["failed"]
    assert not result.get("changed")
    assert result["msg"].startswith("Nothing was changed:\n")
    for word in REFUSALS[refusal][1]:
        assert word in result["msg"], result["msg"]


def test_backup_is_what_was_there_before_and_never_returned(run):
    results, _output, directory = run
    path = Path(results["replaced"]["backup_path"])
    assert path == directory / "backup" / "R2.cfg"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "ip address 10.10.20.1 255.255.255.0" in path.read_text()
    assert "router bgp" not in path.read_text()
    assert "secret" in path.read_text(), "the file is as the router shows it"
    assert "enable secret" not in json.dumps(results)


def test_save(run):
    results, _output, _directory = run
    saved = {step: results[step]["saved"] for step in ("merged", "merged again", "replaced", "saved always")}
    assert saved == {"merged": False, "merged again": False, "replaced": True, "saved always": True}
    assert not results["saved always"]["changed"]


LINE = 5  # one that opens no submode
FAULTS = {
    "R1": (Fault("hang", after_line=LINE), "Line {number} of {count}, '{line}': no answer in time"),
    "R2": (Fault("drop", after_line=LINE), "Line {number} of {count}, '{line}': the device closed the connection"),
    "R3": (
        Fault("refuse", after_line=LINE, text="Resource is busy"),
        "line {number} `{line}`: the device answered `% Resource is busy`",
    ),
    "R4": (Fault("refuse-login"), "The session could not be opened"),
}


@pytest.fixture(scope="module")
def faults(tmp_path_factory):
    """Return the results by host of a run into faults and of the two runs after it."""
    routers = SshRouters(tmp_path_factory.mktemp("faults"), tuple(FAULTS))
    routers.start()
    configure = {MODULE: {"config": "{{ seed[inventory_hostname] }}", "state": "replaced"}}
    seeds = {"seed": {host: seed(host) for host in FAULTS}}
    predict = {**configure, "name": "predicted", "check_mode": True, "vars": seeds}
    try:
        predicted, _output = routers.play([predict])
        for host, (fault, _message) in FAULTS.items():
            routers.fault(host, fault)
        faulty, _output = routers.play([{**configure, "name": "faulty", "vars": seeds}])
        routers.clear_faults()
        after = [{**configure, "name": name, "vars": seeds} for name in ("next run", "run after it")]
        healed, _output = routers.play(after)
        assert routers.unknown() == []
    finally:
        routers.stop()
    records = [*predicted, *faulty, *healed]
    return {(record["task"], record["host"]): record["result"] for record in records}


@pytest.mark.parametrize("host", FAULTS)
def test_fault_is_an_error_that_names_the_line(faults, host):
    commands = faults["predicted", host]["commands"]
    result = faults["faulty", host]
    assert result["failed"]
    assert FAULTS[host][1].format(number=LINE, count=len(commands), line=commands[LINE - 1]) in result["msg"]
    assert "login-word" not in json.dumps(result)


@pytest.mark.parametrize("host", FAULTS)
def test_next_run_after_a_fault_converges(faults, host):
    healed, quiet = faults["next run", host], faults["run after it", host]
    assert healed["changed"]
    assert healed["after"] == faults["predicted", host]["after"]
    assert not quiet["changed"]


@pytest.mark.parametrize("host", ["R1", "R2"])
def test_next_run_continues_where_the_session_was_lost(faults, host):
    assert len(faults["next run", host]["commands"]) < len(faults["predicted", host]["commands"])
