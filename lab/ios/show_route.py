"""`show ip route [connected|static|bgp]` from the live main table.

Sources of the shape: a 15.x capture of `show ip route bgp` (codes, headings that count the whole table
although only BGP is listed) and ntc-templates, tests/cisco_ios/show_ip_route (columns). Routes stand
under their major network (RFC 791 classes): no heading where the only prefix is the classful one,
"is subnetted" with one mask (the length is then left to the heading), else "is variably subnetted".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import IPv4Network
from itertools import groupby

from lab.engine import Route
from lab.ios.show_names import classful_network
from lab.ios.show_time import render_duration

CODES = """\
Codes: L - local, C - connected, S - static, R - RIP, M - mobile, B - BGP
       D - EIGRP, EX - EIGRP external, O - OSPF, IA - OSPF inter area\x20
       N1 - OSPF NSSA external type 1, N2 - OSPF NSSA external type 2
       E1 - OSPF external type 1, E2 - OSPF external type 2
       i - IS-IS, su - IS-IS summary, L1 - IS-IS level-1, L2 - IS-IS level-2
       ia - IS-IS inter area, * - candidate default, U - per-user static route
       o - ODR, P - periodic downloaded static route, H - NHRP, l - LISP
       a - application route
       + - replicated route, % - next hop override
"""
LETTERS = {"connected": "C", "local": "L", "static": "S", "bgp": "B"}
DEFAULT_ROUTE = IPv4Network("0.0.0.0/0")


def render_routes(routes: Sequence[Route], protocol: str | None = None) -> str:
    """Return `show ip route`; `protocol` is "bgp", "connected", "static" or None for all."""
    ordered = sorted(routes, key=lambda route: (_major(route), route.prefix))
    lines = [CODES, _gateway(routes), ""]
    for major, members in groupby(ordered, key=_major):
        lines += _group(major, list(members), protocol)
    return "\n".join(lines)


def _gateway(routes: Sequence[Route]) -> str:
    hops = [route.next_hop for route in routes if route.prefix == DEFAULT_ROUTE]
    return f"Gateway of last resort is {hops[0]} to network 0.0.0.0" if hops else "Gateway of last resort is not set"


def _major(route: Route) -> IPv4Network:
    """Return the major network; a prefix that covers several (a supernet) stands for itself."""
    major = classful_network(route.prefix)
    return major if route.prefix.prefixlen >= major.prefixlen else route.prefix


def _group(major: IPv4Network, routes: Sequence[Route], protocol: str | None) -> list[str]:
    shown = [route for route in routes if protocol in (None, _asked_as(route))]
    prefixes = {route.prefix for route in routes}
    lengths = {prefix.prefixlen for prefix in prefixes}
    if not shown:
        return []
    if prefixes == {major}:
        return _rows(shown, indent=6, named=str)
    if len(lengths) == 1:
        heading = f"      {major.network_address}/{lengths.pop()} is subnetted, {len(prefixes)} subnets"
        return [heading, *_rows(shown, indent=9, named=lambda prefix: str(prefix.network_address))]
    heading = f"      {major} is variably subnetted, {len(prefixes)} subnets, {len(lengths)} masks"
    return [heading, *_rows(shown, indent=9, named=str)]


def _asked_as(route: Route) -> str:
    """Return the protocol that shows a route: `show ip route connected` shows the own addresses too."""
    return "connected" if route.protocol == "local" else route.protocol


def _rows(routes: Sequence[Route], indent: int, named: Callable[[IPv4Network], str]) -> list[str]:
    """Return the lines of a group; further ways to a prefix stand below the first one's distance."""
    lines = []
    for prefix, ways in groupby(routes, key=lambda route: route.prefix):
        start = None
        for route in ways:
            code = LETTERS[route.protocol] + ("*" if prefix == DEFAULT_ROUTE else "")
            head = f"{code:<{indent}}{named(prefix)}"
            lines.append(f"{head if start is None else ' ' * start} {_way(route)}")
            start = len(head)
    return lines


def _way(route: Route) -> str:
    if route.next_hop is None:
        return f"is directly connected, {route.interface}"
    age = f", {render_duration(route.age_s)}" if route.protocol == "bgp" else ""
    return f"[{route.distance}/{route.metric}] via {route.next_hop}{age}"
