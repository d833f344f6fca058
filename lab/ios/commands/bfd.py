"""BFD: interval and echo of an interface, slow timers of the router.

Ranges: Cisco IOS XE 16.5 command reference (interval 50-9999, multiplier 3-50, slow timers
1000-30000); older images end at 999 ms.
"""

from __future__ import annotations

from lab.ios.commands.change import Change, ConfigCommand, other_keywords, setting
from lab.ios.store import BFD_SLOW_TIMER_MS, BfdInterval, Interface, RouterConfig

_INTERVAL = "bfd interval <interval:50-9999> min_rx <min_rx:50-9999> multiplier <multiplier:3-50>"


def set_interval(change: Change) -> None:
    """Keep the three values of an interface."""
    args = change.args
    change.ethernet.bfd = BfdInterval(args.number("interval"), args.number("min_rx"), args.number("multiplier"))


def remove_interval(change: Change) -> None:
    """Run no BFD on the interface."""
    change.interface.bfd = None


def use_echo(change: Change) -> None:
    """Use the echo function, as is the default."""
    change.interface.bfd_echo = True


def stop_echo(change: Change) -> None:
    """Use control packets alone."""
    change.ethernet.bfd_echo = False


def set_slow_timer(change: Change) -> None:
    """Keep the interval of control packets while the session is down or echo is used."""
    change.config.bfd_slow_timer_ms = change.args.number("timer")


def reset_slow_timer(change: Change) -> None:
    """Return to the default."""
    change.config.bfd_slow_timer_ms = BFD_SLOW_TIMER_MS


GLOBAL: list[ConfigCommand] = [
    *setting(
        "bfd slow-timers <timer:1000-30000>", set_slow_timer, "bfd slow-timers [<timer:1000-30000>]", reset_slow_timer
    ),
    *other_keywords("map", "bfd "),
]

INTERFACE: list[ConfigCommand] = [
    *setting(
        _INTERVAL,
        set_interval,
        "bfd interval [<interval:50-9999> min_rx <min_rx:50-9999> multiplier <multiplier:3-50>]",
        remove_interval,
    ),
    *setting("bfd echo", use_echo, "bfd echo", stop_echo, use_echo),
    *other_keywords("check-ctrl-plane-failure jitter local-address neighbor template", "bfd "),
]


def write_interface_bfd(interface: Interface) -> list[str]:
    """Return the BFD lines of an interface."""
    lines = []
    if interface.bfd is not None:
        bfd = interface.bfd
        lines.append(f" bfd interval {bfd.interval_ms} min_rx {bfd.min_rx_ms} multiplier {bfd.multiplier}")
    if not interface.bfd_echo:
        lines.append(" no bfd echo")
    return lines


def write_slow_timers(config: RouterConfig) -> list[str]:
    """Return the slow timers where they differ from the default."""
    return [] if config.bfd_slow_timer_ms == BFD_SLOW_TIMER_MS else [f"bfd slow-timers {config.bfd_slow_timer_ms}"]
