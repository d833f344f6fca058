"""`ping` over the engine, in IOS' words."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address

from lab.engine import PingReply
from lab.ios.commands.change import Refused
from lab.ios.exec_call import Call, ExecCommand
from lab.ios.grammar import Command

COUNT = 5
SIZE_BYTES = 100
TIMEOUT_S = 2
LINE_LENGTH = 70


async def ping(call: Call) -> str:
    """Send echo requests and show what came back."""
    args = call.args
    target = IPv4Address(args.text("target"))
    count = args.number("repeat") if "repeat" in args else COUNT
    size = args.number("size") if "size" in args else SIZE_BYTES
    timeout_s = args.number("timeout") if "timeout" in args else TIMEOUT_S
    source = _source(call)
    call.session.aborted = False
    replies: list[PingReply] = []
    async for reply in call.router.engine.ping(target, count, size, timeout_s, source):
        replies.append(reply)
        if call.session.aborted:
            break
    return _head(target, count, size, timeout_s, source) + _marks(replies) + _rate(replies)


def _source(call: Call) -> IPv4Address | None:
    """Return the source address that the line asks for, by address or by interface."""
    config, args = call.router.config, call.args
    own = {i.name: i.address.ip for i in config.interfaces.values() if i.address}
    if "source_address" in args:
        source = IPv4Address(args.text("source_address"))
        if source not in own.values():
            raise Refused("% Invalid source. Must use same-VRF IP address or full interface name without spaces")
        return source
    if "source" not in args:
        return None
    if args.text("source") not in own:
        raise Refused("% Invalid source interface - IP not enabled or interface is down")  # unverified on a device
    return own[args.text("source")]


def _head(target: IPv4Address, count: int, size: int, timeout_s: int, source: IPv4Address | None) -> str:
    lines = [
        "Type escape sequence to abort.",
        f"Sending {count}, {size}-byte ICMP Echos to {target}, timeout is {timeout_s} seconds:",
    ]
    if source is not None:
        lines.append(f"Packet sent with a source address of {source} ")
    return "".join(f"{line}\n" for line in lines)


def _marks(replies: Sequence[PingReply]) -> str:
    marks = "".join("." if reply.rtt_ms is None else "!" for reply in replies)
    return "".join(f"{marks[i : i + LINE_LENGTH]}\n" for i in range(0, len(marks), LINE_LENGTH))


def _rate(replies: Sequence[PingReply]) -> str:
    """Return the closing line; IOS counts whole milliseconds, at least one."""
    times = [max(1, round(reply.rtt_ms)) for reply in replies if reply.rtt_ms is not None]
    percent = 100 * len(times) // len(replies) if replies else 0
    text = f"Success rate is {percent} percent ({len(times)}/{len(replies)})"
    if times:
        text += f", round-trip min/avg/max = {min(times)}/{sum(times) // len(times)}/{max(times)} ms"
    return f"{text}\n"


_OPTIONS = "[repeat <repeat:1-2147483647>] [size <size:36-18024>] [timeout <timeout:0-3600>]"

PINGS: list[ExecCommand] = [
    Command(f"ping [ip] <target:ipv4> {_OPTIONS}", ping),
    Command(f"ping [ip] <target:ipv4> {_OPTIONS} source <source_address:ipv4>", ping),
    Command(f"ping [ip] <target:ipv4> {_OPTIONS} source <source:interface>", ping),
    Command(f"ping [ip] <target:ipv4> source <source_address:ipv4> {_OPTIONS}", ping),
    Command(f"ping [ip] <target:ipv4> source <source:interface> {_OPTIONS}", ping),
]
