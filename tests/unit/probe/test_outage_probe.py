"""outage_probe as a whole: real processes, real packets on loopback, and nothing left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

import pytest

from tests.unit.probe.probe_host import PROBE, ROOT, clean_host, wait_until

# The one of the checkout may lie where only its owner may look.
SYSTEM_PYTHON = "/usr/bin/python3"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces of one's own need root")


@pytest.fixture
def port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def host(tmp_path):
    with clean_host(tmp_path) as host:
        yield host


@pytest.fixture
def udp(host, port):
    """A host whose probes go to a responder of its own."""
    assert host.probe("answering", role="responder", target=None, port=port)["changed"]
    yield {"method": "udp", "port": port}
    host.probe("answering", state="absent")


def test_a_probe_from_start_to_result(host, udp):
    started = host.probe(**udp)
    assert (started["changed"], started["running"], started["method"]) == (True, True, "udp")
    again = host.probe(**udp)
    assert (again["changed"], again["pid"], again["started_at"]) == (False, started["pid"], started["started_at"])
    seen = host.sent(30)
    assert not seen["changed"]
    assert seen["running"]
    assert seen["consecutive"] <= seen["received"]
    assert abs(seen["host_time"] - time.time()) < 30
    assert json.loads(Path(seen["status_file"]).read_text())["sent"] >= seen["sent"]
    collected = host.probe(state="collected")
    assert (collected["changed"], collected["running"]) == (True, False)
    result = collected["result"]
    assert result["sent"] == result["received"] + result["lost"] >= 30
    assert (result["lost"], result["outage_ms"], result["outage_open"]) == (0, 0.0, "none")
    assert (result["forward_lost"], result["return_lost"], result["duplicates"], result["reordered"]) == (0, 0, 0, 0)
    assert result["started_at"] == pytest.approx(started["started_at"], abs=0.001)
    assert result["rtt_ms"]["min"] > 0
    assert host.files() == [Path(host.probe("answering", state="seen")["status_file"]).parent.name]


def test_the_second_collected_is_an_error_and_the_second_absent_is_not(host, udp):
    host.probe(**udp)
    host.probe(state="collected")
    failed = host.probe(state="collected")
    assert failed["msg"].startswith("No probe named 'one' of this user is here; there are: answering. It may have been")
    assert host.probe(state="seen")["failed"]
    host.probe(**udp)
    assert [host.probe(state="absent")["changed"] for _time in range(2)] == [True, False]


def test_other_options_are_refused_by_name(host, udp):
    host.probe(**udp)
    failed = host.probe(**udp, interval_ms=20, duration_s=60)
    assert failed["msg"] == (
        "Probe 'one' runs with other options: asked for duration_s 60, and 30 runs; interval_ms 20, and 10 runs. "
        "Collect or remove it first, or choose a name."
    )
    assert host.probe(state="seen")["running"]
    host.probe(state="absent")


def test_check_mode_changes_nothing_and_predicts(host, udp):
    others = host.files()
    assert host.probe(check_mode=True, **udp)["changed"]
    assert host.files() == others
    assert not host.probe(check_mode=True, state="absent")["changed"]
    host.probe(**udp)
    assert not host.probe(check_mode=True, **udp)["changed"]
    collected = host.probe(check_mode=True, state="collected")
    assert collected["changed"]
    assert "result" not in collected
    assert host.probe(check_mode=True, state="absent")["changed"]
    assert host.probe(state="seen")["running"]
    host.probe(state="absent")


def test_a_probe_ends_by_itself_and_waits_to_be_collected(host, udp):
    host.probe(**udp, duration_s=1)
    ended = host.ended()
    assert not ended["running"]
    assert 1 <= ended["received"] == ended["sent"] <= 100
    failed = host.probe(**udp, duration_s=1)
    assert "has ended and was not collected. Use state: collected for its result, or absent" in failed["msg"]
    result = host.probe(state="collected")["result"]
    assert result["sent"] == ended["sent"]
    assert result["ended_at"] - result["started_at"] > 0.9


def test_what_nobody_collects_removes_itself(host, port):
    host.probe(role="responder", target=None, port=port, duration_s=1, keep_s=0.5)
    wait_until(lambda: not host.files(), "the directory goes")
    wait_until(lambda: not host.processes(), "the process goes")


def test_a_killed_probe_is_an_error_that_says_so(host, udp):
    pid = host.probe(**udp)["pid"]
    host.sent(10)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: pid not in host.processes(), "it is dead")
    assert not host.probe(state="seen")["running"]
    message = host.probe(state="collected")["msg"]
    assert message.startswith("Probe 'one' ended without a result: it was killed. It had sent ")
    assert message.endswith("its files are removed.")
    assert len(host.files()) == 1


def test_a_probe_that_cannot_keep_its_result_says_why(host, udp):
    pid = host.probe(**udp)["pid"]
    in_the_way = Path(host.probe(state="seen")["status_file"]).with_name(".result")
    in_the_way.mkdir()
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: pid not in host.processes(), "it ends")
    in_the_way.rmdir()
    message = host.probe(state="collected")["msg"]
    assert "ended without a result: IsADirectoryError: [Errno 21] Is a directory: '.result'. It had sent " in message


def test_a_start_takes_the_place_of_a_killed_one(host, udp):
    pid = host.probe(**udp)["pid"]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: pid not in host.processes(), "it is dead")
    assert not host.probe(state="seen")["running"]
    restarted = host.probe(**udp, interval_ms=20)
    assert restarted["changed"]
    assert restarted["pid"] != pid
    host.probe(state="absent")


def test_a_lost_session_does_not_end_it(host, udp):
    started = host.abandon("outage_probe", **{**PROBE, **udp, "name": "one"})
    seen = host.sent(50)
    assert seen["pid"] == started["pid"]
    assert host.probe(state="collected")["result"]["lost"] == 0


def test_it_holds_on_to_nothing_of_its_session(host, udp):
    pid = host.probe(**udp)["pid"]
    proc = Path(f"/proc/{pid}")
    assert os.readlink(proc / "cwd") == "/"
    assert os.getsid(pid) != os.getsid(0)
    assert (proc / "comm").read_text().strip() == "outage_probe"
    files = [os.readlink(link) for link in (proc / "fd").iterdir()]
    assert sum(file == "/dev/null" for file in files) >= 3
    kept = [file for file in files if file != "/dev/null"]
    kinds = sorted({file.partition(":")[0] if ":" in file else "directory" for file in kept})
    assert kinds == ["directory", "pipe", "socket"], files
    place = Path(host.probe(state="seen")["status_file"]).parent
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    host.probe(state="absent")


def test_a_stall_of_the_prober_is_no_outage(host, udp):
    pid = host.probe(**udp)["pid"]
    host.sent(20)
    os.kill(pid, signal.SIGSTOP)
    stopped_s = time.monotonic()
    wait_until(lambda: time.monotonic() - stopped_s > 1.3, "more than a second")
    os.kill(pid, signal.SIGCONT)
    stalled_ms = (time.monotonic() - stopped_s) * 1000
    host.sent(100)
    result = host.probe(state="collected")["result"]
    longest = max(stall["length_ms"] for stall in result["stalls"])
    assert longest > stalled_ms - 20
    assert (result["lost"], result["late"], result["outage_ms"]) == (0, 0, 0.0)


def test_probes_side_by_side(host, udp):
    for name in ("a", "b"):
        host.probe(name, **udp)
    for name in ("a", "b"):
        host.sent(20, name)
        assert host.probe(name, state="collected")["result"]["forward_lost"] == 0


def test_a_responder_tells_what_it_did(host, port):
    host.probe("answering", role="responder", target=None, port=port)
    assert not host.probe("answering", role="responder", target=None, port=port, interval_ms=50)["changed"]
    host.probe(method="udp", port=port)
    host.sent(20)
    sent = host.probe(state="collected")["result"]["sent"]
    result = host.probe("answering", state="collected")["result"]
    assert (result["received"], result["answered"], result["port"]) == (sent, sent, port)


def test_without_a_responder_everything_is_lost_and_the_reason_is_told(host, port):
    host.probe(method="udp", port=port, duration_s=1)
    host.ended()
    result = host.probe(state="collected")["result"]
    assert (result["received"], result["outage_open"]) == (0, "both")
    assert "Connection refused" in result["errors"]
    assert result["rtt_ms"]["p50"] is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"name": "Up"}, "name: 'Up' is not allowed; allowed: 1 to 40 of a-z, 0-9 and -."),
        ({"name": "../x", "state": "absent"}, "name: '../x' is not allowed"),
        ({"target": None}, "target: None is not allowed; allowed: an IPv4 address."),
        ({"interval_ms": 2}, "interval_ms: 2 is not allowed; allowed: 5 to 1000."),
        ({"method": "udp", "source_address": "192.0.2.9"}, "source_address 192.0.2.9: Cannot assign"),
    ],
)
def test_wrong_options_leave_nothing(host, options, said):
    answer = host.probe(**options)
    assert answer["failed"]
    assert said in answer["msg"]


# --- in a network of its own ------------------------------------------------------------------------------------------


class Network:
    """A network namespace with nothing but loopback."""

    def __init__(self):
        self.name = f"fp-probe-{uuid.uuid4().hex[:8]}"
        self.enter = ("ip", "netns", "exec", self.name)

    def run(self, *command):
        subprocess.run([*self.enter, *command], check=True, capture_output=True)

    def loopback(self, state):
        self.run("ip", "link", "set", "lo", state)

    def drop(self, port):
        """Drop what comes in for a port, or from it ("sport")."""
        self.run("nft", f"add table inet cut; add chain inet cut in {{ type filter hook input priority 0; }}; "
                        f"add rule inet cut in udp {port} drop")  # fmt: skip

    def heal(self):
        self.run("nft", "delete table inet cut")

    def allow_ping(self, groups):
        self.run("sh", "-c", f"echo {groups} >/proc/sys/net/ipv4/ping_group_range")  # a bare Debian has no sysctl(8)


@pytest.fixture
def network():
    network = Network()
    subprocess.run(["ip", "netns", "add", network.name], check=True)
    try:
        network.loopback("up")
        yield network
    finally:
        subprocess.run(["ip", "netns", "delete", network.name], check=True)


@pytest.fixture
def inside(network, tmp_path):
    with clean_host(tmp_path, network.enter) as host:
        yield host


@as_root
@pytest.mark.parametrize("groups", ["1 0", "0 0"])
def test_icmp_over_a_raw_and_over_a_ping_socket(network, inside, groups):
    network.allow_ping(groups)
    assert inside.probe(interval_ms=5)["method"] == "icmp"
    inside.sent(100)
    result = inside.probe(state="collected")["result"]
    assert (result["lost"], result["duplicates"], result["forward_lost"]) == (0, 0, None)


@as_root
@pytest.mark.parametrize("groups", ["1 0", "0 0"])
def test_an_outage_of_known_length(network, inside, groups):
    network.allow_ping(groups)
    inside.probe()
    inside.sent(50)
    before = time.time()
    network.loopback("down")
    down = time.time()
    wait_until(lambda: time.time() - down > 0.4, "0.4 s")
    up = time.time()
    network.loopback("up")
    after = time.time()
    inside.sent(150)
    result = inside.probe(state="collected")["result"]
    least, most = (up - down) * 1000, (after - before) * 1000
    assert least - result["outage_uncertainty_ms"] <= result["outage_ms"] <= most + result["outage_uncertainty_ms"]
    assert (
        before - 0.02
        <= result["outage_from"]
        <= result["outage_to"]
        <= after + 0.05 + result["outage_uncertainty_ms"] / 1000
    )
    assert [loss["count"] for loss in result["losses"]] == [result["lost"]]


@as_root
def test_a_run_that_ends_in_a_loss_is_open(network, inside):
    inside.probe()
    inside.sent(20)
    network.loopback("down")
    wait_until(lambda: inside.status()["consecutive"] == 0, "the loss is seen")
    result = inside.probe(state="collected")["result"]
    assert (result["outage_open"], result["outage_to"]) == ("end", None)
    assert result["outage_from"] is not None
    assert result["outage_ms"] > 0


@as_root
def test_losses_by_direction(network, inside):
    inside.probe("answering", role="responder", target=None)
    inside.probe(method="udp")
    inside.sent(20)
    for port in ("dport 8620", "sport 8620"):
        received = inside.status()["received"]
        network.drop(port)
        wait_until(lambda: inside.status()["consecutive"] == 0, "the loss is seen")
        network.heal()
        inside.sent(received + 50)
    result = inside.probe(state="collected")["result"]
    inside.probe("answering", state="absent")
    first, second = result["losses"]
    assert abs(result["forward_lost"] - first["count"]) <= 1
    assert abs(result["return_lost"] - second["count"]) <= 1
    assert result["forward_lost"] + result["return_lost"] == result["lost"]


@as_root
def test_no_route_is_said_at_the_start(network, inside):
    answer = inside.probe(target="192.0.2.1")
    assert answer["msg"] == "target 192.0.2.1: Network is unreachable. This host needs a route to it."


@as_root
def test_names_belong_to_a_network(network, tmp_path):
    with clean_host(tmp_path) as outside, clean_host(tmp_path, network.enter) as inside:
        for host in (outside, inside):
            assert host.probe(method="icmp")["changed"]
        for host in (outside, inside):
            result = host.probe(state="collected")["result"]
            assert result["received"] == result["sent"] >= 1
            assert host.probe(state="seen")["failed"]


@pytest.fixture
def nobody(network):
    """A host inside the network whose user may nothing."""
    enter = [*network.enter, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"]
    look = [*enter, SYSTEM_PYTHON, "-c", "import ansible_collections.edgeworks.fastpath.plugins"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "collections"), "PYTHONDONTWRITEBYTECODE": "1"}
    if subprocess.run(look, cwd="/", env=environ, check=False).returncode != 0:
        pytest.skip("this checkout is not readable for others")
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
        os.chmod(directory, 0o1777)
        yield stack.enter_context(clean_host(Path(directory), enter, SYSTEM_PYTHON))


@as_root
def test_no_root_is_needed_where_the_group_may_ping(network, nobody):
    network.allow_ping("65534 65534")
    assert nobody.probe()["method"] == "icmp"
    nobody.sent(50)
    assert nobody.probe(state="collected")["result"]["lost"] == 0


@as_root
def test_without_any_right_it_is_udp(network, nobody):
    refused = nobody.probe(method="icmp")["msg"]
    assert "net.ipv4.ping_group_range is '1 0', the user's group is 65534" in refused
    nobody.probe("answering", role="responder", target="127.0.0.1")
    assert nobody.probe()["method"] == "udp"
    nobody.sent(50)
    assert nobody.probe(state="collected")["result"]["lost"] == 0
    nobody.probe("answering", state="absent")


@as_root
def test_anothers_directory_is_refused(network, nobody):
    nobody.probe(role="responder", target=None)
    path = Path(nobody.probe(state="seen")["status_file"]).parent
    nobody.probe(state="absent")
    path.mkdir(mode=0o755)
    assert f"{path}: belongs to user 0 with mode 0755; allowed: user 65534, mode 0700" in nobody.probe()["msg"]
    path.rmdir()
