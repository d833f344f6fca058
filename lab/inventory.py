"""The inventory by which Ansible reaches a running lab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from lab.credentials import Credentials
from lab.directory import LabDirectory
from lab.topology import Topology

_HEADER = "# Written by `python -m lab up`. It holds passwords of this lab and nothing else.\n"


def render_inventory(
    topology: Topology, addresses: Mapping[str, str], port: int, directory: LabDirectory, credentials: Credentials
) -> str:
    """Return inventory.yml: the group `ios` of the routers, the group `lab_hosts` of the hosts."""
    routers = {router.name: {"ansible_host": addresses[router.name]} for router in topology.routers}
    hosts = {host.name: {"ansible_host": addresses[host.name]} for host in topology.hosts}
    inventory = {
        "ios": {"hosts": routers, "vars": _router_variables(port, credentials)},
        "lab_hosts": {"hosts": hosts, "vars": _host_variables(port, directory, credentials)},
    }
    return _HEADER + yaml.safe_dump(inventory, sort_keys=False, default_flow_style=False, explicit_start=True)


def _router_variables(port: int, credentials: Credentials) -> dict[str, Any]:
    return {
        "ansible_port": port,
        "ansible_connection": "ansible.netcommon.network_cli",
        "ansible_network_os": "cisco.ios.ios",
        "ansible_network_cli_ssh_type": "libssh",
        "ansible_user": credentials.username,
        "ansible_password": credentials.password,
        "ansible_become": True,
        "ansible_become_method": "ansible.netcommon.enable",
        "ansible_become_password": credentials.enable_secret,
        # libssh under Ansible takes no known_hosts file but the user's own, which the lab leaves alone.
        "ansible_host_key_checking": False,
    }


def _host_variables(port: int, directory: LabDirectory, credentials: Credentials) -> dict[str, Any]:
    return {
        "ansible_port": port,
        "ansible_connection": "ansible.builtin.ssh",
        "ansible_user": credentials.username,
        "ansible_ssh_private_key_file": str(directory.user_key),
        "ansible_ssh_common_args": f"-F {directory.ssh_config} -o IdentitiesOnly=yes",
        "ansible_host_key_checking": True,
        "ansible_python_interpreter": "/usr/bin/python3",
        "ansible_remote_tmp": str(directory.remote_tmp),  # ~USER has no home: the shells are whose the lab is
    }


def script_inventory(text: str) -> dict[str, Any]:
    """Return an inventory as the JSON that Ansible expects of an inventory script."""
    groups = yaml.safe_load(text)
    variables = {host: values for group in groups.values() for host, values in group["hosts"].items()}
    lists = {name: {"hosts": list(group["hosts"]), "vars": group["vars"]} for name, group in groups.items()}
    return {"_meta": {"hostvars": variables}, "all": {"children": list(groups)}, **lists}
