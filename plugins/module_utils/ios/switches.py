# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tears traffic down needs its switch in `allow`; without it the plan is refused whole."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from ..errors import Finding
from .checks import addresses_of
from .model import AccessList, Bgp, Interface, Model
from .names import interface_name, read_ipv4
from .running_config import RunningConfig

_ACCESS_GROUP = re.compile(r"ip access-group (\S+) (?:in|out)")
_ACCESS_CLASS = re.compile(r"(?:ip http )?access-class (?:ipv4 )?(\S+)(?: in\b.*)?$")


@dataclass(frozen=True)
class Session:
    """How Ansible reaches the router: the interfaces that may carry it, and the address where it is known."""

    interfaces: tuple[str, ...] = ()
    address: IPv4Address | None = None


def find_session(model: Model, address: str | None, stated: str | None) -> Session:
    """Return the session: over the interface as stated, else over the owners of the address.

    A virtual address has its interface as owner; one address may stand in several VRFs.
    """
    if stated:
        return Session((interface_name(stated),))
    known = read_ipv4(address or "")
    if known is None:
        return Session()
    owners = [item.name for item in model.interfaces if known in _virtual_addresses(item) + _addresses(item)]
    return Session(tuple(owners), known)


def _addresses(interface: Interface) -> list[IPv4Address]:
    return [address.ip for address in addresses_of(interface)]


def _virtual_addresses(interface: Interface) -> list[IPv4Address]:
    return [group.virtual_ip for group in interface.hsrp if group.virtual_ip]


def check_management(model: Model, stated: str | None) -> list[Finding]:
    """Return a finding where the stated interface does not exist: it would protect nothing."""
    names = [interface.name for interface in model.interfaces]
    if not stated or interface_name(stated) in names:
        return []
    remedy = "Name the interface that carries the session."
    return [Finding("management_interface", stated, ", ".join(names) or "none", remedy)]


def needed_switches(have: RunningConfig, target: Model, session: Session) -> list[tuple[str, str]]:
    """Return each switch that the plan needs, with what the plan would do."""
    needed = list(_bgp_switches(have.model.bgp, target.bgp))
    for name in session.interfaces:
        before, after = have.model.interface(name), target.interface(name)
        if before and after:
            needed += [("change_management", deed) for deed in _interface_deeds(before, after, session)]
    return needed + [("change_management", deed) for deed in _list_deeds(have, target, session)]


def _bgp_switches(have: Bgp | None, target: Bgp | None) -> Iterator[tuple[str, str]]:
    if have is None:
        return
    if target is None:
        yield "remove_bgp", f"remove BGP {have.asn} with its {len(have.neighbors)} neighbors"
        return
    if target.asn != have.asn:
        yield "change_asn", f"replace BGP {have.asn} by {target.asn}, which resets every session"
    wanted = {neighbor.key: neighbor for neighbor in target.neighbors}
    for neighbor in have.neighbors:
        if neighbor.key not in wanted:
            yield "remove_neighbor", f"remove BGP neighbor {neighbor.address}"
            continue
        remote_as = wanted[neighbor.key].remote_as
        if target.asn == have.asn and neighbor.remote_as is not None and remote_as != neighbor.remote_as:
            change = f"from {neighbor.remote_as} to {remote_as}, which resets the session"
            yield "change_asn", f"change remote_as of BGP neighbor {neighbor.address} {change}"


def _interface_deeds(before: Interface, after: Interface, session: Session) -> Iterator[str]:
    """Yield what the plan does to an interface that carries the session."""
    if before.ipv4 != after.ipv4:
        change = f"from {before.ipv4 or 'none'} to {after.ipv4 or 'none'}"
        yield f"change the address of {before.name}, which carries the session, {change}"
    if before.enabled != after.enabled:
        yield f"{'enable' if after.enabled else 'shut down'} {before.name}, which carries the session"
    if session.address in _virtual_addresses(before) and session.address not in _virtual_addresses(after):
        yield f"take the virtual address {session.address}, which carries the session, off {before.name}"


def _list_deeds(have: RunningConfig, target: Model, session: Session) -> Iterator[str]:
    """Yield what the plan does to access lists that filter the session."""
    for name, place in sorted(_guarding_lists(have, session).items()):
        if _entries(have.model.access_list(name)) != _entries(target.access_list(name)):
            yield f"change access list {name}, which filters the session ({place})"


def _entries(access_list: AccessList | None) -> object:
    return access_list.entries if access_list else None


def _guarding_lists(have: RunningConfig, session: Session) -> dict[str, str]:
    """Return the access lists that the session passes, with the line that applies them.

    To a loopback it comes in by any interface.
    """
    anywhere = any(name.startswith("Loopback") for name in session.interfaces)
    paths = [f"interfaces[{name}]" for name in session.interfaces]
    lists: dict[str, str] = {}
    for path, line in have.foreign:
        group = _ACCESS_GROUP.match(line) if anywhere or path in paths else None
        found = group or _ACCESS_CLASS.match(line)
        if found:
            lists[found.group(1)] = line
    return lists


def refuse_without(needed: list[tuple[str, str]], allow: Collection[str]) -> list[str]:
    """Return one sentence per deed whose switch is not given."""
    return [f"The plan would {deed}; that needs `allow: [{switch}]`." for switch, deed in needed if switch not in allow]
