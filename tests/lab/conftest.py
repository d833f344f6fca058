"""The lab that the tests of this folder share: brought up once, configured as the seed's second listing."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.seed_lab import ROOT, ROUTERS, SEED_ROUTES, SeedLab, lab_environ, seed_listing, wait_until


def marked_processes(mark: str) -> list[str]:
    """Return the command lines of all processes that name this lab's directory."""
    lines = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in lines if mark in line and "lab.daemon" in line]


@pytest.fixture(scope="session")
def seed_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeedLab]:
    """A lab of the seed's topology, its routers not configured; nothing of it may be left afterwards."""
    parent: Path = tmp_path_factory.mktemp("labs")
    name = f"seed-{uuid.uuid4().hex[:8]}"
    lab = SeedLab(name, parent / name, lab_environ(parent))
    up = [sys.executable, "-m", "lab", "up", "--name", name, "seed"]
    done = subprocess.run(up, cwd=ROOT, env=lab.environ, capture_output=True, text=True, check=False, timeout=180)
    if done.returncode != 0:
        pytest.fail(f"the lab does not come up: {done.stderr.strip()}", pytrace=False)
    try:
        yield lab
        unknown = lab.unknown()
    finally:
        lab.verb("down", "--erase")
    assert unknown == [], "the lab was asked what it does not know"
    assert not lab.directory.exists()
    assert marked_processes(str(lab.directory)) == []


@pytest.fixture
def configured_lab(seed_lab: SeedLab) -> SeedLab:
    """The same lab with the seed's second listing typed in and everything up; a test restores what it changes."""
    for router in ROUTERS:
        seed_lab.configure(router, *seed_listing(router))
    wait_until(lambda: seed_lab.established() == 8, 30, "8 ends of BGP sessions established")
    wait_until(lambda: seed_lab.bfd_up() == 8, 30, "8 ends of BFD sessions up")
    wait_until(lambda: {r: seed_lab.routes(r) for r in ROUTERS} == SEED_ROUTES, 30, "the seed's routes")
    return seed_lab
