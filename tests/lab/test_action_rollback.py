"""The role fast_failover with a rollback, on routers without an engine: what is kept, taken back and said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.ios.faults import Fault
from tests.lab.seed_lab import seed_listing
from tests.lab.ssh_routers import SshRouters
from tests.lab.test_action import seed
from tests.lab.test_action_role import CONFIGURE, HOSTS, PLAN, VERIFY, configured, declare, of, role

KEEP, REVERT, STOPPED = "Keep the change and save it", "Take the change back", "Say what stopped the change"
BOUND = "Check that verify can end before the rollback's timer does"
ARCHIVE = ["archive", "path flash:fastpath", "exit"]


def started(directory: Path, *startup: str, seeded: bool = False) -> Iterator[SshRouters]:
    """Start four routers with the lines of a startup-config, behind them the seed's where wanted."""
    routers = SshRouters(directory, HOSTS)
    for host in HOSTS:
        lines = [*startup, *(seed_listing(host) if seeded else []), "end", ""]
        routers.startup_path(host).write_text("\n".join(lines))
    routers.start()
    yield routers
    routers.stop()
    assert routers.unknown() == []


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[SshRouters]:
    """Four routers without archive."""
    yield from started(tmp_path)


@pytest.fixture
def archived(tmp_path: Path) -> Iterator[SshRouters]:
    """Four routers with an archive and nothing else, saved."""
    yield from started(tmp_path, *ARCHIVE)


@pytest.fixture
def configured_routers(tmp_path: Path) -> Iterator[SshRouters]:
    """Four routers with an archive and the seed's configuration."""
    yield from started(tmp_path, *ARCHIVE, seeded=True)


def texts(routers):
    return {name: router.config_text() for name, router in routers.routers.items()}


def saved(routers):
    """Return the startup-configs."""
    return {host: routers.startup_path(host).read_text() for host in HOSTS}


def roll(**variables):
    """Return the role's task with a rollback, which looks once."""
    return role(fast_failover_rollback=True, fast_failover_verify_timeout=0, **variables)


def test_a_rollback_needs_an_archive_on_every_router(bare):
    records, _output = bare.play([declare(), roll()])
    for host in HOSTS:
        message = of(records, PLAN)[host]["result"]["msg"]
        assert message.startswith("Nothing was changed:\narchive: 'not enabled' is not allowed;")
    assert of(records, CONFIGURE) == {}
    assert configured(bare) == []


def test_verify_has_to_end_before_the_timer_does(archived):
    slow = role(fast_failover_rollback=True, fast_failover_rollback_min=1, fast_failover_verify_timeout=60)
    records, _output = archived.play([declare(), slow])
    message = of(records, BOUND)["R1"]["result"]["msg"]
    assert message == (
        "fast_failover_verify_timeout: 60 s is not allowed; allowed: less than 60 s, the 1 min of "
        "fast_failover_rollback_min. The routers would take the change back while it is verified: lower the one or "
        "raise the other."
    )
    assert of(records, PLAN) == {}


def test_what_verify_does_not_see_is_taken_back_on_all_routers(archived):
    before, startup = texts(archived), saved(archived)
    records, _output = archived.play([declare(), roll()])
    assert all(of(records, CONFIGURE)[host]["result"]["unconfirmed"] for host in HOSTS)
    assert all(of(records, REVERT)[host]["result"]["changed"] for host in HOSTS)
    assert {record["status"] for record in of(records, KEEP).values()} == {"skipped"}
    assert (texts(archived), saved(archived)) == (before, startup)
    (failure,) = of(records, STOPPED).values()
    message = failure["result"]["msg"]
    assert failure["status"] == "failed"
    assert message.startswith("The change was not kept on any router:\nR1: Not as expected after 0 s; last seen:\n")
    assert all(f"{host}: " in message for host in HOSTS)
    assert "BGP 10.10.10.2: expected Established" in message


def test_one_router_that_refuses_takes_the_change_back_on_all(archived):
    before = texts(archived)
    archived.fault("R3", Fault("refuse", after_line=8, text="Resource is busy"))
    try:
        records, _output = archived.play([declare(), roll()])
    finally:
        archived.clear_faults()
    refused = of(records, CONFIGURE)["R3"]["result"]["msg"]
    assert "Resource is busy" in refused
    assert refused.endswith("The whole change was taken back: the device has its former configuration.")
    assert {record["status"] for record in of(records, VERIFY).values()} == {"skipped"}
    assert sorted(host for host, record in of(records, REVERT).items() if record["status"] == "ok") == [
        "R1",
        "R2",
        "R4",
    ]
    assert texts(archived) == before
    (failure,) = of(records, STOPPED).values()
    assert failure["result"]["msg"] == f"The change was not kept on any router:\nR3: {refused}"


def test_a_change_without_anything_to_verify_is_confirmed_and_saved(configured_routers):
    without = {host: {key: value for key, value in seed(host).items() if key != "archive"} for host in HOSTS}
    away = roll(fast_failover_state="deleted", fast_failover_allow=["remove_bgp"])
    records, _output = configured_routers.play([declare(**without), away])
    for host in HOSTS:
        kept = of(records, KEEP)[host]["result"]
        assert (kept["commands"], kept["saved"]) == (["configure confirm"], True)
        assert "router bgp" not in saved(configured_routers)[host]
    assert configured(configured_routers) == []
    assert {record["status"] for record in of(records, REVERT).values()} == {"skipped"}
