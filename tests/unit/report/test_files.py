"""A report is there whole or not at all."""

from __future__ import annotations

import os
import stat
import threading

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import InvalidInput
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report import files
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report.files import stamp_of, write_report

STAMP = "20260921T141320Z"
FILES = {files.PAGE: "<p>ä</p>", files.DATA: "{}\n"}


def names(directory):
    return sorted(item.name for item in directory.iterdir())


def test_report_is_written_and_latest_points_at_it(tmp_path):
    directory = tmp_path / "a" / "reports"
    written = write_report(directory, STAMP, FILES)
    assert names(directory) == [STAMP, "latest"]
    assert written.page.read_text(encoding="utf-8") == "<p>ä</p>"
    assert written.data == directory / STAMP / "drill.json"
    assert os.readlink(written.latest) == STAMP
    assert (written.latest / "index.html").samefile(written.page)


def test_reports_of_the_same_second_stand_side_by_side(tmp_path):
    written = [write_report(tmp_path, STAMP, {"index.html": str(number)}) for number in range(3)]
    assert names(tmp_path) == [STAMP, f"{STAMP}-2", f"{STAMP}-3", "latest"]
    assert [item.page.read_text() for item in written] == ["0", "1", "2"]
    assert os.readlink(tmp_path / "latest") == f"{STAMP}-3"


def test_reports_written_at_once_are_all_there(tmp_path):
    threads = [threading.Thread(target=write_report, args=(tmp_path, STAMP, FILES)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(tmp_path)) == 9
    assert (tmp_path / "latest" / "index.html").is_file()


def test_modes_follow_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        written = write_report(tmp_path / "reports", STAMP, FILES)
    finally:
        os.umask(before)
    assert stat.S_IMODE(written.directory.stat().st_mode) == 0o750
    assert stat.S_IMODE(written.page.stat().st_mode) == 0o640


def test_nothing_is_left_of_a_report_that_could_not_be_written(tmp_path):
    write_report(tmp_path, STAMP, FILES)
    with pytest.raises(InvalidInput):
        write_report(tmp_path, STAMP, {**FILES, "missing/x": ""})
    assert names(tmp_path) == [STAMP, "latest"]


def test_directory_named_latest_is_not_touched(tmp_path):
    (tmp_path / "latest").mkdir()
    with pytest.raises(InvalidInput) as caught:
        write_report(tmp_path, STAMP, FILES)
    assert str(caught.value).startswith(f"directory: '{tmp_path}' is not allowed; allowed: a directory that can be")
    assert "no file or directory named latest in it" in str(caught.value)
    assert (tmp_path / "latest").is_dir()
    assert not [name for name in names(tmp_path) if name.startswith(".")]


def test_file_in_place_of_the_directory_is_an_error(tmp_path):
    (tmp_path / "reports").write_text("")
    with pytest.raises(InvalidInput, match="Choose another directory: File exists"):
        write_report(tmp_path / "reports", STAMP, FILES)


def test_stamp_is_utc_and_can_be_sorted():
    assert stamp_of(1790000000.9) == STAMP
