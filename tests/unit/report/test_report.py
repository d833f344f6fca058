"""The action: options in, files and a table out; the JSON file is what its schema says, without secrets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest
import yaml
from ansible.errors import AnsibleActionFail
from ansible_collections.edgeworks.fastpath.plugins.action import failover_drill_report
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.summary import summarize_drill
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import InvalidInput
from ansible_collections.edgeworks.fastpath.plugins.modules import failover_drill_report as documentation
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report import canvas
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report.redacted import redacted
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report.report import Request, make_report

from .drills import EVERY_DRILL, compared_drill, empty_drill, failed_drill, one_cycle_drill
from .test_terminal import COMPARED

DOCS = Path(__file__).parents[3] / "docs"
SCHEMA = json.loads((DOCS / "drill-schema-1.json").read_text())
NOW = 1790000500.0
SECRET = "094F471A1A0A"


def run(args, check_mode=False):
    plugin = failover_drill_report.ActionModule(
        task=SimpleNamespace(args=args, async_val=0, check_mode=check_mode, action="failover_drill_report"),
        connection=SimpleNamespace(_shell=SimpleNamespace(tmpdir="/tmp")),
        play_context=None,
        loader=None,
        templar=None,
    )
    plugin._load_name = "failover_drill_report"
    return plugin.run()


def report(tmp_path, data, **changes):
    request = Request(**{"directory": tmp_path, "title": "Failover drill", "pictures": False, **changes})
    return make_report(data, request, NOW)


def test_report_is_written(tmp_path):
    result = run({"drill": compared_drill(), "directory": str(tmp_path / "reports")})
    directory = tmp_path / "reports" / "20260921T141320Z"
    assert not result.get("failed")
    assert (result["changed"], result["warnings"]) == (True, [])
    assert (result["path"], result["json_path"]) == (str(directory / "index.html"), str(directory / "drill.json"))
    assert result["latest"] == str(tmp_path / "reports" / "latest")
    assert result["table"] == COMPARED.replace("/reports/20260921T141320Z/index.html", result["path"])
    assert "<svg" in Path(result["path"]).read_text(encoding="utf-8")


def test_pictures_can_be_left_out(tmp_path):
    result = run({"drill": compared_drill(), "directory": str(tmp_path), "pictures": False})
    assert "<svg" not in Path(result["path"]).read_text(encoding="utf-8")
    assert result["warnings"] == []


def test_check_mode_writes_nothing_and_says_where(tmp_path):
    directory = tmp_path / "reports"
    args = {"drill": compared_drill(), "directory": str(directory)}
    predicted = run(args, check_mode=True)
    assert not directory.exists()
    assert run(args) == predicted


def test_relative_directory_starts_where_the_run_started(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run({"drill": one_cycle_drill(), "directory": "reports", "pictures": False})
    assert result["path"] == str(tmp_path / "reports" / "20260921T141320Z" / "index.html")


def test_missing_library_costs_the_pictures_only(tmp_path, monkeypatch):
    monkeypatch.setattr(canvas, "MISSING", "No module named 'matplotlib'")
    result = report(tmp_path, compared_drill(), pictures=True)
    assert result["warnings"] == [
        "The report has no pictures: No module named 'matplotlib'. Install matplotlib where Ansible runs to have them."
    ]
    text = Path(result["path"]).read_text(encoding="utf-8")
    assert "<svg" not in text
    assert "Outages of all scenarios" in text


def test_missing_library_is_no_matter_where_no_pictures_are_wanted(tmp_path, monkeypatch):
    monkeypatch.setattr(canvas, "MISSING", "No module named 'matplotlib'")
    assert report(tmp_path, compared_drill())["warnings"] == []


def test_drill_without_a_start_has_the_time_of_writing(tmp_path):
    assert report(tmp_path, empty_drill())["path"] == str(tmp_path / "20260921T142140Z" / "index.html")


def test_wrong_drill_is_a_failed_result(tmp_path):
    result = run({"drill": {"schema": 2}, "directory": str(tmp_path)})
    assert result["failed"]
    assert result["msg"].startswith("drill.schema: 2 is not allowed; allowed: 1.")
    assert list(tmp_path.iterdir()) == []


def test_unknown_options_are_refused(tmp_path):
    with pytest.raises(AnsibleActionFail, match="format"):
        run({"drill": compared_drill(), "directory": str(tmp_path), "format": "pdf"})


def test_options_are_documented():
    documented = yaml.safe_load(documentation.DOCUMENTATION)["options"]
    described = {
        name: {key: value for key, value in item.items() if key != "description"} for name, item in documented.items()
    }
    assert described == failover_drill_report.ARGUMENT_SPEC


def test_documented_table_is_a_real_one():
    sample = yaml.safe_load(documentation.RETURN)["table"]["sample"]
    assert sample == COMPARED.replace("/reports/", "/home/net/reports/")


# --- drill.json -------------------------------------------------------------------------------------------------------


def test_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("make", EVERY_DRILL.values(), ids=EVERY_DRILL)
def test_every_file_is_as_the_schema_says(tmp_path, make):
    written = json.loads(Path(report(tmp_path, make())["json_path"]).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(written)
    assert written == redacted(make())


def test_what_the_summary_makes_of_cycles_is_as_the_schema_says(tmp_path):
    made = compared_drill()
    cycles = [cycle for mode in made["scenarios"][0]["modes"] for cycle in mode["cycles"]]
    expect = made["scenarios"][0]["expect"]
    settings = {**made["settings"], "scenarios": [{"name": "link_cut", "expect": expect}]}
    drill = summarize_drill(cycles, settings, made["configuration"], "1.0.0")
    jsonschema.Draft202012Validator(SCHEMA).validate(drill)
    text = report(tmp_path, drill)["table"]
    assert "The traffic stood still for 452 ms with BFD (median of 5 cycles)" in text
    assert text.splitlines()[5:10] == COMPARED.splitlines()[5:10]


def test_schema_refuses_what_is_wrong():
    data = compared_drill()
    data["scenarios"][0]["modes"][1]["cycles"][0]["cut"]["restored_by"] = "somebody"
    del data["scenarios"][0]["ratio"]
    data["schema"] = 2
    found = {error.json_path for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(data)}
    assert found == {"$.schema", "$.scenarios[0]", "$.scenarios[0].modes[1].cycles[0].cut.restored_by"}


def test_every_top_key_is_documented():
    text = (DOCS / "drill-report.md").read_text(encoding="utf-8")
    assert [key for key in SCHEMA["properties"] if f"`{key}" not in text] == []


# --- secrets ----------------------------------------------------------------------------------------------------------


def test_secrets_are_in_no_file(tmp_path):
    data = failed_drill()
    cycle = data["scenarios"][0]["modes"][1]["cycles"][1]
    line = f"%PARSER-5-CFGLOG_LOGGEDCMD: logged command: neighbor 10.0.0.1 password 7 {SECRET}"
    cycle["events"][0]["text"] = cycle["cause"]["ends"][0]["evidence"][0] = line
    cycle["cut"]["description"] = f"switch cut --password {SECRET}"
    cycle["failures"].append(f"R1 refused 'neighbor 10.0.0.1 password {SECRET}'")
    data["settings"]["scenarios"][0]["cut"] = {"restore": f"switch restore --password {SECRET}"}
    result = report(tmp_path, data)
    for path in (result["path"], result["json_path"]):
        text = Path(path).read_text(encoding="utf-8")
        assert SECRET not in text
        assert "password ********" in text


def test_secret_ends_with_its_line():
    text = f"neighbor 10.0.0.1 password {SECRET}\nhello"
    assert redacted({"failures": [text]}) == {"failures": ["neighbor 10.0.0.1 password ********\nhello"]}


def test_own_words_are_left_alone():
    data = {"scenarios": [{"title": "The community link", "modes": [{"explanation": "a key question of ours"}]}]}
    assert redacted(data) == data


@pytest.mark.parametrize("value", [float("nan"), float("inf"), datetime(2026, 9, 21), {1, 2}])
def test_what_json_does_not_know_is_refused(value):
    with pytest.raises(InvalidInput, match=r"drill\.scenarios\[0\]\.ratio: .* allowed: what JSON knows"):
        redacted({"scenarios": [{"ratio": value}]})


# --- without the plotting library -------------------------------------------------------------------------------------

WITHOUT_LIBRARY = """
import json, sys
sys.modules["matplotlib"] = None  # importing it fails
from pathlib import Path
from ansible_collections.edgeworks.fastpath.plugins.plugin_utils.report.report import Request, make_report
drill, directory = json.load(sys.stdin), Path(sys.argv[1])
print(json.dumps(make_report(drill, Request(directory, "Failover drill", True), 0.0)))
"""


def test_library_that_is_not_installed_costs_the_pictures_only(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(DOCS.parent / "collections")}
    command = [sys.executable, "-c", WITHOUT_LIBRARY, str(tmp_path)]
    ran = subprocess.run(
        command, input=json.dumps(compared_drill()), env=environment, capture_output=True, text=True, check=True
    )
    (warning,) = json.loads(ran.stdout)["warnings"]
    assert warning.startswith("The report has no pictures: ")
    assert "matplotlib" in warning
    assert (tmp_path / "latest" / "index.html").is_file()
