"""A change under IOS' revert timer, and what confirms or reverts it, against the lab's command line."""

from __future__ import annotations

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import (
    DeviceError,
    InvalidInput,
    TransportError,
)
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.fast_failover import run_fast_failover
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.pending_change import run_pending_change
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.transport import NothingSent

from .fake_router import FakeRouter, Recorder

SHOWS = ["show running-config", "show archive", "show archive config rollback timer"]
LOG = "show logging | include ROLLBK_CNFMD_CHG"
ARCHIVE = {"path": "flash:fastpath"}
REDIRECTS = "no ip redirects"
BACK = "The whole change was taken back: the device has its former configuration."


def config(metric=10, **extra):
    neighbors = [{"address": "10.0.0.2", "remote_as": 65002, "route_map_out": "MED"}]
    return {
        "interfaces": [{"name": "Et0/0", "ipv4": "10.0.0.1/24", "redirects": False}],
        "route_maps": [{"name": "MED", "entries": [{"sequence": 10, "action": "permit", "set": {"metric": metric}}]}],
        "bgp": {"asn": 65001, "neighbors": neighbors},
        **extra,
    }


@pytest.fixture
def bare(tmp_path):
    """A router without archive."""
    router = FakeRouter(tmp_path / "startup.cfg")
    yield Recorder(router)
    router.close()


@pytest.fixture
def device(bare):
    """A router with an archive and nothing else."""
    bare.router.push(["archive", "path flash:fastpath"])
    return bare


def shown(device):
    """Return the running-config without what carries times and sizes."""
    lines = device.router.run("show running-config").splitlines()
    return [line for line in lines if not line.startswith(("!", "Current configuration"))]


def change(device, minutes=5, *, check_mode=False, **options):
    options = {"state": "replaced", "config": config(), "revert_after_min": minutes, **options}
    return run_fast_failover(
        device, options, check_mode=check_mode, session_address=None, backup=lambda text: "", command_timeout_s=30
    )


def settle(device, state, *, check_mode=False, save="changed", soft_clear="never"):
    return run_pending_change(device, {"state": state, "save": save, "soft_clear": soft_clear}, check_mode=check_mode)


@pytest.mark.parametrize("save", ["changed", "always"])
def test_a_timed_change_is_pushed_once_and_never_saved(device, save):
    result = change(device, save=save)
    assert device.events == [*SHOWS, LOG, "push for 5 min", "show running-config"]
    assert (result["changed"], result["unconfirmed"], result["saved"]) == (True, True, False)
    assert result["warnings"] == []


def test_what_is_not_changed_needs_no_confirmation_to_be_saved(device):
    change(device, None, save="never")
    result = change(device, save="always")
    assert (result["changed"], result["unconfirmed"], result["saved"]) == (False, False, True)


def test_check_mode_predicts_a_timed_change(device):
    predicted = change(device, check_mode=True)
    assert not any(event.startswith("push") for event in device.events)
    done = change(device)
    for part in ("changed", "commands", "diff", "before", "after", "pending", "saved"):
        assert predicted[part] == done[part], part
    assert not predicted["unconfirmed"]


def test_a_confirmed_change_is_kept_and_saved(device):
    change(device)
    device.events.clear()
    result = settle(device, "confirmed")
    assert device.events == [*SHOWS[1:], "show clock", "confirm", "save"]
    assert (result["changed"], result["commands"], result["saved"]) == (True, ["configure confirm"], True)
    assert result["pending_change"]["pending"]
    assert result["pending_change"]["archive_path"] == "flash:fastpath"
    again = change(device)
    assert (again["changed"], again["unconfirmed"]) == (False, False)


def test_a_second_confirmation_changes_nothing(device):
    change(device)
    settle(device, "confirmed", save="never")
    device.events.clear()
    result = settle(device, "confirmed")
    assert (result["changed"], result["commands"], result["saved"]) == (False, [], False)
    assert device.events == [*SHOWS[1:], LOG]
    assert settle(device, "confirmed", save="always")["saved"]


def test_a_reverted_change_is_gone_and_nothing_is_saved(device):
    before = shown(device)
    change(device)
    device.events.clear()
    result = settle(device, "reverted", save="always")
    assert device.events == [*SHOWS[1:], "show clock", "show running-config", "revert", "show running-config"]
    assert (result["changed"], result["commands"], result["saved"]) == (True, ["configure revert now"], False)
    assert "-router bgp 65001" in result["diff"]["prepared"]
    assert result["pending"] == []
    assert shown(device) == before
    assert settle(device, "reverted") == {
        "changed": False,
        "commands": [],
        "saved": False,
        "pending_change": {**result["pending_change"], "pending": False, "remaining_s": None, "started_by": None},
    }


def test_a_reverted_policy_waits_unless_the_soft_clear_is_asked_for(device):
    change(device, None)
    clear = "clear ip bgp 10.0.0.2 soft out"
    change(device, config=config(metric=20))
    waiting = settle(device, "reverted")
    assert ([item["command"] for item in waiting["pending"]], waiting["soft_cleared"]) == ([clear], [])
    change(device, config=config(metric=20))
    device.events.clear()
    done = settle(device, "reverted", soft_clear="changed")
    assert device.events[-1] == clear
    assert (done["pending"], done["soft_cleared"]) == ([], [clear])


def test_gathered_only_looks(device):
    change(device)
    device.events.clear()
    assert not settle(device, "gathered")["changed"]
    assert settle(device, "gathered")["pending_change"]["pending"]
    assert device.events == [*SHOWS[1:], "show clock"] * 2


@pytest.mark.parametrize(
    ("state", "command"), [("confirmed", "configure confirm"), ("reverted", "configure revert now")]
)
def test_check_mode_neither_confirms_nor_reverts(device, state, command):
    change(device)
    device.events.clear()
    result = settle(device, state, check_mode=True)
    assert (result["changed"], result["commands"], result["saved"]) == (True, [command], False)
    assert device.events == [*SHOWS[1:], "show clock"]


def test_the_next_run_says_that_the_router_took_a_change_back(device):
    change(device)
    device.router.let_time_run_out()
    predicted = change(device, check_mode=True)
    assert predicted["changed"]
    (warning,) = change(device)["warnings"]
    assert warning.startswith("The router took an unconfirmed change back by itself: `")
    assert "%ARCHIVE_DIFF-5-ROLLBK_CNFMD_CHG_ROLLBACK_START: Start rolling to: flash:fastpath-" in warning
    assert predicted["warnings"] == [warning]
    settle(device, "confirmed")
    assert change(device, config=config(metric=30))["warnings"] == []


def test_what_the_router_took_back_cannot_be_confirmed(device):
    change(device)
    device.router.let_time_run_out()
    with pytest.raises(DeviceError) as error:
        settle(device, "confirmed")
    assert str(error.value).startswith(
        "Nothing is pending: the router took the last change back by itself, since nobody confirmed it in time (`"
    )
    assert str(error.value).endswith("`). Configure it again.")
    assert "save" not in device.events


@pytest.mark.parametrize("minutes", [5, None])
@pytest.mark.parametrize("check_mode", [True, False])
def test_nothing_is_configured_on_top_of_a_pending_change(device, minutes, check_mode):
    change(device, 7)
    device.events.clear()
    with pytest.raises(InvalidInput) as error:
        change(device, minutes, check_mode=check_mode, config=config(metric=20))
    (finding,) = error.value.findings
    assert finding.where == "pending change"
    assert finding.seen.startswith("begun by ")
    assert device.events == [*SHOWS, "show clock"]


def test_a_change_that_is_pending_stops_even_a_run_that_has_nothing_to_do(device):
    change(device)
    with pytest.raises(InvalidInput, match="pending change"):
        change(device)


def test_no_archive_no_timed_change(bare):
    with pytest.raises(InvalidInput, match=r"archive: 'not enabled' .* run once without a timer"):
        change(bare, config=config(archive=ARCHIVE))
    assert not any(event.startswith("push") for event in bare.events)
    assert change(bare, None, config=config(archive=ARCHIVE))["saved"]
    assert change(bare, config=config(20, archive=ARCHIVE))["unconfirmed"]


@pytest.mark.parametrize("minutes", [0, 121, -5])
def test_minutes_that_ios_does_not_know(device, minutes):
    with pytest.raises(InvalidInput) as error:
        change(device, minutes)
    assert str(error.value) == (
        f"revert_after_min: {minutes} is not allowed; allowed: 1 to 120 min. "
        "IOS counts in whole minutes: choose one of these."
    )


def test_a_session_that_would_outlast_the_timer(device):
    options = {"state": "replaced", "config": config(), "revert_after_min": 1}
    with pytest.raises(InvalidInput, match="ansible_command_timeout: '60 s'"):
        run_fast_failover(
            device, options, check_mode=True, session_address=None, backup=lambda text: "", command_timeout_s=60
        )


def test_the_archive_stays_while_a_change_needs_it(device):
    with pytest.raises(InvalidInput, match=r"archive: 'removed' .* remove it without revert_after_min"):
        change(device, state="deleted", config={"archive": ARCHIVE})
    assert change(device, None, state="deleted", config={"archive": ARCHIVE})["changed"]


def test_a_refused_line_takes_the_whole_change_back(device):
    before = shown(device)
    push = device.router.push

    def refuse(lines, revert_after_min=None):
        push(lines[:3], revert_after_min)
        raise DeviceError("Line 4 of 9, 'x': refused.")

    device.router.push = refuse
    with pytest.raises(DeviceError) as error:
        change(device)
    assert str(error.value) == f"Line 4 of 9, 'x': refused. {BACK}"
    assert device.events[-2:] == ["push for 5 min", "revert"]
    assert shown(device) == before


def test_a_change_that_did_not_take_is_taken_back(device):
    before = shown(device)
    device.drops = {REDIRECTS}
    with pytest.raises(DeviceError, match="does not show what was pushed") as error:
        change(device)
    assert str(error.value).endswith(BACK)
    assert shown(device) == before


def test_a_soft_clear_that_is_refused_takes_the_change_back(device):
    change(device, None)
    before = shown(device)
    device.says = {"clear ip bgp 10.0.0.2 soft out": "% No such neighbor"}
    with pytest.raises(DeviceError, match=r"% No such neighbor.*The whole change was taken back"):
        change(device, config=config(20), soft_clear="changed")
    assert shown(device) == before


def test_a_change_that_cannot_be_taken_back_now_is_left_to_the_timer(device):
    device.drops = {REDIRECTS}
    device.router.revert = lambda: (_ for _ in ()).throw(TransportError("the connection was lost"))
    with pytest.raises(DeviceError) as error:
        change(device)
    assert str(error.value).endswith(
        "Taking it back failed (the connection was lost); the device does it by itself within 5 min."
    )


def test_a_lost_session_is_left_to_the_timer(device):
    def lost(lines, revert_after_min=None):
        raise TransportError("Line 3: the device closed the connection.")

    device.router.push = lost
    with pytest.raises(TransportError) as error:
        change(device)
    assert str(error.value) == (
        "Line 3: the device closed the connection. What was applied the device takes back by itself within 5 min."
    )
    assert "revert" not in device.events


def test_what_was_never_sent_is_not_taken_back(device):
    def locked(lines, revert_after_min=None):
        raise NothingSent("configure terminal revert timer 5: locked")

    device.router.push = locked
    with pytest.raises(NothingSent, match=r"locked$"):
        change(device)
    assert "revert" not in device.events, "the change that is pending may be somebody else's"
