"""What the scripts decide: is a second run unchanged, which collections are unmet, what was left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile

import pytest

from scripts import demo, fetch_collections, run_clean

RECAP = """\
PLAY RECAP *********************************************************************
R1                         : ok=5    changed={r1}    unreachable=0    failed=0    skipped=1    rescued=0    ignored=0
\x1b[0;33mR2\x1b[0m                         : \x1b[0;32mok=5   \x1b[0m \x1b[0;33mchanged=0   \x1b[0m unreachable=0
"""


def test_recap_is_read_with_and_without_colours():
    assert demo.read_recap(RECAP.format(r1=12)) == {"R1": 12, "R2": 0}


def test_unchanged_run_is_accepted():
    demo.demand_unchanged(RECAP.format(r1=0))


@pytest.mark.parametrize(
    ("output", "message"),
    [(RECAP.format(r1=1), "it changed R1"), ("PLAY RECAP ****\n", "reached no host"), ("", "reached no host")],
)
def test_changed_or_empty_run_is_refused(output, message):
    with pytest.raises(demo.DemoFailed, match=message):
        demo.demand_unchanged(output)


@pytest.mark.parametrize(
    ("version", "allowed", "expected"),
    [
        ("11.6.0", ">=11.3.0", True),
        ("11.1.1", ">=11.3.0", False),
        ("12.0.0", ">=11.3.0,<12", False),
        ("1.2.3", "1.2.3", True),
        ("1.2.4", "1.2.3", False),
        ("0.0.1", "*", True),
    ],
)
def test_range_of_versions(version, allowed, expected):
    assert fetch_collections.is_allowed(version, allowed) is expected


def manifest(name, version, dependencies=None):
    namespace, _dot, short = name.partition(".")
    info = {"namespace": namespace, "name": short, "version": version, "dependencies": dependencies or {}}
    return json.dumps({"collection_info": info})


def install(tree, name, version, dependencies=None):
    folder = tree.joinpath(*name.split("."))
    folder.mkdir(parents=True)
    (folder / "MANIFEST.json").write_text(manifest(name, version, dependencies))


def test_unmet_names_what_is_missing_or_old_also_of_dependencies(tmp_path):
    install(tmp_path, "cisco.ios", "11.6.0", {"ansible.netcommon": ">=8.5.2"})
    install(tmp_path, "ansible.netcommon", "8.0.0", {"ansible.utils": ">=3.0.0"})
    unmet = fetch_collections.find_unmet(tmp_path, {"cisco.ios": ">=11.3.0"})
    assert [str(want) for want in unmet] == [
        "ansible.netcommon >=8.5.2 (here: 8.0.0)",
        "ansible.utils >=3.0.0 (here: nothing)",
    ]


def test_wheel_gives_what_is_wanted_with_dependencies_and_no_more(tmp_path):
    wheel = tmp_path / "ansible.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, dependencies in (("cisco.ios", {"ansible.netcommon": "*"}), ("ansible.netcommon", {}), ("a.b", {})):
            folder = f"ansible_collections/{name.replace('.', '/')}"
            archive.writestr(f"{folder}/MANIFEST.json", manifest(name, "1.0.0", dependencies))
    tree = tmp_path / "out" / "ansible_collections"
    with zipfile.ZipFile(wheel) as archive:
        fetch_collections.unpack(archive, tree, ["cisco.ios"])
    assert fetch_collections.find_unmet(tree, {"cisco.ios": "1.0.0"}) == []
    assert not (tree / "a").exists()


def test_old_collection_is_replaced_in_place(tmp_path):
    install(tmp_path / "target", "cisco.ios", "11.1.1")
    install(tmp_path / "fresh", "cisco.ios", "11.6.0")
    assert fetch_collections.move_into_place(tmp_path / "fresh", tmp_path / "target") == ["cisco.ios 11.6.0"]
    assert fetch_collections.find_unmet(tmp_path / "target", {"cisco.ios": ">=11.3.0"}) == []


def test_galaxy_that_refuses_the_connection_is_not_waited_for():
    assert fetch_collections.galaxy_answers("http://127.0.0.1:1") is False


def test_process_left_behind_is_found_by_its_mark():
    reader, writer = os.pipe()
    command = [sys.executable, "-c", "import sys; sys.stdin.read()", "left"]
    with subprocess.Popen(command, stdin=reader, env={**os.environ, run_clean.MARK: "mark-of-this-test"}) as process:
        os.close(reader)
        found = run_clean.marked_processes("mark-of-this-test")
        os.close(writer)
        process.wait()
    assert len(found) == 1
    assert found[0].startswith(f"{process.pid} ")
    assert run_clean.marked_processes("mark-of-this-test") == ()
