"""Show the main job on a lab made from nothing. Called by `make demo`.

A fresh lab, the play, the play again (which must change nothing), a table of what is up, and a failover drill: what a
cut costs without BFD and with it. The lab stays up.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAB = "seed"
# Without real-time scheduling of bfdd, 100 ms x 3 flaps on a busy machine.
CALM_BFD_INTERVAL_MS = 300
STEPS = 6
# The drill: one cycle without BFD, five with it. From detection to the new way the lab takes about 200 ms.
DRILL_MODES = ("bgp_timers", "bfd")
DRILL = {
    "failover_drill_confirm": True,
    "failover_drill_only": ["link_cut"],
    "failover_drill_compare": list(DRILL_MODES),
    "failover_drill_repeats": 5,
    "failover_drill_baseline_repeats": 1,
    "failover_drill_hold_s": 1,
}
CONVERGENCE_MS = 500
MIN_WITHOUT_BFD_MS = 9000

LOOK_INSIDE = """
The lab stays up. Look inside:
  .venv/bin/python -m lab status                             routers, daemons, links, addresses
  .venv/bin/python -m lab console R1                         an IOS prompt; try: show bfd neighbors details
  .venv/bin/python -m lab exec PC1 -- ping -c 3 192.168.2.10 from one LAN to the other
  .venv/bin/python -m lab cut r1-r3                          break the link between R1 and R3 ...
  .venv/bin/python -m lab restore r1-r3                      ... and mend it
  .venv/bin/{playbook} --check --diff site.yml
                                                             what a run would change: nothing
  .venv/bin/{playbook} playbooks/failover_drill.yml
                                                             what a drill of all scenarios would do; nothing is cut
Take it down:
  .venv/bin/python -m lab down
"""


class DemoFailed(Exception):
    """A step of the demo did not end as it must."""


def say(step: int, text: str) -> None:
    """Print a line of progress."""
    print(f"\n==> [{step}/{STEPS}] {text}", flush=True)


def run_lab(*words: str) -> None:
    """Run a verb of the lab; its own message explains a failure."""
    command = [sys.executable, "-m", "lab", *words]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise DemoFailed(f"`python -m lab {' '.join(words)}` failed, see above")


def has_realtime() -> bool:
    """Return whether the lab's BFD daemons run with real-time scheduling."""
    command = [sys.executable, "-m", "lab", "status", "--json"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise DemoFailed("`python -m lab status --json` failed, see above")
    return bool(json.loads(done.stdout)["realtime"])


def play(playbook: str, *options: str) -> str:
    """Run a playbook with its output on the screen, and return the output."""
    labs = Path(os.environ.get("FASTPATH_LAB_DIR", ROOT / ".lab"))
    inventories = ["-i", str(ROOT / "inventories" / "lab"), "-i", str(labs / LAB / "inventory.yml")]
    tool = str(Path(sys.executable).with_name("ansible-playbook"))
    env = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    if sys.stdout.isatty():
        env["ANSIBLE_FORCE_COLOR"] = "1"
    command = [tool, *inventories, *options, playbook]
    seen = []
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            seen.append(line)
    if process.returncode:
        raise DemoFailed(f"ansible-playbook {playbook} failed, see above")
    return "".join(seen)


def read_recap(output: str) -> Mapping[str, int]:
    """Return how many tasks changed something, per host, from the recap of a play."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
    recap = plain.rpartition("PLAY RECAP")[2]
    return {host: int(count) for host, count in re.findall(r"^(\S+)\s*:.*\bchanged=(\d+)", recap, re.MULTILINE)}


def demand_unchanged(output: str) -> None:
    """Fail unless the play ran on some host and changed nothing on any."""
    changed = read_recap(output)
    if not changed:
        raise DemoFailed("the second run reached no host")
    guilty = [host for host, count in changed.items() if count]
    if guilty:
        raise DemoFailed(f"the second run must change nothing, and it changed {', '.join(guilty)}")
    print(f"==> second run: changed=0 on every host ({', '.join(changed)})", flush=True)


def bfd_options() -> list[str]:
    """Return the extra variables for this machine, and say so if the timers are not the usual ones."""
    if has_realtime():
        return []
    print(
        "==> no real-time scheduling here (it needs root): BFD runs with "
        f"{CALM_BFD_INTERVAL_MS} ms x 3 instead of 100 ms x 3, so that a busy machine does not make it flap",
        flush=True,
    )
    return ["-e", f"lab_bfd_interval={CALM_BFD_INTERVAL_MS}"]


def drill(options: list[str]) -> None:
    """Cut the link between R1 and R3 without BFD and with it, and demand of the figures what the timers promise."""
    play("playbooks/failover_drill.yml", *options, "-e", json.dumps(DRILL))
    report = ROOT / "reports" / "latest"
    found = json.loads((report / "drill.json").read_text(encoding="utf-8"))
    (scenario,) = found["scenarios"]
    without, with_bfd = (next(mode for mode in scenario["modes"] if mode["mode"] == name) for name in DRILL_MODES)
    slow, fast = without["outage_ms"]["median"], with_bfd["outage_ms"]["median"]
    limit = with_bfd["predicted"]["detection_ms"] + CONVERGENCE_MS
    if slow < MIN_WITHOUT_BFD_MS:
        raise DemoFailed(f"without BFD the cut cost {slow:.0f} ms; it must be above {MIN_WITHOUT_BFD_MS} ms")
    if fast > limit:
        raise DemoFailed(f"with BFD the cut cost {fast:.0f} ms (median); at most {limit:.0f} ms are allowed")
    print(
        f"==> outage {slow / 1000:.1f} s without BFD, {fast:.0f} ms with it: {scenario['ratio']:.0f} times less",
        flush=True,
    )
    print(f"==> report: {report.resolve() / 'index.html'}", flush=True)


def demo() -> list[str]:
    """Go through the steps; return the options that further runs of the playbook need."""
    say(1, "a fresh lab: four routers, two hosts")
    run_lab("down", "--erase")
    run_lab("up", LAB)
    options = bfd_options()
    say(2, "site.yml: check across routers, configure, verify; HSRP takes 20 to 40 s from cold")
    play("site.yml", *options)
    say(3, "site.yml once more: nothing to do")
    demand_unchanged(play("site.yml", *options))
    say(4, "what is up")
    play("playbooks/fast_failover_report.yml", *options)
    say(5, "what BFD is worth: the link between R1 and R3 is cut, once without BFD and five times with it")
    drill(options)
    return options


def main() -> int:
    """Run the demo; a failure is one line, after the output of the step that failed."""
    start = time.monotonic()
    try:
        options = demo()
    except DemoFailed as failure:
        print(f"\nThe demo stopped: {failure}.", file=sys.stderr)
        return 1
    say(STEPS, f"done in {time.monotonic() - start:.0f} s")
    playbook = " ".join(["ansible-playbook", *options])
    print(LOOK_INSIDE.format(playbook=playbook), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
