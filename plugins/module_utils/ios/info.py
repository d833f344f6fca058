# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The use case of ios_fast_failover_info: what a router shows of BFD, BGP and HSRP."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..errors import DeviceError, Finding, InvalidInput
from .show_bfd import parse_bfd_neighbors
from .show_bgp import IPV4_UNICAST, BgpNeighbor, BgpSummaryRow, parse_bgp_neighbors, parse_bgp_summary
from .show_route import parse_bgp_routes
from .show_standby import parse_standby_brief
from .show_text import plain_values, refusal
from .transport import Transport

ALL = "all"

Gathered = dict[str, Any]

# What AAA answers where the user may not run a command: it looks like an answer without sessions.
_FORBIDDEN = re.compile(r"^(?:% ?)?(?:Command )?authorization failed", re.IGNORECASE | re.MULTILINE)


def run_info(transport: Transport, subset: Iterable[str] = (ALL,)) -> Gathered:
    """Return what the router shows, in plain values.

    `not_supported` names the parts whose commands the device does not know; such a part has no list, so
    that it cannot be taken for one without sessions.
    """
    result: Gathered = {"gather_subset": [], "not_supported": {}}
    for name in wanted_subsets(subset):
        try:
            result.update(SUBSETS[name](transport))
            result["gather_subset"].append(name)
        except UnknownCommand as error:
            result["not_supported"][name] = str(error)
    return result


def wanted_subsets(subset: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the parts in order; `all` stands for every one, `!name` leaves one out."""
    names = list(subset) or [ALL]
    known = [ALL, *SUBSETS]
    wrong = [name for name in names if name.lstrip("!") not in known]
    if wrong:
        allowed = ", ".join([*known, *(f"!{name}" for name in SUBSETS)])
        raise InvalidInput([Finding("gather_subset", name, allowed, "Name parts that exist.") for name in wrong])
    without = {name[1:] for name in names if name.startswith("!")}
    given = {name for name in names if not name.startswith("!")} or {ALL}
    return tuple(name for name in SUBSETS if (ALL in given or name in given) and not {name, ALL} & without)


class UnknownCommand(DeviceError):
    """The device does not know a show command."""


def _run(transport: Transport, command: str) -> str:
    """Return the answer to a command; a device that does not know it may answer so or raise so."""
    try:
        answer = transport.run(command)
    except DeviceError as error:
        if refusal(str(error)) is None and "% Invalid input" not in str(error):
            raise
        raise UnknownCommand(f"{command}: {refusal(str(error)) or '% Invalid input'}") from error
    if _FORBIDDEN.search(answer):
        raise DeviceError(f"`{command}`: the device does not let this user run it. Allow it in the AAA policy.")
    refused = refusal(answer)
    if refused is not None:
        raise UnknownCommand(f"{command}: {refused}")
    return answer


def _bfd(transport: Transport) -> Gathered:
    sessions = parse_bfd_neighbors(_run(transport, "show bfd neighbors details"))
    return {"bfd_sessions": plain_values(sessions)}


def _bgp(transport: Transport) -> Gathered:
    """Return the neighbors, and the process as the summary shows it (`bgp` is None without one)."""
    summary = parse_bgp_summary(_run(transport, "show ip bgp summary"))
    neighbors = parse_bgp_neighbors(_run(transport, "show ip bgp neighbors"))
    process = {"asn": summary[0].local_as, "router_id": summary[0].router_id} if summary else None
    return {"bgp": process, "bgp_neighbors": plain_values(_completed(neighbors, summary))}


def _completed(neighbors: Sequence[BgpNeighbor], summary: Sequence[BgpSummaryRow]) -> list[BgpNeighbor]:
    """Return the neighbors in detail, and those that only the summary shows with what it says."""
    known = {neighbor.neighbor for neighbor in neighbors}
    rest = [row for row in summary if row.neighbor not in known and row.address_family == IPV4_UNICAST]
    return [*neighbors, *(_from_summary(row) for row in rest)]


def _from_summary(row: BgpSummaryRow) -> BgpNeighbor:
    return BgpNeighbor(row.neighbor, row.remote_as, row.state, prefixes_received=row.prefixes_received)


def _routes(transport: Transport) -> Gathered:
    return {"bgp_routes": plain_values(parse_bgp_routes(_run(transport, "show ip route bgp")))}


def _hsrp(transport: Transport) -> Gathered:
    return {"hsrp_groups": plain_values(parse_standby_brief(_run(transport, "show standby brief")))}


SUBSETS: Mapping[str, Callable[[Transport], Gathered]] = {
    "bfd": _bfd,
    "bgp": _bgp,
    "routes": _routes,
    "hsrp": _hsrp,
}
