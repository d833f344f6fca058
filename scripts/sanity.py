"""Run ansible-test's sanity tests on an installed copy of the built collection.

usage: scripts/sanity.py [NAME_OF_A_TEST ...]     (all tests without a name)

The copy matters: a link inside the repository points at the repository, and ansible-test judges what users get. All
is kept below .cache/sanity, so that only the first run has to build the venvs of the tests.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "sanity"
VENV = CACHE / "venv"
TREE = CACHE / "tree"
HOME = CACHE / "home"
OWN = TREE / "ansible_collections" / "edgeworks" / "fastpath"
DEPENDENCIES = ROOT / "collections" / "ansible_collections"


def run(*command: object, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run a command that must succeed."""
    subprocess.run([str(word) for word in command], cwd=cwd, env=env, check=True)


def make_venv() -> None:
    """Make a venv with nothing but the ansible-core of the project's own venv."""
    wanted = f"ansible-core=={version('ansible-core')}"
    stamp = VENV / ".made-for"
    content = f"{wanted} {VENV}"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == content:
        return
    print(f"==> venv for ansible-test ({wanted})", flush=True)
    run(sys.executable, "-m", "venv", "--clear", VENV)
    run(VENV / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet", wanted)
    stamp.write_text(content, encoding="utf-8")


def install_copy() -> None:
    """Build the artifact and install it, with its dependencies beside it."""
    galaxy = Path(sys.executable).with_name("ansible-galaxy")
    shutil.rmtree(CACHE / "dist", ignore_errors=True)
    shutil.rmtree(TREE, ignore_errors=True)
    run(galaxy, "collection", "build", "--output-path", CACHE / "dist")
    (artifact,) = (CACHE / "dist").glob("*.tar.gz")
    TREE.mkdir(parents=True)
    env = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(TREE)}
    run(galaxy, "collection", "install", artifact, "-p", TREE, "--no-deps", "--offline", "--force", env=env)
    for manifest in DEPENDENCIES.glob("*/*/MANIFEST.json"):
        source = manifest.parent
        shutil.copytree(source, TREE / "ansible_collections" / source.relative_to(DEPENDENCIES), symlinks=True)


def run_tests(names: list[str]) -> int:
    """Run the named tests, or all, in the installed copy."""
    home = Path.home()
    env = {
        # Where pip looks for the user's settings and its cache although HOME is another.
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        **os.environ,
        "HOME": str(HOME),
        "PATH": f"{VENV / 'bin'}:/usr/local/bin:/usr/bin:/bin",
    }
    for name in ("ANSIBLE_CONFIG", "ANSIBLE_COLLECTIONS_PATH", "PYTHONPATH"):
        env.pop(name, None)
    HOME.mkdir(parents=True, exist_ok=True)
    runner = ROOT / "scripts" / "run_ansible_test.py"
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    command = [str(VENV / "bin" / "python"), str(runner), "sanity", "--python", python]
    for name in names:
        command += ["--test", name]
    return subprocess.run(command, cwd=OWN, env=env, check=False).returncode


def main(names: list[str]) -> int:
    """Prepare what is missing and run the tests; one run of this checkout at a time."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make_venv()
        install_copy()
        return run_tests(names)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
