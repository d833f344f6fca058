"""Exec commands that are no shows: modes, terminal, saving, clear."""

from __future__ import annotations

from ipaddress import IPv4Address

from lab.ios.commands.change import Context, Refused
from lab.ios.commands.ping import PINGS
from lab.ios.commands.rollback import COMMANDS as ROLLBACKS
from lab.ios.commands.rollback import configure_terminal
from lab.ios.commands.shows import PRIVILEGED, SHOWS, show_running_config
from lab.ios.exec_call import Call, ExecCommand, ExecHandler, other_commands
from lab.ios.grammar import Command, Grammar
from lab.ios.password_hash import verify_secret
from lab.ios.prompts import EXEC, USER

ENABLE_ATTEMPTS = 3
PASSWORD = "Password: "


async def enable(call: Call) -> str:
    """Become privileged; the secret is asked for up to three times."""
    session, secret = call.session, call.router.config.enable_secret
    if session.context.mode != USER:
        return ""
    if secret is None:
        return "% No password set\n"
    _ask_secret(call, secret, ENABLE_ATTEMPTS)
    return ""


def _ask_secret(call: Call, secret: str, attempts: int) -> None:
    async def answered(line: str) -> str:
        if verify_secret(line, secret):
            call.session.enter(Context(EXEC))
        elif attempts > 1:
            _ask_secret(call, secret, attempts - 1)
        else:
            return "% Bad secrets\n\n"
        return ""

    call.session.ask(PASSWORD, answered, echo=False)


async def disable(call: Call) -> str:
    """Be an ordinary user again."""
    call.session.enter(Context(USER))
    return ""


async def configure(call: Call) -> str:
    """Ask where the configuration comes from."""

    async def answered(line: str) -> str:
        if line.strip() and not "terminal".startswith(line.strip().lower()):
            return '?Must be "terminal", "memory" or "network"\n'
        return await configure_terminal(call)

    call.session.ask("Configuring from terminal, memory, or network [terminal]? ", answered)
    return ""


async def leave(call: Call) -> str:
    """End the session."""
    call.session.close()
    return ""


async def set_length(call: Call) -> str:
    """Set the lines of a page, 0 for no paging."""
    call.session.length = call.args.number("length")
    return ""


async def set_width(call: Call) -> str:
    """Set the columns."""
    call.session.width = call.args.number("width")
    return ""


async def monitor(call: Call) -> str:
    """Show the log on this terminal."""
    call.session.monitor = True
    return ""


async def stop_monitor(call: Call) -> str:
    """Keep the log from this terminal."""
    call.session.monitor = False
    return ""


async def save(call: Call) -> str:
    """Save the running-config."""
    call.router.save()
    return "Building configuration...\n[OK]\n"


async def copy_to_startup(call: Call) -> str:
    """Save the running-config after a question."""

    async def answered(line: str) -> str:
        if line.strip() not in ("", "startup-config"):
            return f"%Error opening nvram:{line.strip()} (Invalid argument)\n"  # unverified on a device
        return await save(call)

    call.session.ask("Destination filename [startup-config]? ", answered)
    return ""


async def clear_bgp(call: Call) -> str:
    """Reset BGP sessions, or exchange routes anew; with a direction `soft` may be left out (route refresh)."""
    bgp, args = call.router.config.bgp, call.args
    if bgp is None:
        raise Refused("% BGP not active")  # the wording is unverified on a device
    neighbor = IPv4Address(args.text("neighbor")) if "neighbor" in args else None
    if neighbor is not None and neighbor not in bgp.neighbors:
        raise Refused(f'% BGP: Unknown neighbor - "{neighbor}"')
    soft = args.text("direction") if "direction" in args else "both" if "soft" in args else None
    await call.router.engine.clear_bgp(neighbor, soft)
    return ""


_HOW = ("[(soft:soft)]", "[(soft:soft)] (direction:in|out)")
_OTHER_USER = (
    "access-enable access-profile connect credential crypto disconnect emm ethernet help ips lig lock login modemui"
    " mrinfo mstat mtrace name-connection pad ppp release renew resume rlogin routing-context set slip ssh systat"
    " tclquit telnet traceroute tunnel udptn where x28 x3"
)
_OTHER_PRIVILEGED = (
    "alps auto beep bfe call cd clock cns debug delete dir dot11 erase event format fsck isdn"
    " logging mkdir monitor more mpls no partition profile pwd redundancy reload rename restart rmdir rsh"
    " send setup squeeze start-chat tclsh test transmit undebug undelete upgrade verify vlan webvpn which-route"
    " xconnect"
)
_OTHER_CLEAR = (
    "aaa access-list access-template adjacency alps arp-cache bfd bgp buffers cdp cef clns counters crypto dialer"
    " dlsw eigrp event frame-relay host interface ipv6 isis kerberos l2tp lacp line lldp logging mac-address-table"
    " mpls nhrp ntp ospf parser ppp radius rmon spanning-tree ssh tcp vpdn xconnect"
)

_OTHERS: list[ExecCommand] = [
    *other_commands(_OTHER_USER),
    *other_commands(_OTHER_PRIVILEGED, "", PRIVILEGED),
    *other_commands(_OTHER_CLEAR, "clear ", PRIVILEGED),
    *other_commands("core erase network", "write ", PRIVILEGED),
    *other_commands("<asn:1-4294967295>", "clear ip bgp ", PRIVILEGED),
]

EXEC_GRAMMAR: Grammar[ExecHandler] = Grammar(
    [
        *SHOWS,
        *PINGS,
        *ROLLBACKS,
        Command("enable", enable),
        Command("disable", disable),
        Command("exit", leave),
        Command("quit", leave),
        Command("logout", leave),
        Command("configure", configure, PRIVILEGED),
        Command("terminal length <length:0-512>", set_length),
        Command("terminal width <width:0-512>", set_width),
        Command("terminal monitor", monitor),
        Command("terminal no monitor", stop_monitor),
        Command("write", save, PRIVILEGED),
        Command("write memory", save, PRIVILEGED),
        Command("write terminal", show_running_config, PRIVILEGED),
        Command("copy running-config startup-config", copy_to_startup, PRIVILEGED),
        *(ExecCommand(f"clear ip bgp (all:*) {how}", clear_bgp, PRIVILEGED) for how in _HOW),
        *(ExecCommand(f"clear ip bgp <neighbor:ipv4> {how}", clear_bgp, PRIVILEGED) for how in _HOW),
        *_OTHERS,
    ]
)
