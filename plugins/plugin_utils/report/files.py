# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a report so that it is there whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import shutil
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from ...module_utils.errors import Finding, InvalidInput

PAGE, DATA, LATEST = "index.html", "drill.json", "latest"
MOST_OF_A_SECOND = 1000


@dataclass(frozen=True)
class Written:
    """Where a report is."""

    directory: Path
    latest: Path

    @property
    def page(self) -> Path:
        """Return the path of the page."""
        return self.directory / PAGE

    @property
    def data(self) -> Path:
        """Return the path of the JSON file."""
        return self.directory / DATA


def stamp_of(moment: float) -> str:
    """Return the name of a report's directory: its time in UTC, fit to be sorted."""
    return f"{datetime.fromtimestamp(moment, timezone.utc):%Y%m%dT%H%M%SZ}"


def planned(directory: Path, stamp: str) -> Written:
    """Return where the report will be unless another of the same second is there first."""
    return Written(directory / stamp, directory / LATEST)


def write_report(directory: Path, stamp: str, files: Mapping[str, str]) -> Written:
    """Write the files below the directory, then point `latest` at them."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with _draft(directory, stamp) as draft:
            for name, text in files.items():
                (draft / name).write_text(text, encoding="utf-8")
            target = _settle(draft, directory, stamp)
        _point(directory, target.name)
    except OSError as exc:
        remedy = f"Choose another directory: {exc.strerror or exc}."
        allowed = f"a directory that can be written, with no file or directory named {LATEST} in it"
        raise InvalidInput([Finding("directory", str(directory), allowed, remedy)]) from exc
    return Written(target, directory / LATEST)


@contextlib.contextmanager
def _draft(directory: Path, stamp: str) -> Iterator[Path]:
    """Give a directory of our own beside the target, with the modes that the user's umask gives; leave none behind."""
    draft = directory / f".{stamp}.{uuid.uuid4().hex}"
    draft.mkdir()
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _settle(draft: Path, directory: Path, stamp: str) -> Path:
    """Give the draft its name, with a number where a report of the same second has it already."""
    for number in range(1, MOST_OF_A_SECOND):
        target = directory / (stamp if number == 1 else f"{stamp}-{number}")
        try:
            draft.rename(target)
        except OSError as exc:
            if exc.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise
        else:
            return target
    raise FileExistsError(errno.EEXIST, f"{MOST_OF_A_SECOND} reports of this second are there", stamp)


def _point(directory: Path, name: str) -> None:
    """Point the link at the report in one step; relative, so that the directory can be moved."""
    link = directory / f".{LATEST}.{uuid.uuid4().hex}"
    link.symlink_to(name)
    try:
        link.replace(directory / LATEST)
    except OSError:
        link.unlink()
        raise
