# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lay the page out: one HTML file that needs nothing else, no scripts and no network."""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .view import PageView

TEMPLATES = Path(__file__).parent / "templates"
SIGNS = {"passed": "✓", "failed": "✗", "void": "○", "empty": "○"}


_UNIT = re.compile(r"(?<=\d) (?=(?:ms|s|min)\b)")


def keep_units(text: str) -> str:
    """Return a sentence in which no number is parted from its unit at the end of a line."""
    return _UNIT.sub("\u00a0", text)


def render_page(view: PageView) -> str:
    """Return the page. All text is escaped; only the pictures are markup, and those escape their text themselves."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["units"] = keep_units
    return environment.get_template("page.html.j2").render(page=view, signs=SIGNS) + "\n"
