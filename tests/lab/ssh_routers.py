"""Lab routers without an engine, served over SSH by a thread of the test: the IOS side that Ansible talks to."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import asyncssh

from lab.ios.faults import Fault
from lab.ios.null_engine import NullEngine
from lab.ios.router import Router
from lab.ios.ssh import serve_ios
from lab.ios.store import Interface, RouterConfig

ROOT = Path(__file__).parents[2]
INTERFACES = ("Ethernet0/0", "Ethernet0/1")
CONNECTION = {
    "ansible_connection": "ansible.netcommon.network_cli",
    "ansible_network_os": "cisco.ios.ios",
    "ansible_host_key_checking": False,
    "ansible_user": "fastpath",
    "ansible_password": "login-word",
    "ansible_become": True,
    "ansible_become_method": "ansible.netcommon.enable",
    "ansible_become_password": "enable-word",
    "ansible_command_timeout": 5,
    # A lab router sends its answer and the prompt in one piece.
    "ansible_buffer_read_timeout": 0.01,
}


class SshRouters:
    """Routers by name, from `start` to `stop`."""

    def __init__(self, directory: Path, names: tuple[str, ...]) -> None:
        self._directory = directory
        self._names = names
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._servers: list[asyncssh.SSHAcceptor] = []
        self.routers: dict[str, Router] = {}
        self.inventory = directory / "inventory.json"

    def start(self) -> None:
        """Serve all routers and write the inventory."""
        self._thread.start()
        hosts = self._call(self._serve())
        self.inventory.write_text(json.dumps({"ios": {"hosts": hosts, "vars": CONNECTION}}))

    def stop(self) -> None:
        """Close the servers and end the thread."""
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def fault(self, name: str, fault: Fault) -> None:
        """Order a fault of one router."""
        self._loop.call_soon_threadsafe(self.routers[name].faults.set, fault)

    def clear_faults(self) -> None:
        """Let all routers behave."""
        for router in self.routers.values():
            self._loop.call_soon_threadsafe(router.faults.clear)

    def startup_path(self, name: str) -> Path:
        """Return the file with the startup-config of one router."""
        return self._directory / f"{name}.cfg"

    def unknown(self) -> list[str]:
        """Return what the routers were sent and do not know."""
        return [line for router in self.routers.values() for line in router.unknown]

    def play(self, tasks: list[dict], *options: str) -> tuple[list[dict], str]:
        """Run tasks on all routers in one run of ansible-playbook; return the results and the output."""
        playbook = self._directory / "play.json"
        record = self._directory / "results.jsonl"
        record.unlink(missing_ok=True)
        playbook.write_text(json.dumps([{"hosts": "ios", "gather_facts": False, "tasks": tasks}]))
        environment = os.environ | {
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests" / "lab" / "callbacks"),
            "ANSIBLE_CALLBACKS_ENABLED": "record_results",
            "RECORD_RESULTS": str(record),
        }
        command = [sys.executable, "-m", "ansible", "playbook", "-i", str(self.inventory), str(playbook), *options]
        done = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
        )
        assert record.exists(), done.stdout + done.stderr
        self._wait_for_logout()
        return [json.loads(line) for line in record.read_text().splitlines()], done.stdout + done.stderr

    def _wait_for_logout(self) -> None:
        """Make sure that Ansible closed its sessions with the end of the play, not with its idle time of 30 s."""
        deadline = time.monotonic() + 5
        while left := [name for name, router in self.routers.items() if router.sessions]:
            assert time.monotonic() < deadline, f"sessions left open on {left}"
            time.sleep(0.05)

    async def _serve(self) -> dict[str, dict]:
        key = asyncssh.generate_private_key("ssh-ed25519")
        hosts = {}
        for name in self._names:
            sock = socket.create_server(("127.0.0.1", 0))
            await self._serve_one(name, sock, key)
            hosts[name] = {"ansible_host": "127.0.0.1", "ansible_port": sock.getsockname()[1]}
        return hosts

    async def _serve_one(self, name: str, sock: socket.socket, key: asyncssh.SSHKey) -> None:
        config = RouterConfig(name, {interface: Interface(interface) for interface in INTERFACES})
        router = Router(name, NullEngine(config), config, startup_path=self.startup_path(name), clock=time.time)
        await router.start()
        self.routers[name] = router
        server = await serve_ios(
            router,
            sock,
            host_key=key,
            username=CONNECTION["ansible_user"],
            password=CONNECTION["ansible_password"],
            enable_secret=CONNECTION["ansible_become_password"],
            authorized_keys=self._directory / "no_keys",
        )
        self._servers.append(server)

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
            await server.wait_closed()
        sessions = asyncio.all_tasks() - {asyncio.current_task()}
        for session in sessions:
            session.cancel()
        await asyncio.gather(*sessions, return_exceptions=True)

    def _call(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)
