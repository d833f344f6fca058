"""The rules of the house that a machine can judge; each is shown able to fail on a bad example."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
OWN = "ansible_collections.edgeworks.fastpath."
SSH_LIBRARIES = {"asyncssh", "paramiko", "pylibsshext", "scrapli"}
VSPHERE_LIBRARIES = {"pyVmomi", "pyVim", "vmware", "vsphere"}
# The clock, the network and other processes: arguments of a resource file, never its imports.
OUTSIDE_WORLD = {"asyncio", "http", "multiprocessing", "select", "selectors", "socket", "ssl", "subprocess"}
OUTSIDE_WORLD |= {"threading", "time", "urllib"}
CONNECTION = "ansible.module_utils.connection"
MODULE = "ansible.module_utils.basic"
DEVICE_IO = {"client", "shell"}
# What the layers of module_utils know of each other beside themselves; a platform knows what is shared.
SHARED = {"errors", "plan"}
LAYERS = {"probe": {"errors"}, "drill": {"ios", "probe", *SHARED}}
# The probe is the one layer that sends packets itself; its arithmetic does not.
PROBE_ARITHMETIC = "plugins/module_utils/probe/outage.py"
# What ansible-core itself stands on is there wherever a controller is.
CONTROLLER_LIBRARIES = {"ansible", "jinja2", "markupsafe", "yaml"}
PLOTTING_LIBRARIES = {"altair", "bokeh", "matplotlib", "plotly", "pygal", "seaborn"}


# --- who imports whom -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Import:
    """One imported name, dotted in full; names of this collection begin with `plugins.` or `lab.`."""

    path: str
    line: int
    name: str

    def starts(self, *prefixes: str) -> bool:
        """Return whether the name is one of the prefixes or lies below it."""
        return any(self.name == prefix or self.name.startswith(prefix + ".") for prefix in prefixes)

    @property
    def top(self) -> str:
        """Return the name of the library."""
        return self.name.partition(".")[0]


def imports_of(path: str, source: str) -> Iterator[Import]:
    """Yield every import of a file, at whatever depth it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = (
                ".".join([*Path(path).parts[: -node.level], *filter(None, [node.module])])
                if node.level
                else node.module
            )
            names = [f"{base}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("__import__", "importlib.import_module"):
            names = [arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)]
        else:
            continue
        for name in names:
            yield Import(path, node.lineno, name.removeprefix(OWN))


def is_device_io(path: str) -> bool:
    """Return whether a file is a client or the raw-command side, or lies in a folder of such."""
    return bool(DEVICE_IO & {*Path(path).parts[:-1], Path(path).stem})


def plugin_breaks(found: Import) -> Iterator[str]:
    """Yield what a plugin of any kind does wrong: it imports module_utils, and never another plugin."""
    on_the_controller = Path(found.path).parts[1] in ("action", "filter", "plugin_utils")
    shared = ("plugins.module_utils", *(("plugins.plugin_utils",) if on_the_controller else ()))
    if found.starts("plugins") and not found.starts(*shared):
        yield "plugins import module_utils, on the controller plugin_utils too, never each other"
    if found.top in SSH_LIBRARIES and not found.path.startswith("plugins/connection/"):
        yield "the SSH library is imported in connection only"
    if found.top in VSPHERE_LIBRARIES:
        yield "pyVmomi is imported in client only"


def plugin_utils_breaks(found: Import) -> Iterator[str]:
    """Yield what a file of plugin_utils does wrong beside what no plugin may."""
    known = found.top in {*sys.stdlib_module_names, *CONTROLLER_LIBRARIES, "plugins"}
    if not known and found.top not in PLOTTING_LIBRARIES:
        yield "plugin_utils imports what ansible-core brings, module_utils, itself and the plotting library"


def module_utils_breaks(found: Import) -> Iterator[str]:
    """Yield what a file of module_utils does wrong, wherever it lies."""
    known = found.top in sys.stdlib_module_names or found.starts("ansible.module_utils", "plugins.module_utils")
    if not known and not (found.top in VSPHERE_LIBRARIES and is_device_io(found.path)):
        yield "module_utils imports the standard library, ansible.module_utils and itself"
    if found.starts(CONNECTION) and not is_device_io(found.path):
        yield "connection objects are imported in client and shell only"


def platform_breaks(found: Import) -> Iterator[str]:
    """Yield what breaks the order client -> resources -> plan, errors, or the wall between platforms."""
    folders = Path(found.path).parts[2:-1]
    target = found.name.split(".")[2:]
    if found.starts("plugins.module_utils") and (ROOT / "plugins/module_utils" / target[0]).is_dir():
        if not folders:
            yield "what is shared knows no platform"
        elif target[0] != folders[0] and target[0] not in LAYERS.get(folders[0], set()):
            yield "platforms never see each other; the drill sees ios and probe, and is seen by none"
        elif DEVICE_IO & set(target[1:2]) and not is_device_io(found.path):
            yield "a resource knows no client"
    if found.starts("plugins.module_utils") and folders[:1] == ("probe",) and target[0] in SHARED - LAYERS["probe"]:
        yield "the probe imports itself and errors only: what it imports travels to its host"
    pure = bool(folders) and not is_device_io(found.path)
    sends = folders[:1] == ("probe",) and found.path != PROBE_ARITHMETIC
    if pure and ((found.top in OUTSIDE_WORLD and not sends) or found.starts(MODULE)):
        yield "a resource knows no AnsibleModule, no clock, no socket"


def breaks_of(found: Import) -> Iterator[str]:
    """Yield every rule that an import breaks."""
    folder = Path(found.path).parts[0]
    if folder == "lab" and (found.starts("plugins") or found.starts(OWN.rstrip("."))):
        yield "lab never imports plugins"
    if folder == "plugins":
        if found.starts("lab"):
            yield "plugins never import lab"
        if found.path.startswith("plugins/module_utils/"):
            yield from module_utils_breaks(found)
            yield from platform_breaks(found)
        else:
            yield from plugin_breaks(found)
        if found.path.startswith("plugins/plugin_utils/"):
            yield from plugin_utils_breaks(found)


def judge(path: str, source: str) -> list[str]:
    """Return a line for every import of a file that breaks a rule."""
    return [
        f"{found.path}:{found.line}: {found.name}: {rule}"
        for found in imports_of(path, source)
        for rule in breaks_of(found)
    ]


def with_every_layer(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge as if every layer had its folder already."""
    for layer in ("drill", "esxi", "ios", "probe"):
        (root / "plugins/module_utils" / layer).mkdir(parents=True)
    monkeypatch.setattr(sys.modules[__name__], "ROOT", root)


def python_files(*folders: str) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for folder in folders for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", python_files("lab", "plugins"))
def test_imports_keep_the_rules(path):
    assert judge(path, (ROOT / path).read_text()) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("plugins/filter/x.py", "from ..action import ios_fast_failover"),
        ("plugins/action/x.py", "from ansible_collections.edgeworks.fastpath.plugins.filter import x"),
        ("plugins/action/x.py", "import asyncssh"),
        ("plugins/modules/x.py", "from pyVmomi import vim"),
        ("plugins/action/x.py", "from lab.ios.store import RouterConfig"),
        ("plugins/modules/x.py", "from ..plugin_utils.session_options import validated_options"),
        ("plugins/plugin_utils/x.py", "from ..action import ios_fast_failover"),
        ("plugins/plugin_utils/x.py", "import requests"),
        ("plugins/plugin_utils/x.py", "from lab.ios.store import RouterConfig"),
        ("plugins/module_utils/ios/bgp.py", "from ...plugin_utils.session_options import validated_options"),
        ("plugins/module_utils/probe/outage.py", "import time"),
        ("plugins/module_utils/probe/sender.py", "from ..plan import Plan"),
        ("plugins/module_utils/probe/sender.py", "from ..ios.bgp import parse_bgp"),
        ("plugins/module_utils/probe/sender.py", "from ..drill.scenario import Scenario"),
        ("plugins/module_utils/drill/cycle.py", "from ..esxi import pci"),
        ("plugins/module_utils/drill/cycle.py", "from ..ios.client import NetworkCliTransport"),
        ("plugins/module_utils/drill/cycle.py", "import time"),
        ("plugins/module_utils/ios/bgp.py", "from ..drill.scenario import Scenario"),
        ("plugins/module_utils/esxi/pci.py", "from ..drill.scenario import Scenario"),
        ("plugins/module_utils/plan.py", "import yaml"),
        ("plugins/module_utils/plan.py", "from ansible.plugins.action import ActionBase"),
        ("plugins/module_utils/plan.py", "from .ios.bgp import parse_bgp"),
        ("plugins/module_utils/ios/bgp.py", "from ..esxi import pci"),
        ("plugins/module_utils/ios/bgp.py", "from ...action import x"),
        ("plugins/module_utils/ios/bgp.py", "from .client import NetworkCliTransport"),
        ("plugins/module_utils/ios/bgp.py", "from . import client"),
        ("plugins/module_utils/ios/bgp.py", "from ansible.module_utils.connection import Connection"),
        ("plugins/module_utils/ios/bgp.py", "from ansible.module_utils.basic import AnsibleModule"),
        ("plugins/module_utils/ios/bgp.py", "def late():\n    import time"),
        ("plugins/module_utils/ios/bgp.py", "from socket import create_connection"),
        ("plugins/module_utils/ios/bgp.py", "import lab"),
        ("lab/ios/router.py", "from plugins.module_utils import plan"),
        ("lab/ios/router.py", "import ansible_collections.edgeworks.fastpath.plugins.module_utils.plan"),
        ("lab/ios/router.py", "import importlib\nimportlib.import_module('plugins.module_utils.plan')"),
    ],
)
def test_a_forbidden_import_is_found(path, source, monkeypatch, tmp_path):
    with_every_layer(tmp_path, monkeypatch)
    assert judge(path, source) != []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("plugins/action/x.py", "from ..module_utils.ios.client import open_transport"),
        ("plugins/module_utils/ios/client.py", "import time\nfrom ansible.module_utils.connection import Connection"),
        ("plugins/module_utils/ios/client.py", "from .bgp import parse_bgp\nfrom ..errors import FastpathError"),
        ("plugins/module_utils/esxi/client/api.py", "from pyVmomi import vim"),
        ("plugins/connection/ios_ssh.py", "import asyncssh"),
        ("plugins/action/x.py", "from ..plugin_utils.session_options import validated_options"),
        ("plugins/plugin_utils/report/x.py", "from ...module_utils.errors import FastpathError\nfrom .y import z"),
        (
            "plugins/plugin_utils/report/x.py",
            "import time\nimport matplotlib\nimport jinja2\nfrom ansible.errors import AnsibleError",
        ),
        ("plugins/module_utils/probe/sender.py", "import socket\nfrom ..errors import FastpathError"),
        (
            "plugins/module_utils/drill/cycle.py",
            "from ..ios.bgp import x\nfrom ..probe.outage import y\nfrom ..plan import z",
        ),
        ("lab/ios/ssh.py", "import asyncssh\nfrom lab.ios.store import RouterConfig"),
    ],
)
def test_an_allowed_import_is_not_found(path, source, monkeypatch, tmp_path):
    with_every_layer(tmp_path, monkeypatch)
    assert judge(path, source) == []


def files_with(libraries: set[str], sources: dict[str, str]) -> list[str]:
    """Return the files that import one of some libraries."""
    return sorted(
        path for path, source in sources.items() if {found.top for found in imports_of(path, source)} & libraries
    )


def test_the_plotting_library_is_imported_in_one_file():
    sources = {path: (ROOT / path).read_text() for path in python_files("plugins")}
    assert len(files_with(PLOTTING_LIBRARIES, sources)) <= 1


def test_a_second_file_that_plots_is_found():
    sources = {"a.py": "import matplotlib", "b.py": "def f():\n    from plotly import io", "c.py": "import math"}
    assert files_with(PLOTTING_LIBRARIES, sources) == ["a.py", "b.py"]


# --- roles ------------------------------------------------------------------------------------------------------------

ROLES = sorted(path.name for path in (ROOT / "roles").iterdir()) if (ROOT / "roles").is_dir() else []


def keys_of(value: object) -> Iterator[str]:
    """Yield every key of nested YAML."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield str(key)
            yield from keys_of(below)
    elif isinstance(value, list):
        for below in value:
            yield from keys_of(below)


def roles_used_by(text: str) -> list[str]:
    """Return the keywords of a role's file that would run another role."""
    keywords = {"include_role", "import_role", "roles"}
    return [key for key in keys_of(yaml.safe_load(text)) if key.rpartition(".")[2] in keywords]


def role_disagreements(options: dict[str, dict], defaults: dict[str, object]) -> list[str]:
    """Return where a role's argument_specs and its defaults differ."""
    specified = {name: option["default"] for name, option in options.items() if "default" in option}
    public = {name: value for name, value in defaults.items() if not name.startswith("__")}
    return sorted(
        name
        for name in specified.keys() | public.keys()
        if name not in specified or name not in public or specified[name] != public[name]
    )


@pytest.mark.parametrize("role", ROLES)
def test_a_role_runs_no_other_role(role):
    files = [*(ROOT / "roles" / role).glob("tasks/*.yml"), *(ROOT / "roles" / role).glob("handlers/*.yml")]
    assert files
    assert [used for file in files for used in roles_used_by(file.read_text())] == []
    meta = yaml.safe_load((ROOT / "roles" / role / "meta" / "main.yml").read_text())
    assert not meta.get("dependencies")


def test_a_role_that_runs_another_is_found():
    assert roles_used_by("- block:\n    - ansible.builtin.include_role: {name: x}") == ["ansible.builtin.include_role"]
    assert roles_used_by("- ansible.builtin.include_tasks: preflight.yml") == []


@pytest.mark.parametrize("role", ROLES)
def test_a_roles_defaults_are_those_of_its_specs(role):
    specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    defaults = yaml.safe_load((ROOT / "roles" / role / "defaults" / "main.yml").read_text()) or {}
    assert role_disagreements(specs["main"]["options"], defaults) == []


def test_a_default_that_differs_is_found():
    options = {"a": {"default": 1}, "b": {"type": "str"}, "c": {"default": []}}
    assert role_disagreements(options, {"a": 1, "c": []}) == []
    assert role_disagreements(options, {"a": 2, "c": [], "d": 4}) == ["a", "d"]
    assert role_disagreements(options, {"a": 1}) == ["c"]


# --- options and their documentation ----------------------------------------------------------------------------------

FACETS = {"type": "str", "elements": None, "required": False, "default": None, "choices": None, "aliases": None}


def shape(options: dict[str, dict], below: str) -> dict[str, object]:
    """Return what counts of options, with Ansible's own defaults filled in; `below` is the key of nested ones."""
    shaped: dict[str, object] = {}
    for name, option in options.items():
        facets = {facet: option.get(facet, preset) for facet, preset in FACETS.items()}
        facets["choices"] = list(facets["choices"]) if facets["choices"] else None
        shaped[name] = {**facets, "below": shape(option.get(below) or {}, below)}
    return shaped


def documented_options(path: Path) -> dict[str, dict] | None:
    """Return the options in the DOCUMENTATION of a module's file, None without any documentation."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DOCUMENTATION":
            return yaml.safe_load(ast.literal_eval(node.value)).get("options") or {}
    return None


MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))


def argument_spec(module: str) -> dict[str, dict]:
    """Return the options that a module's code takes: its action plugin, or it itself, names them …ARGUMENT_SPEC."""
    kind = "action" if (ROOT / "plugins" / "action" / f"{module}.py").is_file() else "modules"
    names = vars(importlib.import_module(f"{OWN}plugins.{kind}.{module}"))
    (spec,) = [value for name, value in names.items() if name.endswith("ARGUMENT_SPEC")]
    return spec


@pytest.mark.parametrize("module", MODULES)
def test_documentation_is_the_argument_spec(module):
    options = documented_options(ROOT / "plugins" / "modules" / f"{module}.py")
    assert options is not None, "the module has no DOCUMENTATION"
    assert shape(options, "suboptions") == shape(argument_spec(module), "options")


@pytest.mark.parametrize(
    "documented",
    [
        {"a": {"type": "int"}},
        {"a": {"type": "dict", "suboptions": {"b": {"type": "str"}}}},
        {"a": {"type": "dict", "suboptions": {"b": {"type": "int", "default": 1}}}},
        {"a": {"type": "dict", "suboptions": {"b": {"type": "int"}}}, "c": {"type": "str"}},
    ],
)
def test_documentation_that_differs_is_found(documented):
    spec = {"a": {"type": "dict", "options": {"b": {"type": "int"}}}}
    assert shape(documented, "suboptions") != shape(spec, "options")


def test_documentation_that_agrees_is_not_found():
    spec = {"a": {"type": "list", "elements": "dict", "options": {"b": {"type": "str", "choices": ("x", "y")}}}}
    documented = {
        "a": {"type": "list", "elements": "dict", "suboptions": {"b": {"type": "str", "choices": ["x", "y"]}}}
    }
    assert shape(documented, "suboptions") == shape(spec, "options")


# --- dependencies -----------------------------------------------------------------------------------------------------


def test_dependencies_stand_alike_in_both_places():
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())["dependencies"]
    wanted = yaml.safe_load((ROOT / "collections" / "requirements.yml").read_text())["collections"]
    assert {entry["name"]: entry["version"] for entry in wanted} == galaxy


# --- parsers and filters ----------------------------------------------------------------------------------------------


def calls_in(source: str) -> dict[str, set[str]]:
    """Return the names that each function of a file's top level calls or hands on."""
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    return {
        function.name: {node.id for node in ast.walk(function) if isinstance(node, ast.Name)} for function in functions
    }


def has_golden_case(parser: str, golden: Path) -> bool:
    """Return whether a folder named after the parser holds a file."""
    return any(path.is_file() for folder in golden.rglob(parser) for path in folder.rglob("*"))


def uncovered_parsers(calls: dict[str, set[str]], golden: Path) -> list[str]:
    """Return the public parse_* functions that neither have a golden case nor work for one that has."""
    queue = [name for name in calls if name.startswith("parse_") and has_golden_case(name, golden)]
    covered: set[str] = set()
    while queue:
        name = queue.pop()
        if name not in covered:
            covered.add(name)
            queue.extend(calls.get(name, ()))
    return sorted(name for name in calls if name.startswith("parse_") and name not in covered)


def test_every_parser_has_a_golden_case():
    calls: dict[str, set[str]] = {}
    for path in python_files("plugins/module_utils"):
        for name, called in calls_in((ROOT / path).read_text()).items():
            calls[name] = calls.get(name, set()) | called
    assert any(name.startswith("parse_") for name in calls)
    assert uncovered_parsers(calls, ROOT / "tests" / "golden") == [], "put a case into tests/golden/<folder>/<parser>/"


def test_a_parser_without_a_golden_case_is_found(tmp_path):
    calls = calls_in("def parse_x(t):\n    return map(parse_part, t)\ndef parse_part(t): ...\ndef parse_y(t): ...")
    (tmp_path / "show" / "parse_x").mkdir(parents=True)
    assert uncovered_parsers(calls, tmp_path) == ["parse_part", "parse_x", "parse_y"]
    (tmp_path / "show" / "parse_x" / "case.raw").touch()
    assert uncovered_parsers(calls, tmp_path) == ["parse_y"]


def filters_in(source: str) -> list[str]:
    """Return the names of the filters that a file offers: the keys of the dict that `filters` returns."""
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name == "filters":
            dicts = [below for below in ast.walk(node) if isinstance(below, ast.Dict)]
            names += [key.value for found in dicts for key in found.keys if isinstance(key, ast.Constant)]
    return names


def missing_sidecars(names: list[str], files: set[str]) -> list[str]:
    """Return the filters without a documentation file of their name."""
    return [name for name in names if f"{name}.yml" not in files]


def test_every_filter_has_a_sidecar():
    folder = ROOT / "plugins" / "filter"
    sources = {path: filters_in(path.read_text()) for path in folder.glob("*.py")}
    assert [path.name for path, names in sources.items() if not names] == [], "a file without a filter to be read"
    names = [name for found in sources.values() for name in found]
    assert missing_sidecars(names, {path.name for path in folder.glob("*.yml")}) == []


def test_a_filter_without_a_sidecar_is_found():
    source = "class FilterModule:\n    def filters(self):\n        return {'seen': f, 'forgotten': g}"
    assert missing_sidecars(filters_in(source), {"seen.yml"}) == ["forgotten"]


# --- every file of the artifact says whose it is ----------------------------------------------------------------------


def has_header(source: str) -> bool:
    """Return whether a file begins with copyright, license and SPDX line."""
    patterns = (
        r"# Copyright: ",
        r"# GNU General Public License v3\.0\+ ",
        r"# SPDX-License-Identifier: GPL-3\.0-or-later$",
    )
    lines = source.splitlines()
    return len(lines) >= 3 and all(re.match(pattern, line) for pattern, line in zip(patterns, lines, strict=False))


@pytest.mark.parametrize("path", python_files("plugins"))
def test_plugin_files_carry_the_license_header(path):
    assert has_header((ROOT / path).read_text())


def test_a_missing_license_header_is_found():
    assert not has_header('"""A file without one."""\n\n\n')
