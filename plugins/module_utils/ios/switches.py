# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tears traffic down needs its switch in `allow`; without it the plan is refused whole."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from ipaddress import AddressValueError, IPv4Address

from .checks import addresses_of
from .model import AccessList, Bgp, Model
from .running_config import RunningConfig
from .show_text import interface_name

_ACCESS_GROUP = re.compile(r"ip access-group (\S+) (?:in|out)")
_ACCESS_CLASS = re.compile(r"(?:ip http )?access-class (?:ipv4 )?(\S+)(?: in\b.*)?$")


def management_name(model: Model, session_address: str | None, stated: str | None) -> str | None:
    """Return the interface that carries the session: as stated, else the owner of the address."""
    if stated:
        return interface_name(stated)
    try:
        address = IPv4Address(session_address or "")
    except AddressValueError:
        return None
    owners = (item.name for item in model.interfaces if any(address == own.ip for own in addresses_of(item)))
    return next(owners, None)


def needed_switches(have: RunningConfig, target: Model, management: str | None) -> list[tuple[str, str]]:
    """Return each switch that the plan needs, with what the plan would do."""
    needed = list(_bgp_switches(have.model.bgp, target.bgp))
    return needed + [("change_management", deed) for deed in _management_deeds(have, target, management)]


def _bgp_switches(have: Bgp | None, target: Bgp | None) -> Iterator[tuple[str, str]]:
    if have is None:
        return
    if target is None:
        yield "remove_bgp", f"remove BGP {have.asn} with its {len(have.neighbors)} neighbors"
        return
    if target.asn != have.asn:
        yield "change_asn", f"replace BGP {have.asn} by {target.asn}, which resets every session"
        return
    wanted = {neighbor.key: neighbor for neighbor in target.neighbors}
    for neighbor in have.neighbors:
        if neighbor.key not in wanted:
            yield "remove_neighbor", f"remove BGP neighbor {neighbor.address}"
            continue
        remote_as = wanted[neighbor.key].remote_as
        if neighbor.remote_as is not None and remote_as != neighbor.remote_as:
            change = f"from {neighbor.remote_as} to {remote_as}, which resets the session"
            yield "change_asn", f"change remote_as of BGP neighbor {neighbor.address} {change}"


def _management_deeds(have: RunningConfig, target: Model, management: str | None) -> Iterator[str]:
    before = have.model.interface(management) if management else None
    after = target.interface(management) if management else None
    if before and after and before.ipv4 != after.ipv4:
        change = f"from {before.ipv4 or 'none'} to {after.ipv4 or 'none'}"
        yield f"change the address of {management}, which carries the session, {change}"
    if before and after and before.enabled != after.enabled:
        yield f"{'enable' if after.enabled else 'shut down'} {management}, which carries the session"
    for name, place in sorted(_guarding_lists(have, management).items()):
        if _entries(have.model.access_list(name)) != _entries(target.access_list(name)):
            yield f"change access list {name}, which filters the session ({place})"


def _entries(access_list: AccessList | None) -> object:
    return access_list.entries if access_list else None


def _guarding_lists(have: RunningConfig, management: str | None) -> dict[str, str]:
    """Return the access lists that the session passes, with the line that applies them."""
    lists: dict[str, str] = {}
    for path, line in have.foreign:
        group = _ACCESS_GROUP.match(line) if path == f"interfaces[{management}]" else None
        found = group or _ACCESS_CLASS.match(line)
        if found:
            lists[found.group(1)] = line
    return lists


def refuse_without(needed: list[tuple[str, str]], allow: Collection[str]) -> list[str]:
    """Return one sentence per deed whose switch is not given."""
    return [f"The plan would {deed}; that needs `allow: [{switch}]`." for switch, deed in needed if switch not in allow]
