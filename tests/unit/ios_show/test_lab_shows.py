"""What the lab's renderers print is read back with the same values; the two share no code."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.show_bfd import parse_bfd_neighbors
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.show_bgp import parse_bgp_summary
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.show_route import BgpRoute, parse_bgp_routes
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.show_standby import HsrpGroup, parse_standby_brief

from lab.engine import BfdSession, BgpNeighborState, BgpTable, HsrpState, Route
from lab.ios.show_bfd import render_bfd_neighbors
from lab.ios.show_bgp import render_bgp_summary
from lab.ios.show_route import render_routes
from lab.ios.show_standby import render_standby_brief

SESSION = BfdSession(
    neighbor=IPv4Address("10.10.10.2"),
    local=IPv4Address("10.10.10.1"),
    interface="Ethernet0/0",
    local_discriminator=4,
    remote_discriminator=9,
    state="Up",
    remote_state="Up",
    echo=False,
    tx_interval_ms=100,
    rx_interval_ms=150,
    echo_interval_ms=0,
    multiplier=4,
    remote_tx_interval_ms=200,
    remote_rx_interval_ms=250,
    rx_packets=1,
    remote_echo_interval_ms=0,
    remote_multiplier=5,
    state_for_s=542.0,
    clients=("BGP", "HSRP"),
)


def test_bfd() -> None:
    (seen,) = parse_bfd_neighbors(render_bfd_neighbors([SESSION], details=True))
    assert (seen.neighbor, seen.local_address, seen.interface) == ("10.10.10.2", "10.10.10.1", "Ethernet0/0")
    assert (seen.state, seen.local_discriminator, seen.remote_discriminator) == ("Up", 4, 9)
    assert (seen.echo, seen.interval_ms, seen.multiplier, seen.detection_time_ms) == (False, 250, 4, 1000)
    assert set(seen.protocols) >= {"BGP", "HSRP"}
    assert seen.uptime_s == 542


def test_bgp_summary() -> None:
    neighbors = (
        BgpNeighborState(
            IPv4Address("10.10.10.2"), 64513, 64512, "Established", state_for_s=79443, prefixes_received=2
        ),
        BgpNeighborState(IPv4Address("192.168.1.3"), 64512, 64512, "Idle (Admin)"),
    )
    table = BgpTable(IPv4Address("192.168.1.2"), 64512, 9, (), neighbors)
    rows = {row.neighbor: row for row in parse_bgp_summary(render_bgp_summary(table))}
    assert rows["10.10.10.2"].state == "Established"
    assert (rows["10.10.10.2"].prefixes_received, rows["10.10.10.2"].state_for_s) == (2, 79443)
    assert (rows["192.168.1.3"].state, rows["192.168.1.3"].prefixes_received) == ("Idle (Admin)", None)
    assert {(row.router_id, row.local_as) for row in rows.values()} == {("192.168.1.2", 64512)}


def test_routes() -> None:
    route = Route(IPv4Network("192.168.2.0/24"), "bgp", 200, 10, IPv4Address("192.168.1.3"), None, age_s=93600)
    assert parse_bgp_routes(render_routes([route], "bgp")) == (
        BgpRoute("192.168.2.0/24", "192.168.1.3", 200, 10, 93600),
    )


def test_standby() -> None:
    state = HsrpState(
        interface="Ethernet0/1",
        group=1,
        state="Standby",
        virtual_ip=IPv4Address("192.168.1.1"),
        virtual_mac="0000.0c07.ac01",
        priority=10,
        preempt=True,
        active_router=IPv4Address("192.168.1.2"),
        standby_router=IPv4Address("192.168.1.3"),
        active_is_local=False,
        standby_is_local=True,
    )
    assert parse_standby_brief(render_standby_brief([state])) == (
        HsrpGroup("Ethernet0/1", 1, 10, True, "Standby", "192.168.1.2", "local", "192.168.1.1"),
    )
