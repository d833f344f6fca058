"""IOS' rollback: golden cases of its parsers, what is read of a router, what stands against a timed change."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
import yaml
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import DeviceError
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios import rollback

GOLDEN = Path(__file__).parents[2] / "golden" / "ios"
CASES = [
    (parser, path.stem)
    for parser in ("parse_archive", "parse_rollback_timer", "parse_rollback_log")
    for path in sorted((GOLDEN / parser).glob("*.txt"))
]
TIMER = (GOLDEN / "parse_rollback_timer" / "absolute.txt").read_text()
ARCHIVE = (GOLDEN / "parse_archive" / "iosxe_two_files.txt").read_text()
STARTED = 1235256648.0  # 22:50:48 on February 21, 2009
NONE_PENDING = "%No Rollback Confirmed Change pending"


class Answers:
    """A transport that answers from a table."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers

    def run(self, command: str) -> str:
        answer = self.answers[command.replace(" ", "_")]
        if answer.startswith("% Invalid"):
            raise DeviceError(answer)
        return answer


@pytest.mark.parametrize(("parser", "case"), CASES)
def test_golden(parser, case):
    found = getattr(rollback, parser)((GOLDEN / parser / f"{case}.txt").read_text())
    expected = yaml.safe_load((GOLDEN / parser / f"{case}.yml").read_text())
    assert (asdict(found) if isinstance(found, rollback.PendingChange) else found) == expected


def test_an_answer_that_says_nothing_of_a_timer_is_an_error():
    with pytest.raises(DeviceError) as caught:
        rollback.parse_rollback_timer("Rollback timer facility restarting\n")
    assert str(caught.value) == (
        "`show archive config rollback timer`: the answer 'Rollback timer facility restarting' could not be read; "
        "whether a change is pending is not known."
    )


def test_state_of_a_router_with_nothing_pending():
    router = Answers(show_archive=ARCHIVE, show_archive_config_rollback_timer=NONE_PENDING)
    assert rollback.read_rollback(router) == rollback.RollbackState(True, "flash:fastpath")


def test_state_of_a_router_without_archive():
    router = Answers(show_archive=" Archive feature not enabled", show_archive_config_rollback_timer=NONE_PENDING)
    assert rollback.read_rollback(router) == rollback.RollbackState(archive_enabled=False)


def test_a_release_without_timers_has_nothing_pending():
    router = Answers(show_archive=ARCHIVE, show_archive_config_rollback_timer="% Invalid input detected at '^' marker.")
    assert rollback.read_rollback(router) == rollback.RollbackState(True, "flash:fastpath")


def test_state_of_a_router_with_a_pending_change():
    router = Answers(
        show_archive=ARCHIVE,
        show_archive_config_rollback_timer=TIMER,
        show_clock="*22:51:18.204 UTC Sat Feb 21 2009",
    )
    assert rollback.read_rollback(router) == rollback.RollbackState(True, "flash:fastpath", True, 90, "console")


@pytest.mark.parametrize(
    ("clock", "left"),
    [
        (".22:52:47.999 UTC Sat Feb 21 2009", 1),
        ("00:10:00.000 UTC Sun Feb 22 2009", 0),
        ("*23:00:48.000 UTC Sat Feb 21 2009\n", 0),
        ("no clock", None),
    ],
)
def test_what_is_left_goes_by_the_routers_clock(clock, left):
    change = rollback.PendingChange(2, "console", STARTED)
    assert rollback.remaining(change, clock) == left


def test_what_an_idle_timer_has_left_is_not_known():
    change = rollback.PendingChange(2, "ops", STARTED, idle=True)
    assert rollback.remaining(change, "*22:51:18.204 UTC Sat Feb 21 2009") is None


def test_a_log_that_is_not_given_is_no_failure():
    command = "show_logging_|_include_ROLLBK_CNFMD_CHG"
    expired = (GOLDEN / "parse_rollback_log" / "expired.txt").read_text()
    assert rollback.read_expired(Answers(**{command: expired})).startswith("*Feb 15 15:57:41.535: %ARCHIVE_DIFF")
    assert rollback.read_expired(Answers(**{command: "% Invalid input detected at '^' marker."})) is None


def test_a_timed_change_on_a_router_that_is_ready_has_no_findings():
    assert rollback.rollback_findings(rollback.RollbackState(True, "flash:fastpath"), 1, 59) == []


def test_everything_that_stands_against_a_timed_change_is_found_at_once():
    state = rollback.RollbackState(False, None, True, 42, "ops")
    assert [str(finding) for finding in rollback.rollback_findings(state, 1, 60)] == [
        "archive: 'not enabled' is not allowed; allowed: an archive with a path. A rollback needs an archive: declare "
        "config.archive and run once without a timer.",
        "pending change: 'begun by ops, taken back in 42 s' is not allowed; allowed: none. Confirm or revert it with "
        "edgeworks.fastpath.ios_pending_change, or wait until the device takes it back.",
        "ansible_command_timeout: '60 s' is not allowed; allowed: less than 60 s, the 1 min of the timer. A session "
        "that hangs would outlast the timer: lower the one or raise the other.",
    ]


def test_what_is_not_known_of_a_pending_change_is_not_told():
    assert rollback.describe(rollback.RollbackState(True, "flash:x", True)) == "begun by somebody"
