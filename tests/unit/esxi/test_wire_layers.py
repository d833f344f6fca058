"""The wire knows no host: it imports the standard library, pyVmomi in one file, and what is shared."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

WIRE = Path(__file__).resolve().parents[3] / "lab" / "esxi" / "wire"
OWN = ("lab.esxi.wire", "lab.esxi.rules", "lab.esxi.journal")
LIBRARIES = {"vmodl.py": "pyVmomi", "certificate.py": "cryptography"}


def imports_of(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
    return found


def breaks_of(name: str, source: str) -> list[str]:
    return [
        each
        for each in imports_of(source)
        if each.split(".")[0] not in {*sys.stdlib_module_names, LIBRARIES.get(name)} and not each.startswith(OWN)
    ]


@pytest.mark.parametrize("path", sorted(WIRE.glob("*.py")), ids=lambda path: path.name)
def test_a_file_of_the_wire_imports_nothing_else(path: Path) -> None:
    assert breaks_of(path.name, path.read_text()) == []


def test_the_rule_can_break() -> None:
    assert breaks_of("soap.py", "import pyVmomi\nfrom lab.esxi.machine.host import Host\nimport re") == [
        "pyVmomi",
        "lab.esxi.machine.host",
    ]
