# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration archive: where IOS keeps what it can roll back to.

Only a path on the router itself is managed: one on the network may hold a password, and a rollback has
to work while the network does not. Source: Cisco IOS configuration management command reference.
"""

from __future__ import annotations

import re
from collections.abc import Hashable

from .config_lines import Lines, below, indented, removed, written
from .config_tree import Node
from .model import ARCHIVE_MAXIMUM, Archive

HEADER = "archive"
LOCAL_PATH = re.compile(r"[A-Za-z][\w-]*:(?!//)\S*")
_PATH = re.compile(rf"path ({LOCAL_PATH.pattern})$")
_MAXIMUM = re.compile(r"maximum (\d+)$")


def parse_archive_settings(roots: list[Node]) -> tuple[Archive | None, list[Node]]:
    """Return the archive and the nodes that are something else; without a local path there is none."""
    lines = [node.line for root in roots if root.line == HEADER for node in root.walk()]
    paths = [found.group(1) for found in map(_PATH.match, lines) if found]
    if not paths:
        return None, roots
    maximum = [int(found.group(1)) for found in map(_MAXIMUM.match, lines) if found]
    other = tuple(line for line in lines if not _PATH.match(line) and not _MAXIMUM.match(line))
    archive = Archive(paths[-1], maximum[-1] if maximum else ARCHIVE_MAXIMUM, other)
    return archive, [root for root in roots if root.line != HEADER]


def render_archive(archive: Archive) -> list[str]:
    """Return the block that the running-config shows."""
    return indented(HEADER, list(_lines(archive).values()))


def plan_archive(have: Archive | None, target: Archive | None) -> list[str]:
    """Return the commands; IOS takes a maximum only while there is a path."""
    before, after = _lines(have), _lines(target)
    gone = list(removed(before, after).values())[::-1]
    return below(HEADER, gone + list(written(before, after).values()))


def _lines(archive: Archive | None) -> Lines:
    """Return the lines of an archive by what they set."""
    if archive is None:
        return {}
    lines: dict[Hashable, str] = {"path": f"path {archive.path}"}
    if archive.maximum != ARCHIVE_MAXIMUM:
        lines["maximum"] = f"maximum {archive.maximum}"
    return lines
