# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a report of a drill: the page, the JSON file, the table for the terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .figures import missing_library
from .files import DATA, PAGE, planned, stamp_of, write_report
from .model import Drill
from .page import render_page
from .reading import read_drill
from .redacted import redacted
from .terminal import render_terminal
from .view import build_view

NO_PICTURES = "The report has no pictures: {}. Install matplotlib where Ansible runs to have them."


@dataclass(frozen=True)
class Request:
    """What is wanted of a report."""

    directory: Path
    title: str
    pictures: bool
    write: bool = True


def make_report(data: Mapping[str, Any], request: Request, now: float) -> dict[str, Any]:
    """Write the report, unless it is only asked what would be written, and return where it is and its table."""
    plain = redacted(data)
    drill = read_drill(plain)
    missing = missing_library() if request.pictures else ""
    stamp = stamp_of(now if drill.started_at is None else drill.started_at)
    if request.write:
        files = _files(plain, drill, request, drawn=request.pictures and not missing)
        written = write_report(request.directory, stamp, files)
    else:
        written = planned(request.directory, stamp)
    return {
        "path": str(written.page),
        "json_path": str(written.data),
        "latest": str(written.latest),
        "table": render_terminal(drill, request.title, str(written.page)),
        "warnings": [NO_PICTURES.format(missing)] if missing else [],
    }


def _files(plain: Mapping[str, Any], drill: Drill, request: Request, drawn: bool) -> dict[str, str]:
    """Return the texts of the report's files."""
    return {
        PAGE: render_page(build_view(drill, request.title, drawn)),
        DATA: json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False) + "\n",
    }
