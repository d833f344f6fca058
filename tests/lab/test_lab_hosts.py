"""The lab's hosts over SSH, as Ansible and people use them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.seed_lab import ROOT, SeedLab

HOSTS = {"PC1": "192.168.1.10", "PC2": "192.168.2.10"}


def ssh(lab: SeedLab, host: str, *command: str, user: str | None = None, typed: bytes = b"") -> tuple[int, bytes]:
    """Run a command on a host through OpenSSH's client."""
    options = ["-F", str(lab.directory / "ssh_config"), "-i", str(lab.directory / "user_key"), "-o", "BatchMode=yes"]
    place = ["-p", str(lab.port), f"{user or lab.username}@{lab.addresses[host]}"]
    done = subprocess.run(
        ["ssh", *options, *place, *command], input=typed, capture_output=True, check=False, timeout=60
    )
    return done.returncode, done.stdout


def ansible(lab: SeedLab, *words: str, **environ: str) -> str:
    """Run an ad-hoc command of Ansible on the lab's inventory."""
    tool = str(Path(sys.executable).with_name("ansible"))
    env = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), **environ}
    command = [tool, "-i", str(lab.inventory), *words]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_commands_run_inside_the_hosts_network(seed_lab: SeedLab) -> None:
    for host, address in HOSTS.items():
        status, said = ssh(seed_lab, host, "ip -br address show dev eth0")
        assert (status, f"{address}/24".encode() in said) == (0, True)
    assert ssh(seed_lab, "PC1", "exit 7")[0] == 7
    data = os.urandom(300_000)
    assert ssh(seed_lab, "PC1", "cat", typed=data) == (0, data)


def test_only_the_labs_user_and_key_come_in(seed_lab: SeedLab, tmp_path: Path) -> None:
    assert ssh(seed_lab, "PC1", "true", user="root")[0] == 255
    other = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(other)], check=True)
    options = ["-F", str(seed_lab.directory / "ssh_config"), "-i", str(other), "-o", "BatchMode=yes"]
    place = ["-p", str(seed_lab.port), f"{seed_lab.username}@{seed_lab.addresses['PC1']}"]
    refused = subprocess.run(
        ["ssh", *options, "-o", "IdentitiesOnly=yes", *place, "true"], capture_output=True, check=False
    )
    assert refused.returncode == 255
    for secret in ("inventory.yml", "credentials.json", "user_key", "host_key"):
        assert (seed_lab.directory / secret).stat().st_mode & 0o077 == 0


def test_ping_needs_no_privilege_there(seed_lab: SeedLab) -> None:
    status, said = ssh(seed_lab, "PC1", "cat /proc/sys/net/ipv4/ping_group_range")
    assert status == 0
    assert said.split()[0] == b"0"


@pytest.mark.parametrize("method", ["sftp", "scp", "piped"])
def test_ansible_runs_ordinary_modules(seed_lab: SeedLab, method: str) -> None:
    environ = {"ANSIBLE_SSH_TRANSFER_METHOD": method, "ANSIBLE_PIPELINING": "False"}
    assert ansible(seed_lab, "lab_hosts", "-m", "ansible.builtin.ping", **environ).count("pong") == 2


def test_ansible_reaches_the_routers(seed_lab: SeedLab) -> None:
    said = ansible(seed_lab, "ios", "-m", "cisco.ios.ios_command", "-a", "commands='show version'")
    assert said.count("SUCCESS") == 4


def test_the_inventory_is_printed_too(seed_lab: SeedLab) -> None:
    assert seed_lab.verb("inventory").stdout == seed_lab.inventory.read_text()
    assert '"hosts": [\n      "PC1",\n      "PC2"\n    ]' in seed_lab.verb("inventory", "--list").stdout
