"""Options of probe and timer: refused with all findings, compared by what matters, free of secrets."""

from __future__ import annotations

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import InvalidInput
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe.settings import (
    ProbeSettings,
    TimerSettings,
    differences,
)

GOOD = {
    "name": "cut-1",
    "role": "probe",
    "target": "192.0.2.1",
    "method": "auto",
    "interval_ms": 10,
    "duration_s": 120,
    "port": 8620,
    "source_address": None,
}
TIMER = {"name": "guard", "after_s": 5, "command": ("true",), "shell": None, "chdir": None}


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("name", "../etc", "1 to 40 of a-z, 0-9 and -"),
        ("name", "", "1 to 40 of a-z, 0-9 and -"),
        ("name", "x" * 41, "1 to 40 of a-z, 0-9 and -"),
        ("name", "one\n", "1 to 40 of a-z, 0-9 and -"),
        ("interval_ms", 4, "5 to 1000"),
        ("interval_ms", 1001, "5 to 1000"),
        ("duration_s", 0, "1 to 3600"),
        ("duration_s", 3601, "1 to 3600"),
        ("port", 0, "1 to 65535"),
        ("target", "PC2", "an IPv4 address"),
        ("target", None, "an IPv4 address"),
        ("source_address", "::1", "an IPv4 address"),
    ],
)
def test_wrong_options_are_named(option, value, allowed):
    with pytest.raises(InvalidInput) as caught:
        ProbeSettings(**{**GOOD, option: value})
    (finding,) = caught.value.findings
    assert (finding.where, finding.seen, finding.allowed) == (option, value, allowed)


def test_everything_wrong_is_said_at_once():
    with pytest.raises(InvalidInput) as caught:
        ProbeSettings(**{**GOOD, "interval_ms": 1, "duration_s": 9999, "target": "x"})
    assert len(caught.value.findings) == 3


def test_a_responder_needs_no_target_and_no_icmp():
    assert ProbeSettings(**{**GOOD, "role": "responder", "target": None}).target is None
    with pytest.raises(InvalidInput, match="every host answers ICMP by itself"):
        ProbeSettings(**{**GOOD, "role": "responder", "method": "icmp"})


def test_what_matters_is_compared():
    probe = ProbeSettings(**GOOD)
    assert differences(probe.compared, ProbeSettings(**{**GOOD, "name": "other"}).compared) == []
    other = ProbeSettings(**{**GOOD, "interval_ms": 20, "target": "192.0.2.2"})
    assert differences(probe.compared, other.compared) == [
        "interval_ms 20, and 10 runs",
        "target '192.0.2.2', and '192.0.2.1' runs",
    ]
    responders = [ProbeSettings(**{**GOOD, "role": "responder", "interval_ms": ms}) for ms in (10, 20)]
    assert differences(*(responder.compared for responder in responders)) == []


@pytest.mark.parametrize(
    ("option", "value", "where"),
    [("after_s", 0, "after_s"), ("after_s", 86401, "after_s"), ("command", (), "command"), ("name", "A", "name")],
)
def test_a_timers_wrong_options_are_named(option, value, where):
    with pytest.raises(InvalidInput) as caught:
        TimerSettings(**{**TIMER, option: value})
    assert [finding.where for finding in caught.value.findings] == [where]


def test_a_timers_command_is_compared_and_not_told():
    secret = TimerSettings(**{**TIMER, "command": ("login", "pass-word")})
    assert "pass-word" not in str(secret.compared)
    assert differences(TimerSettings(**TIMER).compared, secret.compared) == ["another command"]
    shell = TimerSettings(**{**TIMER, "command": None, "shell": "true"})
    assert shell.words == ["/bin/sh", "-c", "true"]
    assert differences(TimerSettings(**TIMER).compared, shell.compared) == ["another command"]
