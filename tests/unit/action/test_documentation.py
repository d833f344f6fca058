"""One truth each: options in the core, the module's documentation and the role's argument specs agree."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.argument_spec import (
    ARGUMENT_SPEC,
    INFO_ARGUMENT_SPEC,
    PENDING_CHANGE_ARGUMENT_SPEC,
)
from ansible_collections.edgeworks.fastpath.plugins.modules import (
    ios_fast_failover,
    ios_fast_failover_info,
    ios_pending_change,
)

ROOT = Path(__file__).parents[3]
ROLE = ROOT / "roles" / "fast_failover"
FACETS = ("type", "elements", "required", "default", "choices")
ENTRY_POINTS = ("main", "preflight", "configure", "verify", "settle")


def load(path):
    return yaml.safe_load(path.read_text())


def shape(option):
    """Return what counts of an option, whether it is a spec, a documented option or a role's."""
    facets = {name: option[name] for name in FACETS if name in option}
    nested = option.get("options", option.get("suboptions"))
    return facets | ({"options": shapes(nested)} if nested else {})


def shapes(options):
    return {name: shape(option) for name, option in options.items()}


def documented(module=ios_fast_failover):
    return yaml.safe_load(module.DOCUMENTATION)["options"]


def role_options(entry="main"):
    return load(ROLE / "meta" / "argument_specs.yml")["argument_specs"][entry]["options"]


def test_module_documents_its_options():
    assert shapes(documented()) == shapes(ARGUMENT_SPEC)


def test_info_module_documents_its_options():
    assert shapes(documented(ios_fast_failover_info)) == shapes(INFO_ARGUMENT_SPEC)


def test_pending_change_module_documents_its_options():
    assert shapes(documented(ios_pending_change)) == shapes(PENDING_CHANGE_ARGUMENT_SPEC)


def test_role_waits_as_the_info_module_does():
    for name in ("timeout", "interval"):
        of_role = role_options()[f"fast_failover_verify_{name}"]
        assert shape(of_role) == shape(documented(ios_fast_failover_info)[f"wait_{name}"])


def test_role_takes_the_modules_config():
    assert shape(role_options()["fast_failover_config"]) == shape(documented()["config"]) | {"required": True}


@pytest.mark.parametrize("name", ["allow", "save", "backup", "platform", "management_interface"])
def test_role_takes_the_modules_options(name):
    assert shape(role_options()[f"fast_failover_{name}"]) == shape(documented()[name])


def test_role_defaults_are_documented():
    specified = {name: option["default"] for name, option in role_options().items() if "default" in option}
    assert specified == load(ROLE / "defaults" / "main.yml")


@pytest.mark.parametrize("entry", ENTRY_POINTS)
def test_every_part_of_the_role_takes_the_same_variables(entry):
    assert role_options(entry) == role_options()
    assert (ROLE / "tasks" / f"{entry}.yml").exists()


@pytest.mark.parametrize("host", ["R1", "R2", "R3", "R4"])
def test_example_inventory_declares_what_the_labs_does(host):
    lab, example = (load(ROOT / "inventories" / name / "host_vars" / f"{host}.yml") for name in ("lab", "example"))
    assert example == lab
