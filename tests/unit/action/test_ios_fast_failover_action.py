"""What the action does beside calling the core: connection, session address, backup file, errors."""

from __future__ import annotations

import stat
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleActionFail
from ansible.parsing.dataloader import DataLoader
from ansible_collections.edgeworks.fastpath.plugins.action import ios_fast_failover
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import FastpathError

CONFIG = {"interfaces": [{"name": "Ethernet0/0", "ipv4": "10.10.10.1/24"}]}


def action(args, *, transport="ansible.netcommon.network_cli", address="127.0.0.1", basedir="."):
    """Return the action as ansible builds it for a task."""
    loader = DataLoader()
    loader.set_basedir(str(basedir))
    plugin = ios_fast_failover.ActionModule(
        task=SimpleNamespace(args=args, async_val=0, check_mode=False, action="ios_fast_failover"),
        connection=SimpleNamespace(
            transport=transport, socket_path="/nowhere/pc", _shell=SimpleNamespace(tmpdir="/tmp")
        ),
        play_context=SimpleNamespace(remote_addr=address),
        loader=loader,
        templar=None,
    )
    plugin._load_name = "ios_fast_failover"
    return plugin


def run(args, **options):
    return action(args, **options).run(task_vars={"inventory_hostname": "R1"})


def test_other_connections_are_refused():
    result = run({"config": CONFIG}, transport="ssh")
    assert result == {
        "failed": True,
        "msg": "The connection is 'ssh'; allowed: 'ansible.netcommon.network_cli'. Set ansible_connection: "
        "ansible.netcommon.network_cli and ansible_network_os: cisco.ios.ios.",
    }


def test_states_without_a_device_take_any_connection():
    result = run({"config": CONFIG, "state": "rendered"}, transport="local")
    assert result["rendered"] == ["interface Ethernet0/0", "ip address 10.10.10.1 255.255.255.0"]
    assert not result["changed"]


def test_unknown_options_are_refused():
    with pytest.raises(AnsibleActionFail, match="configs"):
        run({"config": CONFIG, "configs": {}})


def test_state_wants_its_option():
    with pytest.raises(AnsibleActionFail, match="running_config"):
        run({"state": "parsed"})


def test_wrong_values_are_a_failed_result():
    bfd = {"interval": 100, "min_rx": 100, "multiplier": 2}
    result = run({"config": {"interfaces": [{"name": "Ethernet0/0", "bfd": bfd}]}, "state": "rendered"})
    assert result["failed"]
    assert "multiplier" in result["msg"]
    assert "allowed: " in result["msg"]
    assert result["msg"].startswith("Nothing was changed:\n")


def test_session_that_cannot_be_opened_is_a_failed_result():
    result = run({"config": CONFIG})
    assert result["failed"]
    assert "The session could not be opened" in result["msg"]


@pytest.mark.parametrize(
    ("options", "address"),
    [
        ({"state": "merged"}, "127.0.0.1"),
        ({"state": "gathered"}, None),
        ({"state": "merged", "management_interface": "Ethernet0/0"}, None),
    ],
)
def test_session_address(options, address):
    params = {"management_interface": None, **options}
    assert action({}, address="localhost")._session_address(params) == (address, [])


def test_name_that_does_not_resolve_is_a_warning():
    params = {"state": "merged", "management_interface": None}
    address, warnings = action({}, address="router.invalid")._session_address(params)
    assert address is None
    assert "router.invalid does not resolve here" in warnings[0]
    assert "management_interface" in warnings[0]


def test_backup_goes_below_the_playbook_with_host_and_time(tmp_path):
    path = Path(action({}, basedir=tmp_path)._backup_path({}, "R1"))
    assert path.parent == tmp_path / "backup"
    assert path.name.startswith("R1_config.20")


def test_backup_goes_where_it_is_told(tmp_path):
    options = {"filename": "before.cfg", "dir_path": "saved"}
    assert action({}, basedir=tmp_path)._backup_path(options, "R1") == str(tmp_path / "saved" / "before.cfg")


def test_backup_is_for_its_owner_only(tmp_path):
    path = tmp_path / "backup" / "R1.cfg"
    path.parent.mkdir()
    path.write_text("an older and longer backup, which everyone could read\n")
    path.chmod(0o644)
    assert ios_fast_failover.write_backup(str(path), "hostname R1\nend\n\n") == str(path)
    assert path.read_text() == "hostname R1\nend\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_backup_that_cannot_be_written_stops_the_run(tmp_path):
    (tmp_path / "backup").write_text("a file where the directory should be")
    with pytest.raises(FastpathError, match=r"backup: .*R1.cfg cannot be written .*nothing was changed"):
        ios_fast_failover.write_backup(str(tmp_path / "backup" / "R1.cfg"), "hostname R1\n")
