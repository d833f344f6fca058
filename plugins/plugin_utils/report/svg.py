# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a drawn SVG fit to be a part of a page: its colours follow the page, its ids are its own, it says what it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree

SVG = "http://www.w3.org/2000/svg"
XLINK = "{http://www.w3.org/1999/xlink}href"

# A drawing uses these colours; on the page they are the variables of the same name in style.css.
COLOURS = {
    "ink": "#010101",
    "muted": "#020202",
    "line": "#030303",
    "surface": "#040404",
    "shade": "#050505",
    "predicted": "#060606",
    "bfd": "#070707",
    "timers": "#080808",
    "cut": "#090909",
    "restore": "#0a0a0a",
}
_VARIABLES = {colour: f"var(--{name})" for name, colour in COLOURS.items()}
_COLOUR = re.compile("|".join(_VARIABLES))
_FONT_FAMILY = re.compile(r"\s*font-family:[^;]*;?")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


@dataclass(frozen=True)
class Label:
    """What a picture is called: a key that is unique in the page, a title and a description for who cannot see it."""

    key: str
    title: str
    description: str


def inline_svg(text: str, label: Label) -> str:
    """Return the SVG element for the page."""
    root = ElementTree.fromstring(text)
    _remove_sheets(root)
    used = _references(root)
    for element in root.iter():
        _refine(element, label.key, used)
    return _serialize(_named(root, label))


def _remove_sheets(root: ElementTree.Element) -> None:
    """Drop metadata and style sheets: inside a page the latter would hold for all of it."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == f"{{{SVG}}}style" or child.tag.endswith("metadata"):
                parent.remove(child)


def _references(root: ElementTree.Element) -> set[str]:
    """Return the ids that something in the drawing points at."""
    found: set[str] = set()
    for element in root.iter():
        for value in element.attrib.values():
            found.update(_REFERENCE.findall(value))
        found.add(element.attrib.get(XLINK, "")[1:])
    return found


def _refine(element: ElementTree.Element, key: str, used: set[str]) -> None:
    """Give an element the page's colours and font, and an id that no other picture has where one is needed."""
    own, link = element.attrib.pop("id", ""), element.attrib.pop(XLINK, "")
    if own and own in used:
        element.set("id", f"{key}-{own}")
    if link:
        element.set("href", f"#{key}-{link[1:]}")
    for name, value in element.attrib.items():
        element.set(name, _REFERENCE.sub(rf"url(#{key}-\1)", value))
    style = _FONT_FAMILY.sub("", element.get("style", ""))
    if style:
        element.set("style", _COLOUR.sub(lambda match: _VARIABLES[match.group()], style))


def _named(root: ElementTree.Element, label: Label) -> ElementTree.Element:
    """Give the picture a role, a title and a description, and the width of its place."""
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-labelledby", f"{label.key}-title {label.key}-text")
    for at, (tag, name, text) in enumerate((("title", "title", label.title), ("desc", "text", label.description))):
        element = ElementTree.Element(f"{{{SVG}}}{tag}", {"id": f"{label.key}-{name}"})
        element.text = text
        element.tail = "\n"
        root.insert(at, element)
    return root


def _serialize(root: ElementTree.Element) -> str:
    """Return the element as text, without the names of XML namespaces: HTML knows an svg element."""
    for element in root.iter():
        element.tag = element.tag.split("}")[-1]
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)
