"""command_timer as a whole: it fires whoever dies, and not once it is called off."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from tests.unit.probe.probe_host import TIMER, clean_host, wait_until


@pytest.fixture
def host(tmp_path):
    with clean_host(tmp_path) as host:
        yield host


@pytest.fixture
def flag(tmp_path):
    return tmp_path / "flag"


def test_a_disarmed_timer_does_nothing(host, flag):
    armed = host.timer(command=["touch", str(flag)])
    assert armed["changed"]
    assert 50 < armed["fires_at"] - time.time() <= 60
    answer = host.timer(state="disarmed")
    expected = {"changed": True, "found": True, "fired": False, "rc": None, "fired_at": None, "output": ""}
    assert answer == expected
    assert host.timer(state="disarmed") == {**expected, "changed": False, "found": False}
    assert host.processes() == []
    assert not flag.exists()


def test_armed_twice_waits_once(host, flag):
    first = host.timer(command=["touch", str(flag)])
    again = host.timer(command=["touch", str(flag)])
    assert again == {**first, "changed": False}
    differs = host.timer(command=["touch", "another"], after_s=70)
    assert differs["msg"] == (
        "Timer 'one' waits with other options: asked for after_s 70, and 60 runs; another command. "
        "Disarm it first, or choose another name."
    )
    host.timer(state="disarmed")


def test_it_fires_and_tells(host, flag):
    armed = host.timer(shell=f"echo in $PWD; touch {flag}; exit 3", after_s=1, chdir="/usr")
    wait_until(flag.exists, "it fires")
    assert flag.stat().st_mtime > armed["fires_at"] - 0.05
    wait_until(lambda: host.timer(check_mode=True, state="disarmed")["rc"] == 3, "its command ends")
    refused = host.timer(command=["true"])
    assert refused["msg"] == "Timer 'one' has fired. Use state: disarmed to see what its command did."
    answer = host.timer(state="disarmed")
    assert (answer["fired"], answer["rc"], answer["output"]) == (True, 3, "in /usr\n")
    assert answer["fired_at"] > armed["fires_at"] - 0.05


def test_a_lost_session_does_not_stop_it(host, flag):
    host.abandon("command_timer", **{**TIMER, "name": "one", "command": ["touch", str(flag)], "after_s": 1})
    wait_until(flag.exists, "it fires")
    assert host.timer(state="disarmed")["rc"] == 0


def test_disarming_waits_for_a_command_that_has_begun(host, flag, tmp_path):
    hold = tmp_path / "hold"
    hold.touch()
    shell = f"touch {flag}; while [ -e {hold} ] && [ $((n=n+1)) -lt 400 ]; do sleep 0.05; done; echo done"
    host.timer(shell=shell, after_s=1)
    wait_until(flag.exists, "it fires")
    assert host.timer(check_mode=True, state="disarmed")["rc"] is None
    answers = []
    disarming = threading.Thread(target=lambda: answers.append(host.timer(state="disarmed")))
    disarming.start()
    wait_until(lambda: len(host.processes()) >= 3, "timer, command and disarming run")
    assert answers == []
    hold.unlink()
    disarming.join(30)
    (answer,) = answers
    assert (answer["rc"], answer["output"]) == (0, "done\n")


def test_a_guard_that_could_not_work_is_refused_when_armed(host):
    missing = host.timer(command=["no-such-program", "x"])["msg"]
    assert missing.startswith("command: 'no-such-program' is not allowed; allowed: a program on this host.")
    assert "chdir: '/no/such' is not allowed" in host.timer(command=["true"], chdir="/no/such")["msg"]
    assert "after_s: 0 is not allowed; allowed: 1 to 86400" in host.timer(command=["true"], after_s=0)["msg"]


def test_a_program_beside_the_directory(host, tmp_path, flag):
    (tmp_path / "heal").write_text(f"#!/bin/sh\ntouch {flag}\n")
    (tmp_path / "heal").chmod(0o755)
    host.timer(command=["./heal"], chdir=str(tmp_path), after_s=1)
    wait_until(flag.exists, "it fires")
    assert host.timer(state="disarmed")["rc"] == 0


def test_check_mode_writes_nothing(host, flag):
    predicted = host.timer(check_mode=True, command=["touch", str(flag)], after_s=1)
    assert (predicted["changed"], predicted["pid"]) == (True, None)
    assert host.files() == []
    assert host.processes() == []
    assert not host.timer(check_mode=True, state="disarmed")["changed"]


def test_the_command_is_in_no_file(host):
    host.timer(command=["true", "pass-word"])
    (directory,) = host.files()
    content = b"".join(path.read_bytes() for path in Path(host.tmp, directory).iterdir())
    assert content
    assert b"pass-word" not in content
    host.timer(state="disarmed")


def test_a_killed_timer_can_be_armed_again(host, flag):
    pid = host.timer(command=["touch", str(flag)])["pid"]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: pid not in host.processes(), "it is dead")
    assert host.timer(command=["touch", str(flag)], after_s=1)["changed"]
    wait_until(flag.exists, "it fires")
    host.timer(state="disarmed")


def test_what_nobody_disarms_removes_itself(host):
    host.timer(command=["true"], after_s=1, keep_s=0.3)
    wait_until(lambda: not host.files(), "the directory goes")
