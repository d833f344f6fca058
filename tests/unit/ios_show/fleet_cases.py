"""The seed's fleet as the tests need it: read from the golden files, changed where a case wants it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.fleet import read_models
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.model import Model

GOLDEN = Path(__file__).parents[2] / "golden" / "findings"
Configs = dict[str, Any]


def read_golden(name: str) -> dict[str, Any]:
    """Return a golden case with its models and what is expected of them."""
    found: dict[str, Any] = yaml.safe_load((GOLDEN / f"{name}.yml").read_text())
    return found


def amended(change: Callable[[Configs], object] | None = None) -> Configs:
    """Return the configurations of the amended seed, changed by the case."""
    configs: Configs = copy.deepcopy(read_golden("seed_amended")["models"])
    if change is not None:
        change(configs)
    return configs


def models(change: Callable[[Configs], object] | None = None) -> Mapping[str, Model]:
    """Return the models of the amended seed, changed by the case."""
    return read_models(amended(change))


def interface(configs: Configs, host: str, number: int) -> dict[str, Any]:
    """Return one interface's options."""
    found: dict[str, Any] = configs[host]["interfaces"][number]
    return found


def neighbor(configs: Configs, host: str, number: int) -> dict[str, Any]:
    """Return one neighbor's options: 0 is the external one, 1 the internal."""
    found: dict[str, Any] = configs[host]["bgp"]["neighbors"][number]
    return found
