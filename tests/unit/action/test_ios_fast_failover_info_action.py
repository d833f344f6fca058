"""What the info action does beside calling the core: connection and errors."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.edgeworks.fastpath.plugins.action import ios_fast_failover_info


def run(args, transport="ansible.netcommon.network_cli"):
    plugin = ios_fast_failover_info.ActionModule(
        task=SimpleNamespace(args=args, async_val=0, check_mode=False, action="ios_fast_failover_info"),
        connection=SimpleNamespace(
            transport=transport, socket_path="/nowhere/pc", _shell=SimpleNamespace(tmpdir="/tmp")
        ),
        play_context=None,
        loader=None,
        templar=None,
    )
    plugin._load_name = "ios_fast_failover_info"
    return plugin.run()


def test_other_connections_are_refused():
    result = run({}, transport="local")
    assert result["failed"]
    assert result["msg"].startswith("The connection is 'local'; allowed: 'ansible.netcommon.network_cli'.")


def test_unknown_part_is_refused_before_the_session_is_opened():
    result = run({"gather_subset": ["ospf"]})
    assert result["failed"]
    assert "gather_subset: 'ospf' is not allowed; allowed: all, bfd" in result["msg"]


def test_session_that_cannot_be_opened_is_a_failed_result():
    result = run({})
    assert result["failed"]
    assert "The session could not be opened" in result["msg"]


def test_unknown_options_are_refused():
    with pytest.raises(AnsibleActionFail, match="subset"):
        run({"subset": ["bfd"]})


def test_expectations_are_read_before_anything_is_asked():
    result = run({"expected": {"bfd": ["10.10.10.2"]}})
    assert result["failed"]
    assert "bfd: ['10.10.10.2'] is not allowed; allowed: a list of ExpectedBfd dicts" in result["msg"]


def test_bounds_are_read_before_anything_is_asked():
    result = run({"expected": {}, "wait_interval": 0})
    assert result["failed"]
    assert result["msg"].startswith("wait_interval: 0 is not allowed; allowed: 1 to 20.")
