"""Ansible's own network_cli and cisco.ios against the lab's command line, with libssh and with paramiko."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh
import pytest

from lab.ios.router import Router
from lab.ios.ssh import serve_ios
from tests.unit.lab.ios_console import make_router

ROOT = Path(__file__).resolve().parents[2]
ANSIBLE = Path(sys.executable).with_name("ansible")
BOUND_S = 60
IDLE_S = 5
SSH_TYPES = ["libssh", "paramiko"]


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[tuple[Router, int]]:
    """Serve a router; at the end wait until Ansible's connection process let go of it."""
    router = make_router(tmp_path)
    await router.start()
    with socket.create_server(("127.0.0.1", 0)) as sock:
        server = await serve_ios(
            router,
            sock,
            host_key=asyncssh.generate_private_key("ssh-ed25519"),
            username="fastpath",
            password="login",
            enable_secret="secret",
            authorized_keys=tmp_path / "none",
        )
        yield router, sock.getsockname()[1]
        async with asyncio.timeout(BOUND_S):
            while router.sessions:
                await asyncio.sleep(0.1)
        server.close()
        await server.wait_closed()


def write_inventory(tmp_path: Path, port: int, ssh_type: str) -> Path:
    variables = {
        "ansible_host": "127.0.0.1",
        "ansible_port": port,
        "ansible_user": "fastpath",
        "ansible_password": "login",
        "ansible_become": True,
        "ansible_become_method": "ansible.netcommon.enable",
        "ansible_become_password": "secret",
        "ansible_connection": "ansible.netcommon.network_cli",
        "ansible_network_os": "cisco.ios.ios",
        "ansible_network_cli_ssh_type": ssh_type,
        "ansible_host_key_checking": False,
    }
    (tmp_path / "ansible.cfg").touch()
    path = tmp_path / "inventory.json"
    path.write_text(json.dumps({"all": {"hosts": {"R1": variables}}}))
    return path


async def run_ansible(inventory: Path, module: str, arguments: dict[str, object]) -> dict[str, object]:
    """Run one ad-hoc task and return its result."""
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections"),
        "ANSIBLE_HOME": str(inventory.parent / "home"),
        "ANSIBLE_LOAD_CALLBACK_PLUGINS": "1",
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.minimal",
        "ANSIBLE_PERSISTENT_CONNECT_TIMEOUT": str(IDLE_S),
        "ANSIBLE_CONFIG": str(inventory.with_name("ansible.cfg")),
        "ANSIBLE_NOCOLOR": "1",
    }
    process = await asyncio.create_subprocess_exec(
        *(str(ANSIBLE), "-i", str(inventory), "R1", "-m", module, "-a", json.dumps(arguments)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        stdin=asyncio.subprocess.DEVNULL,
        env=environment,
    )
    try:
        output, _errors = await asyncio.wait_for(process.communicate(), BOUND_S)
    except asyncio.TimeoutError:
        process.kill()
        raise
    text = output.decode()
    assert process.returncode == 0, text
    head = text.index("=> {") + 3
    result, _end = json.JSONDecoder().raw_decode(text[head:])
    assert isinstance(result, dict)
    return result


@pytest.mark.parametrize("ssh_type", SSH_TYPES)
async def test_commands_and_configuration(tmp_path: Path, served: tuple[Router, int], ssh_type: str) -> None:
    router, port = served
    inventory = write_inventory(tmp_path, port, ssh_type)
    commands = ["show privilege", "show running-config | include ^hostname", "show version"]
    result = await run_ansible(inventory, "cisco.ios.ios_command", {"commands": commands})
    stdout = result["stdout"]
    assert isinstance(stdout, list)
    assert stdout[:2] == ["Current privilege level is 15", "hostname R1"]
    assert "Version 15.7" in stdout[2]
    lines = ["bfd interval 100 min_rx 100 multiplier 3", "no ip redirects"]
    config = {"lines": lines, "parents": "interface Ethernet0/0", "save_when": "changed"}
    result = await run_ansible(inventory, "cisco.ios.ios_config", config)
    assert result["changed"] is True
    interface = router.config.interfaces["Ethernet0/0"]
    assert (interface.bfd is not None, interface.redirects) == (True, False)
    assert "bfd interval 100" in router.startup_config()
    again = await run_ansible(inventory, "cisco.ios.ios_config", config)
    assert again["changed"] is False
    assert router.unknown == []
