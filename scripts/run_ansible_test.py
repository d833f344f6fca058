"""Run ansible-test with the caller's pip and proxy settings, and without downloading get-pip.

ansible-test clears the environment of its children and fetches get-pip.py from a server of its own. Both keep it from
working where packages come from a mirror. Runs with the python of a venv that holds ansible-core only; HOME is a
directory of this project, where ansible-test keeps its cache and its own venvs.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from ansible_test._internal import python_requirements, util
from ansible_test._internal.provider.source.git import GitSource
from ansible_test._util.target.cli.ansible_test_cli_stub import main

PASSED_ON = re.compile(
    r"(PIP_.*|XDG_(CONFIG|CACHE)_HOME|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|(https?|no|all)_proxy)", re.I
)

# What ansible-test calls instead of get-pip.py, with the arguments of get-pip.py.
GET_PIP = """\
import ensurepip
import subprocess
import sys

ensurepip.bootstrap()
options = [option for option in sys.argv[1:] if option not in ("--no-setuptools", "--no-wheel")]
subprocess.check_call([sys.executable, "-m", "pip", "install", "--quiet", *options])
if "--no-setuptools" in sys.argv:
    subprocess.check_call([sys.executable, "-m", "pip", "uninstall", "--quiet", "--yes", "setuptools"])
"""


def pass_settings_on() -> None:
    """Let ansible-test hand the settings of pip and of proxies to its children."""
    original = util.pass_vars

    def pass_vars(required, optional):  # type: ignore[no-untyped-def]
        return original(required, [*optional, *filter(PASSED_ON.fullmatch, os.environ)])

    util.pass_vars = pass_vars


def write_get_pip() -> None:
    """Put the stand-in where ansible-test looks for a get-pip.py fetched earlier."""
    found = re.search(r"pip='([\d.]+)'", Path(python_requirements.__file__).read_text(encoding="utf-8"))
    assert found, "this ansible-test names no version of pip"
    path = Path.home() / ".ansible" / "test" / "cache" / f"get_pip_{found[1].replace('.', '_')}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(GET_PIP, encoding="utf-8")


def ignore_git() -> None:
    """Judge the installed copy by its files: the repository around it ignores them all."""
    GitSource.is_content_root = staticmethod(lambda path: False)


if __name__ == "__main__":
    pass_settings_on()
    ignore_git()
    write_get_pip()
    main()
