"""What the action for pending changes does beside calling the core: options, connection and errors."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.edgeworks.fastpath.plugins.action import ios_pending_change


def run(args, transport="ansible.netcommon.network_cli"):
    plugin = ios_pending_change.ActionModule(
        task=SimpleNamespace(args=args, async_val=0, check_mode=False, action="ios_pending_change"),
        connection=SimpleNamespace(
            transport=transport, socket_path="/nowhere/pc", _shell=SimpleNamespace(tmpdir="/tmp")
        ),
        play_context=None,
        loader=None,
        templar=None,
    )
    plugin._load_name = "ios_pending_change"
    result = plugin.run()
    assert args["_ansible_socket"] == "/nowhere/pc", "the session would stay open after the play"
    return result


def test_other_connections_are_refused():
    result = run({}, transport="local")
    assert result["failed"]
    assert result["msg"].startswith("The connection is 'local'; allowed: 'ansible.netcommon.network_cli'.")


def test_unknown_states_are_refused():
    with pytest.raises(AnsibleActionFail, match="confirmed, reverted, gathered"):
        run({"state": "kept"})


def test_session_that_cannot_be_opened_is_a_failed_result():
    result = run({"state": "confirmed"})
    assert result["failed"]
    assert "The session could not be opened" in result["msg"]
