"""Put the collections of collections/requirements.yml, and what they depend on, below collections/.

Galaxy is asked first. Where it does not answer within seconds, they are taken out of the `ansible` wheel, which is a
package on PyPI like any other and is read as an archive here, never installed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "collections" / "requirements.yml"
TARGET = ROOT / "collections" / "ansible_collections"
GALAXY = "https://galaxy.ansible.com"
GALAXY_ANSWER_S = 4
GALAXY_INSTALL_S = 300
WHEEL = "ansible>=14.5,<15"
# The wheel wants a newer Python than this project; its collections do not.
WHEEL_PYTHON = "3.13"


@dataclass(frozen=True)
class Unmet:
    """A collection that is missing, or there in a version outside the range."""

    name: str
    allowed: str
    seen: str | None

    def __str__(self) -> str:
        """Return the want as one phrase."""
        return f"{self.name} {self.allowed} (here: {self.seen or 'nothing'})"


def read_requirements(path: Path) -> dict[str, str]:
    """Return the version range of each collection in a requirements file."""
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))["collections"]
    return {entry["name"]: str(entry.get("version", "*")) for entry in entries}


def is_allowed(version: str, allowed: str) -> bool:
    """Return whether a version lies in a range in Galaxy's notation."""
    if allowed == "*":
        return True
    parts = [part if part.strip()[:1] in "<>=!" else f"=={part}" for part in allowed.split(",")]
    return SpecifierSet(",".join(parts)).contains(version, prereleases=True)


def read_manifest(tree: Path, name: str) -> Mapping[str, object]:
    """Return the collection_info of an installed collection, empty if it is not there."""
    path = tree.joinpath(*name.split("."), "MANIFEST.json")
    if not path.is_file():
        return {}
    info: Mapping[str, object] = json.loads(path.read_text(encoding="utf-8"))["collection_info"]
    return info


def find_unmet(tree: Path, wanted: Mapping[str, str]) -> list[Unmet]:
    """Return what of the wanted collections and their dependencies a tree does not satisfy."""
    unmet: list[Unmet] = []
    queue = list(wanted.items())
    asked: set[tuple[str, str]] = set()
    while queue:
        name, allowed = queue.pop(0)
        if (name, allowed) in asked:
            continue
        asked.add((name, allowed))
        info = read_manifest(tree, name)
        version = str(info["version"]) if info else None
        if version is None or not is_allowed(version, allowed):
            unmet.append(Unmet(name, allowed, version))
        dependencies = info.get("dependencies") or {}
        assert isinstance(dependencies, dict)
        queue.extend(dependencies.items())
    return unmet


def galaxy_answers(url: str) -> bool:
    """Return whether a server answers within seconds; a process asks, since a name lookup knows no time-out."""
    code = f"import urllib.request as r; r.urlopen({url + '/api/'!r}, timeout={GALAXY_ANSWER_S - 1}).read(1)"
    try:
        probe = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=GALAXY_ANSWER_S, check=False)
    except subprocess.TimeoutExpired:
        return False
    return probe.returncode == 0


def fetch_from_galaxy(workdir: Path) -> str | None:
    """Let ansible-galaxy install into a directory; return why not, or None."""
    # Servers of the user's own need tokens and paths that only ansible-galaxy knows: it is asked without a probe.
    url = os.environ.get("ANSIBLE_GALAXY_SERVER", GALAXY).rstrip("/")
    if "ANSIBLE_GALAXY_SERVER_LIST" not in os.environ and not galaxy_answers(url):
        return f"{url} does not answer"
    env = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(workdir), "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "False"}
    tool = Path(sys.executable).with_name("ansible-galaxy")
    command = [str(tool), "collection", "install", "-r", str(REQUIREMENTS), "-p", str(workdir)]
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=GALAXY_INSTALL_S, check=False)
    except subprocess.TimeoutExpired:
        return f"ansible-galaxy did not end within {GALAXY_INSTALL_S} s"
    last_lines = [line for line in done.stderr.splitlines() if line.strip()][-1:]
    return " ".join(last_lines) or "ansible-galaxy failed" if done.returncode else None


def unpack(archive: zipfile.ZipFile, tree: Path, wanted: Iterable[str]) -> None:
    """Unpack the wanted collections and their dependencies out of the wheel."""
    queue = list(wanted)
    done: set[str] = set()
    while queue:
        name = queue.pop()
        if name in done:
            continue
        done.add(name)
        prefix = f"ansible_collections/{name.replace('.', '/')}/"
        archive.extractall(tree.parent, [member for member in archive.namelist() if member.startswith(prefix)])
        dependencies = read_manifest(tree, name).get("dependencies") or {}
        assert isinstance(dependencies, dict)
        queue.extend(dependencies)


def fetch_from_wheel(workdir: Path, wanted: Iterable[str]) -> str | None:
    """Download the ansible wheel with pip and unpack what is wanted; return why not, or None."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps", "--quiet"]
    command += ["--only-binary=:all:", "--python-version", WHEEL_PYTHON, "--dest", str(workdir), WHEEL]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(workdir.glob("ansible-*.whl"))
    if done.returncode or not wheels:
        return "pip could not download it: " + " ".join(done.stderr.splitlines()[-1:])
    with zipfile.ZipFile(wheels[0]) as archive:
        unpack(archive, workdir / "ansible_collections", wanted)
    return None


def move_into_place(source: Path, target: Path) -> list[str]:
    """Replace the collections of the target tree by those of the source tree; return their names and versions."""
    moved = []
    for manifest in sorted(source.glob("*/*/MANIFEST.json")):
        fresh = manifest.parent
        final = target / fresh.relative_to(source)
        final.parent.mkdir(parents=True, exist_ok=True)
        if final.exists():
            final.rename(source / f"old-{fresh.parent.name}-{fresh.name}")
        fresh.rename(final)
        name = f"{fresh.parent.name}.{fresh.name}"
        moved.append(f"{name} {read_manifest(target, name)['version']}")
    return moved


def fetch(wanted: Mapping[str, str], workdir: Path) -> str | None:
    """Fetch into a directory of the same file system, check the versions, move; return why not, or None."""
    tree = workdir / "ansible_collections"
    reasons = []
    sources: dict[str, Callable[[], str | None]] = {
        "Galaxy": lambda: fetch_from_galaxy(workdir),
        "the ansible wheel": lambda: fetch_from_wheel(workdir, wanted),
    }
    for source, attempt in sources.items():
        shutil.rmtree(tree, ignore_errors=True)
        reason = attempt() or "; ".join(str(want) for want in find_unmet(tree, wanted))
        if not reason:
            print(f"==> Ansible collections from {source}: {', '.join(move_into_place(tree, TARGET))}", flush=True)
            return None
        reasons.append(f"{source}: {reason}")
    return ". ".join(reasons)


def main() -> int:
    """Fetch what is unmet; a second call finds nothing to do and needs no network."""
    wanted = read_requirements(REQUIREMENTS)
    unmet = find_unmet(TARGET, wanted)
    if not unmet:
        return 0
    cache = ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="collections-", dir=cache) as workdir:
        reason = fetch(wanted, Path(workdir))
    if reason:
        print(f"These collections are missing: {', '.join(map(str, unmet))}. {reason}", file=sys.stderr)
    return 1 if reason else 0


if __name__ == "__main__":
    sys.exit(main())
