"""`show …`: each command reads live values and hands them to a renderer."""

from __future__ import annotations

from datetime import datetime, timezone
from ipaddress import IPv4Address

from lab.ios.commands.change import Refused
from lab.ios.exec_call import Call, ExecCommand, other_commands
from lab.ios.grammar import Command
from lab.ios.running_config import render_interface_config
from lab.ios.show_bfd import render_bfd_neighbors, render_bfd_summary
from lab.ios.show_bgp import render_bgp_neighbors, render_bgp_summary, render_bgp_table
from lab.ios.show_interfaces import render_interfaces, render_ip_interface_brief
from lab.ios.show_logging import render_logging
from lab.ios.show_route import render_routes
from lab.ios.show_standby import render_standby, render_standby_brief
from lab.ios.show_version import render_inventory, render_version

NVRAM_BYTES = 524288
PRIVILEGED = 15


def _interface(call: Call) -> str | None:
    """Return the interface that the line names, None where it names none; refuse one that is not there."""
    args = call.args
    if "name" not in args and "type" not in args:
        return None
    name = args.text("name") if "name" in args else args.text("type") + args.text("number")
    if name not in call.router.config.interfaces:
        raise Refused(f"% Invalid interface {name}")  # the wording is unverified on a device
    return name


async def show_running_config(call: Call) -> str:
    """Show the running-config."""
    return call.router.running_config()


async def show_running_interface(call: Call) -> str:
    """Show one interface of the running-config."""
    return render_interface_config(call.router.config.interfaces[_interface(call) or ""])


async def show_startup_config(call: Call) -> str:
    """Show the saved configuration."""
    text = call.router.startup_config()
    return f"Using {len(text)} out of {NVRAM_BYTES} bytes\n{text}" if text else "startup-config is not present\n"


async def show_version(call: Call) -> str:
    """Show the version."""
    router = call.router
    return render_version(router.config.hostname, list(router.config.interfaces), router.started_at, router.clock())


async def show_interface_brief(call: Call) -> str:
    """Show the interfaces, one a line."""
    return render_ip_interface_brief(call.router.config, await call.router.engine.interfaces())


async def show_interfaces(call: Call) -> str:
    """Show all interfaces, or one."""
    name = _interface(call)
    return render_interfaces(call.router.config, await call.router.engine.interfaces(), name)


async def show_bfd_neighbors(call: Call) -> str:
    """Show the BFD sessions."""
    return render_bfd_neighbors(await call.router.engine.bfd_sessions(), details="details" in call.args)


async def show_bfd_summary(call: Call) -> str:
    """Show how many BFD sessions are up."""
    return render_bfd_summary(await call.router.engine.bfd_sessions())


async def show_bgp_table(call: Call) -> str:
    """Show the BGP table."""
    return render_bgp_table(await call.router.engine.bgp())


async def show_bgp_summary(call: Call) -> str:
    """Show the neighbors, one a line."""
    return render_bgp_summary(await call.router.engine.bgp())


async def show_bgp_neighbors(call: Call) -> str:
    """Show all neighbors, or one."""
    engine = call.router.engine
    neighbor = IPv4Address(call.args.text("neighbor")) if "neighbor" in call.args else None
    return render_bgp_neighbors(call.router.config, await engine.bgp(), await engine.bfd_sessions(), neighbor)


async def show_routes(call: Call) -> str:
    """Show the routing table, or the routes of one protocol."""
    protocol = call.args.text("protocol") if "protocol" in call.args else None
    return render_routes(await call.router.engine.routes(), protocol)


async def show_standby(call: Call) -> str:
    """Show the HSRP groups."""
    return render_standby(call.router.config, await call.router.engine.hsrp_groups())


async def show_standby_brief(call: Call) -> str:
    """Show the HSRP groups, one a line."""
    return render_standby_brief(await call.router.engine.hsrp_groups())


async def show_logging(call: Call) -> str:
    """Show the log buffer."""
    return render_logging(list(call.router.log), sum(session.monitor for session in call.router.sessions))


async def show_clock(call: Call) -> str:
    """Show the time; the star says that no time server set it."""
    moment = datetime.fromtimestamp(call.router.clock(), timezone.utc)
    return f"*{moment:%H:%M:%S}.{moment.microsecond // 1000:03} UTC {moment:%a %b} {moment.day} {moment.year}\n"


async def show_privilege(call: Call) -> str:
    """Show the privilege level."""
    return f"Current privilege level is {call.session.level}\n"


async def show_history(call: Call) -> str:
    """Show the lines of this session."""
    return "".join(f"  {line}\n" for line in call.session.history)


async def show_inventory(call: Call) -> str:
    """Show what the router is made of."""
    return render_inventory(call.router.config.hostname)


async def show_vlans(_call: Call) -> str:
    """Say that a router has no VLANs; cisco.ios asks for them to tell switches from routers."""
    return "\nNo Virtual LANs configured.\n"


_NAME = "[<name:interface>]"
_TYPE = "<type:interface_type> <number:interface_number>"
_OTHER = (
    "aaa access-expression access-lists adjacency aliases alps arp async auto bgp bridge buffers calendar"
    " call cca cdp cef class-map clns cns compress configuration connection context control-plane controllers"
    " crypto debugging derived-config dhcp diag dialer dlsw dot11 eigrp environment errdisable ethernet event"
    " exception file flash flow frame-relay glbp hardware hosts html idb ipv6 isdn isis kerberos key l2tun"
    " lacp lane line lldp location mac-address-table management memory monitor mpls mrcp mtm nat netconf nhrp ntp"
    " object-group parameter-map parser pas pci platform policy-map port-channel ppp processes protocols queueing"
    " radius redundancy region registry reload resource rib rif rmon route-map sccp scp sessions sip-ua snmp"
    " sockets source-bridge spanning-tree ssh ssl stacks stats subscriber subsys tacacs tcp tdm tech-support template"
    " terminal track traffic-shape tunnel udp users vfi vpdn vrf vrrp vtemplate whoami xconnect"
)
_OTHER_IP = (
    "access-lists accounting aliases arp as-path-access-list audit cache casa cef community-list dhcp dns eigrp"
    " extcommunity-list flow http icmp igmp inspect irdp local masks mcache mfib mroute msdp nat nbar nhrp ospf"
    " pim policy prefix-list protocols redirects rip rpf rsvp rtp sla sockets ssh static tcp traffic vrf"
)

SHOWS: list[ExecCommand] = [
    Command("show running-config", show_running_config, PRIVILEGED),
    Command("show running-config interface <name:interface>", show_running_interface, PRIVILEGED),
    Command(f"show running-config interface {_TYPE}", show_running_interface, PRIVILEGED),
    Command("show startup-config", show_startup_config, PRIVILEGED),
    Command("show version", show_version),
    Command("show ip interface brief", show_interface_brief),
    Command(f"show interfaces {_NAME}", show_interfaces),
    Command(f"show interfaces {_TYPE}", show_interfaces),
    Command("show bfd neighbors [(details:details)]", show_bfd_neighbors),
    Command("show bfd summary", show_bfd_summary),
    Command("show ip bgp", show_bgp_table),
    Command("show ip bgp summary", show_bgp_summary),
    Command("show ip bgp neighbors [<neighbor:ipv4>]", show_bgp_neighbors),
    Command("show ip route [(protocol:bgp|connected|static)]", show_routes),
    Command("show standby", show_standby),
    Command("show standby brief", show_standby_brief),
    Command("show logging", show_logging),
    Command("show clock", show_clock),
    Command("show privilege", show_privilege),
    Command("show history", show_history),
    Command("show inventory", show_inventory),
    Command("show vlans", show_vlans),
    # Catalyst switches alone have it; cisco.ios' facts ask everybody.
    ExecCommand("show switch", show_vlans, known=False, elsewhere=True),
    *other_commands(_OTHER, "show "),
    *other_commands(_OTHER_IP, "show ip "),
    *other_commands("drops map", "show bfd "),
]
