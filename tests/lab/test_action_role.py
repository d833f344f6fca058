"""The role fast_failover on routers without an engine: what it stops, skips and says."""

from __future__ import annotations

import re

import pytest

from lab.ios.faults import Fault
from tests.lab.ssh_routers import SshRouters
from tests.lab.test_action import changed, seed

HOSTS = ("R1", "R2", "R3", "R4")
ROLE = "edgeworks.fastpath.fast_failover"
PREFLIGHT = "Check what the routers declare against each other"
PLAN = "Plan the change on every router"
CONFIGURE = "Bring the router to what is declared"
VERIFY = "Wait until the router shows what it should"


def declare(**configs):
    """Return the task that declares the seed's routing, with that of some routers replaced."""
    declared = {host: configs.get(host, seed(host)) for host in HOSTS}
    return {
        "name": "declare",
        "ansible.builtin.set_fact": {"fast_failover_config": "{{ declared[inventory_hostname] }}"},
        "vars": {"declared": declared},
    }


def role(**variables):
    return {"name": "role", "ansible.builtin.include_role": {"name": ROLE}, "vars": variables}


@pytest.fixture(scope="module")
def routers(tmp_path_factory):
    """Four routers without configuration."""
    routers = SshRouters(tmp_path_factory.mktemp("role"), HOSTS)
    routers.start()
    yield routers
    routers.stop()
    assert routers.unknown() == []


def of(records, task):
    return {record["host"]: record for record in records if record["task"] == task}


def configured(routers):
    return [name for name, router in routers.routers.items() if router.config.bgp is not None]


def test_preflight_stops_all_routers_with_all_findings(routers):
    wrong = declare(R2=changed(seed("R2"), "bgp", "asn", 64999), R3=changed(seed("R3"), "bgp", "timers", "holdtime", 2))
    records, _output = routers.play([wrong, role()])
    message = of(records, PREFLIGHT)["R1"]["result"]["msg"]
    assert of(records, PREFLIGHT)["R1"]["status"] == "failed"
    assert message.startswith("Nothing was sent to any router:\n")
    assert "R4 bgp neighbor 10.10.20.1 remote_as: 64512 is not allowed; allowed: 64999, the AS of R2." in message
    assert "R3 bgp.timers.holdtime" in message
    assert of(records, CONFIGURE) == {}
    assert configured(routers) == []


def test_a_refusal_of_one_router_stops_all_before_anything_is_sent(routers):
    unknown = declare(R3=changed(seed("R3"), "interfaces", 0, "name", "GigabitEthernet0/7"))
    records, _output = routers.play([unknown, role()])
    plans = of(records, PLAN)
    assert {host: record["status"] for host, record in plans.items()} == {
        "R1": "ok",
        "R2": "ok",
        "R3": "failed",
        "R4": "ok",
    }
    assert "interfaces[GigabitEthernet0/7]" in plans["R3"]["result"]["msg"]
    assert not any(plans[host]["result"]["changed"] for host in ("R1", "R2", "R4"))
    assert of(records, CONFIGURE) == {}
    assert configured(routers) == []


def test_check_mode_goes_through_and_skips_what_it_cannot_verify(routers):
    records, output = routers.play([declare(), role()], "--check")
    assert {host: record["result"]["changed"] for host, record in of(records, CONFIGURE).items()} == dict.fromkeys(
        HOSTS, True
    )
    assert "Check mode: R1, R2, R3, R4 would be changed; verify is skipped." in output
    assert {record["status"] for record in of(records, VERIFY).values()} == {"skipped"}
    assert configured(routers) == []


def test_verify_is_bounded_tells_what_it_waits_for_and_says_what_was_last_seen(routers):
    records, output = routers.play([declare(), role(fast_failover_verify_timeout=2, fast_failover_verify_interval=1)])
    assert sorted(configured(routers)) == list(HOSTS)
    for host in HOSTS:
        result = of(records, VERIFY)[host]["result"]
        assert result["failed"]
        assert 2 <= result["waited_s"] < 30
        first, *rest = result["msg"].splitlines()
        assert first == f"Not as expected after {result['waited_s']} s; last seen:"
        assert rest == result["failures"]
        assert "HSRP group 1 on Ethernet0/1: expected" in rest[-1]
        assert re.search(rf"^{host}: waiting, \d of 2 s: BFD .* \(and \d+ more\)$", output, re.MULTILINE)
    assert "RETRYING" not in output


def test_verify_does_not_wait_for_a_session_that_fails(routers):
    routers.fault("R1", Fault("refuse-login"))
    try:
        verify = role(fast_failover_verify_timeout=60)
        verify["ansible.builtin.include_role"]["tasks_from"] = "verify"
        records, _output = routers.play([declare(), verify], "--limit", "R1")
    finally:
        routers.clear_faults()
    result = of(records, VERIFY)["R1"]["result"]
    assert result["failed"]
    assert "The session could not be opened" in result["msg"]
    assert "waited_s" not in result


def test_deleted_takes_away_and_skips_what_it_cannot_check(routers):
    away = role(fast_failover_state="deleted", fast_failover_allow=["remove_bgp"])
    routers.play([declare(), role(fast_failover_verify_timeout=0)])
    records, _output = routers.play([declare(), away])
    assert configured(routers) == []
    assert {record["status"] for record in of(records, CONFIGURE).values()} == {"ok"}
    for skipped in (PREFLIGHT, VERIFY):
        assert {record["status"] for record in of(records, skipped).values()} == {"skipped"}
    records, _output = routers.play([declare(), away])
    assert not any(record["result"]["changed"] for record in of(records, CONFIGURE).values())
