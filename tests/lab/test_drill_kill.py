"""The controller dies during a drill, at ten moments: the network is whole again in time, and the next run works.

Two labs side by side: on one the routers' revert timers heal, on the other the bound of the cutting command.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lab.drill_play import ACL_CUT, REVERT_MINUTE_S, Run, command, declared_archive, environ, play
from tests.lab.process_tree import ProcessTree
from tests.lab.seed_lab import ROOT, ROUTERS, SEED_ROUTES, SeedLab, fresh_lab, seed_listing, wait_until

DRILL = "playbooks/failover_drill.yml"
MOMENTS = 10
UP_S = 60
# The least that the plan allows for these waits: 3 minutes of the lab are 9 s.
REVERT_MIN, CUT_LIMIT_S = 3, 9
# What BGP and BFD need to come back once the cut is gone, on a busy machine.
BACK_S = 30
# What the role does when it runs a cycle, without the plan before it: all that a death can hurt, in less time.
ONE_CYCLE = [
    {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [
            {"ansible.builtin.include_vars": {"file": str(ROOT / "roles/failover_drill" / name / "main.yml")}}
            for name in ("defaults", "vars")
        ]
        + [
            {
                "edgeworks.fastpath.failover_drill": {
                    "state": "run",
                    "confirm": True,
                    "scenarios": "{{ __failover_drill_chosen }}",
                    "settings": "{{ __failover_drill_settings }}",
                }
            }
        ],
    }
]
PHASE = re.compile(r"^ *([\d.]+) s  (\w+): ")
QUICK = {"failover_drill_hold_s": 1, "failover_drill_timeout": 30, "failover_drill_interval_ms": 20}
CUTS: dict[str, dict[str, Any]] = {
    "revert_timer": {"failover_drill_scenarios": [ACL_CUT]},
    "bounded_command": {"failover_drill_cut_limit_s": CUT_LIMIT_S},
}


@dataclass(frozen=True)
class Moment:
    """A moment of a drill: so long after the beginning of a phase."""

    phase: str
    after_s: float


@dataclass(frozen=True)
class Place:
    """A lab, how the drill cuts there, and what its routers have configured."""

    lab: SeedLab
    changed: dict[str, Any]
    configs: dict[str, str]
    record: Path

    def run(self) -> Run:
        """Run a drill to its end, with timers that leave it time."""
        return play(self.lab, DRILL, self.record, failover_drill_revert_min=30, **{**self.changed, **self.long})

    @property
    def long(self) -> dict[str, Any]:
        """Return a bound of a command that a whole cycle does not reach."""
        return {"failover_drill_cut_limit_s": 60, **QUICK}

    def is_whole(self) -> bool:
        """Return whether routes, sessions and configurations are as before."""
        return (
            self.lab.all_routes() == SEED_ROUTES
            and (self.lab.established(), self.lab.bfd_up()) == (8, 8)
            and running(self.lab) == self.configs
        )


def running(lab: SeedLab) -> dict[str, str]:
    """Return every router's running-config without the line that says when it was changed."""
    texts = {router: lab.ios(router, "show running-config") for router in ("R1", "R3")}
    return {router: text[text.index("\nversion") :] for router, text in texts.items()}


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Place]]:
    """Both labs, configured and up."""
    with ExitStack() as stack:
        found = []
        for name, changed in CUTS.items():
            parent = tmp_path_factory.mktemp(name)
            lab = stack.enter_context(fresh_lab(parent, REVERT_MINUTE_S))
            for router in ROUTERS:
                lab.configure(router, *declared_archive(), *seed_listing(router))
            found.append((lab, changed, parent / "results.json"))
        for lab, _, _ in found:
            lab.settle(UP_S)
            wait_until(lambda lab=lab: lab.shows_standby("R1", "Active"), UP_S, "R1 is the active gateway")
        yield [Place(lab, changed, running(lab), record) for lab, changed, record in found]


def moments_of(output: str, cycle_s: float) -> list[Moment]:
    """Return moments that are spread evenly over a cycle, each by the phase in which it lies."""
    begun = [(float(found.group(1)), found.group(2)) for found in map(PHASE.match, output.splitlines()) if found]
    moments = []
    for number in range(MOMENTS):
        at = (number + 0.5) / MOMENTS * cycle_s
        start, phase = max(item for item in begun if item[0] <= at)
        moments.append(Moment(phase, at - start))
    return moments


def kill_at(place: Place, moment: Moment) -> None:
    """Start a drill and kill everything of it at a moment; nothing of the controller is left afterwards."""
    playbook = place.record.with_name("cycle.json")
    playbook.write_text(json.dumps(ONE_CYCLE))
    words = command(place.lab, str(playbook), failover_drill_revert_min=REVERT_MIN, **{**QUICK, **place.changed})
    process = subprocess.Popen(words, cwd=ROOT, env=environ(place.lab, place.record), stdout=subprocess.PIPE, text=True)
    tree = ProcessTree(process.pid)
    assert process.stdout is not None
    for line in process.stdout:
        tree.record()
        found = PHASE.match(line)
        if found and found.group(2) == moment.phase:
            break
    deadline = time.monotonic() + moment.after_s
    wait_until(lambda: tree.record() or time.monotonic() >= deadline, moment.after_s + 5, "the moment to kill")
    tree.kill()
    process.stdout.close()
    process.wait()
    wait_until(lambda: not tree.alive(), 5, "the end of the killed processes")


def ordeal(place: Place, mine: slice) -> list[str]:
    """Run a drill, kill further ones at some of its moments, run one more; return what went wrong."""
    first = place.run()
    if first.status:
        return [f"the first drill failed: {first.output}"]
    (cycle,) = first.cycles[-1:]
    moments = moments_of(first.output, cycle["ended_at"] - cycle["started_at"])
    wrong = []
    for moment in moments[mine]:
        kill_at(place, moment)
        killed_at = time.monotonic()
        try:
            wait_until(place.is_whole, max(CUT_LIMIT_S, REVERT_MIN * REVERT_MINUTE_S) + BACK_S, "a whole network")
        except AssertionError as exc:
            wrong.append(f"killed at {moment}, {time.monotonic() - killed_at:.0f} s ago: {exc}")
    last = place.run()
    if last.status:
        wrong.append(f"the next drill failed: {last.output}")
    return wrong


def test_network_is_whole_whenever_the_controller_dies(places: list[Place]) -> None:
    """Every second moment on each lab: ten in all, evenly spread."""
    shares = [slice(number, None, len(places)) for number in range(len(places))]
    with ThreadPoolExecutor(len(places)) as pool:
        found = list(pool.map(ordeal, places, shares))
    assert found == [[], []]
    for place in places:
        running_now = place.lab.exec("PC1", "sh", "-c", "cat /proc/[0-9]*/cmdline 2>/dev/null; true")
        left = [words for words in running_now.split("\0") if "outage_" in words]
        assert left == [], "the next drill removes the probes of a killed one"
