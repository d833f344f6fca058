"""The router as a whole: hostname, secrets, users, banner, and the lines that never change in the lab."""

from __future__ import annotations

from lab.ios.commands.change import Change, ConfigCommand, Context, RefusedValue, nothing, other_keywords, setting
from lab.ios.grammar import Command
from lab.ios.password_hash import hash_secret, is_hash
from lab.ios.store import RouterConfig

DEFAULT_HOSTNAME = "Router"
HOSTNAME_LENGTH = 63
CONTROL_C = "^C"

# In effect on every router of the lab and shown by its running-config. They may be entered as they
# are, since a saved configuration holds them; any other form of them is refused.
SERVICES = (
    "service timestamps debug datetime msec",
    "service timestamps log datetime msec",
    "no service password-encryption",
)
BOOT_MARKERS = ("boot-start-marker", "boot-end-marker")
NO_AAA = "no aaa new-model"
FORWARDING = ("no ip domain lookup", "ip cef", "no ipv6 cef")
WEB_SERVERS = ("ip forward-protocol nd", "no ip http server", "no ip http secure-server")
SUBMODES = {"control-plane": "config-cp", "redundancy": "config-red"}
LINES = {
    "line con 0": ("logging synchronous",),
    "line aux 0": (),
    "line vty 0 4": ("login local", "transport input ssh"),
}
LINE_MODE = "config-line"


def set_hostname(change: Change) -> None:
    """Rename the router."""
    name = change.args.text("name")
    if not name[0].isalpha() or len(name) > HOSTNAME_LENGTH or any(not (c.isalnum() or c in "-_.") for c in name):
        raise RefusedValue("name")
    change.config.hostname = name


def reset_hostname(change: Change) -> None:
    """Return to the factory's name."""
    change.config.hostname = DEFAULT_HOSTNAME


def banner_is_open(text: str) -> bool:
    """Tell whether the text behind `banner motd` still lacks its second delimiter."""
    delimiter = _delimiter(text)
    return delimiter not in text[len(delimiter) :]


def _delimiter(text: str) -> str:
    return CONTROL_C if text.startswith(CONTROL_C) else text[0]


def set_banner(change: Change) -> None:
    """Keep what stands between the two delimiters."""
    text = change.args.text("text")
    delimiter = _delimiter(text)
    change.config.banner_motd = text[len(delimiter) :].partition(delimiter)[0] or None


def remove_banner(change: Change) -> None:
    """Greet nobody."""
    change.config.banner_motd = None


def _hash(change: Change, purpose: str) -> str:
    """Return the hash that the line holds, or the hash of its plain secret."""
    if "hash" not in change.args:
        return hash_secret(change.args.text("plain"), f"{change.router} {purpose}")
    if not is_hash(change.args.text("hash")):
        raise RefusedValue("hash")
    return change.args.text("hash")


def set_enable_secret(change: Change) -> None:
    """Set the secret that `enable` asks for."""
    change.config.enable_secret = _hash(change, "enable")


def remove_enable_secret(change: Change) -> None:
    """Let nobody become privileged over SSH."""
    change.config.enable_secret = None


def set_user(change: Change) -> None:
    """Create a user, or change the password."""
    name = change.args.text("name")
    change.config.users[name] = _hash(change, f"user {name}")


def remove_user(change: Change) -> None:
    """Remove a user; one that is not there is passed over."""
    change.config.users.pop(change.args.text("name"), None)


def enter_control_plane(change: Change) -> None:
    """Enter a mode in which the lab has no commands."""
    change.enters = Context(SUBMODES["control-plane"])


def enter_redundancy(change: Change) -> None:
    """Enter a mode in which the lab has no commands."""
    change.enters = Context(SUBMODES["redundancy"])


def enter_line(change: Change) -> None:
    """Enter a terminal line."""
    kind = change.args.text("kind")
    change.enters = Context(LINE_MODE, next(line for line in LINES if kind in line.split()))


_SECRETS = ("(type:8) <hash:word>", "(type:0) <plain:word>", "<plain:word>")
_OTHER = (
    "aaa access-list alias arp bridge buffers cdp class-map clock cns config-register crypto dialer"
    " dialer-list dot1x event exception file flow frame-relay ipv6 key kron l2tp lldp logging login map-class"
    " memory menu monitor mpls multilink netconf ntp object-group parser policy-map privilege process prompt"
    " radius-server resource rmon scheduler security shell snmp-server spanning-tree tacacs-server template"
    " tftp-server time-range track vlan vpdn vrf vtp xconnect zone zone-pair"
)
_OTHER_IP = (
    "as-path bgp-community community-list default-gateway dhcp flow-export ftp host http multicast-routing"
    " name-server nat prefix-list route routing scp sla ssh tcp tftp vrf"
)

GLOBAL: list[ConfigCommand] = [
    *setting("hostname <name:word>", set_hostname, "hostname [<name:word>]", reset_hostname),
    *setting("banner motd <text:line>", set_banner, "banner motd", remove_banner),
    *(ConfigCommand(f"enable secret {secret}", set_enable_secret) for secret in _SECRETS),
    Command("no enable secret", remove_enable_secret),
    *(ConfigCommand(f"username <name:word> secret {secret}", set_user) for secret in _SECRETS),
    Command("no username <name:word>", remove_user),
    Command("version <version:word>", nothing),
    *(ConfigCommand(line, nothing) for line in (*SERVICES, *BOOT_MARKERS, NO_AAA, *FORWARDING, *WEB_SERVERS)),
    Command("no ip domain-lookup", nothing),  # the older spelling
    Command("control-plane", enter_control_plane),
    Command("redundancy", enter_redundancy),
    *(ConfigCommand(line.replace(kind, f"(kind:{kind})"), enter_line) for line in LINES for kind in line.split()[1:2]),
    *other_keywords(_OTHER),
    *other_keywords(_OTHER_IP, "ip "),
]
LINE_SETTINGS: dict[str, list[ConfigCommand]] = {
    line: [Command(setting, nothing) for setting in settings] for line, settings in LINES.items()
}


def write_identity(config: RouterConfig) -> list[str]:
    """Return the lines from the services to the enable secret."""
    lines = [*SERVICES, "!", f"hostname {config.hostname}", "!", *BOOT_MARKERS, "!", "!"]
    return [*lines, *([f"enable secret 8 {config.enable_secret}"] if config.enable_secret else [])]


def write_users(config: RouterConfig) -> list[str]:
    """Return the users."""
    return [f"username {name} secret 8 {config.users[name]}" for name in sorted(config.users)]


def write_banner(config: RouterConfig) -> list[str]:
    """Return the banner between IOS' own delimiters; it may hold line breaks."""
    return [] if config.banner_motd is None else [f"banner motd {CONTROL_C}{config.banner_motd}{CONTROL_C}"]


def write_lines() -> list[str]:
    """Return the terminal lines."""
    return [text for line, settings in LINES.items() for text in (line, *(f" {s}" for s in settings))]
