"""A lab of the seed's topology for tests: how to reach it, type into it, break it and look behind it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, TypeVar

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROUTERS = ("R1", "R2", "R3", "R4")
_POLL_S = 0.1
_VERB_TIMEOUT_S = 180
_T = TypeVar("_T")

_LEFT, _RIGHT = IPv4Network("192.168.1.0/24"), IPv4Network("192.168.2.0/24")


def wait_until(probe: Callable[[], _T], timeout_s: float, what: str) -> _T:
    """Call `probe` until it returns something true, and return that; fail with what was last seen."""
    deadline = time.monotonic() + timeout_s
    while True:
        seen = probe()
        if seen:
            return seen
        assert time.monotonic() < deadline, f"not within {timeout_s} s: {what}; last seen: {seen!r}"
        time.sleep(_POLL_S)


def processes_in(namespace: str) -> list[str]:
    """Return the processes of a process namespace."""
    found = []
    for link in Path("/proc").glob("[0-9]*/ns/pid"):
        with contextlib.suppress(OSError):
            if os.readlink(link) == namespace:
                found.append(link.parts[2])
    return found


@dataclass(frozen=True)
class SeedLab:
    """A lab that is up. All of it works without Ansible."""

    name: str
    directory: Path
    environ: dict[str, str]
    python: tuple[str, ...] = (sys.executable,)

    @property
    def inventory(self) -> Path:
        """Return the inventory for Ansible."""
        return self.directory / "inventory.yml"

    @property
    def addresses(self) -> dict[str, str]:
        """Return the address of every node's SSH server."""
        return dict(self._record["addresses"])

    @property
    def port(self) -> int:
        """Return the port of every SSH server."""
        return int(self._record["port"])

    @property
    def username(self) -> str:
        return str(self._credentials["username"])

    @property
    def password(self) -> str:
        return str(self._credentials["password"])

    @property
    def enable_secret(self) -> str:
        return str(self._credentials["enable_secret"])

    @property
    def _record(self) -> dict[str, Any]:
        record: dict[str, Any] = json.loads((self.directory / "lab.json").read_text())
        return record

    @property
    def _credentials(self) -> dict[str, str]:
        credentials: dict[str, str] = json.loads((self.directory / "credentials.json").read_text())
        return credentials

    def verb(
        self, *words: str, check: bool = True, typed: str | None = None, timeout_s: float = _VERB_TIMEOUT_S
    ) -> subprocess.CompletedProcess[str]:
        """Run a verb of the lab; its name is given after the verb."""
        command = [*self.python, "-m", "lab", words[0], "--name", self.name, *words[1:]]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.environ,
            input=typed,
            stdin=None if typed is not None else subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
        )
        assert not check or done.returncode == 0, f"{words}: {done.returncode}: {done.stdout}{done.stderr}"
        return done

    def up(self, *options: str) -> None:
        """Bring the lab up, or fail with the line that says why not."""
        done = self.verb("up", *options, "seed", check=False)
        if done.returncode != 0:
            pytest.fail(f"the lab does not come up: {done.stderr.strip()}", pytrace=False)

    def process_namespace(self) -> str:
        """Return what all processes of the running lab, and no others, have as their process namespace."""
        return os.readlink(f"/proc/{self._record['first']['pid']}/ns/pid")

    def exec(self, node: str, *command: str, check: bool = True) -> str:
        """Run a command in a node's network and return its output."""
        return self.verb("exec", node, "--", *command, check=check).stdout

    def start(self, node: str, *command: str) -> subprocess.Popen[str]:
        """Start a command in a node's network; `communicate` ends it."""
        words = [*self.python, "-m", "lab", "exec", "--name", self.name, node, "--", *command]
        return subprocess.Popen(words, cwd=ROOT, env=self.environ, stdout=subprocess.PIPE, text=True)

    def cut(self, what: str, *options: str, seconds: float | None = None) -> None:
        """Cut a link or node; options as the verb has them, such as "--bfd-only"."""
        self.verb("cut", what, *options, *([] if seconds is None else ["--for", str(seconds)]))

    def restore(self, what: str) -> None:
        self.verb("restore", what)

    def fault(self, router: str, kind: str, *options: str) -> None:
        self.verb("fault", router, kind, *options)

    def status(self) -> dict[str, Any]:
        status: dict[str, Any] = json.loads(self.verb("status", "--json").stdout)
        return status

    def ios(self, router: str, *lines: str) -> str:
        """Type lines in privileged mode, and return everything that the router wrote."""
        typed = "\n".join(["enable", self.enable_secret, "terminal length 0", *lines, "exit", ""])
        return self.verb("console", router, typed=typed).stdout.replace("\r", "")

    def configure(self, router: str, *lines: str) -> str:
        """Type lines in configuration mode; no line may be refused."""
        answer = self.ios(router, "configure terminal", *lines, "end")
        assert not re.search(r"^%(?! Warning| Duplicate)", answer, re.MULTILINE), answer
        return answer

    def frr(self, router: str, command: str) -> Any:
        """Return the JSON of an FRR show command, from behind the emulator."""
        return json.loads(self.exec(router, "vtysh", "-N", router, "-c", command) or "null")

    def everywhere(self, command: str) -> dict[str, Any]:
        """Return what a command that answers in JSON says for each router; "$r" in it is the router."""
        text = self.exec("R1", "sh", "-c", f"for r in {' '.join(ROUTERS)}; do {command}; done")
        answers, at = [], 0
        for _router in ROUTERS:
            answer, at = json.JSONDecoder().raw_decode(text, at + len(text[at:]) - len(text[at:].lstrip()))
            answers.append(answer)
        return dict(zip(ROUTERS, answers, strict=True))

    def routes(self, router: str) -> dict[str, str]:
        """Return the kernel's BGP routes of a router: prefix -> next hop."""
        return self.all_routes()[router]

    def all_routes(self) -> dict[str, dict[str, str]]:
        """Return the kernel's BGP routes of all routers."""
        tables = self.everywhere("ip -n $r -json route show proto bgp | grep . || echo []")
        return {router: {row["dst"]: row["gateway"] for row in rows} for router, rows in tables.items()}

    def established(self) -> int:
        """Return how many ends of BGP sessions are established, of all routers."""
        summaries = self.everywhere("vtysh -N $r -c 'show bgp ipv4 unicast summary json'").values()
        peers = [
            peer for summary in summaries for peer in summary.get("ipv4Unicast", summary).get("peers", {}).values()
        ]
        return sum(peer["state"] == "Established" for peer in peers)

    def bfd(self, router: str) -> dict[str, dict[str, Any]]:
        """Return bfdd's sessions by neighbor."""
        return {session["peer"]: session for session in self.frr(router, "show bfd peers json")}

    def bfd_up(self) -> int:
        """Return how many ends of BFD sessions are up, of all routers."""
        sessions = self.everywhere("vtysh -N $r -c 'show bfd peers json'").values()
        return sum(session["status"] == "up" for of_router in sessions for session in of_router)

    def shows_standby(self, router: str, state: str) -> bool:
        """Tell whether a router shows this state of its HSRP group."""
        return re.search(rf"^Et0/1 .*\b{state}\b", self.ios(router, "show standby brief"), re.MULTILINE) is not None

    def settle(self, timeout_s: float) -> None:
        """Wait until the seed's sessions are up and its routes are in the kernels."""
        wait_until(lambda: self.established() == 8, timeout_s, "8 ends of BGP sessions established")
        wait_until(lambda: self.bfd_up() == 8, timeout_s, "8 ends of BFD sessions up")
        wait_until(lambda: self.all_routes() == SEED_ROUTES, timeout_s, "the seed's routes")

    def unknown(self) -> list[str]:
        """Return every command that a router did not know: "R1: line"."""
        path = self.directory / "unknown.log"
        return path.read_text().splitlines() if path.exists() else []

    def forget_unknown(self) -> None:
        """Empty that record, for tests that type nonsense on purpose."""
        (self.directory / "unknown.log").write_text("")


def lab_environ(parent: Path) -> dict[str, str]:
    """Return the environment in which labs live below `parent`."""
    return {**os.environ, "FASTPATH_LAB_DIR": str(parent)}


@contextmanager
def fresh_lab(parent: Path, revert_minute: float | None = None) -> Iterator[SeedLab]:
    """Bring up a lab of the seed's topology below `parent`; afterwards nothing of it may be left.

    `revert_minute` is how many seconds a minute of the routers' revert timers lasts; None: 60.
    """
    name = f"seed-{uuid.uuid4().hex[:8]}"
    lab = SeedLab(name, parent / name, lab_environ(parent))
    lab.up(*([] if revert_minute is None else ["--revert-minute", str(revert_minute)]))
    namespace = lab.process_namespace()
    assert processes_in(namespace)
    try:
        yield lab
        unknown = lab.unknown()
    finally:
        lab.verb("down", "--erase")
    assert unknown == [], "the lab was asked what it does not know"
    assert not lab.directory.exists()
    assert processes_in(namespace) == []


def seed_listing(router: str, bfd: str | None = "bfd interval 100 min_rx 100 multiplier 3") -> list[str]:
    """Return the seed's second listing of a router with what makes it right, as typed; `bfd` None leaves BFD out."""
    number = ROUTERS.index(router)
    lan, asn, peer_asn = (_LEFT, 64512, 64513) if number < 2 else (_RIGHT, 64513, 64512)
    link = 10 if number % 2 == 0 else 20
    own_side, other_side = (1, 2) if number < 2 else (2, 1)
    twin = lan[3 if number % 2 == 0 else 2]
    facing = f"10.10.{link}.{other_side}"
    delay = {"R1": 5, "R2": 5, "R3": 3, "R4": 30}[router]
    second = number % 2 == 1
    return [
        "interface Ethernet0/0",
        "no shutdown",
        f"ip address 10.10.{link}.{own_side} 255.255.255.0",
        "no ip redirects",
        *([bfd] if bfd else []),
        "interface Ethernet0/1",
        "no shutdown",
        f"ip address {lan[2 + number % 2]} 255.255.255.0",
        "no ip redirects",
        f"standby 1 ip {lan[1]}",
        *(["standby 1 priority 10"] if second else []),
        "standby 1 preempt",
        f"standby 1 preempt delay minimum {delay}",
        *([bfd] if bfd else []),
        *(_med_lines(lan) if second else []),
        f"router bgp {asn}",
        f"network 10.10.{link}.0 mask 255.255.255.0",
        f"network {lan[0]}",
        "timers bgp 5 15",
        *_neighbor_lines(facing, peer_asn, bfd, *(["route-map ATTACH_MED out"] if second else [])),
        *_neighbor_lines(str(twin), asn, bfd, "next-hop-self"),
    ]


def _med_lines(lan: IPv4Network) -> list[str]:
    return [
        "ip access-list standard BGP_MED",
        f"permit {lan[0]} 0.0.0.255",
        "route-map ATTACH_MED permit 10",
        "match ip address BGP_MED",
        "set metric 10",
        "route-map ATTACH_MED permit 20",
    ]


def _neighbor_lines(address: str, asn: int, bfd: str | None, *options: str) -> Sequence[str]:
    return [
        f"neighbor {address} remote-as {asn}",
        *([f"neighbor {address} fall-over bfd"] if bfd else []),
        *(f"neighbor {address} {option}" for option in options),
    ]


# What the seed's four tables show: BGP's routes, each with its next hop.
SEED_ROUTES = {
    "R1": {"10.10.20.0/24": "192.168.1.3", "192.168.2.0/24": "10.10.10.2"},
    "R2": {"10.10.10.0/24": "192.168.1.2", "192.168.2.0/24": "192.168.1.2"},
    "R3": {"10.10.20.0/24": "192.168.2.3", "192.168.1.0/24": "10.10.10.1"},
    "R4": {"10.10.10.0/24": "192.168.2.2", "192.168.1.0/24": "192.168.2.2"},
}
