"""The journal keeps order, tells listeners, survives in its file, and never keeps a secret."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import pytest

from lab.esxi import journal as journals
from lab.esxi.journal import Entry, Journal

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def make(path: Path | None = None) -> Journal:
    return Journal(lambda: NOON, path)


def test_entries_are_numbered_and_told():
    journal, told = make(), []
    journal.subscribe(told.append)
    journal.record("call", "root", "HostSystem.RebootHost_Task", "ha-host", "InvalidState", force=False)
    journal.record("boot", "host", "reboot")
    assert told == list(journal.entries)
    assert journal.entries[0] == Entry(
        1, "2026-01-01T12:00:00+00:00", "call", "root", "HostSystem.RebootHost_Task", "ha-host", "InvalidState",
        {"force": False},
    )  # fmt: skip
    assert [each.number for each in journal.entries] == [1, 2]


def test_each_entry_is_a_line_of_its_file(tmp_path):
    path = tmp_path / "journal"
    for _ in range(2):
        make(path).record("shell", "root", "echo", status=0)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(each["action"], each["details"]) for each in lines] == [("echo", {"status": 0})] * 2


def test_the_oldest_are_forgotten(monkeypatch):
    monkeypatch.setattr(journals, "KEPT_ENTRIES", 3)
    journal = make()
    for _ in range(5):
        journal.record("state", "host", "tick")
    assert [each.number for each in journal.entries] == [3, 4, 5]


@pytest.mark.parametrize("name", ["password", "guest_Password", "token", "secret_key"])
def test_a_secret_is_refused(name):
    with pytest.raises(ValueError, match=f"detail '{name}' looks like a secret"):
        make().record("call", "root", "x", **{name: "x"})


def test_a_kind_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="kind 'other' is not known; known: call, shell, file, boot, fault, state"):
        make().record("other", "root", "x")
