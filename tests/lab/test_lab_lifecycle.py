"""Up, down, crashes, other labs beside it, users without privilege."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.seed_lab import ROOT, ROUTERS, SeedLab, lab_environ, processes_in, seed_listing, wait_until

OTHER_TOPOLOGY = """
name: other
links: {wire: {}}
routers:
  A: {interfaces: {Ethernet0/0: wire}}
  B: {interfaces: {Ethernet0/0: wire}}
"""
NOBODY = 12345


@pytest.fixture
def own_lab(tmp_path: Path) -> Iterator[SeedLab]:
    """A lab of the test's own, taken down whatever the test did to it."""
    lab = SeedLab("own", tmp_path / "own", lab_environ(tmp_path))
    yield lab
    lab.verb("down", "--erase")
    assert not lab.directory.exists()


def first_process(lab: SeedLab) -> int:
    return int(json.loads((lab.directory / "lab.json").read_text())["first"]["pid"])


def test_up_twice_is_fine_and_another_topology_is_not(own_lab: SeedLab, tmp_path: Path) -> None:
    own_lab.up("--no-engine")
    first = first_process(own_lab)
    assert "already up" in own_lab.verb("up", "--no-engine", "seed").stdout
    assert first_process(own_lab) == first
    other = tmp_path / "other.yml"
    other.write_text(OTHER_TOPOLOGY)
    refused = own_lab.verb("up", "--no-engine", str(other), check=False)
    assert refused.returncode == 1
    assert "another topology" in refused.stderr
    assert "python -m lab down --name own" in refused.stderr


def test_the_revert_minute_is_kept_while_the_lab_is_up(own_lab: SeedLab) -> None:
    own_lab.up("--no-engine", "--revert-minute", "3")
    assert own_lab.status()["revert_minute_s"] == 3
    own_lab.up("--no-engine", "--revert-minute", "3")
    own_lab.up("--no-engine")
    refused = own_lab.verb("up", "--no-engine", "--revert-minute", "5", "seed", check=False)
    assert refused.returncode == 1
    assert "'own' is up with a revert minute of 3 s, not 5 s; run: python -m lab down --name own" in refused.stderr


def test_down_twice_is_fine_and_leaves_the_startup_configs(own_lab: SeedLab) -> None:
    own_lab.up("--no-engine")
    namespace = own_lab.process_namespace()
    own_lab.ios("R1", "configure terminal", "hostname Kept", "end", "write memory")
    assert "down" in own_lab.verb("down").stdout
    assert processes_in(namespace) == []
    assert "was not up" in own_lab.verb("down").stdout
    assert own_lab.verb("status", check=False).returncode == 1
    own_lab.up("--no-engine")
    assert "Kept#" in own_lab.ios("R1", "show version")


def test_everything_ends_with_the_supervisor_and_up_mends_it(own_lab: SeedLab) -> None:
    own_lab.up()
    namespace, addresses = own_lab.process_namespace(), own_lab.addresses
    networks = network_namespaces(namespace)
    assert len(processes_in(namespace)) >= 2 + 3 * len(ROUTERS)
    assert len(networks) >= len(ROUTERS)
    first = first_process(own_lab)
    supervisor = next(pid for pid in processes_in(namespace) if parent_of(pid) == first)
    os.kill(int(supervisor), signal.SIGKILL)
    assert_all_gone(namespace, networks)
    assert own_lab.verb("status", check=False).stdout.strip() == "lab own: down"
    cut = own_lab.verb("cut", "r1-r3", check=False)
    assert (cut.returncode, "is not up" in cut.stderr) == (1, True)
    own_lab.up()
    assert own_lab.addresses == addresses


def test_everything_ends_with_a_killed_sandbox_and_a_dead_daemon_is_told(own_lab: SeedLab) -> None:
    own_lab.up()
    namespace = own_lab.process_namespace()
    networks = network_namespaces(namespace)
    bgpd = own_lab.status()["routers"]["R1"]["daemons"]["bgpd"]["pid"]
    own_lab.exec("R1", "sh", "-c", f"kill -9 {bgpd}")
    told = wait_until(lambda: dead_daemon(own_lab), 5, "status tells of the dead daemon")
    assert "DEAD: R1 bgpd;" in told
    os.kill(first_process(own_lab), signal.SIGKILL)
    assert_all_gone(namespace, networks)
    own_lab.verb("down")
    own_lab.up()
    assert own_lab.verb("status").returncode == 0
    again = own_lab.process_namespace()
    networks = network_namespaces(again)
    own_lab.verb("down")
    assert_all_gone(again, networks)


def dead_daemon(lab: SeedLab) -> str:
    """Return what `status` says when it fails, "" while it does not."""
    done = lab.verb("status", check=False)
    return done.stdout if done.returncode == 1 else ""


def assert_all_gone(namespace: str, networks: set[str]) -> None:
    """Fail unless all processes of a lab end soon, and its networks with them."""
    wait_until(lambda: not processes_in(namespace), 20, "every process of the lab is gone")
    mounts = Path("/proc/self/mountinfo").read_text()
    assert not [network for network in networks if network in mounts]  # a name in /run/netns would keep it
    assert not networks & {network for pid in all_processes() if (network := network_of(pid))}


def network_namespaces(namespace: str) -> set[str]:
    """Return the network namespaces in which a lab's processes are, without this one's own."""
    return {network_of(pid) for pid in processes_in(namespace)} - {network_of("self"), ""}


def network_of(pid: str) -> str:
    """Return the network namespace of a process, "" where it is gone."""
    try:
        return os.readlink(f"/proc/{pid}/ns/net")
    except OSError:
        return ""


def all_processes() -> list[str]:
    return [entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def parent_of(pid: str) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_labs_run_side_by_side(own_lab: SeedLab, tmp_path: Path) -> None:
    twin = SeedLab("twin", tmp_path / "twin", lab_environ(tmp_path))
    own_lab.up("--no-engine")
    try:
        twin.up("--no-engine")
        assert not set(own_lab.addresses.values()) & set(twin.addresses.values())
        twin.ios("R1", "configure terminal", "hostname Twin", "end")
        assert "Twin#" not in own_lab.ios("R1", "show version")
        twin.cut("r1-r3")
        assert own_lab.status()["links"]["r1-r3"]["state"] == "up"
    finally:
        twin.verb("down", "--erase")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (
            ("cut", "r1-r9"),
            1,
            "there is no link or node 'r1-r9'; there are: lan1, lan2, r1-r3, r2-r4, R1, R2, R3, R4, PC1",
        ),
        (("restore", "PC9"), 1, "there is no link or node 'PC9'; there are: lan1, "),
        (("cut", "r1-r3", "--one-way-from", "PC1"), 1, "'PC1' is not allowed with r1-r3; allowed: R1, R3"),
        (("cut", "R1", "--one-way-from", "R3"), 1, "'R3' is not allowed with R1; allowed: R1"),
        (("cut", "r1-r3", "--loss", "0"), 1, "--loss: 0 is not allowed; allowed: 1 to 100 percent"),
        (("cut", "r1-r3", "--loss", "101"), 1, "--loss: 101 is not allowed; allowed: 1 to 100 percent"),
        (("cut", "r1-r3", "--flap", "1"), 2, "'1' is not DOWN_S:UP_S, such as 1:1"),
        (("cut", "r1-r3", "--flap", "1:0"), 1, "--flap: 0 s is not allowed; allowed: 0.1 to 3600 s, down and up each"),
        (("cut", "r1-r3", "--flap", "nan:1"), 1, "--flap: nan s is not allowed"),
        (("console", "R9"), 1, "there is no router 'R9'; there are: R1, R2, R3, R4"),
        (("exec", "PC9", "--", "true"), 1, "there is no node 'PC9'; there are: R1, R2, R3, R4, PC1, PC2"),
        (("exec", "PC1"), 1, "exec needs a command"),
        (("cut", "r1-r3", "--for", "0"), 2, "must be greater than 0"),
        (("cut",), 2, "the following arguments are required: WHAT"),
        (("fault", "R1", "explode"), 2, "invalid choice: 'explode'"),
        (("fault", "R1", "hang", "--after-line", "-1"), 1, "must not be negative"),
        (("up", "nowhere"), 1, "there is no topology 'nowhere'; allowed: "),
    ],
)
def test_a_wrong_verb_says_one_clear_line(seed_lab: SeedLab, words: tuple[str, ...], status: int, said: str) -> None:
    done = seed_lab.verb(*words, check=False)
    assert done.returncode == status
    assert said in done.stderr
    if status == 1:
        assert len(done.stderr.splitlines()) == 1


def test_exec_hands_on_input_output_and_status(seed_lab: SeedLab) -> None:
    done = seed_lab.verb("exec", "PC1", "--", "sh", "-c", "cat; exit 7", typed="hello", check=False)
    assert (done.stdout, done.returncode) == ("hello", 7)
    assert "eth0" in seed_lab.exec("PC1", "ls", "/sys/class/net")


def test_a_fault_of_the_command_line_is_ordered_and_cleared(seed_lab: SeedLab) -> None:
    lines = (
        "configure terminal",
        "interface Ethernet0/0",
        "description one",
        "description two",
        "no description",
        "end",
    )
    seed_lab.fault("R2", "refuse", "--after-line", "2", "--text", "not now")
    assert seed_lab.status()["routers"]["R2"]["fault"] == "refuse"
    assert seed_lab.ios("R2", *lines).count("% not now") == 1
    seed_lab.fault("R2", "refuse")
    seed_lab.fault("R2", "clear")
    assert "%" not in seed_lab.ios("R2", *lines).partition("configure terminal")[2]


def test_an_isolated_router_is_out_of_reach_until_its_time_is_over(seed_lab: SeedLab) -> None:
    def console() -> subprocess.CompletedProcess[str]:
        return seed_lab.verb("console", "R2", check=False, typed="show clock\nexit\n")

    seed_lab.fault("R2", "isolate", "--seconds", "3")
    refused = console()
    assert (refused.returncode, "R2 at " in refused.stderr) == (1, True)
    assert seed_lab.status()["routers"]["R2"]["fault"] == "isolate"
    assert "UTC" in seed_lab.verb("console", "R1", typed="show clock\nexit\n").stdout
    wait_until(lambda: console().returncode == 0, 10, "R2 is back")
    assert seed_lab.status()["routers"]["R2"]["fault"] is None


def test_a_machine_without_frr_gets_one_clear_line(tmp_path: Path) -> None:
    code = "import lab.machine as m, pathlib; m.BINARIES = pathlib.Path('/nowhere'); m.check_machine(True)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    last = done.stderr.splitlines()[-1]
    assert "this machine lacks /nowhere/zebra, /nowhere/bfdd, /nowhere/bgpd" in last
    assert "sudo apt-get install frr" in last


def unprivileged_python() -> tuple[str, ...]:
    """Return the command of a Python that a user without privilege can run, with our packages."""
    wanted = f"{sys.version_info.major}.{sys.version_info.minor}"
    as_nobody = ("setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups")
    for python in (sys.executable, *filter(None, [shutil.which(f"python{wanted}", path="/usr/local/bin:/usr/bin")])):
        # By way of a shell: setpriv itself still has the privilege to reach what its user cannot.
        tried = [*as_nobody, "sh", "-c", f"{python} -c ''"]
        if subprocess.run(tried, capture_output=True, check=False).returncode == 0:
            return (*as_nobody, python)
    pytest.skip(f"no Python {wanted} here that another user may run")


def test_the_seed_runs_without_privilege() -> None:
    python = unprivileged_python() if os.geteuid() == 0 else (sys.executable,)
    prefix = python[:-1]
    tried = subprocess.run([*prefix, "unshare", "--user", "--map-root-user", "true"], capture_output=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"user namespaces are not permitted here: {tried.stderr.decode().strip()}")
    parent = Path(tempfile.mkdtemp(prefix="fastpath-rootless-"))
    packages = os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")])
    environ = {**lab_environ(parent), "HOME": str(parent), "PYTHONPATH": packages}
    lab = SeedLab("rootless", parent / "rootless", environ, python)
    try:
        os.chown(parent, NOBODY if prefix else -1, -1)
        lab.up()
        status, namespace = lab.status(), lab.process_namespace()
        assert (status["rootless"], status["realtime"]) == (True, False)
        for router in ROUTERS:
            lab.configure(router, *seed_listing(router, "bfd interval 300 min_rx 300 multiplier 3"))
        lab.settle(40)
        assert lab.bfd("R1")["10.10.10.2"]["echo-transmit-interval"] == 300
        lab.cut("r1-r3", "--bfd-only")
        wait_until(lambda: lab.bfd_up() == 6, 10, "both ends of one session are down")
        lab.verb("down", "--erase")
        assert processes_in(namespace) == []
    finally:
        lab.verb("down", "--erase", check=False)
        shutil.rmtree(parent)
