"""The use case: one read, one plan, one push, one read-back, against the lab's command line."""

from __future__ import annotations

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import DeviceError, Refused, TransportError
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.fast_failover import run_fast_failover

from .fake_router import FakeRouter, Recorder

CONFIG = {
    "interfaces": [
        {
            "name": "Et0/0",
            "ipv4": "10.0.0.1/24",
            "redirects": False,
            "bfd": {"interval": 100, "min_rx": 100, "multiplier": 3},
        }
    ],
    "route_maps": [{"name": "MED", "entries": [{"sequence": 10, "action": "permit", "set": {"metric": 10}}]}],
    "bgp": {"asn": 65001, "neighbors": [{"address": "10.0.0.2", "remote_as": 65002, "bfd": True}]},
}


@pytest.fixture
def device(tmp_path):
    router = FakeRouter(tmp_path / "startup.cfg")
    yield Recorder(router)
    router.close()


def run(device, *, check_mode=False, **options):
    def write(text: str) -> str:
        device.events.append("backup")
        return "/backup" if "hostname R1" in text else ""

    options = {"state": "replaced", "config": CONFIG, **options}
    return run_fast_failover(device, options, check_mode=check_mode, session_address=None, backup=write)


def test_one_read_one_push_one_read_back_one_save(device):
    result = run(device)
    assert device.events == ["show running-config", "push", "show running-config", "save"]
    assert result["changed"] is True
    assert result["saved"] is True
    assert "backup_path" not in result
    assert result["before"]["interfaces"][0]["redirects"] is True
    assert result["after"]["interfaces"][0]["redirects"] is False
    difference, _heading, commands = result["diff"]["prepared"].partition("commands:\n")
    assert "+ neighbor 10.0.0.2 fall-over bfd" in difference
    assert commands.splitlines() == [f"  {command}" for command in result["commands"]]
    assert result["pending"] == []


def test_a_second_run_does_nothing(device):
    run(device)
    device.events.clear()
    result = run(device)
    assert device.events == ["show running-config"]
    assert (result["changed"], result["commands"], result["diff"], result["saved"]) == (False, [], {}, False)
    assert result["before"] == result["after"]


def test_check_mode_predicts_the_commands_and_sends_nothing(device):
    predicted = run(device, check_mode=True)
    assert device.events == ["show running-config"]
    done = run(device)
    assert predicted["commands"] == done["commands"]
    assert predicted["after"] == done["after"]
    assert predicted["diff"] == done["diff"]
    assert predicted["saved"] is False


@pytest.mark.parametrize(
    ("save", "changed", "saved"),
    [("changed", True, True), ("changed", False, False), ("always", False, True), ("never", True, False)],
)
def test_save(device, save, changed, saved):
    if not changed:
        run(device, save="never")
    device.events.clear()
    assert run(device, save=save)["saved"] is saved
    assert ("save" in device.events) is saved


def test_the_backup_is_made_before_the_first_change_only(device):
    run(device)
    device.events.clear()
    result = run(
        device, backup=True, config={"bgp": {"asn": 65001, "neighbors": [{"address": "10.0.0.2", "remote_as": 65002}]}}
    )
    assert device.events[:3] == ["show running-config", "backup", "push"]
    assert result["backup_path"] == "/backup"
    device.events.clear()
    result = run(
        device, backup=True, config={"bgp": {"asn": 65001, "neighbors": [{"address": "10.0.0.2", "remote_as": 65002}]}}
    )
    assert "backup" not in device.events
    assert "backup_path" not in result


def test_a_line_that_does_not_take_is_named_with_its_answer(device):
    line = "neighbor 10.0.0.2 fall-over bfd"
    device.drops, device.says = {line}, {line: "% BFD is out of order"}
    with pytest.raises(DeviceError) as error:
        run(device)
    assert run(device, check_mode=True)["commands"] == ["router bgp 65001", line]
    assert f"`{line}`" in str(error.value)
    assert "line 10 `neighbor 10.0.0.2 fall-over bfd`" in str(error.value)
    assert "the device answered `% BFD is out of order`" in str(error.value)
    assert "save" not in device.events
    device.drops, device.says = set(), {}
    assert run(device)["changed"] is True
    assert run(device)["changed"] is False


def test_a_silent_loss_is_an_error_too(device):
    device.drops = {"no ip redirects"}
    with pytest.raises(DeviceError, match=r"line 4 `no ip redirects`.*Answers: the device said nothing"):
        run(device)


def test_a_missing_header_is_still_an_error(device):
    device.drops = {"route-map MED permit 10", "set metric 10"}
    with pytest.raises(DeviceError, match=r"line 2 `set metric 10`"):
        run(device)
    device.drops = {"interface Loopback0"}
    with pytest.raises(DeviceError, match=r"line 1 `interface Loopback0`"):
        run(device, config={"interfaces": [{"name": "Loopback0"}]})


def test_what_the_device_remarks_and_takes_is_a_warning(device):
    device.says = {"no ip redirects": "% Warning: hosts may want them"}
    remarks = [warning for warning in run(device)["warnings"] if "the device answered" in warning]
    assert len(remarks) == 1
    assert "`no ip redirects`: the device answered `% Warning: hosts may want them`" in remarks[0]


def test_what_check_mode_warned_of_is_not_told_twice(device):
    config = {**CONFIG, "bgp": {**CONFIG["bgp"], "timers": {"keepalive": 5, "holdtime": 15}}}
    predicted = run(device, config=config, check_mode=True)["warnings"]
    assert any("a hold time of 15 s" in warning for warning in predicted)
    assert run(device, config=config)["warnings"] == predicted


def test_warnings_of_the_device_are_not_the_cause_of_a_loss(device):
    config = {**CONFIG, "bgp": {**CONFIG["bgp"], "timers": {"keepalive": 5, "holdtime": 15}}}
    device.drops = {"neighbor 10.0.0.2 fall-over bfd"}
    with pytest.raises(DeviceError) as error:
        run(device, config=config)
    assert "hold time" not in str(error.value)


@pytest.mark.parametrize(
    ("shown", "seen"),
    [("hostname R1\nusername a secret s3cret", "a line of configuration"), ("", "nothing"), ("% Busy", "% Busy")],
)
def test_half_a_configuration_is_no_base_for_a_plan(device, shown, seen):
    device.shows = [shown]
    with pytest.raises(DeviceError, match="closing `end`") as error:
        run(device)
    assert "s3cret" not in str(error.value)
    assert seen in str(error.value)


def with_med(metric):
    neighbors = [{"address": "10.0.0.2", "remote_as": 65002, "bfd": True, "route_map_out": "MED"}]
    entries = [{"sequence": 10, "action": "permit", "set": {"metric": metric}}]
    return {
        **CONFIG,
        "route_maps": [{"name": "MED", "entries": entries}],
        "bgp": {"asn": 65001, "neighbors": neighbors},
    }


def test_a_policy_waits_unless_the_soft_clear_is_asked_for(device):
    run(device, config=with_med(10))
    waiting = run(device, config=with_med(20), soft_clear="never")
    assert waiting["pending"] == [
        {
            "neighbor": "10.0.0.2",
            "needs": "soft clear",
            "reason": "route-map MED out changed",
            "command": "clear ip bgp 10.0.0.2 soft out",
        }
    ]
    assert waiting["soft_cleared"] == []
    assert not any(event.startswith("clear") for event in device.events)
    device.events.clear()
    done = run(device, config=with_med(30), soft_clear="changed")
    assert device.events == [
        "show running-config",
        "push",
        "show running-config",
        "clear ip bgp 10.0.0.2 soft out",
        "save",
    ]
    assert done["soft_cleared"] == ["clear ip bgp 10.0.0.2 soft out"]
    assert done["pending"] == []


def test_a_soft_clear_that_is_refused(device):
    run(device, config=with_med(10))
    device.says = {"clear ip bgp 10.0.0.2 soft out": "% No such neighbor"}
    with pytest.raises(
        DeviceError, match=r"`clear ip bgp 10.0.0.2 soft out`: the device answered `% No such neighbor`"
    ):
        run(device, config=with_med(20), soft_clear="changed")


def test_errors_of_the_session_pass_unchanged(device):
    def lost(lines, revert_after_min=None):
        raise TransportError("line 3 `x`: connection lost")

    device.push = lost
    with pytest.raises(TransportError, match="line 3"):
        run(device)
    assert "save" not in device.events


def test_a_refused_plan_sends_nothing(device):
    run(device)
    device.events.clear()
    with pytest.raises(Refused):
        run(device, config={"bgp": {"asn": 65009}})
    assert device.events == ["show running-config"]


def test_deleted_takes_and_a_second_time_changes_nothing(device):
    run(device)
    named = {"interfaces": [{"name": "Et0/0"}], "bgp": {"asn": 65001}, "route_maps": [{"name": "MED"}]}
    assert run(device, config=named, state="deleted", allow=["remove_bgp"])["changed"] is True
    assert run(device, config=named, state="deleted")["changed"] is False


def test_gathered_is_the_model_and_changes_nothing(device):
    run(device)
    result = run(device, config=None, state="gathered")
    assert result["changed"] is False
    assert result["gathered"]["bgp"]["neighbors"][0]["remote_as"] == 65002
    assert run(device, config=result["gathered"])["changed"] is False


def test_rendered_and_parsed_need_no_device():
    rendered = run(None, state="rendered")
    assert rendered["rendered"][:2] == ["route-map MED permit 10", "set metric 10"]
    assert rendered["changed"] is False
    parsed = run(
        None, config=None, state="parsed", running_config="hostname X\ninterface Ethernet0/0\n no ip redirects\n"
    )
    assert parsed["parsed"]["interfaces"][0]["redirects"] is False
