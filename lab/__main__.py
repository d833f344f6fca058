"""The lab's command line: `python -m lab VERB`.

The verbs that need SSH import it themselves: it is most of the time that the others would take.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from lab.directory import LabDirectory, all_labs, lab_directory
from lab.errors import LabError
from lab.inventory import script_inventory
from lab.ios.faults import KINDS
from lab.record import DEFAULT_REVERT_MINUTE_S, need_running, running
from lab.request import call
from lab.sandbox import enter_command, in_directory
from lab.status import complete_status, dead_daemons, render_status
from lab.topology import find_topology, load_topology

DEFAULT_TOPOLOGY = "seed"
_FAULTS = (*KINDS, "clear")
Verb = Callable[[argparse.Namespace], int]

if TYPE_CHECKING:
    _Parser = argparse.ArgumentParser
    _Verbs = argparse._SubParsersAction[argparse.ArgumentParser]

_LOOK_INSIDE = """
look inside:
  python -m lab console{name} {router}
  python -m lab exec{name} {node} -- ip address
  ansible-inventory -i {inventory} --graph
take it down:
  python -m lab down{name}"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; return the exit status: 0 done, 1 not done, 2 wrong usage, else the command's own."""
    os.environ["PATH"] = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
    options = _parser().parse_args(arguments)
    run: Verb = options.run
    try:
        return run(options)
    except LabError as exc:
        print(f"lab: {exc}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # who read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("lab: interrupted", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab", description="A lab of routers and hosts on this machine.")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    up = _verb(verbs, "up", _up, "bring a lab up; twice is fine", default=None)
    up.add_argument("topology", nargs="?", default=DEFAULT_TOPOLOGY, help="name or path of a topology (default: seed)")
    up.add_argument("--ports", choices=("high", "standard"), default="high", help="standard: SSH on port 22")
    up.add_argument("--no-engine", action="store_true", help="command lines only, without FRR behind them")
    up.add_argument(
        "--revert-minute",
        type=_positive,
        metavar="SECONDS",
        help=f"how long a minute of the routers' revert timers lasts (default: {DEFAULT_REVERT_MINUTE_S:g})",
    )
    down = _verb(verbs, "down", _down, "end everything of a lab")
    down.add_argument("--erase", action="store_true", help="remove its directory too, startup-configs included")
    down.add_argument("--all", action="store_true", help="every lab")
    status = _verb(verbs, "status", _status, "show routers, daemons, links, addresses")
    status.add_argument("--json", action="store_true", help="for machines")
    _add_cut(verbs)
    restore = _verb(verbs, "restore", _restore, "let a link or node have all its traffic again")
    restore.add_argument("what", metavar="WHAT", help="a link or a node that was cut")
    _verb(verbs, "console", _console, "open an IOS prompt of a router").add_argument("router")
    execute = _verb(verbs, "exec", _exec, "run a command in a node's network: exec NODE -- COMMAND ...")
    execute.add_argument("node")
    execute.add_argument("command", nargs=argparse.REMAINDER, help="-- and the command")
    inventory = _verb(verbs, "inventory", _inventory, "print the inventory for Ansible")
    inventory.add_argument("--list", action="store_true", help="as JSON, the way of inventory scripts")
    _add_fault(verbs)
    return parser


def _verb(verbs: _Verbs, name: str, run: Verb, text: str, default: str | None = DEFAULT_TOPOLOGY) -> _Parser:
    """Add a verb that knows --name; `default` is None where the name follows from something else."""
    parser = verbs.add_parser(name, help=text, description=text)
    parser.add_argument("--name", default=default, help=f"name of the lab (default: {default or 'the topology'})")
    parser.set_defaults(run=run)
    return parser


def _add_cut(verbs: _Verbs) -> None:
    cut = _verb(verbs, "cut", _cut, "drop the traffic of a link, or of a node on all its links; the carriers stay")
    cut.add_argument("what", metavar="WHAT", help="a link (r1-r3) or a node (R1); a new cut replaces its former one")
    cut.add_argument("--for", dest="seconds", type=_positive, metavar="S", help="restore it after S seconds")
    cut.add_argument("--one-way-from", metavar="NODE", help="only what this node sends")
    cut.add_argument("--bfd-only", action="store_true", help="only BFD: UDP ports 3784 and 3785")
    cut.add_argument("--loss", type=int, metavar="PERCENT", help="only this share of the packets, 1 to 100")
    cut.add_argument("--flap", type=_turns, metavar="DOWN_S:UP_S", help="drop and carry in turn, until restored: 1:1")


def _add_fault(verbs: _Verbs) -> None:
    fault = _verb(verbs, "fault", _fault, "let a router's command line misbehave once, or clear that")
    fault.add_argument("router")
    fault.add_argument("kind", choices=_FAULTS)
    fault.add_argument(
        "--after-line", type=int, metavar="N", help="at the N-th configuration line from now (1; isolate: now)"
    )
    fault.add_argument("--seconds", type=float, metavar="S", help="slow: what each line waits; isolate: how long (1)")
    fault.add_argument("--text", metavar="T", help="refuse: what is said")
    fault.add_argument("--login", action="store_true", help="refuse: every login instead of a line")


def _positive(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError("must be greater than 0")
    return seconds


def _turns(text: str) -> list[float]:
    down, _, up = text.partition(":")
    try:
        return [float(down), float(up)]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not DOWN_S:UP_S, such as 1:1") from None


def _say(text: str) -> None:
    print(f"  {text} ...", flush=True)


def _up(options: argparse.Namespace) -> int:
    from lab.lifecycle import LabWish, bring_up

    started = time.monotonic()
    path = find_topology(options.topology)
    directory = lab_directory(options.name or load_topology(path).name)
    print(f"lab {directory.name}:", flush=True)
    wish = LabWish(path, options.ports, not options.no_engine, options.revert_minute)
    bring_up(directory, wish, _say)
    print(f"up in {time.monotonic() - started:.1f} s\n")
    print(render_status(_full_status(directory)))
    name = "" if directory.name == DEFAULT_TOPOLOGY else f" --name {directory.name}"
    nodes = load_topology(directory.topology)
    router, node = nodes.routers[0].name, nodes.nodes[-1]
    print(_LOOK_INSIDE.format(inventory=directory.inventory, name=name, router=router, node=node))
    return 0


def _down(options: argparse.Namespace) -> int:
    from lab.lifecycle import take_down

    for directory in list(all_labs()) if options.all else [lab_directory(options.name)]:
        ended = take_down(directory, options.erase)
        print(f"lab {directory.name}: {('erased' if options.erase else 'down') if ended else 'was not up'}")
    return 0


def _full_status(directory: LabDirectory) -> dict[str, Any]:
    record = running(directory)
    return complete_status(directory, record, call(directory.path, "status") if record is not None else {})


def _status(options: argparse.Namespace) -> int:
    status = _full_status(lab_directory(options.name))
    print(json.dumps(status, indent=2) if options.json else render_status(status))
    return 0 if status["running"] and not dead_daemons(status) else 1


def _cut(options: argparse.Namespace) -> int:
    given = {key: getattr(options, key) for key in ("what", "seconds", "one_way_from", "bfd_only", "loss", "flap")}
    cut = _ask(options.name, "cut", **{key: value for key, value in given.items() if value is not None})
    print(f"{cut['what']} loses {cut['loses']}{f' for {options.seconds:g} s' if options.seconds else ''}")
    return 0


def _restore(options: argparse.Namespace) -> int:
    print(f"{_ask(options.name, 'restore', what=options.what)} has its traffic")
    return 0


def _fault(options: argparse.Namespace) -> int:
    if options.login and options.kind != "refuse":
        raise LabError("--login goes with refuse only")
    kind = "refuse-login" if options.login else options.kind
    given = {"after_line": options.after_line, "seconds": options.seconds, "text": options.text}
    router = _ask(options.name, "fault", router=options.router, kind=kind, **given)
    print(f"{router}: {'behaves well' if kind == 'clear' else f'{kind} is set'}")
    return 0


def _ask(name: str, verb: str, **arguments: Any) -> Any:
    directory = lab_directory(name)
    need_running(directory)
    return call(directory.path, verb, **arguments)


def _console(options: argparse.Namespace) -> int:
    from lab.console import open_console

    directory = lab_directory(options.name)
    record = need_running(directory)
    return open_console(directory, record, load_topology(directory.topology).router(options.router).name)


def _exec(options: argparse.Namespace) -> int:
    """Become the command, inside the node: its input, output and exit status are ours."""
    directory = lab_directory(options.name)
    record = need_running(directory)
    node = load_topology(directory.topology).node(options.node).name
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        raise LabError("exec needs a command: exec NODE -- COMMAND ...")
    words = enter_command(record.first.pid, record.rootless, node, in_directory(os.getcwd(), command))
    os.execvp(words[0], words)


def _inventory(options: argparse.Namespace) -> int:
    directory = lab_directory(options.name)
    need_running(directory)
    text = directory.inventory.read_text(encoding="utf-8")
    print(json.dumps(script_inventory(text), indent=2) if options.list else text, end="\n" if options.list else "")
    return 0


if __name__ == "__main__":
    sys.exit(main())
