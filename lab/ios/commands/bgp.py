"""The BGP process: AS, router-id, logging, timers, networks."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from lab.ios.commands.bgp_neighbor import write_neighbor
from lab.ios.commands.bgp_process import bgp_process, checked_timers
from lab.ios.commands.change import Change, ConfigCommand, Context, Refused, other_keywords, setting
from lab.ios.commands.interface import prefix_length
from lab.ios.grammar import Command
from lab.ios.store import BGP_HOLD_S, BGP_KEEPALIVE_S, Bgp, BgpNetwork, RouterConfig

MODE = "config-router"
_NETWORK = "network <prefix:ipv4> [mask <mask:mask>] [route-map <route_map:word>]"


def enter_bgp(change: Change) -> None:
    """Enter the process, which comes into being by that; there is one AS only."""
    asn = change.args.number("asn")
    if change.config.bgp is not None and change.config.bgp.asn != asn:
        raise Refused(f"BGP is already running; AS is {change.config.bgp.asn}")
    change.config.bgp = change.config.bgp or Bgp(asn)
    change.enters = Context(MODE, str(asn))


def remove_bgp(change: Change) -> None:
    """Remove the process whole."""
    asn = change.args.number("asn")
    if change.config.bgp is not None and change.config.bgp.asn != asn:
        raise Refused(f"BGP is already running; AS is {change.config.bgp.asn}")
    change.config.bgp = None
    if change.context.mode == MODE:
        change.enters = Context("config")


def set_router_id(change: Change) -> None:
    """Fix the router-id."""
    router_id = change.address("router_id")
    if router_id.is_unspecified or router_id.is_multicast:
        raise Refused("% Invalid router-id")  # the wording is unverified on a device
    bgp_process(change).router_id = router_id


def remove_router_id(change: Change) -> None:
    """Let the router choose its router-id."""
    bgp_process(change).router_id = None


def log_changes(change: Change) -> None:
    """Log adjacency changes, as is the default."""
    bgp_process(change).log_neighbor_changes = True


def stop_logging_changes(change: Change) -> None:
    """Log no adjacency changes."""
    bgp_process(change).log_neighbor_changes = False


def set_timers(change: Change) -> None:
    """Set the timers of all neighbors that have none of their own."""
    process = bgp_process(change)
    process.keepalive_s, process.hold_s = checked_timers(change)


def reset_timers(change: Change) -> None:
    """Return to 60 and 180 seconds."""
    process = bgp_process(change)
    process.keepalive_s, process.hold_s = BGP_KEEPALIVE_S, BGP_HOLD_S


def natural_length(address: IPv4Address) -> int | None:
    """Return the length that an address has without a mask, None outside of classes A, B and C.

    0.0.0.0 is the default route.
    """
    first = int(address) >> 24
    if int(address) == 0:
        return 0
    if first < 128:
        return 8
    if first < 192:
        return 16
    return 24 if first < 224 else None


def _prefix(change: Change) -> IPv4Network:
    """Return the prefix of a network line; host bits or holes in the mask are refused."""
    address = change.address("prefix")
    length = prefix_length(change.address("mask")) if "mask" in change.args else natural_length(address)
    if length is None or int(address) & (0xFFFFFFFF >> length):
        raise Refused("% BGP: Incorrect network or mask/prefix-length configured")
    return IPv4Network((address, length))


def set_network(change: Change) -> None:
    """Announce a prefix; a line without route-map takes the route-map away (unverified on a device)."""
    prefix = _prefix(change)
    route_map = change.args.text("route_map") if "route_map" in change.args else None
    bgp_process(change).networks[prefix] = BgpNetwork(prefix, route_map)


def remove_network(change: Change) -> None:
    """Announce a prefix no more, whatever route-map is named with it (unverified on a device)."""
    bgp_process(change).networks.pop(_prefix(change), None)


GLOBAL: list[ConfigCommand] = [
    *setting("router bgp <asn:asn>", enter_bgp, "router bgp <asn:asn>", remove_bgp),
    *other_keywords("eigrp isis iso-igrp lisp mobile odr ospf ospfv3 rip", "router "),
]

ROUTER: list[ConfigCommand] = [
    *setting("bgp router-id <router_id:ipv4>", set_router_id, "bgp router-id [<router_id:ipv4>]", remove_router_id),
    *setting("bgp log-neighbor-changes", log_changes, "bgp log-neighbor-changes", stop_logging_changes, log_changes),
    *setting(
        "timers bgp <keepalive:0-65535> <hold:0-65535>",
        set_timers,
        "timers bgp [<keepalive:0-65535> <hold:0-65535>]",
        reset_timers,
    ),
    Command(_NETWORK, set_network),
    Command(f"no {_NETWORK}", remove_network),
    Command(f"default {_NETWORK}", remove_network),
    *other_keywords(
        "advertise-map aggregate-timer always-compare-med bestpath client-to-client cluster-id confederation"
        " consistency-checker dampening default deterministic-med fast-external-fallover graceful-restart listen"
        " maxas-limit nexthop redistribute-internal regexp scan-time soft-reconfig-backup update-delay",
        "bgp ",
    ),
    *other_keywords(
        "address-family aggregate-address auto-summary default-information default-metric distance distribute-list"
        " maximum-paths redistribute scope synchronization table-map template"
    ),
    *other_keywords("auto-summary synchronization", "no "),
]


def write_bgp(config: RouterConfig) -> list[str]:
    """Return the process with its networks and neighbors, each in the order of addresses."""
    bgp = config.bgp
    if bgp is None:
        return []
    lines = [f"router bgp {bgp.asn}"]
    if bgp.router_id is not None:
        lines.append(f" bgp router-id {bgp.router_id}")
    # Logging is on in a new process, so its absence has to be written to survive a restart; that IOS
    # shows it by this line is unverified on a device.
    lines.append(" bgp log-neighbor-changes" if bgp.log_neighbor_changes else " no bgp log-neighbor-changes")
    lines += [_write_network(bgp.networks[prefix]) for prefix in sorted(bgp.networks)]
    if (bgp.keepalive_s, bgp.hold_s) != (BGP_KEEPALIVE_S, BGP_HOLD_S):
        lines.append(f" timers bgp {bgp.keepalive_s} {bgp.hold_s}")
    for address in sorted(bgp.neighbors):
        lines += write_neighbor(bgp.neighbors[address])
    return lines


def _write_network(network: BgpNetwork) -> str:
    prefix = network.prefix
    natural = natural_length(prefix.network_address) == prefix.prefixlen
    mask = "" if natural else f" mask {prefix.netmask}"
    route_map = "" if network.route_map is None else f" route-map {network.route_map}"
    return f" network {prefix.network_address}{mask}{route_map}"
