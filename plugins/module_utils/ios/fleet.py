# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The models of all routers together, read from what was declared for each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import Any

from ..errors import Finding, InvalidInput
from .argument_spec import PLATFORMS
from .declared import read_declared
from .derive import BfdEnd, bfd_end
from .model import Model
from .names import read_ipv4
from .platforms import limits_for
from .resolve import resolve

Configs = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Fleet:
    """The models that could be read, and what is wrong with the others."""

    models: Mapping[str, Model]
    invalid: tuple[Finding, ...] = ()


def read_fleet(configs: Configs, platform: str = "auto") -> Fleet:
    """Return the models of all routers; a finding's `where` begins with its host."""
    if platform not in PLATFORMS:
        raise InvalidInput([Finding("platform", platform, ", ".join(PLATFORMS), "Name one of them.")])
    limits = limits_for(platform, None)
    models: dict[str, Model] = {}
    invalid: list[Finding] = []
    for host, config in configs.items():
        try:
            models[host] = resolve(Model(), read_declared(config, limits), "replaced")
        except InvalidInput as error:
            invalid += [replace(finding, where=f"{host} {finding.where}") for finding in error.findings]
    return Fleet(models, tuple(invalid))


def read_models(configs: Configs, platform: str = "auto") -> Mapping[str, Model]:
    """Return the models of all routers; InvalidInput carries the findings of all of them."""
    fleet = read_fleet(configs, platform)
    if fleet.invalid:
        raise InvalidInput(fleet.invalid)
    return fleet.models


def read_bfd_end(options: Mapping[str, Any], platform: str = "auto") -> BfdEnd:
    """Return the BFD timers of an interface from its `bfd` option."""
    interface = {"name": "interface", "bfd": options}
    end = bfd_end(read_models({"bfd": {"interfaces": [interface]}}, platform)["bfd"].interfaces[0])
    if end is None:
        raise InvalidInput([Finding("bfd", dict(options), "interval, min_rx and multiplier", "State all three.")])
    return end


def read_addresses(name: str, values: Iterable[object]) -> frozenset[IPv4Address]:
    """Return IPv4 addresses; InvalidInput carries every text that is none."""
    found: set[IPv4Address] = set()
    findings: list[Finding] = []
    for value in values:
        address = read_ipv4(str(value))
        if address:
            found.add(address)
        else:
            findings.append(Finding(name, value, "IPv4 addresses", "State each without a mask."))
    if findings:
        raise InvalidInput(findings)
    return frozenset(found)
