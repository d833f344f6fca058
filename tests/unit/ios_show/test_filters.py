"""The filters as Ansible loads them: through templates, by their full names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.edgeworks.fastpath.plugins.filter import (
    bfd_detection_time,
    failover_drill_summary,
    fast_failover_doubts,
    fast_failover_expectations,
    fast_failover_failures,
    fast_failover_findings,
    fast_failover_table,
)
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.info import run_info

from .fleet_cases import Configs, amended, neighbor
from .test_info import FakeRouter, answers

FILTERS = Path(__file__).parents[3] / "plugins" / "filter"
MODULES = (
    bfd_detection_time,
    failover_drill_summary,
    fast_failover_doubts,
    fast_failover_expectations,
    fast_failover_failures,
    fast_failover_findings,
    fast_failover_table,
)
TIMERS = {"interval": 100, "min_rx": 100, "multiplier": 3}


def filter_of(module: Any) -> Any:
    """Return the filter that a file offers."""
    name = module.__name__.rpartition(".")[2]
    return module.FilterModule().filters()[name]


@pytest.mark.parametrize("module", MODULES)
def test_every_filter_has_its_sidecar(module: Any) -> None:
    name = module.__name__.rpartition(".")[2]
    document = yaml.safe_load((FILTERS / f"{name}.yml").read_text())
    assert document["DOCUMENTATION"]["name"] == name
    assert document["DOCUMENTATION"]["version_added"] == "1.0.0"
    assert f"edgeworks.fastpath.{name}" in document["EXAMPLES"]
    assert document["RETURN"]["_value"]["type"]
    assert module.NAME.split(".")[-1] == name


def test_every_file_is_tested() -> None:
    files = {path.stem for path in FILTERS.iterdir() if path.suffix in (".py", ".yml")}
    assert files == {module.__name__.rpartition(".")[2] for module in MODULES}


def test_detection_time() -> None:
    compute = filter_of(bfd_detection_time)
    assert compute(TIMERS, TIMERS) == {"mode": "echo", "detection_time_ms": 300}
    slow = {**TIMERS, "interval": 400, "echo": False}
    assert compute(TIMERS, slow) == {"mode": "asynchronous", "detection_time_ms": 1200}


@pytest.mark.parametrize(
    ("own", "peer", "text"),
    [
        ("100", TIMERS, "expected the bfd options of an interface as a dict, got '100'"),
        (TIMERS, None, "expected the bfd options of an interface as a dict, got None"),
        ({"echo": True}, TIMERS, "allowed: interval, min_rx and multiplier. State all three."),
        ({**TIMERS, "multiplier": 2}, TIMERS, "allowed: 3 to 50"),
    ],
)
def test_detection_time_refuses(own: Any, peer: Any, text: str) -> None:
    with pytest.raises(AnsibleFilterError, match=r"edgeworks\.fastpath\.bfd_detection_time: ") as caught:
        filter_of(bfd_detection_time)(own, peer)
    assert text in str(caught.value)


def test_findings() -> None:
    def change(configs: Configs) -> None:
        configs["R1"]["bgp"]["neighbors"].append({"address": "10.10.10.9", "remote_as": 65001})

    find = filter_of(fast_failover_findings)
    assert {item["severity"] for item in find(amended())} == {"warning"}
    assert find(amended(change))[0]["check"] == "unknown_peer"
    assert {item["severity"] for item in find(amended(change), ["10.10.10.9"])} == {"warning"}


@pytest.mark.parametrize(
    ("models", "external", "platform", "text"),
    [
        (["R1"], [], "auto", "expected a dict of host and configuration"),
        ({"R1": None}, [], "auto", "expected a dict of host and configuration"),
        ({}, "10.0.0.1", "auto", "expected external_peers as a list of addresses"),
        ({}, 5, "auto", "expected external_peers as a list of addresses"),
        ({}, ["10.0.0.1/24", "R9"], "auto", "external_peers: 'R9' is not allowed; allowed: IPv4 addresses"),
        ({}, [], "nxos", "platform: 'nxos' is not allowed; allowed: auto, ios, iosxe, ios_legacy"),
    ],
)
def test_findings_refuse(models: Any, external: Any, platform: str, text: str) -> None:
    with pytest.raises(AnsibleFilterError, match=r"edgeworks\.fastpath\.fast_failover_findings: ") as caught:
        filter_of(fast_failover_findings)(models, external, platform)
    assert text in str(caught.value)


def test_expectations_and_failures() -> None:
    expect, fail = filter_of(fast_failover_expectations), filter_of(fast_failover_failures)
    expected = expect(amended(), "R1")
    assert [item["next_hop"] for item in expected["routes"]] == ["192.168.1.3", "10.10.10.2"]
    other = expect(amended(), "R1", [{"prefix": "0.0.0.0/0", "next_hop": "10.10.10.2"}])
    assert [item["prefix"] for item in other["routes"]] == ["0.0.0.0/0"]
    info = run_info(FakeRouter(answers()))
    assert "BGP 192.168.1.3: expected Established, seen Idle (Admin)" in fail(expected, info)
    assert "route 0.0.0.0/0: expected via 10.10.10.2, seen no BGP route" in fail(other, info)
    assert expect(amended(), "R1", [])["routes"] == []


@pytest.mark.parametrize(
    ("models", "host", "routes", "text"),
    [
        (None, "R1", None, "expected a dict of host and configuration"),
        ({"R1": {}}, "R2", None, "host: 'R2' is not allowed; allowed: R1"),
        ({"R1": {"bgp": {"asn": 0}}}, "R1", None, "R1 bgp.asn: 0 is not allowed"),
        ({"R1": {}}, "R1", "10.0.0.0/8", "expected expected_routes as a list"),
        ({"R1": {}}, "R1", ["10.0.0.0/8"], "allowed: a list of ExpectedRoute dicts"),
    ],
)
def test_expectations_refuse(models: Any, host: str, routes: Any, text: str) -> None:
    with pytest.raises(AnsibleFilterError, match=r"edgeworks\.fastpath\.fast_failover_expectations: ") as caught:
        filter_of(fast_failover_expectations)(models, host, routes)
    assert text in str(caught.value)


@pytest.mark.parametrize(("expected", "info"), [([], {}), ({}, None), ({"bfd": [{}]}, {}), ({}, {"bgp_neighbors": 1})])
def test_failures_refuse(expected: Any, info: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"edgeworks\.fastpath\.fast_failover_failures: "):
        filter_of(fast_failover_failures)(expected, info)


def test_table() -> None:
    text = filter_of(fast_failover_table)({"R1": run_info(FakeRouter(answers()))})
    assert "R1      10.10.10.2  Ethernet0/0  Up     echo  100 ms x 3  300 ms" in text


@pytest.mark.parametrize("infos", [None, {"R1": 5}, {"R1": {"hsrp_groups": 5}}])
def test_table_refuses(infos: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"edgeworks\.fastpath\.fast_failover_table: "):
        filter_of(fast_failover_table)(infos)


PLAY = """
- hosts: localhost
  connection: local
  gather_facts: false
  vars:
    asn: 64513
    found: "{{ models | edgeworks.fastpath.fast_failover_findings }}"
    expected: "{{ models | edgeworks.fastpath.fast_failover_expectations('R1') }}"
    failures: "{{ expected | edgeworks.fastpath.fast_failover_failures(info) }}"
    timers: {interval: 100, min_rx: 100, multiplier: 3}
  tasks:
    - ansible.builtin.assert:
        that:
          - found | map(attribute='severity') | unique == ['warning']
          - failures[0] is match('BFD 192.168.1.3 on Ethernet0/1')
          - "'BFD sessions' in {'R1': info} | edgeworks.fastpath.fast_failover_table"
          - (timers | edgeworks.fastpath.bfd_detection_time(timers)).detection_time_ms == 300
"""


def test_the_filters_take_what_templates_hand_over(tmp_path: Path) -> None:
    def change(configs: Configs) -> None:
        neighbor(configs, "R1", 0)["remote_as"] = "{{ asn }}"

    variables = {"models": amended(change), "info": run_info(FakeRouter(answers()))}
    (tmp_path / "vars.yml").write_text(yaml.safe_dump(variables))
    (tmp_path / "play.yml").write_text(PLAY)
    program = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-e", "@vars.yml", "play.yml"]
    settings = {
        "ANSIBLE_COLLECTIONS_PATH": str(FILTERS.parents[1] / "collections"),
        "ANSIBLE_HOME": str(tmp_path),
        "ANSIBLE_LOCAL_TEMP": str(tmp_path / "tmp"),
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(program, cwd=tmp_path, env=settings, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
