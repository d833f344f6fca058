"""What `status` and `up` print about a lab."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lab.directory import LabDirectory
from lab.record import LabRecord

_NO_REALTIME = "no (needs root; use 300 ms x 3 on a busy machine)"


def complete_status(directory: LabDirectory, record: LabRecord | None, live: Mapping[str, Any]) -> dict[str, Any]:
    """Return the whole status: what the supervisor says, and where to reach it from outside."""
    if record is None:
        return {"name": directory.name, "running": False}
    places = {node: {"host": address, "port": record.port} for node, address in record.addresses.items()}
    return {
        "name": directory.name,
        "running": True,
        "rootless": record.rootless,
        "directory": str(directory.path),
        "inventory": str(directory.inventory),
        "revert_minute_s": record.revert_minute_s,
        **live,
        **{
            group: {name: {**places[name], **state} for name, state in live[group].items()}
            for group in ("routers", "hosts")
        },
    }


def render_status(status: Mapping[str, Any]) -> str:
    """Return the status as a table for people."""
    if not status["running"]:
        return f"lab {status['name']}: down"
    return "\n".join(_status_lines(status))


def dead_daemons(status: Mapping[str, Any]) -> list[str]:
    """Return the daemons that ended while the lab runs: "R1 bgpd"."""
    return [
        f"{router} {daemon}"
        for router, shown in status.get("routers", {}).items()
        for daemon, state in shown["daemons"].items()
        if not state["alive"]
    ]


def _status_lines(status: Mapping[str, Any]) -> Iterator[str]:
    yield f"lab {status['name']}: up{' (rootless)' if status['rootless'] else ''}, in {status['directory']}"
    if dead := dead_daemons(status):
        yield f"DEAD: {', '.join(dead)}; nothing restarts them: take the lab down and up again"
    yield f"real-time BFD: {'yes' if status['realtime'] else _NO_REALTIME}"
    yield f"a minute of a revert timer lasts: {status['revert_minute_s']:g} s"
    yield f"unknown commands: {status['unknown_commands']}"
    yield ""
    yield from _columns(["NODE", "SSH", "STATE", "INTERFACES"], [*_router_rows(status), *_host_rows(status)])
    yield ""
    yield from _columns(["LINK", "STATE", "NODES", "DESCRIPTION"], _link_rows(status))
    if cuts := list(_cut_rows(status)):
        yield ""
        yield from _columns(["CUT", "LOSES", "RESTORED"], cuts)


def _router_rows(status: Mapping[str, Any]) -> Iterator[list[str]]:
    for name, router in status["routers"].items():
        dead = [daemon for daemon, state in router["daemons"].items() if not state["alive"]]
        fault = f", fault {router['fault']}" if router["fault"] else ""
        state = (f"{', '.join(dead)} dead" if dead else "ok") + _cut_off(router)
        interfaces = ", ".join(_interface(*item) for item in router["interfaces"].items())
        yield [name, f"{router['host']} port {router['port']}", state + fault, interfaces]


def _interface(name: str, state: Mapping[str, Any]) -> str:
    short = name.replace("Ethernet", "Et").replace("Loopback", "Lo")
    return f"{short} {state['address'] or 'unassigned'}{'' if state['up'] else ' (down)'}"


def _host_rows(status: Mapping[str, Any]) -> Iterator[list[str]]:
    for name, host in status["hosts"].items():
        yield [name, f"{host['host']} port {host['port']}", f"ok{_cut_off(host)}", f"eth0 {host['address']}"]


def _link_rows(status: Mapping[str, Any]) -> Iterator[list[str]]:
    for name, link in status["links"].items():
        yield [name, link["state"], " ".join(link["nodes"]), link["description"]]


def _cut_off(node: Mapping[str, Any]) -> str:
    return ", cut" if node["state"] == "cut" else ""


def _cut_rows(status: Mapping[str, Any]) -> Iterator[list[str]]:
    for name, thing in {**status["links"], **status["routers"], **status["hosts"]}.items():
        if thing["state"] == "cut":
            left = thing["restores_in_s"]
            yield [name, thing["loses"], "by hand" if left is None else f"in {left} s"]


def _columns(header: Sequence[str], rows: Iterator[list[str]] | Sequence[list[str]]) -> Iterator[str]:
    table = [list(header), *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(header))]
    for row in table:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
